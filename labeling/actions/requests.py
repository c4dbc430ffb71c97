"""Guideline requests: what adjudicators find the guidelines do not say, for the manager to answer."""

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import Guideline, GuidelineRequest, Project, Task, User
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed, Refused

TEXT_MAX = 2000


@transaction.atomic
def raise_request(*, project: Project, task: Task | None, label_code: str, text: str, by: User) -> GuidelineRequest:
    """Ask the manager for words in the guidelines; from a task only by somebody who opened it."""
    rules.check_role(by, project, Role.ADJUDICATOR, Role.MANAGER)
    if not text.strip():
        raise Refused("Say what the guidelines should make clear.")
    if task is not None and (task.round.project_id != project.pk or not rules.has_opened(by, task)):
        raise NotAllowed("Open the task before asking about it.")
    raised = GuidelineRequest.objects.create(
        project=project,
        task=task,
        label_code=label_code[:100],
        text=text.strip()[:TEXT_MAX],
        raised_by=by,
        raised_at=clock.now(),
    )
    record_event(
        kind="guideline.requested",
        project=project,
        by=by,
        target=f"request:{raised.public_id}",
        after={"label": raised.label_code},
        at=raised.raised_at,
    )
    return raised


@transaction.atomic
def answer_request(*, request: GuidelineRequest, text: str, by: User) -> GuidelineRequest:
    """Close a request with the manager's answer; it names the guideline version that now holds, if there is one."""
    found = GuidelineRequest.objects.select_for_update(of=("self",)).select_related("project").get(pk=request.pk)
    rules.check_role(by, found.project, Role.MANAGER)
    if found.closed_at:
        raise Conflict("Somebody else answered this request meanwhile. Nothing was changed.")
    newest = Guideline.objects.filter(project=found.project).order_by("-number").first()
    is_newer = newest is not None and newest.created_at > found.raised_at
    found.answer, found.closed_by, found.closed_at = text.strip()[:TEXT_MAX], by, clock.now()
    found.guideline = newest if is_newer else None
    found.save(update_fields=["answer", "closed_by", "closed_at", "guideline"])
    record_event(
        kind="guideline.request_answered",
        project=found.project,
        by=by,
        target=f"request:{found.public_id}",
        after={"guideline": newest.number if newest and is_newer else None},
        at=found.closed_at,
    )
    return found
