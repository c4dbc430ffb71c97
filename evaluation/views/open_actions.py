"""The list of what waits for a person: seen, assigned, closed."""

from datetime import date
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import open_actions as actions
from evaluation.actions.planning import plan_row
from evaluation.enums import ActionState
from evaluation.forms.open_actions import ActionForm, CloseForm, PlanForm
from evaluation.forms.schedules import owners
from evaluation.models import OpenAction
from evaluation.queries.open_actions import Asked, board, closed_actions, find_row
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, Refused
from reviewapp.common.http import go_to, render_page


def _today() -> date:
    return timezone.localtime(clock.now()).date()


@require_GET
@project_page(*READERS)
def open_actions(request: ProjectRequest) -> HttpResponse:
    """What is open, overdue first; filtered by the address."""
    asked = Asked(
        source=request.GET.get("source", "")[:30], owner=request.GET.get("owner", "")[:36],
        overdue=request.GET.get("overdue") == "1",
    )  # fmt: skip
    context = {
        "board": board(request.project, request.roles, today=_today(), asked=asked),
        "asked": asked,
        "closed": closed_actions(request.project),
        "owners": [(one.public_id, str(one)) for one in owners(request.project)],
        "me": str(request.user.public_id),
    }
    return render_page(request, "evaluation/open_actions.html", context)


@require_GET
@project_page(*READERS)
def open_action_count(request: ProjectRequest) -> HttpResponse:
    """The number beside the page's name in the navigation; asked for by htmx after the page is there."""
    found = board(request.project, request.roles, today=_today())
    return render_page(request, "evaluation/open_action_count.html", {"board": found})


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def new_open_action(request: ProjectRequest) -> HttpResponse:
    """Put something on the list by hand."""
    form = ActionForm(request.POST or None, project=request.project)
    if request.method == "POST" and form.is_valid():
        told = {name: str(value) for name, value in form.cleaned_data.items() if name != "idempotency_key"}
        try:
            once(
                user=request.user, key=form.cleaned_data["idempotency_key"], action=f"action:{request.project.slug}",
                payload=told,
                do=lambda: str(
                    actions.open_action(
                        project=request.project, work=form.work(f"hand:{uuid4()}"), by=request.user
                    ).public_id
                ),
            )  # fmt: skip
            return go_to(request, "evaluation:open-actions", request.project.slug)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_open_action.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def open_action(request: ProjectRequest, action_id: UUID) -> HttpResponse:
    """One of them: why it is there, where it is done, and how it is closed."""
    found = _action(request, action_id)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.close_action(action=found, by=request.user, **form.cleaned_data)
            return go_to(request, "evaluation:open-actions", request.project.slug)
        except (Refused, Conflict) as refusal:
            form.add_error(None, str(refusal))
    context = {
        "action": found,
        "is_open": found.state == ActionState.OPEN,
        "is_overdue": found.state == ActionState.OPEN and found.due_on is not None and found.due_on < _today(),
        "form": form,
        "plan": PlanForm(project=request.project, initial={"owner": found.owner, "due_on": found.due_on}),
    }
    return render_page(request, "evaluation/open_action.html", context, status=422 if form.errors else 200)


@require_POST
@project_page(*READERS)
def plan_open_action(request: ProjectRequest) -> HttpResponse:
    """Who does it by when, of any row of the list."""
    row = find_row(request.project, request.roles, request.POST.get("source", ""), request.POST.get("key", ""))
    if row is None:
        raise Http404
    form = PlanForm(request.POST, project=request.project)
    if not form.is_valid():
        raise Refused("The owner is somebody of this project who sees the list, and the day is a date.")
    plan_row(project=request.project, row=row, by=request.user, **form.cleaned_data)
    return go_to(request, "evaluation:open-actions", request.project.slug)


def _action(request: ProjectRequest, public_id: UUID) -> OpenAction:
    mine = OpenAction.objects.filter(project=request.project)
    return get_object_or_404(
        mine.select_related("project", "owner", "firing__schedule", "created_by", "closed_by"), public_id=public_id
    )
