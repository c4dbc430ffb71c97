"""All models that judge a project's panels, for the page that lists them; four queries, however many."""

from dataclasses import dataclass

from django.db.models import Count, Q

from evaluation.enums import PanelRole, RunState
from evaluation.models import JudgeApproval, Panel, PanelRater, Run
from labeling.models import Project

SHOWN = 100
ORDER = (RunState.PAUSED, RunState.RUNNING, RunState.QUEUED, RunState.CANCELLED, RunState.DONE)


@dataclass(frozen=True)
class JudgeRow:
    """A judge of a panel: how far it is, what it cost, and whether gates may ask it."""

    rater: PanelRater
    state: str  # of its runs, the one that needs somebody first
    rated: int
    outputs: int
    spent_usd: float
    is_simulated: bool
    approval: JudgeApproval | None

    @property
    def state_name(self) -> str:
        return RunState(self.state).label if self.state else ""


def judge_rows(project: Project) -> list[JudgeRow]:
    """The newest first."""
    raters = list(
        PanelRater.objects.filter(panel__project=project, role=PanelRole.JUDGE)
        .select_related("panel__rubric_version__rubric", "judge__prompt")
        .annotate(outputs=Count("seats"), rated=Count("seats", filter=Q(seats__is_done=True)))
        .order_by("-pk")[:SHOWN]
    )
    runs: dict[int, list[Run]] = {}
    for run in Run.objects.filter(judging__rater__in=raters).select_related("judging").order_by("pk"):
        runs.setdefault(run.judging.rater_id, []).append(run)
    approvals = JudgeApproval.objects.filter(judge__in=[one.judge_id for one in raters]).order_by("pk")
    approved = {(one.judge_id, one.rubric_version_id): one for one in approvals}
    return [
        _row(one, runs.get(one.pk, []), approved.get((one.judge_id or 0, one.panel.rubric_version_id)))
        for one in raters
    ]


def _row(rater: PanelRater, runs: list[Run], approval: JudgeApproval | None) -> JudgeRow:
    states = {run.state for run in runs}
    return JudgeRow(
        rater=rater, state=next((one for one in ORDER if one in states), ""), rated=getattr(rater, "rated", 0),
        outputs=getattr(rater, "outputs", 0), spent_usd=sum(run.spent_micro_usd for run in runs) / 1e6,
        is_simulated=any(run.is_simulated for run in runs), approval=approval,
    )  # fmt: skip


def open_to_judges(project: Project) -> list[Panel]:
    """The panels that a model may be asked to judge: all of them, the newest first."""
    return list(Panel.objects.filter(project=project).select_related("rubric_version__rubric").order_by("-pk")[:SHOWN])
