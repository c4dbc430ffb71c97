"""Rollout plans: started with a pilot, moved on where the figures allow it or for a reason, and moved back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max

from evaluation import tasks
from evaluation.actions.reviews import ReviewSpec, open_review
from evaluation.actions.runs import Scope, Setup, cancel_run, start_run
from evaluation.enums import RolloutMoveKind, RolloutStep, RunState, Strategy
from evaluation.models import PromptVersion, Rollout, RolloutMove, Run
from evaluation.queries.canaries import new_items
from evaluation.queries.rollouts import criteria, loaded, step_of
from evaluation.stats.reviews import MET
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role, Split
from labeling.models import GoldEntry, Item, Release, User
from labeling.queries.sights import labelled_blind
from labeling.sampling import stratified
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

MAKERS = (Role.ENGINEER, Role.MANAGER)
STEPS = list(RolloutStep)
MOST_BATCH = 50_000
LEAST_AUDIT, AUDITED = 0.05, 300  # of what goes through: this share, or what gives so many of the items asked
GOING = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)
REASON_MAX = 2000


@dataclass(frozen=True)
class RolloutPlan:
    """How many items, drawn how, and what opens the next step."""

    pilot_items: int = 100
    batch_items: int = MOST_BATCH
    strata: Sequence[str] = ()
    min_precision: float = 0.95
    max_cost: float = 0.5
    min_auto: float = 0.8
    hourly_usd: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.min_precision < 1 or not 0 < self.min_auto <= 1:
            raise Refused("Precision is above 0 and below 100%; the share without a person above 0 and at most 100%.")
        if not 0 < self.max_cost <= 1000 or (self.hourly_usd is not None and not 0 <= self.hourly_usd <= 10_000):
            raise Refused("The cost of an item, and what an hour costs, are amounts of dollars.")
        if self.pilot_items < 1 or not 1 <= self.batch_items <= MOST_BATCH:
            raise Refused(f"A pilot has at least 1 item, and a batch 1 to {MOST_BATCH:,}.")


@transaction.atomic
def start_rollout(
    *, version: PromptVersion, plan: RolloutPlan = RolloutPlan(), by: User | None, operator: str = ""
) -> Rollout:
    """Write the plan down and start its pilot. A prompt version has one rollout."""
    project = version.prompt.project
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)
    if Rollout.objects.filter(version=version).exists():
        raise Refused(f"{version} has a rollout already.")
    made = Rollout.objects.create(
        project=project, version=version, fewshot_release=_examples(version), strata=list(plan.strata),
        pilot_items=plan.pilot_items, batch_items=plan.batch_items, min_precision=plan.min_precision,
        max_cost=plan.max_cost, min_auto=plan.min_auto, hourly_usd=plan.hourly_usd, seed=plan.seed,
        created_at=clock.now(), created_by=by,
    )  # fmt: skip
    _move(made, RolloutMoveKind.START, RolloutStep.PILOT, by=by, operator=operator)
    return made


@transaction.atomic
def open_next(*, rollout: Rollout, reason: str = "", by: User | None, operator: str = "") -> RolloutMove:
    """Go on to the next step; where a criterion is not met or cannot be told yet, only for a written reason."""
    if by:
        rules.check_role(by, rollout.project, Role.MANAGER)
    rollout, step = _locked(rollout)
    if step == RolloutStep.PRODUCTION:
        raise NotAllowed("Production is the last step.")
    found = criteria(rollout, step)
    if not reason.strip() and (open_ones := [one.name.lower() for one in found if one.standing != MET]):
        raise Refused(f"Not all criteria are met ({', '.join(open_ones)}). To go on all the same, write why.")
    told = [one.as_dict() for one in found]
    after = STEPS[STEPS.index(step) + 1]
    return _move(rollout, RolloutMoveKind.NEXT, after, measured=told, reason=reason, by=by, operator=operator)


@transaction.atomic
def ask_more(*, rollout: Rollout, by: User | None, operator: str = "") -> RolloutMove:
    """Another run of the step it is at, over new items: where too few were asked to tell, or where some came since."""
    if by:
        rules.check_role(by, rollout.project, *MAKERS)
    rollout, step = _locked(rollout)
    if Run.objects.filter(rollout_move__rollout=rollout, state__in=GOING).exists():
        raise Refused("A run of this rollout is not over yet.")
    return _move(rollout, RolloutMoveKind.AGAIN, step, by=by, operator=operator)


@transaction.atomic
def go_back(*, rollout: Rollout, reason: str = "", by: User | None, operator: str = "") -> RolloutMove:
    """One step back: what still runs of the step that is left is cancelled; what was answered and reviewed stays."""
    if by:
        rules.check_role(by, rollout.project, *MAKERS)
    rollout, step = _locked(rollout)
    if step == RolloutStep.PILOT:
        raise NotAllowed("The pilot is the first step.")
    for run in Run.objects.filter(rollout_move__rollout=rollout, rollout_move__step=step, state__in=GOING):
        cancel_run(run=run, by=by, operator=operator)
    before = STEPS[STEPS.index(step) - 1]
    return _move(rollout, RolloutMoveKind.BACK, before, reason=reason, by=by, operator=operator)


def open_due_reviews() -> int:
    """Open the reviews of rollout runs that have ended; how many."""
    due = Run.objects.filter(rollout_move__isnull=False, review=None, state=RunState.DONE)
    opened = 0
    for run in due.filter(project__archived_at=None).select_related("project", "rollout_move__rollout"):
        try:
            open_review(run=run, spec=_spec(run.rollout_move), by=None, operator="rollout")
        except Refused:  # somebody opened it by hand meanwhile
            continue
        opened += 1
    return opened


def _spec(move: RolloutMove) -> ReviewSpec:
    """In a pilot all that would go through is audited, so that people look at every answer."""
    assert move.run is not None
    share = 1.0 if move.step == RolloutStep.PILOT else min(1.0, max(LEAST_AUDIT, AUDITED / max(move.run.total, 1)))
    plan = move.rollout
    return ReviewSpec(
        audit_share=share, seed=plan.seed, target_auto=plan.min_auto, target_cost=plan.max_cost,
        hourly_usd=plan.hourly_usd,
    )  # fmt: skip


def _locked(rollout: Rollout) -> tuple[Rollout, RolloutStep]:
    Rollout.objects.select_for_update(of=("self",)).get(pk=rollout.pk)
    found = loaded().get(pk=rollout.pk)
    rules.check_not_archived(found.project)
    return found, step_of(found)


def _move(
    rollout: Rollout,
    kind: RolloutMoveKind,
    step: RolloutStep,
    *,
    measured: list[dict[str, Any]] | None = None,
    reason: str = "",
    by: User | None,
    operator: str,
) -> RolloutMove:
    run = None if kind == RolloutMoveKind.BACK else _start(rollout, step, kind, by, operator)
    newest = RolloutMove.objects.filter(rollout=rollout).aggregate(newest=Max("number"))["newest"] or 0
    reason = reason.strip()[:REASON_MAX]
    made = RolloutMove.objects.create(
        rollout=rollout, number=newest + 1, kind=kind, step=step, run=run, measured=measured or [], reason=reason,
        created_at=clock.now(), created_by=by,
    )  # fmt: skip
    target = f"rollout:{rollout.public_id}"
    record_event(
        kind=f"rollout.{kind}", project=rollout.project, by=by, operator=operator, target=target,
        after={"prompt": str(rollout.version), "step": step, "run": run.name if run else None,
               "items": run.total if run else 0, "reason": reason, "measured": measured or []},
    )  # fmt: skip
    if run:
        transaction.on_commit(lambda: nudge(tasks.open_rollout_reviews))  # the sweep comes back when the run is longer
    return made


def _start(rollout: Rollout, step: RolloutStep, kind: RolloutMoveKind, by: User | None, operator: str) -> Run | None:
    """The run of a step over items that are new to it. Production may open without any: it waits for them."""
    items = new_items(rollout.version)
    if not items:
        if step == RolloutStep.PRODUCTION and kind == RolloutMoveKind.NEXT:
            return None
        raise Refused(
            f"There are no new items: each is in a release, or {rollout.version} has answered it. Import some."
        )
    setup = Setup(items=items, sample=rollout.batch_items if step == RolloutStep.BATCH else None, seed=rollout.seed)
    if step == RolloutStep.PILOT:
        setup = Setup(items=_pilot(rollout, items))
    number = min(len(setup.items or ()), setup.sample or MOST_BATCH * 1000)
    return start_run(
        version=rollout.version, scope=Scope(), name=f"{rollout.version} {step.label.lower()}".replace("@", " v"),
        budget_usd=None if rollout.version.strategy != Strategy.CHAT else rollout.max_cost * number,
        fewshot_release=rollout.fewshot_release, setup=setup, by=by, operator=operator,
    )  # fmt: skip


def _pilot(rollout: Rollout, items: Sequence[int]) -> list[int]:
    """Stratified, of items that are in no open round: whoever labels there may not be shown an answer."""
    free = set(items) - set(labelled_blind(rollout.project))
    if not free:
        raise Refused(
            "All new items are in open rounds, where nobody may be shown an answer. Close one, or import more."
        )
    rows = Item.objects.filter(project=rollout.project).order_by("pk").values_list("pk", "attributes")
    strata = [
        (pk, tuple(str(attributes.get(name) or "") for name in rollout.strata)) for pk, attributes in rows if pk in free
    ]
    size = min(rollout.pilot_items, len(strata))
    drawn = stratified(strata, size=size, seed=rollout.seed)
    return [pk for pk, _, _ in drawn.picked]


def _examples(version: PromptVersion) -> Release | None:
    """The newest release with a fewshot split, for a version that learns from examples."""
    if version.strategy != Strategy.BASELINE_FEW and not version.parameters.get("few_shot", 0) > 0:
        return None
    taught = GoldEntry.objects.filter(split=Split.FEWSHOT).values("release")
    found = Release.objects.filter(golden_set__project=version.prompt.project, pk__in=taught)
    return found.order_by("-frozen_at", "-pk").first()
