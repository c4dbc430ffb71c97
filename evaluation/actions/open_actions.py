"""Opening, assigning and closing work that waits for a person."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from evaluation.enums import ActionState
from evaluation.models import ActionPlan, Firing, OpenAction
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import Membership, Project, User
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, Refused

WORKERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)


@dataclass(frozen=True)
class Work:
    """What is to be done, where, why, by whom, until when. The same key is open once."""

    key: str
    title: str
    why: str = ""
    url: str = ""
    owner: User | None = None
    due_on: date | None = None


@transaction.atomic
def open_action(
    *, project: Project, work: Work, firing: Firing | None = None, by: User | None, operator: str = ""
) -> OpenAction:
    """Put it on the list, or find it there: what is open already is not opened again."""
    if by:
        rules.check_role(by, project, *WORKERS)
    rules.check_not_archived(project)
    if not work.title.strip():
        raise Refused("Say what is to be done.")
    check_owner(project, work.owner)
    made, is_new = OpenAction.objects.get_or_create(
        project=project,
        key=work.key[:120],
        state=ActionState.OPEN,
        defaults={
            "title": work.title.strip()[:160], "why": work.why[:2000], "url": work.url, "firing": firing,
            "owner": work.owner, "due_on": work.due_on, "created_at": clock.now(), "created_by": by,
        },
    )  # fmt: skip
    if is_new:
        _record("action.opened", made, by, operator, after={"title": made.title, **_said(made.owner, made.due_on)})
    return made


@transaction.atomic
def plan_action(
    *, action: OpenAction, owner: User | None, due_on: date | None, by: User | None, operator: str = ""
) -> OpenAction:
    """Another owner or day."""
    action = _open(action, by)
    check_owner(action.project, owner, before=action.owner)
    before, after = _said(action.owner, action.due_on), _said(owner, due_on)
    if before != after:
        action.owner, action.due_on = owner, due_on
        action.save(update_fields=["owner", "due_on"])
        _record("action.planned", action, by, operator, before=before, after=after)
    return action


@transaction.atomic
def close_action(
    *, action: OpenAction, note: str, state: str = ActionState.DONE, by: User | None, operator: str = ""
) -> OpenAction:
    """Done, or dropped; either with a note, because somebody will ask."""
    if state not in (ActionState.DONE, ActionState.DROPPED):
        raise Refused("An action is closed as done or dropped.")
    if not note.strip():
        raise Refused("Write what was done, or why it is dropped.")
    action = _open(action, by)
    action.state, action.note, action.closed_at, action.closed_by = state, note.strip()[:2000], clock.now(), by
    action.save(update_fields=["state", "note", "closed_at", "closed_by"])
    _record(
        "action.closed", action, by, operator, before={"state": "open"}, after={"state": state, "note": action.note}
    )
    return action


@transaction.atomic
def plan_elsewhere(
    *, project: Project, source: str, key: str, owner: User | None, due_on: date | None, by: User | None,
    operator: str = "",
) -> ActionPlan:  # fmt: skip
    """Who does by when what another page lists; it is closed over there."""
    if by:
        rules.check_role(by, project, *WORKERS)
    rules.check_not_archived(project)
    found = ActionPlan.objects.filter(project=project, source=source, key=key).select_related("owner").first()
    check_owner(project, owner, before=found.owner if found else None)
    before = _said(found.owner, found.due_on) if found else {}
    plan, _ = ActionPlan.objects.update_or_create(
        project=project, source=source, key=key, defaults={"owner": owner, "due_on": due_on}
    )
    record_event(
        kind="action.planned", project=project, by=by, operator=operator, target=f"{source}:{key}", before=before,
        after=_said(owner, due_on),
    )  # fmt: skip
    return plan


def check_owner(project: Project, owner: User | None, before: User | None = None) -> None:
    """An owner sees the list: an engineer, a manager or an analyst of this project."""
    if owner is None or owner == before:
        return
    mine = Membership.objects.filter(project=project, user=owner, role__in=[str(role) for role in WORKERS])
    if not owner.is_active or not mine.exists():
        raise Refused("The owner is an engineer, a manager or an analyst of this project.")


def _open(action: OpenAction, by: User | None) -> OpenAction:
    action = OpenAction.objects.select_for_update(of=("self",)).select_related("project", "owner").get(pk=action.pk)
    if by:
        rules.check_role(by, action.project, *WORKERS)
    rules.check_not_archived(action.project)
    if action.state != ActionState.OPEN:
        raise Conflict("This was closed meanwhile.")
    return action


def _said(owner: User | None, due_on: date | None) -> dict[str, Any]:
    return {"owner": str(owner.public_id) if owner else None, "due_on": due_on.isoformat() if due_on else None}


def _record(
    kind: str, action: OpenAction, by: User | None, operator: str, *, before: dict[str, Any] | None = None,
    after: dict[str, Any],
) -> None:  # fmt: skip
    record_event(
        kind=kind, project=action.project, by=by, operator=operator, target=f"action:{action.public_id}",
        before=before, after=after,
    )  # fmt: skip
