"""The plan of upkeep: who does what by when, and sending items whose text changed back to raters."""

import calendar
from datetime import date
from typing import Any

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import round_of
from labeling.enums import DutyKind, Repeats, Role, UpkeepKind
from labeling.models import Duty, Membership, Project, Release, Round, UpkeepRound, User
from labeling.queries.upkeep_items import IS_ASKED_ANEW, newest_releases, stale_entries
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

MONTHS = {Repeats.MONTHLY: 1, Repeats.QUARTERLY: 3}
SEES_PLAN = (Role.MANAGER, Role.ANALYST)
USUAL = (
    ("Expand gold by 100 fresh items", DutyKind.EXPANSION, Repeats.MONTHLY),
    ("Send items whose text changed back to raters", DutyKind.STALE, Repeats.MONTHLY),
    ("Refresh: relabel a part, renew the release", DutyKind.REFRESH, Repeats.QUARTERLY),
    ("Give raters another turn", DutyKind.ROTATION, Repeats.QUARTERLY),
    ("Read the taxonomy against what came in", DutyKind.TAXONOMY, Repeats.QUARTERLY),
)


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last one of that month.

    >>> months_after(date(2026, 1, 31), 1), months_after(date(2026, 11, 30), 3)
    (datetime.date(2026, 2, 28), datetime.date(2027, 2, 28))
    """
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@transaction.atomic
def add_duty(
    *,
    project: Project,
    title: str,
    kind: str,
    owner: User,
    due_on: date,
    repeats: str = Repeats.NEVER,
    by: User | None,
    operator: str = "",
) -> Duty:
    """Write down one thing to do; its owner is somebody of the project."""
    _check(project, by)
    title = " ".join(title.split())
    if not title or len(title) > 200:
        raise Refused("Say in 1 to 200 characters what is to do.")
    if kind not in DutyKind.values or repeats not in Repeats.values:
        raise Refused("There is no such kind, or it cannot repeat like that.")
    _check_owner(project, owner)
    made = Duty.objects.create(
        project=project, title=title, kind=kind, owner=owner, due_on=due_on, repeats=repeats, created_at=clock.now()
    )
    after = {"title": title, "owner": owner.email, "due_on": due_on.isoformat(), "repeats": repeats}
    _record(project, "duty.added", f"duty:{made.public_id}", after, by, operator)
    return made


@transaction.atomic
def add_usual_duties(*, project: Project, owner: User, by: User | None, operator: str = "") -> list[Duty]:
    """What a golden set usually needs, first due in a month or a quarter; kinds that are planned already are left."""
    _check(project, by)
    planned = set(Duty.objects.filter(project=project, done_at=None).values_list("kind", flat=True))
    today = clock.now().date()
    return [
        add_duty(
            project=project, title=title, kind=kind, owner=owner, due_on=months_after(today, MONTHS[repeats]),
            repeats=repeats, by=by, operator=operator,
        )
        for title, kind, repeats in USUAL
        if kind not in planned
    ]  # fmt: skip


@transaction.atomic
def finish_duty(*, duty: Duty, by: User | None, operator: str = "") -> Duty | None:
    """Done, by a manager or its owner. What repeats comes again, counted from the day it was due; the next row.

    Days that passed while it was overdue are skipped: nobody owes three expansions at once.
    """
    duty = Duty.objects.select_for_update(of=("self",)).select_related("project", "owner").get(pk=duty.pk)
    if by and by.pk != duty.owner_id:
        rules.check_role(by, duty.project, Role.MANAGER)
    rules.check_not_archived(duty.project)
    if duty.done_at:
        raise NotAllowed("This is done already.")
    duty.done_at, duty.done_by = clock.now(), by
    duty.save(update_fields=["done_at", "done_by"])
    _record(duty.project, "duty.done", f"duty:{duty.public_id}", {"title": duty.title}, by, operator)
    months = MONTHS.get(Repeats(duty.repeats))
    if months is None:
        return None
    times = 1
    while months_after(duty.due_on, months * times) <= clock.now().date():
        times += 1
    return Duty.objects.create(
        project=duty.project, title=duty.title, kind=duty.kind, owner=duty.owner,
        due_on=months_after(duty.due_on, months * times), repeats=duty.repeats, created_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def plan_duty(*, duty: Duty, owner: User | None, due_on: date | None, by: User | None, operator: str = "") -> Duty:
    """Another owner or day of something that is not done; it always has both."""
    _check(duty.project, by)
    duty = Duty.objects.select_for_update(of=("self",)).select_related("project", "owner").get(pk=duty.pk)
    if duty.done_at:
        raise NotAllowed("What is done stays on record.")
    if owner is None or due_on is None:
        raise Refused("What is on the plan of the golden set has an owner and a day.")
    if owner != duty.owner:
        _check_owner(duty.project, owner)
    if (owner, due_on) != (duty.owner, duty.due_on):
        duty.owner, duty.due_on = owner, due_on
        duty.save(update_fields=["owner", "due_on"])
        after = {"title": duty.title, "owner": owner.email, "due_on": due_on.isoformat()}
        _record(duty.project, "duty.planned", f"duty:{duty.public_id}", after, by, operator)
    return duty


@transaction.atomic
def drop_duty(*, duty: Duty, by: User | None, operator: str = "") -> None:
    """Take something that is not done off the plan."""
    _check(duty.project, by)
    duty = Duty.objects.select_for_update(of=("self",)).select_related("project").get(pk=duty.pk)
    if duty.done_at:
        raise NotAllowed("What is done stays on record.")
    _record(duty.project, "duty.dropped", f"duty:{duty.public_id}", {"title": duty.title}, by, operator)
    duty.delete()


@transaction.atomic
def relabel_stale(*, project: Project, name: str = "", by: User | None, operator: str = "") -> Round:
    """A blind round of all gold items whose text changed and whose new text nobody has been asked about.

    Weights and strata are as in the release. Its raters see the new text and no earlier answer.
    """
    _check(project, by)
    Project.objects.select_for_update().get(pk=project.pk)
    releases = newest_releases(project)
    weights: dict[int, float] = {}
    strata: dict[int, str] = {}
    source: Release | None = None
    by_pk = {one.pk: one for one in releases}
    waiting = stale_entries(releases).exclude(IS_ASKED_ANEW)
    for entry in waiting.only("item", "weight", "stratum", "release"):
        if entry.item_id in weights:
            continue
        weights[entry.item_id], strata[entry.item_id] = entry.weight, entry.stratum
        source = source or by_pk[entry.release_id]
    if not weights:
        raise Refused("No gold item has a new text that nobody has been asked about.")
    number = Round.objects.filter(project=project).count() + 1
    made = round_of(
        project=project,
        name=name.strip() or f"Sample {number}",
        weights=weights,
        strata=strata,
        reason="its text changed since it was labelled",
        sampling={"size": len(weights), "upkeep": str(UpkeepKind.STALE)},
        by=by,
        operator=operator,
    )
    UpkeepRound.objects.create(round=made, project=project, kind=UpkeepKind.STALE, release=source)
    after = {"round": made.name, "items": len(weights)}
    _record(project, "gold.asked_again", f"round:{made.public_id}", after, by, operator)
    return made


def _check_owner(project: Project, owner: User) -> None:
    held = Membership.objects.filter(project=project, user=owner, role__in=SEES_PLAN)
    if not owner.is_active or not held.exists():
        raise Refused("The owner is a manager or an analyst of this project: they see the plan.")


def _check(project: Project, by: User | None) -> None:
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)


def _record(project: Project, kind: str, target: str, after: dict[str, Any], by: User | None, operator: str) -> None:
    record_event(kind=kind, project=project, by=by, operator=operator, target=target, after=after)
