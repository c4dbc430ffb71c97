"""Judges of a panel: what they cost, how they stand to the people, and whether a gate may ask them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from evaluation.enums import PanelKind, PanelRole, PanelState, PredictionState, RunState
from evaluation.llm.calls import Call
from evaluation.llm.judging import JudgePipeline
from evaluation.models import (
    JudgeApproval,
    Panel,
    PanelRater,
    Prediction,
    PromptVersion,
    Rating,
    RubricVersion,
    Run,
    SettledScore,
)  # fmt: skip
from evaluation.queries.forecasts import forecast, price_of
from evaluation.queries.judge_pairs import STILL_OPEN, compare_pairs
from evaluation.queries.judge_tasks import judge_pipeline, told_for_judge
from evaluation.queries.lessons import item_texts, label_specs
from evaluation.queries.recipes import read_recipe
from evaluation.stats.judge_report import Compared, compare_judge, verdict, weakened
from evaluation.stats.panel_scores import Output, Rated, run_means
from evaluation.stats.resampling import Plan
from evaluation.stats.types import Estimate
from labeling.actions.rounds import published_taxonomy
from labeling.models import Item
from reviewapp.common.errors import Refused

RESAMPLES = 1000
GATING, PASSED, FAILED, UNDECIDED = "not_approved", "passed", "failed", "cannot_tell"


@dataclass(frozen=True)
class JudgeCost:
    """What asking a judge would cost, before anything is asked. Of pairs `outputs` are the pairs."""

    outputs: int
    calls: int
    likely_usd: float
    most_usd: float


def judge_cost(panel: Panel, version: PromptVersion) -> JudgeCost:
    """By the size of every question, at today's price: a likely sum, and the most that would be reserved."""
    recipe = read_recipe(version)
    rate = price_of(panel.project, recipe)
    told = told_for_judge(panel.project, version, label_specs(published_taxonomy(panel.project)))
    calls: list[Call] = []
    for panel_run in panel.runs.select_related("panel__rubric_version").order_by("letter"):
        pipeline = judge_pipeline(panel_run, recipe, told)
        judged = pipeline.outputs if isinstance(pipeline, JudgePipeline) else pipeline.pairs
        items = Item.objects.filter(project=panel.project, external_id__in=judged)
        for item in item_texts(items).values():
            calls += pipeline.calls_for(item, (f"{number:016x}" for number in count()))
    found = forecast(calls, rate)
    outputs = len(calls) // 2 if panel.kind == PanelKind.PAIRS else len(calls)
    return JudgeCost(outputs, found.calls, found.likely_usd, found.most_usd)


def judges_of(panel: Panel) -> list[PanelRater]:
    return list(panel.raters.filter(role=PanelRole.JUDGE).select_related("judge__prompt").order_by("pk"))


def runs_of(rater: PanelRater) -> list[Run]:
    return list(Run.objects.filter(judging__rater=rater).order_by("pk"))


@dataclass(frozen=True)
class Standing:
    """How far a judge is, and what went wrong."""

    state: str
    reason: str
    items: int  # that its runs ask about, each run its own
    answered: int
    outputs: int
    rated: int
    failed: dict[str, int]  # by kind
    flagged: int  # texts that seem to instruct the judge
    spent_usd: float
    budget_usd: float | None
    is_simulated: bool
    models_returned: list[str]

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    @property
    def is_going(self) -> bool:
        return self.state in (RunState.QUEUED, RunState.RUNNING)


def standing_of_judge(rater: PanelRater) -> Standing:
    runs = runs_of(rater)
    answers = Prediction.objects.filter(run__in=runs)
    failed = Counter(answers.filter(state=PredictionState.FAILED).values_list("error_kind", flat=True))
    done = answers.filter(state=PredictionState.DONE)
    if rater.panel.kind == PanelKind.PAIRS:  # an item has several questions, and some of them may have failed
        for stages in done.values_list("stages", flat=True):
            failed.update((stages or {}).get("failed", {}))
    states, budgets = {run.state for run in runs}, [run.budget_micro_usd for run in runs]
    order = ("paused", "running", "queued", "cancelled", "done")
    return Standing(
        state=next((one for one in order if one in states), ""),
        reason=next((run.state_reason for run in runs if run.state_reason), ""),
        items=sum(run.total for run in runs),
        answered=answers.filter(state__in=[PredictionState.DONE, PredictionState.FAILED]).count(),
        outputs=rater.seats.count(),
        rated=rater.seats.filter(is_done=True).count(),
        failed=dict(sorted(failed.items())),
        flagged=done.exclude(review="").count(),
        spent_usd=sum(run.spent_micro_usd for run in runs) / 1e6,
        budget_usd=None if any(one is None for one in budgets) else sum(one or 0 for one in budgets) / 1e6,
        is_simulated=any(run.is_simulated for run in runs),
        models_returned=sorted(set(done.exclude(model_returned="").values_list("model_returned", flat=True))),
    )


def comparison(rater: PanelRater) -> dict[str, Any]:
    """The judge beside the people of its panel; while that is open nothing is told of what they say."""
    panel = rater.panel
    if panel.kind == PanelKind.PAIRS:
        return compare_pairs(rater)
    about = {"judge": str(rater.judge), "panel": panel.name, "rubric": str(panel.rubric_version)}
    if panel.state != PanelState.CLOSED:
        return about | {"criteria": [], "own_runs": 0, "passed": False, "reason": STILL_OPEN}
    criteria = list(panel.rubric_version.criteria.values_list("code", flat=True))
    judge = {(one.run, one.item): one.scores for one in _rated(panel, judge=rater)}
    given = Compared(
        people=_rated(panel, judge=None), settled=_settled(panel), judge=judge, criteria=criteria, own=_own(rater),
        outputs=list(panel.outputs.values_list("panel_run__letter", "item__external_id")),
    )  # fmt: skip
    found = compare_judge(given, plan=Plan(RESAMPLES, panel.seed))
    passed, why_not = verdict(found)
    return about | {
        "criteria": [one.as_dict() for one in found],
        "own_runs": len(given.own),
        "passed": passed,
        "reason": why_not,
        "warnings": weakened(found),
    }


def _rated(panel: Panel, *, judge: PanelRater | None) -> list[Rated]:
    """The newest ratings of a judge, or of the people who rate from the start."""
    rows = Rating.objects.filter(seat__rater__panel=panel, seat__output__isnull=False)
    rows = rows.filter(seat__rater=judge) if judge else rows.filter(seat__rater__role=PanelRole.RATER)
    newest = {}
    values = ("seat", "seat__rater", "seat__output__panel_run__letter", "seat__output__item__external_id", "scores")
    for seat, who, run, item, scores in rows.order_by("seat", "number").values_list(*values):
        newest[seat] = Rated(str(who), run, item, scores)
    return list(newest.values())


def _settled(panel: Panel) -> dict[Output, dict[str, float]]:
    found: dict[Output, dict[str, float]] = defaultdict(dict)
    rows = SettledScore.objects.filter(output__panel=panel)
    for run, item, code, score in rows.values_list(
        "output__panel_run__letter", "output__item__external_id", "criterion__code", "score"
    ):
        found[run, item][code] = score
    return dict(found)


def _own(rater: PanelRater) -> frozenset[str]:
    """The runs that the judge's own model wrote."""
    assert rater.judge is not None
    mine = rater.panel.runs.filter(run__prompt_version__model=rater.judge.model)
    return frozenset(mine.values_list("letter", flat=True))


def may_gate(
    judge: PromptVersion, rubric_version: RubricVersion, *, models_returned: Sequence[str] | None = None
) -> JudgeApproval | None:
    """The newest approval of this judge by this rubric version. A new version of either, or an answer by another model
    than was approved, has none."""
    mine = JudgeApproval.objects.filter(judge=judge, rubric_version=rubric_version).order_by("-pk")
    newest = mine.first()
    if newest and models_returned is not None and not set(models_returned) <= set(newest.models_returned):
        return None
    return newest


@dataclass(frozen=True)
class Required:
    """What a gate on a judge's scores says: of each run's mean on a criterion, whether it is at least `least`."""

    verdict: str
    reason: str
    means: dict[str, Estimate]


def gate(rater: PanelRater, *, criterion: str, least: float) -> Required:
    """Passed if all of each run's interval is at or above, failed if all of one's is below, else it cannot be told."""
    assert rater.judge is not None
    panel, standing = rater.panel, standing_of_judge(rater)
    if panel.kind == PanelKind.PAIRS:
        raise Refused("Gates ask for scores, and this judge chooses between pairs.")
    if criterion not in set(panel.rubric_version.criteria.values_list("code", flat=True)):
        raise Refused(f"{panel.rubric_version} has no criterion “{criterion}”.")
    if may_gate(rater.judge, panel.rubric_version, models_returned=standing.models_returned) is None:
        why = f"{rater.judge} is not approved for {panel.rubric_version}, so no gate may ask it."
        return Required(GATING, why, {})
    if standing.rated < standing.outputs:
        return Required(UNDECIDED, f"{standing.outputs - standing.rated} outputs have no score of the judge.", {})
    letters = list(panel.runs.order_by("letter").values_list("letter", flat=True))
    found = run_means(_rated(panel, judge=rater), letters, [criterion], plan=Plan(RESAMPLES, panel.seed))
    means = {letter: found[letter, criterion] for letter in letters}
    if any(one.high is not None and one.high < least for one in means.values()):
        return Required(FAILED, "", means)
    if all(one.low is not None and one.low >= least for one in means.values()):
        return Required(PASSED, "", means)
    return Required(UNDECIDED, f"{least:g} lies within the interval of a mean.", means)
