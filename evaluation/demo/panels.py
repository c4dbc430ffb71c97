"""Panels of the sample: two that simulated raters have finished, of scores and of pairs, and one to rate by hand."""

from collections.abc import Mapping, Sequence
from random import Random

from evaluation.actions.panel_pairs import LEFT, RIGHT, TIE, submit_choice
from evaluation.actions.panel_ratings import submit_rating
from evaluation.actions.panel_settling import open_criteria, rule_on_output
from evaluation.actions.panels import PanelSpec, close_panel, make_panel
from evaluation.actions.rubrics import ready_made, write_rubric
from evaluation.demo.content.companies import Company
from evaluation.enums import OutputState, PanelKind
from evaluation.models import Panel, PanelSeat, RubricVersion, Run
from labeling.models import Project, User

SEVERITY = {"Ana": -0.5, "Ben": 0.45, "Chloe": 0.0}  # points: Ana is strict, Ben is lenient
NOISE = {"Ana": 0.45, "Ben": 0.6, "Chloe": 0.4}
HALO = {"Ana": 0.2, "Ben": 0.7, "Chloe": 0.3}  # how much an impression of the whole is in every score
PACE = {"Ana": 41, "Ben": 22, "Chloe": 48}
LEANING = {"Ben": 0.15}  # towards what stands first
TELLS = 0.12  # less is a tie
RULING = "The text speaks for this point, and for no other."


def judge_by_simulation(
    *, project: Project, runs: Sequence[Run], raters: Mapping[str, User], judge: User, world: Mapping[str, Company],
    manager: User, size: int,
) -> Panel:  # fmt: skip
    """The baselines judged by the simulated raters, each with an own severity, noise and halo; closed."""
    version = write_rubric(project=project, name="Quality", criteria=ready_made(), by=manager)
    spec = PanelSpec(
        name="Panel 1", runs=runs, rubric_version=version, raters=[raters[name] for name in SEVERITY],
        size=size, by=["sector"], seed=7,
    )  # fmt: skip
    panel = make_panel(project=project, spec=spec, by=manager)
    names = {user.pk: name for name, user in raters.items()}
    seats = PanelSeat.objects.filter(rater__panel=panel).select_related("rater__user", "output__item").order_by("place")
    for seat in seats:
        if seat.output is None or seat.rater.user is None:
            continue
        name = names[seat.rater.user.pk]
        said = {one["code"] for one in seat.output.labels}
        scores = _scores(name, world[seat.output.item.external_id], said, version, key=str(seat.place))
        pace = Random(f"pace/{name}/{seat.place}").lognormvariate(0, 0.4)  # noqa: S311
        submit_rating(seat=seat, scores=scores, seconds=round(PACE[name] * pace, 1), by=seat.rater.user)
    for output in panel.outputs.filter(state=OutputState.ESCALATED).select_related("item", "panel"):
        said = {one["code"] for one in output.labels}
        fair = _scores("Chloe", world[output.item.external_id], said, version, key="ruling")
        left = {one.code: fair[one.code] for one in open_criteria(output)}
        rule_on_output(output=output, scores=left, reason=RULING, by=judge)
    return close_panel(panel=panel, by=manager)


def choose_by_simulation(
    *, project: Project, runs: Sequence[Run], raters: Mapping[str, User], world: Mapping[str, Company], manager: User,
    size: int,
) -> Panel:  # fmt: skip
    """Which of the two baselines is better, chosen by the simulated raters; Ben likes what stands first. Closed."""
    version = RubricVersion.objects.get(rubric__project=project, rubric__name="Quality")
    spec = PanelSpec(
        name="Which is better", runs=runs, rubric_version=version, raters=[raters[name] for name in SEVERITY],
        size=size, by=["sector"], seed=9, kind=PanelKind.PAIRS,
    )  # fmt: skip
    panel = make_panel(project=project, spec=spec, by=manager)
    names = {user.pk: name for name, user in raters.items()}
    seats = PanelSeat.objects.filter(rater__panel=panel).select_related("rater__user", "pair__a__item", "pair__b")
    for seat in seats.order_by("place"):
        if seat.pair is None or seat.rater.user is None:
            continue
        name, pair = names[seat.rater.user.pk], seat.pair
        company = world[pair.a.item.external_id]
        outputs = (pair.b, pair.a) if seat.shows_b_first else (pair.a, pair.b)
        left, right = (_fit(company, {one["code"] for one in output.labels}) for output in outputs)
        dice = Random(f"choice/{name}/{company.external_id}/{seat.place}")  # noqa: S311
        gap = left - right + LEANING.get(name, 0.0) + dice.gauss(0, NOISE[name] / 2)
        better = TIE if abs(gap) < TELLS else LEFT if gap > 0 else RIGHT
        seconds = round(PACE[name] / 2 * dice.lognormvariate(0, 0.4), 1)
        submit_choice(seat=seat, better=better, seconds=seconds, by=seat.rater.user)
    return close_panel(panel=panel, by=manager)


def _fit(company: Company, said: set[str]) -> float:
    """F1 of the labels by what the company truly sells; 1 where none is right and none was said."""
    whole = len(said) + len(company.truth)
    return 2 * len(said & company.truth) / whole if whole else 1.0


def to_try_by_hand(*, project: Project, runs: Sequence[Run], people: Sequence[User], manager: User) -> Panel:
    """A small open panel for whoever visits the sample."""
    version = RubricVersion.objects.get(rubric__project=project, rubric__name="Quality")
    spec = PanelSpec(name="Try it by hand", runs=runs, rubric_version=version, raters=people, size=3, seed=8)
    return make_panel(project=project, spec=spec, by=manager)


def _scores(name: str, company: Company, said: set[str], version: RubricVersion, *, key: str) -> dict[str, int]:
    """How good an output is by what the company truly sells, as this rater sees it."""
    dice = Random(f"panel/{name}/{company.external_id}/{sorted(said)}/{key}")  # noqa: S311
    hits = len(said & company.truth)
    exact = said == set(company.truth)
    precision = hits / len(said) if said else float(exact)
    recall = hits / len(company.truth) if company.truth else float(exact)
    truth = {
        "relevance": precision,
        "correctness": precision,
        "completeness": recall,
        "specificity": (precision + recall) / 2,
    }
    whole = 1 + 4 * (precision + recall) / 2
    found = {}
    for one in version.criteria.all():
        own = 1 + 4 * truth.get(one.code, (1 + precision) / 2)
        felt = (1 - HALO[name]) * own + HALO[name] * whole + SEVERITY[name] + dice.gauss(0, NOISE[name])
        found[one.code] = max(1, min(5, round(felt)))
    return found
