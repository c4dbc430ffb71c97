"""Rollouts: where each stands, and what its steps measured against the plan's criteria."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from evaluation.enums import ReviewTaskState, RolloutStep, RunState
from evaluation.models import ReviewTask, Rollout, RolloutMove, Run
from evaluation.queries.rollout_criteria import Criterion, StepRun, measured
from evaluation.stats.reviews import MET
from labeling.models import Project

WHAT = {
    RolloutStep.PILOT: "A stratified sample. A person looks at every answer.",
    RolloutStep.BATCH: "Many new items. People look at what is not sure, and at an audit of the rest.",
    RolloutStep.PRODUCTION: "All new items, with review and audit as before, and watched for drift.",
}


@dataclass(frozen=True)
class StepBoard:
    """One step on the path."""

    step: RolloutStep
    place: str  # "passed", "here" or "ahead"
    runs: list[StepRun]
    criteria: list[Criterion]

    @property
    def name(self) -> str:
        return self.step.label

    @property
    def what(self) -> str:
        return WHAT[self.step]

    @property
    def items(self) -> int:
        return sum(one.run.total for one in self.runs)

    @property
    def met(self) -> int:
        return sum(one.standing == MET for one in self.criteria)

    @property
    def is_open(self) -> bool:
        """All criteria are met."""
        return bool(self.criteria) and self.met == len(self.criteria)

    @property
    def is_under_way(self) -> bool:
        """A run still answers, or its review is about to be made."""
        return any(one.review is None and one.run.state != RunState.CANCELLED for one in self.runs)

    @property
    def unreviewed(self) -> list[StepRun]:
        """The runs whose answers people have not looked at yet."""
        return [one for one in self.runs if one.review and one.left]

    @property
    def is_simulated(self) -> bool:
        return any(one.run.is_simulated for one in self.runs)


@dataclass(frozen=True)
class Listed:
    """A rollout in the list."""

    rollout: Rollout
    newest: RolloutMove
    items: int


def loaded() -> QuerySet[Rollout]:
    return Rollout.objects.select_related("project", "version__prompt", "fewshot_release__golden_set", "created_by")


def rollouts_of(project: Project) -> list[Listed]:
    """All rollouts, newest first; two queries."""
    found = list(loaded().filter(project=project).order_by("-pk")[:200])
    moves: dict[int, list[RolloutMove]] = {}
    for move in RolloutMove.objects.filter(rollout__in=found).select_related("run").order_by("number"):
        moves.setdefault(move.rollout_id, []).append(move)
    return [Listed(one, moves[one.pk][-1], sum(move.run.total for move in moves[one.pk] if move.run)) for one in found]


def history(rollout: Rollout) -> list[RolloutMove]:
    """What happened, the newest first."""
    return list(rollout.moves.select_related("run", "created_by").order_by("-number"))


def step_of(rollout: Rollout) -> RolloutStep:
    newest = rollout.moves.order_by("-number").values_list("step", flat=True).first()
    return RolloutStep(newest or RolloutStep.PILOT)


def path_of(rollout: Rollout) -> list[StepBoard]:
    """The three steps in their order, each with what it measured."""
    here = step_of(rollout)
    steps = list(RolloutStep)
    runs = _runs(rollout)
    boards = []
    for number, step in enumerate(steps):
        place = "here" if step == here else "passed" if number < steps.index(here) else "ahead"
        mine = [one for one in runs if one.run.rollout_move.step == step]
        boards.append(StepBoard(step, place, mine, measured(rollout, step, mine) if mine else []))
    return boards


def criteria(rollout: Rollout, step: RolloutStep) -> list[Criterion]:
    """What has to hold before the next step opens, and whether it does."""
    return measured(rollout, step, [one for one in _runs(rollout) if one.run.rollout_move.step == step])


def as_dict(rollout: Rollout) -> dict[str, Any]:
    """For the command: the plan, and each step with its criteria."""
    boards = path_of(rollout)
    return {
        "prompt": str(rollout.version),
        "step": next(one.step for one in boards if one.place == "here"),
        "steps": [
            {
                "step": one.step, "place": one.place, "items": one.items, "runs": [row.run.name for row in one.runs],
                "reviews": [row.review.number for row in one.runs if row.review],
                "criteria": [row.as_dict() for row in one.criteria],
            }
            for one in boards
        ],
    }  # fmt: skip


def _runs(rollout: Rollout) -> list[StepRun]:
    """Every run of a plan with its review and how much of that is done; two queries."""
    runs = Run.objects.filter(rollout_move__rollout=rollout).select_related("rollout_move", "review", "project")
    found = list(runs.order_by("rollout_move__number"))
    rows = ReviewTask.objects.filter(review__run__in=found).order_by().values("review")
    counts = {
        row["review"]: (row["tasks"], row["done"])
        for row in rows.annotate(tasks=Count("pk"), done=Count("pk", filter=Q(state=ReviewTaskState.DONE)))
    }
    made = []
    for run in found:
        review = getattr(run, "review", None)
        made.append(StepRun(run, review, *counts.get(review.pk, (0, 0))) if review else StepRun(run, None))
    return made
