"""The adjudication room: only what differs, settled by somebody who did not label it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from labeling import rules
from labeling.access import ProjectRequest, project_page
from labeling.actions import adjudication
from labeling.actions.idempotency import once
from labeling.actions.requests import raise_request
from labeling.actions.returns import return_to_rater
from labeling.enums import RecheckKind, ReturnReason, Role, RoundState, RulingReason, TaskState
from labeling.forms.adjudication import DecisionForm, EscalationForm, ReturnForm
from labeling.forms.annotation import new_key
from labeling.models import Task
from labeling.queries import adjudication as disputes
from labeling.queries.patterns import pattern_of, patterns
from reviewapp.common.errors import NotAllowed
from reviewapp.common.http import go_to, render_page

JUDGES = (Role.ADJUDICATOR, Role.MANAGER)
PAGE = 50


@require_GET
@project_page(*JUDGES, Role.ANALYST)
def disputes_list(request: ProjectRequest) -> HttpResponse:
    """What waits for this person, and for a manager what was passed up; for analysts only how judges agree."""
    person, project = request.user, request.project
    is_judge = bool(request.roles & {str(role) for role in JUDGES})
    context: dict[str, Any] = {"is_judge": is_judge, "total": 0, "pattern": None}
    if is_judge:
        waiting = disputes.waiting_for(person, project)
        if code := request.GET.get("pattern", ""):
            context["pattern"] = pattern_of(person, project, code)
            waiting = waiting.filter(pk__in=context["pattern"].tasks if context["pattern"] else [])
        context |= {"total": waiting.count(), "waiting": waiting[:PAGE], "patterns": len(patterns(person, project))}
        context["rechecks"] = _rechecks(request)
    if Role.MANAGER in request.roles:
        context["escalated"] = disputes.escalated(project)[:PAGE]
    if request.roles & {Role.MANAGER, Role.ANALYST}:
        context |= {"judges": disputes.judge_agreement(project), "judge_names": RecheckKind.choices}
    return render_page(request, "labeling/disputes.html", context)


@require_POST
@project_page(*JUDGES)
def open_next(request: ProjectRequest) -> HttpResponse:
    """Open the first waiting task, or say that none waits."""
    waiting = disputes.waiting_for(request.user, request.project)
    for task in waiting[:10]:  # another judge may take the first at the same moment
        try:
            adjudication.open_for_adjudication(task=task, by=request.user)
        except NotAllowed:
            continue
        return go_to(request, "labeling:adjudicate", request.project.slug, task.public_id)
    messages.success(request, "Nothing waits for you: every dispute you may settle is settled or in hand.")
    return go_to(request, "labeling:disputes", request.project.slug)


@require_POST
@project_page(*JUDGES)
def open_task(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Open this task on the record; from here on the person cannot label it."""
    task = _task(request, task_id)
    try:
        adjudication.open_for_adjudication(task=task, by=request.user)
    except adjudication.HeldByAnother:
        return _closed(request, task, is_held=True, status=409)
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
    adjudication.check_opened(task=task, by=request.user)
    form = DecisionForm(request.POST, dispute=disputes.dispute(task, request.user))
    if not form.is_valid():
        return _show(request, task, form=form, stand=form.stand(), status=422)
    sent = form.cleaned_data

    def do() -> str:
        labels, after = form.chosen(), sent["after_decision"]
        decision = adjudication.decide(
            task=task, labels=labels, rationale=sent["rationale"], reasons=form.reasons(), after_decision=after,
            by=request.user,
        )  # fmt: skip
        if text := sent["request_text"]:
            about = {"task": task, "label_code": sent["request_label"]}
            raise_request(project=request.project, text=text, by=request.user, **about)
        return str(decision.number)

    once(user=request.user, key=sent["idempotency_key"], action=f"decide:{task_id}", payload=form.payload(), do=do)
    if sent["request_text"]:
        messages.success(request, "Settled, and your question about the guidelines went to the manager.")
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
    return open_next(request, request.project.slug)  # type: ignore[return-value]


@require_POST
@project_page(*JUDGES)
def ask_another(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Ask one more rater; the task comes back when they have answered."""
    task = _task(request, task_id)
    if adjudication.ask_one_more(task=task, by=request.user):
        messages.success(request, "One more rater was asked. The item comes back when they have answered.")
        return open_next(request, request.project.slug)  # type: ignore[return-value]
    messages.success(request, "This item has as many raters as the round allows.")
    return go_to(request, "labeling:adjudicate", request.project.slug, task.public_id)


@require_POST
@project_page(*JUDGES)
def return_answer(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Send one answer back to its rater, for a fixed reason."""
    task = _task(request, task_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _show(request, task, returning=form, status=422)
    return_to_rater(task=task, by=request.user, **form.cleaned_data)
    messages.success(request, f"Answer {form.cleaned_data['who']} went back to its rater.")
    return open_next(request, request.project.slug)  # type: ignore[return-value]


def find_task(request: ProjectRequest, public_id: UUID) -> Task:
    """A task of the request's project, or "not found"."""
    tasks = Task.objects.filter(round__project=request.project)
    tasks = tasks.select_related("item", "round__project", "round__taxonomy_version", "round__guideline")
    return get_object_or_404(tasks, public_id=public_id)


_task = find_task


def _rechecks(request: ProjectRequest) -> int:
    """How many second looks this person may take: none if they could not be blind."""
    if Role.ADJUDICATOR not in request.roles or request.roles & {Role.MANAGER, Role.ANALYST}:
        return 0
    return disputes.rechecks_for(request.user, request.project).count()


def _show(request: ProjectRequest, task: Task, *, status: int = 200, **forms: Any) -> HttpResponse:
    has_opened = rules.has_opened(request.user, task)
    is_frozen = task.round.state != RoundState.OPEN and has_opened and not rules.is_kept_blind(request.user, task)
    if not is_frozen and not adjudication.is_open_to(task=task, by=request.user):
        return _closed(request, task, has_opened=has_opened, status=status)
    if not is_frozen and adjudication.is_held_by_another(task=task, by=request.user):
        return _closed(request, task, is_held=True, status=status)
    seen = disputes.dispute(task, request.user)
    if is_frozen:
        return render_page(request, "labeling/dispute_frozen.html", {"task": task, "dispute": seen}, status=status)
    context = {
        "task": task,
        "dispute": seen,
        "stand": seen.stand,
        "idempotency_key": new_key(),
        "reasons": RulingReason.choices,
        "return_reasons": ReturnReason.choices,
        "last": disputes.last_decided(request.user, request.project, before=task),
        "may_move_on": task.state in adjudication.WAITING,
        **forms,
    }
    return render_page(request, "labeling/adjudicate.html", context, partial="work", status=status)


def _closed(
    request: ProjectRequest, task: Task, *, has_opened: bool = False, is_held: bool = False, status: int
) -> HttpResponse:
    """A task this person cannot work on now: why, and what they can do instead."""
    context: dict[str, Any] = {"task": task, "is_held": is_held, "is_frozen": task.round.state != RoundState.OPEN}
    context["is_blind"] = rules.is_kept_blind(request.user, task)
    if has_opened and task.state == TaskState.OPEN:
        context["answered"] = disputes.answered(task)
    return render_page(request, "labeling/dispute_closed.html", context, status=status)
