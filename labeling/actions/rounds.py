"""Making rounds: drawing the sample, the tasks and their seats; closing and cancelling."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction

from labeling import rules, sampling
from labeling.actions.audit import record_event
from labeling.actions.tables import analyze
from labeling.enums import Purpose, Role, RoundState, SeatState, Settling, TaskState, VersionStatus
from labeling.models import Guideline, Item, Label, Project, Round, Seat, Task, TaxonomyVersion, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

BAND_BITS = 40  # the low bits of a place are a random key, the high ones the manager's band
FORBIDDEN_IN_NAMES = set("@:/")
BATCH = 1000
QUICK_LABELS = 9
MOST_CHECKS = 1000  # before a rater is looked at
MOST_RATERS = 20  # of an item, where people are asked


@dataclass(frozen=True)
class SampleSpec:
    """How a round's items are chosen."""

    size: int
    by: Sequence[str] = ()
    allocation: str = "proportional"
    seed: int = 0
    where: Sequence[tuple[str, str]] = ()  # only items with these values of these attributes


@dataclass(frozen=True)
class RoundOptions:
    """What a round may ask for beyond its sample: named as on the Round."""

    due_on: date | None = None
    quick_labels: Sequence[str] = ()  # codes for the keys 1 to 9; none: each rater's own recent ones
    asks_summary: bool = False
    distinct_groups: bool = False
    needs_qualification: bool = False
    check_bar: float | None = None
    check_least: int = 10
    training_bar: float = 0.8
    second_share: float = 0.1
    audit_share: float = 0.05


def check_quick_labels(version: TaxonomyVersion, codes: Sequence[str]) -> None:
    """At most nine codes, each once, all of this taxonomy version."""
    if len(codes) > QUICK_LABELS or len(set(codes)) < len(codes):
        raise Refused(f"The quick labels are at most {QUICK_LABELS} codes, each named once.")
    known = set(Label.objects.filter(version=version, code__in=codes).values_list("code", flat=True))
    if unknown := [code for code in codes if code not in known]:
        raise Refused(f"The taxonomy has no label with the code “{unknown[0]}”. Quick labels are named by their codes.")


def check_name(name: str, *, what: str) -> str:
    """A name that the command line can say: not empty, at most 120 characters, none of @ : /."""
    name = name.strip()
    if not name or len(name) > 120 or FORBIDDEN_IN_NAMES & set(name):
        raise Refused(f"A {what}'s name has 1 to 120 characters and none of @ : / — “{name[:40]}” does not fit.")
    return name


def said_where(where: Sequence[Sequence[str]]) -> str:
    """A restriction in words."""
    return " and ".join(f"{name} “{value}”" for name, value in where)


def draw(*, project: Project, spec: SampleSpec) -> sampling.Sample:
    """Draw the sample without writing anything: the preview and the round use the same draw."""
    if spec.size < 1:
        raise Refused("The sample needs at least one item.")
    rows = Item.objects.filter(project=project).order_by("external_id").values_list("pk", "external_id", "attributes")
    strata = [
        ((key, pk), tuple(str(attributes.get(name, "")) for name in spec.by))
        for pk, key, attributes in rows
        if all(str(attributes.get(name, "")) == value for name, value in spec.where)
    ]
    if not strata and spec.where:
        raise Refused(f"No item has {said_where(spec.where)}.")
    if not strata:
        raise Refused("This project has no items yet. Import some first.")
    if spec.size > len(strata):
        those = f" with {said_where(spec.where)}" if spec.where else ""
        raise Refused(f"The project has {len(strata)} items{those}, fewer than the {spec.size} asked for.")
    return sampling.stratified(strata, size=spec.size, allocation=spec.allocation, seed=spec.seed)


@transaction.atomic
def sample_round(
    *,
    project: Project,
    name: str,
    spec: SampleSpec,
    by: User | None,
    raters: int | None = None,
    settling: str = Settling.UNANIMOUS,
    purpose: str = Purpose.GOLDEN,
    undo_seconds: int = 600,
    options: RoundOptions | None = None,
    operator: str = "",
) -> Round:
    """Draw a stratified sample and make a round of it: one task an item, N seats a task, weights kept."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    if raters is not None and not 1 <= raters <= MOST_RATERS:
        raise Refused(f"An item gets 1 to {MOST_RATERS} raters.")
    sample = draw(project=project, spec=spec)
    made = create_round(
        project=project,
        name=name,
        by=by,
        raters=project.raters_per_item if raters is None else raters,
        settling=settling,
        purpose=purpose,
        undo_seconds=undo_seconds,
        sampling={
            **asdict(spec),
            "by": list(spec.by),
            "where": [list(pair) for pair in spec.where],
            "table": [asdict(row) for row in sample.table],
        },
        options=options,
        operator=operator,
    )
    revisions = dict(Item.objects.filter(project=project).values_list("pk", "revision"))
    tasks = [
        Task(
            round=made,
            item_id=pk,
            item_revision=revisions[pk],
            stratum=" · ".join(stratum),
            weight=weight,
            reason="stratified sample",
        )
        for (_, pk), stratum, weight in sample.picked
    ]
    add_tasks(in_round=made, tasks=tasks)
    return made


@transaction.atomic
def round_of(
    *,
    project: Project,
    name: str,
    weights: Mapping[int, float],
    reason: str,
    by: User | None,
    sampling: dict[str, Any],
    strata: Mapping[int, str] | None = None,
    operator: str = "",
) -> Round:
    """A blind round of chosen items, by primary key, each with how many items it stands for, and its stratum."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    made = create_round(
        project=project, name=name, by=by, raters=project.raters_per_item, sampling=sampling, operator=operator
    )
    add_tasks(in_round=made, tasks=_tasks_of(made, weights, strata or {}, reason))
    return made


@transaction.atomic
def top_up_round(
    *,
    in_round: Round,
    weights: Mapping[int, float],
    strata: Mapping[int, str],
    reason: str,
    by: User | None,
    operator: str = "",
) -> int:
    """Add chosen items to an open round. Raters' cursors start again, since work came in before them."""
    project = in_round.project
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    in_round = Round.objects.select_for_update(of=("self",)).select_related("project").get(pk=in_round.pk)
    if in_round.state != RoundState.OPEN or in_round.purpose != Purpose.GOLDEN:
        raise Refused("Only an open round for a golden set can be topped up.")
    if in_round.tasks.filter(item__in=weights).exists():
        raise Refused("Some of the items are in this round already.")
    tasks = _tasks_of(in_round, weights, strata, reason)
    add_tasks(in_round=in_round, tasks=tasks)
    in_round.cursors.update(place=-1)
    record_event(
        kind="round.topped_up",
        project=project,
        by=by,
        operator=operator,
        target=f"round:{in_round.public_id}",
        after={"tasks": len(tasks), "reason": reason},
    )
    return len(tasks)


def _tasks_of(made: Round, weights: Mapping[int, float], strata: Mapping[int, str], reason: str) -> list[Task]:
    revisions = dict(Item.objects.filter(project=made.project, pk__in=weights).values_list("pk", "revision"))
    if not revisions or len(revisions) < len(weights):
        raise Refused("There are no items to label." if not weights else "Some of the items are not in this project.")
    return [
        Task(
            round=made, item_id=pk, item_revision=revisions[pk], weight=weight, stratum=strata.get(pk, ""),
            reason=reason[:200],
        )
        for pk, weight in weights.items()
    ]  # fmt: skip


def create_round(
    *,
    project: Project,
    name: str,
    by: User | None,
    raters: int,
    settling: str = Settling.UNANIMOUS,
    purpose: str = Purpose.GOLDEN,
    undo_seconds: int = 600,
    sampling: dict[str, Any] | None = None,
    options: RoundOptions | None = None,
    operator: str = "",
) -> Round:
    """An empty round on the newest published taxonomy and guideline; call inside a transaction."""
    name = check_name(name, what="round")
    if Round.objects.filter(project=project, name=name).exists():
        raise Refused(f"There is already a round called “{name}”.")
    if settling == Settling.MAJORITY and raters < 3:
        raise Refused("Settling by majority needs at least three raters an item.")
    version, options = published_taxonomy(project), options or RoundOptions()
    check_quick_labels(version, options.quick_labels)
    if not 1 <= options.check_least <= MOST_CHECKS:
        raise Refused(f"A rater is looked at after 1 to {MOST_CHECKS:,} hidden checks.")
    made = Round.objects.create(
        project=project,
        name=name,
        purpose=purpose,
        taxonomy_version=version,
        guideline=Guideline.objects.filter(project=project).order_by("-number").first(),
        raters=raters,
        max_raters=max(raters, 5),
        settling=settling,
        undo_seconds=0 if purpose in (Purpose.TRAINING, Purpose.IMPORTED) else undo_seconds,
        agreement_objective=project.agreement_objective,
        sampling=sampling or {},
        created_by=by,
        **{**asdict(options), "quick_labels": list(options.quick_labels)},
    )
    record_event(
        kind="round.created",
        project=project,
        by=by,
        operator=operator,
        target=f"round:{made.public_id}",
        after={"name": name, "raters": raters, "purpose": str(purpose), "sampling": made.sampling},
    )
    return made


def add_tasks(*, in_round: Round, tasks: list[Task], seats: bool = True) -> None:
    """Insert the tasks and, with them, their seats in a random order; call inside a transaction."""
    Task.objects.bulk_create(tasks, batch_size=BATCH)
    if seats:
        places = [secrets.randbits(BAND_BITS) for _ in tasks]
        Seat.objects.bulk_create(
            (
                Seat(task=task, round=in_round, number=number, place=place)
                for task, place in zip(tasks, places, strict=True)
                for number in range(1, in_round.raters + 1)
            ),
            batch_size=BATCH,
        )
    analyze(Task, Seat)


def published_taxonomy(project: Project) -> TaxonomyVersion:
    version = project.taxonomy_versions.filter(status=VersionStatus.PUBLISHED).order_by("-number").first()
    if version is None:
        raise Refused("This project has no published taxonomy yet. Import one and publish it first.")
    return version


@transaction.atomic
def close_round(*, in_round: Round, by: User | None, operator: str = "") -> Round:
    """End a round: leases are freed and nothing is labelled or settled in it any more. Its answers stay."""
    return _end(in_round, state=RoundState.CLOSED, by=by, operator=operator)


@transaction.atomic
def cancel_round(*, in_round: Round, by: User | None, operator: str = "") -> Round:
    """Give a round up: like closing, and none of its tasks counts for anything. Its answers stay on record."""
    if in_round.releases.exists():
        raise NotAllowed("A release was frozen from this round, so it cannot be cancelled.")
    ended = _end(in_round, state=RoundState.CANCELLED, by=by, operator=operator)
    ended.tasks.exclude(state=TaskState.SETTLED).update(state=TaskState.CANCELLED, due_at=None)
    return ended


def _end(in_round: Round, *, state: RoundState, by: User | None, operator: str) -> Round:
    if by:
        rules.check_role(by, in_round.project, Role.MANAGER)
    in_round = Round.objects.select_for_update(of=("self",)).select_related("project").get(pk=in_round.pk)
    if in_round.state != RoundState.OPEN:
        raise NotAllowed("This round has ended already.")
    in_round.state, in_round.closed_at = state, clock.now()
    in_round.save(update_fields=["state", "closed_at"])
    in_round.seats.filter(state=SeatState.LEASED).update(
        state=SeatState.OPEN, rater=None, leased_until=None, group=None
    )
    record_event(
        kind=f"round.{state}",
        project=in_round.project,
        by=by,
        operator=operator,
        target=f"round:{in_round.public_id}",
        before={"state": RoundState.OPEN},
        after={"state": state},
    )
    return in_round


@transaction.atomic
def set_band(*, in_round: Round, tasks: Sequence[Task], band: int, by: User) -> int:
    """Move tasks to a band of the queue: 0 comes first. Raters' cursors start again, since work moved before them."""
    rules.check_role(by, in_round.project, Role.MANAGER)
    if not 0 <= band <= 9:
        raise Refused("A band is a number from 0 (first) to 9 (last).")
    if in_round.state != RoundState.OPEN:
        raise NotAllowed("This round has ended: its queue is no longer worked on.")
    keys = (1 << BAND_BITS) - 1
    seats = list(Seat.objects.filter(task__in=tasks, round=in_round).select_for_update())
    for seat in seats:
        seat.place = (band << BAND_BITS) | (seat.place & keys)
    Seat.objects.bulk_update(seats, ["place"], batch_size=BATCH)
    in_round.cursors.update(place=-1)
    record_event(
        kind="round.band_set",
        project=in_round.project,
        by=by,
        target=f"round:{in_round.public_id}",
        after={"band": band, "tasks": len(tasks)},
    )
    return len(tasks)
