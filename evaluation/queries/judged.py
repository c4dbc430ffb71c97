"""What raters of a panel said, as its statistics take it: newest answers only, people and judges apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from evaluation.enums import OutputState, PanelRole
from evaluation.models import Choice, Panel, PanelOutput, PanelRater, Rating
from evaluation.stats.panel_scores import Rated, Sampled
from evaluation.stats.win_rate import Chosen
from labeling.models import User

Said = TypeVar("Said", Rated, Chosen)


@dataclass(frozen=True)
class Named:
    """The raters of a panel by number, in the order of ids that are drawn by lot, so a number tells nobody's name."""

    keys: dict[int, str]  # by PanelRater
    people: dict[str, User]
    judges: dict[str, str]
    reserves: frozenset[str]


def raters_of(panel: Panel) -> Named:
    """Rater 1, Rater 2, ... for people and Judge 1, ... for models: always the same for the same panel."""
    rows = list(panel.raters.select_related("user", "judge__prompt").order_by("pk"))
    persons = [one for one in rows if one.user]
    people = sorted(persons, key=lambda one: (one.role == PanelRole.RESERVE, str(one.user and one.user.public_id)))
    judges = [one for one in rows if one.judge]
    keys: dict[int, str] = {one.pk: f"Rater {number}" for number, one in enumerate(people, 1)}
    keys |= {one.pk: f"Judge {number}" for number, one in enumerate(judges, 1)}
    return Named(
        keys,
        {keys[one.pk]: one.user for one in people if one.user},
        {keys[one.pk]: str(one.judge) for one in judges},
        frozenset(keys[one.pk] for one in people if one.role == PanelRole.RESERVE),
    )


def scores_in(panel: Panel, named: Named) -> tuple[list[Rated], list[Rated]]:
    """The newest scores by people and by judges of the outputs that the panel settled on."""
    rows = (
        Rating.objects.filter(seat__output__panel=panel, seat__output__state=OutputState.SETTLED)
        .order_by("seat", "-number")
        .values_list(
            "seat", "seat__rater", "seat__output__panel_run__letter", "seat__output__item__external_id", "scores",
            "created_at",
        )
    )  # fmt: skip
    found: dict[int, tuple[int, Rated]] = {}
    for seat, rater, run, item, scores, at in rows:
        if seat not in found:
            found[seat] = (rater, Rated(named.keys[rater], run, item, dict(scores), at.timestamp()))
    return _apart(found.values(), named)


def choices_in(panel: Panel, named: Named) -> tuple[list[Chosen], list[Chosen]]:
    """The newest choices by people and by judges."""
    rows = (
        Choice.objects.filter(seat__pair__panel=panel)
        .order_by("seat", "-number")
        .values_list(
            "seat", "seat__rater", "seat__pair__a__item__external_id", "seat__pair__a__panel_run__letter",
            "seat__pair__b__panel_run__letter", "better", "seat__shows_b_first",
        )
    )  # fmt: skip
    found: dict[int, tuple[int, Chosen]] = {}
    for seat, rater, item, a, b, better, is_b_first in rows:
        if seat not in found:
            found[seat] = (rater, Chosen(named.keys[rater], item, a, b, better, is_b_first))
    return _apart(found.values(), named)


def sampled_in(panel: Panel) -> Sampled:
    """How the panel's items were drawn."""
    rows = PanelOutput.objects.filter(panel=panel).values_list("item__external_id", "stratum", "weight")
    strata, weights = {}, {}
    for item, stratum, weight in rows:
        strata[item], weights[item] = stratum, weight
    return Sampled(strata, weights)


def _apart(rows: Iterable[tuple[int, Said]], named: Named) -> tuple[list[Said], list[Said]]:
    people: list[Said] = []
    judges: list[Said] = []
    for rater, said in rows:
        (judges if named.keys[rater] in named.judges else people).append(said)
    return people, judges


@dataclass(frozen=True)
class Progress:
    """How far a panel is, in counts that tell nothing of what was said."""

    outputs: int
    settled: int
    seats: int
    done: int
    raters: int


def progress_of(panel: Panel) -> Progress:
    seats = PanelRater.objects.filter(panel=panel).values_list("seats__is_done", flat=True)
    done = [one for one in seats if one is not None]
    return Progress(
        panel.outputs.count(),
        panel.outputs.filter(state=OutputState.SETTLED).count(),
        len(done),
        sum(done),
        panel.raters.count(),
    )
