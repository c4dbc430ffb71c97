"""Expansion plans: asked for, worked out in a job, seen, and made into a blind round once."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from labeling import rules, tasks
from labeling.actions.audit import record_event
from labeling.actions.rounds import round_of
from labeling.enums import Role, UpkeepKind
from labeling.models import ExpansionPlan, Project, Round, UpkeepRound, User
from labeling.queries.attributes import attribute_names
from labeling.queries.expansion import fresh_items, plan
from labeling.queries.upkeep_items import newest_releases
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

LEASE = timedelta(minutes=15)
MOST = 5000
DUE = Q(state="queued") | Q(state="running")


@transaction.atomic
def start_expansion(
    *,
    project: Project,
    size: int = 100,
    by_attributes: list[str],
    novelty_share: float = 0.3,
    seed: int = 0,
    by: User | None,
    operator: str = "",
    at_once: bool = False,
) -> ExpansionPlan:
    """Write down what is asked for and have it worked out; `at_once`: the caller does that itself."""
    _check(project, by)
    if not 1 <= size <= MOST:
        raise Refused(f"An expansion has between 1 and {MOST:,} items.")
    if not 0 <= novelty_share <= 1:
        raise Refused("The share for novelty is between 0 and 1.")
    if unknown := set(by_attributes) - set(attribute_names(project)):
        raise Refused(f"The items have no attribute “{min(unknown)}”.")
    made = ExpansionPlan.objects.create(
        project=project, size=size, by=list(by_attributes), novelty_share=novelty_share, seed=seed, created_by=by,
        created_at=clock.now(),
    )  # fmt: skip
    _record(made, "expansion.started", {"size": size, "novelty_share": novelty_share}, by, operator)
    if not at_once:
        transaction.on_commit(partial(tasks.nudge, tasks.work_on_expansion, made.pk))
    return made


def work_on_expansion(*, plan_id: int) -> None:
    """Work one out. A worker that died is followed by another when its lease is over."""
    now = clock.now()
    free = DUE & (Q(lease_until__isnull=True) | Q(lease_until__lt=now))
    if not ExpansionPlan.objects.filter(free, pk=plan_id).update(state="running", lease_until=now + LEASE):
        return
    found = ExpansionPlan.objects.select_related("project").get(pk=plan_id)
    result: dict[str, Any]
    try:
        planned = plan(
            project=found.project, size=found.size, by=found.by, novelty_share=found.novelty_share, seed=found.seed
        )
        result = {"state": "done", "chosen": planned.chosen, "counts": planned.counts}
    except Refused as refusal:
        result = {"state": "failed", "error": str(refusal)[:500]}
    ExpansionPlan.objects.filter(pk=plan_id, state="running").update(lease_until=None, **result)


def resume_expansions() -> None:
    """Nudge what a lost message or a dead worker left."""
    due = DUE & (Q(lease_until__isnull=True) | Q(lease_until__lt=clock.now()))
    for pk in ExpansionPlan.objects.filter(due).values_list("pk", flat=True):
        tasks.nudge(tasks.work_on_expansion, pk)


@transaction.atomic
def label_expansion(*, found: ExpansionPlan, name: str = "", by: User | None, operator: str = "") -> Round:
    """A blind round of the chosen items. Those picked as unlike gold are never held out: no weight speaks for them."""
    project = found.project
    _check(project, by)
    Project.objects.select_for_update().get(pk=project.pk)  # two plans at once must not take the same item
    found = ExpansionPlan.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if found.state != "done":
        raise NotAllowed("The plan is not worked out yet.")
    if found.round_id:
        raise NotAllowed("A round was made of this plan already.")
    if not found.chosen:
        raise Refused("The plan found no item.")
    rows = {row["item"]: row for row in found.chosen}
    free = set(fresh_items(project).filter(pk__in=rows).values_list("pk", flat=True))
    if gone := len(set(rows) - free):
        raise Refused(f"{gone} of the items came into a round or a release meanwhile. Make a new plan.")
    number = Round.objects.filter(project=project).count() + 1
    made = round_of(
        project=project,
        name=name.strip() or f"Sample {number}",
        weights={pk: row["weight"] for pk, row in rows.items()},
        strata={pk: row["stratum"] for pk, row in rows.items()},
        reason="expansion",
        sampling={"size": len(rows), "by": found.by, "seed": found.seed, "upkeep": str(UpkeepKind.EXPANSION)},
        by=by,
        operator=operator,
    )
    found.round = made
    found.save(update_fields=["round"])
    UpkeepRound.objects.create(
        round=made, project=project, kind=UpkeepKind.EXPANSION, release=next(iter(newest_releases(project)), None)
    )
    _record(found, "expansion.labelled", {"round": made.name, "items": len(rows)}, by, operator)
    return made


def _check(project: Project, by: User | None) -> None:
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)


def _record(made: ExpansionPlan, kind: str, after: dict[str, Any], by: User | None, operator: str) -> None:
    record_event(
        kind=kind, project=made.project, by=by, operator=operator, target=f"expansion:{made.public_id}", after=after
    )
