"""Steering a round while it runs: pausing, freeing and reassigning leases, the due day, a newer guideline."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.seats import FREED
from labeling.enums import Role, RoundState, SeatState
from labeling.models import (
    Annotation,
    Guideline,
    Opening,
    Project,
    Round,
    Seat,
    Skip,
    User,
)
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused


@transaction.atomic
def pause_round(*, in_round: Round, by: User | None, operator: str = "") -> Round:
    """Hand out nothing more in a round until it is resumed; answers that come in are kept."""
    return _pause(_locked(in_round, by=by), paused=True, by=by, operator=operator)


@transaction.atomic
def resume_round(*, in_round: Round, by: User | None, operator: str = "") -> Round:
    return _pause(_locked(in_round, by=by), paused=False, by=by, operator=operator)


def _pause(in_round: Round, *, paused: bool, by: User | None, operator: str) -> Round:
    if bool(in_round.paused_at) != paused:
        in_round.paused_at = clock.now() if paused else None
        in_round.save(update_fields=["paused_at"])
        kind = "round.paused" if paused else "round.resumed"
        _record(kind, in_round, by=by, operator=operator)
    return in_round


@transaction.atomic
def pause_project(*, project: Project, by: User | None, operator: str = "") -> Project:
    """Hand out nothing more in any round of the project until it is resumed; answers that come in are kept."""
    return _pause_project(project, paused=True, by=by, operator=operator)


@transaction.atomic
def resume_project(*, project: Project, by: User | None, operator: str = "") -> Project:
    return _pause_project(project, paused=False, by=by, operator=operator)


def _pause_project(project: Project, *, paused: bool, by: User | None, operator: str) -> Project:
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    project = Project.objects.select_for_update().get(pk=project.pk)
    if bool(project.paused_at) != paused:
        project.paused_at = clock.now() if paused else None
        project.save(update_fields=["paused_at"])
        kind = "project.paused" if paused else "project.resumed"
        record_event(kind=kind, project=project, by=by, operator=operator, target=f"project:{project.slug}")
    return project


@transaction.atomic
def set_due(*, in_round: Round, due_on: date | None, by: User) -> Round:
    """The day the round is meant to be done; the forecast is held against it. None takes it away."""
    in_round = _locked(in_round, by=by)
    if in_round.due_on != due_on:
        before, in_round.due_on = in_round.due_on, due_on
        in_round.save(update_fields=["due_on"])
        _record("round.due_set", in_round, by=by, before={"due_on": _said(before)}, after={"due_on": _said(due_on)})
    return in_round


@transaction.atomic
def adopt_guideline(*, in_round: Round, by: User) -> Round:
    """Move an open round to the project's newest guideline; answers keep the version they were given under."""
    in_round = _locked(in_round, by=by)
    newest = Guideline.objects.filter(project=in_round.project).order_by("-number").first()
    if newest is None:
        raise Refused("This project has no guidelines yet. Write some first.")
    before = in_round.guideline
    if before is None or before.pk != newest.pk:
        in_round.guideline = newest
        in_round.save(update_fields=["guideline"])
        was = {"guideline": before.number if before else None}
        _record("round.guideline_adopted", in_round, by=by, before=was, after={"guideline": newest.number})
    return in_round


@transaction.atomic
def free_lease(*, seat: Seat, holder: User, by: User) -> bool:
    """Take a seat that is leased from its holder; it is handed to whoever comes next. False if they hold it no more.

    The holder's draft stays. If they submit after all, the answer counts where the seat is still free, and is else
    kept as one that does not count: they cannot tell the difference (DECISIONS 2).
    """
    held = _held(seat, holder=holder, by=by)
    if held is None:
        return False
    Seat.objects.filter(pk=held.pk).update(**FREED)
    _record_seat("seat.freed", held, by=by, before=holder)
    return True


@transaction.atomic
def reassign_lease(*, seat: Seat, holder: User, to: User, by: User) -> bool:
    """Give a seat that is leased to somebody else who may rate the item. False if the holder holds it no more."""
    held = _held(seat, holder=holder, by=by)
    if held is None or to.pk == holder.pk:
        return False
    rules.check_can_label(to, held.round)
    if _has_had(to, held):
        raise NotAllowed(f"{to} has worked on this item already, so it cannot be given to them.")
    group = _group_for(to, held)
    until = clock.now() + timedelta(seconds=held.round.lease_seconds)
    Seat.objects.filter(pk=held.pk).update(rater=to, leased_until=until, group=group, came_back=False)
    _record_seat("seat.reassigned", held, by=by, before=holder, after=to)
    return True


def _held(seat: Seat, *, holder: User, by: User) -> Seat | None:
    """The seat, locked, if this person holds it and its round is open."""
    rules.check_role(by, seat.round.project, Role.MANAGER)
    seat = Seat.objects.select_for_update(of=("self",)).select_related("round__project", "task").get(pk=seat.pk)
    if seat.round.state != RoundState.OPEN:
        raise NotAllowed("This round has ended: nothing in it is leased.")
    return seat if seat.state == SeatState.LEASED and seat.rater_id == holder.pk else None


def _has_had(rater: User, seat: Seat) -> bool:
    """Whether somebody held, answered, skipped or opened the seat's task (SAFETY: one rater, one opinion).

    Of a hidden check also the same item in any other round: whoever met it there may know its answer.
    """
    if seat.task.gold_id and (
        Annotation.objects.filter(task__item=seat.task.item_id, rater=rater).exists()
        or Opening.objects.filter(task__item=seat.task.item_id, user=rater).exists()
    ):
        return True
    return any(
        rows.exists()
        for rows in (
            Seat.objects.filter(task=seat.task, rater=rater),
            Annotation.objects.filter(task=seat.task, rater=rater),
            Skip.objects.filter(task=seat.task, rater=rater),
            Opening.objects.filter(task=seat.task, user=rater),
        )
    )


def _group_for(rater: User, seat: Seat) -> str | None:
    """The rater's group where an item's raters come from different ones; nobody of a group that has a seat already."""
    if not seat.round.distinct_groups:
        return None
    group = rules.group_in(seat.round, rater)
    if group and Seat.objects.filter(task=seat.task, group=group).exclude(pk=seat.pk).exists():
        raise NotAllowed(f"Somebody of {rater}'s group has this item already. Choose a rater of another group.")
    return group or None


def _locked(in_round: Round, *, by: User | None) -> Round:
    if by:
        rules.check_role(by, in_round.project, Role.MANAGER)
    locked = Round.objects.select_for_update(of=("self",)).select_related("project", "guideline")
    found = locked.get(pk=in_round.pk)
    rules.check_not_archived(found.project)
    if found.state != RoundState.OPEN:
        raise NotAllowed("This round has ended: it no longer changes.")
    return found


def _record(
    kind: str,
    in_round: Round,
    *,
    by: User | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    operator: str = "",
) -> None:
    target = f"round:{in_round.public_id}"
    record_event(
        kind=kind, project=in_round.project, by=by, target=target, before=before, after=after, operator=operator
    )


def _record_seat(kind: str, seat: Seat, *, by: User, before: User, after: User | None = None) -> None:
    record_event(
        kind=kind,
        project=seat.round.project,
        by=by,
        target=f"seat:{seat.public_id}",
        before={"rater": str(before.public_id)},
        after={"rater": str(after.public_id)} if after else None,
    )


def _said(day: date | None) -> str | None:
    return day.isoformat() if day else None
