"""Choosing what is labelled next: started, worked out in the background, and made into a round or a top-up once."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from evaluation import tasks
from evaluation.models import Acquisition, Run
from evaluation.queries.acquisition import Ask, check, plan, taken
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import round_of, top_up_round
from labeling.enums import Role, Stratum
from labeling.models import Project, Round, User
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

LEASE = timedelta(minutes=15)
DUE = Q(state="queued") | Q(state="running")


@transaction.atomic
def start_acquisition(*, ask: Ask, by: User | None, operator: str = "", at_once: bool = False) -> Acquisition:
    """Write down what is asked for and have it worked out; `at_once`: the caller does that itself."""
    project = ask.run.project
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(project)
    if any(run.project_id != project.pk for run in ask.committee):
        raise Refused("The runs belong to different projects.")
    check(ask)
    made = Acquisition.objects.create(
        project=project, run=ask.run, mix=dict(ask.mix), size=ask.size, random_share=ask.random_share, seed=ask.seed,
        created_by=by,
    )  # fmt: skip
    made.committee.set(ask.committee)
    after = {"run": ask.run.name, "mix": dict(ask.mix), "size": ask.size, "random_share": ask.random_share}
    _record(made, "acquisition.started", after, by, operator)
    if not at_once:
        transaction.on_commit(partial(nudge, tasks.work_on_acquisition, made.pk))
    return made


def work_on_acquisition(*, acquisition_id: int) -> None:
    """Work one out. A worker that died is followed by another when its lease is over."""
    now = clock.now()
    free = DUE & (Q(lease_until__isnull=True) | Q(lease_until__lt=now))
    claimed = Acquisition.objects.filter(free, pk=acquisition_id).update(state="running", lease_until=now + LEASE)
    if not claimed:
        return
    found = Acquisition.objects.select_related("run__project").get(pk=acquisition_id)
    result: Mapping[str, Any]
    try:
        planned = plan(ask_of(found))
        result = {"state": "done", "chosen": planned.chosen, "counts": planned.counts}
    except Refused as refusal:
        result = {"state": "failed", "error": str(refusal)[:500]}
    Acquisition.objects.filter(pk=acquisition_id, state="running").update(lease_until=None, **result)


def ask_of(found: Acquisition) -> Ask:
    runs: list[Run] = list(found.committee.order_by("pk"))
    return Ask(found.run, found.mix, found.size, found.random_share, found.seed, runs)


@transaction.atomic
def make_round(
    *, acquisition: Acquisition, name: str = "", top_up: Round | None = None, by: User | None, operator: str = ""
) -> Round:
    """Make a blind round of the chosen items, or add them to an open one. Nothing in it says who was picked, or why.

    In a new round the items drawn by lot have their weights and may be held out; those that were picked may not. The
    weights of a round that is topped up are those of its own sample, so nothing that is added to it is held out.
    """
    project = acquisition.project
    if by:
        rules.check_role(by, project, Role.MANAGER)
    Project.objects.select_for_update().get(pk=project.pk)  # two choices at once must not take the same item
    found = Acquisition.objects.select_for_update(of=("self",)).get(pk=acquisition.pk)
    if found.state != "done":
        raise NotAllowed("What is labelled next is not worked out yet.")
    if found.round_id:
        raise NotAllowed("A round was made of these items already.")
    if top_up is not None and top_up.project_id != project.pk:
        raise Refused("The round belongs to another project.")
    items = {row["item"]: row for row in found.chosen}
    if gone := len(taken(project)[0] & set(items)):
        raise Refused(f"{gone} of the items came into a round or a release meanwhile. Choose again.")
    weights = {pk: row["weight"] for pk, row in items.items()}
    by_lot = Stratum.TOP_UP.value if top_up else ""
    strata = {pk: by_lot if row["is_random"] else Stratum.PICKED.value for pk, row in items.items()}
    if top_up is not None:
        top_up_round(
            in_round=top_up, weights=weights, strata=strata, reason="active learning", by=by, operator=operator
        )
        made = top_up
    else:
        number = Round.objects.filter(project=project).count() + 1
        made = round_of(
            project=project, name=name.strip() or f"Sample {number}", weights=weights, strata=strata,
            reason="active learning", sampling={"size": len(items), "seed": found.seed}, by=by, operator=operator,
        )  # fmt: skip
    found.round = made
    found.save(update_fields=["round"])
    after = {"round": made.name, "items": len(items), "topped_up": top_up is not None}
    _record(found, "acquisition.labelled", after, by, operator)
    return made


def _record(made: Acquisition, kind: str, after: dict[str, Any], by: User | None, operator: str) -> None:
    record_event(
        kind=kind, project=made.project, by=by, operator=operator, target=f"acquisition:{made.public_id}", after=after
    )
