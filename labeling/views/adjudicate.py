"""The adjudication room: only what differs, settled by somebody who did not label it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions import adjudication
from labeling.actions.idempotency import once
from labeling.actions.seats import add_seats
from labeling.enums import Role
from labeling.forms.adjudication import DecisionForm, EscalationForm
from labeling.forms.annotation import new_key
from labeling.models import Task
from labeling.queries import adjudication as disputes
from labeling.queries.contents import content_of
from labeling.queries.queue import passages
from reviewapp.common.http import go_to, render_page

JUDGES = (Role.ADJUDICATOR, Role.MANAGER)
PAGE = 50


@require_GET
@project_page(*JUDGES)
def disputes_list(request: ProjectRequest) -> HttpResponse:
    """What waits for this person, and for a manager what was passed up."""
    waiting = disputes.waiting_for(request.user, request.project)
    context = {
        "total": waiting.count(),
        "waiting": waiting[:PAGE],
        "escalated": disputes.escalated(request.project)[:PAGE] if Role.MANAGER in request.roles else [],
    }
    return render_page(request, "labeling/disputes.html", context)


@require_POST
@project_page(*JUDGES)
def open_next(request: ProjectRequest) -> HttpResponse:
    """Open the first waiting task, or say that none waits."""
    task = disputes.waiting_for(request.user, request.project).first()
    if task is None:
        messages.success(request, "Nothing waits for you: every dispute you may settle is settled.")
        return go_to(request, "labeling:disputes", request.project.slug)
    adjudication.open_for_adjudication(task=task, by=request.user)
    return go_to(request, "labeling:adjudicate", request.project.slug, task.public_id)


@require_POST
@project_page(*JUDGES)
def open_task(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Open this task on the record; from here on the person cannot label it."""
    task = _task(request, task_id)
    adjudication.open_for_adjudication(task=task, by=request.user)
    return go_to(request, "labeling:adjudicate", request.project.slug, task.public_id)


@require_GET
@project_page(*JUDGES)
def adjudicate(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """The answers side by side. Somebody who has not opened the task is offered to."""
    return _show(request, _task(request, task_id))


@require_POST
@project_page(*JUDGES)
def decide(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Append the decision and go to the next dispute."""
    task = _task(request, task_id)
    form = DecisionForm(request.POST, version=task.round.taxonomy_version)
    if not form.is_valid():
        return _show(request, task, form=form, status=422)
    cleaned = form.cleaned_data

    def do() -> str:
        decision = adjudication.decide(
            task=task,
            labels=form.chosen(),
            rationale=cleaned["rationale"],
            after_decision=cleaned["after_decision"],
            by=request.user,
        )
        return str(decision.number)

    payload = {key: cleaned[key] for key in ("labels", "none_applies", "rationale", "after_decision")}
    once(user=request.user, key=cleaned["idempotency_key"], action=f"decide:{task_id}", payload=payload, do=do)
    return open_next(request, request.project.slug)  # type: ignore[return-value]


@require_POST
@project_page(*JUDGES)
def escalate(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Pass the task to the manager with a reason."""
    task = _task(request, task_id)
    form = EscalationForm(request.POST)
    if not form.is_valid():
        return _show(request, task, escalation=form, status=422)
    adjudication.escalate(task=task, rationale=form.cleaned_data["rationale"], by=request.user)
    messages.success(request, "Passed to the manager.")
    return go_to(request, "labeling:disputes", request.project.slug)


@require_POST
@project_page(*JUDGES)
def ask_another(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Ask one more rater; the task comes back when they have answered."""
    task = _task(request, task_id)
    adjudication.check_opened(task=task, by=request.user)
    added = add_seats(
        tasks=Task.objects.filter(pk=task.pk), in_round=task.round, by=request.user, reason="asked while adjudicating"
    )
    said = "One more rater was asked." if added else "This item has as many raters as the round allows."
    messages.success(request, said)
    return go_to(request, "labeling:disputes", request.project.slug)


def _task(request: ProjectRequest, public_id: UUID) -> Task:
    tasks = Task.objects.filter(round__project=request.project)
    tasks = tasks.select_related("item", "round__project", "round__taxonomy_version", "round__guideline")
    return get_object_or_404(tasks, public_id=public_id)


def _show(request: ProjectRequest, task: Task, *, status: int = 200, **forms: Any) -> HttpResponse:
    if not adjudication.is_open_to(task=task, by=request.user):
        return render_page(request, "labeling/dispute_closed.html", {"task": task}, status=status)
    seen = disputes.dispute(task, request.user)
    content = content_of(task)
    context = {
        "task": task,
        "dispute": seen,
        "content": content,
        "passages": passages(content),
        "idempotency_key": new_key(),
        "decided": seen.decided if seen.history else frozenset(row.choice.code for row in seen.agreed),
        **forms,
    }
    return render_page(request, "labeling/adjudicate.html", context, partial="work", status=status)
