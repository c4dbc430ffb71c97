"""Second looks: the same screen, without how the task was settled."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from labeling import rules
from labeling.access import ProjectRequest, project_page
from labeling.actions import rechecks as actions
from labeling.actions.idempotency import once
from labeling.enums import Role, RulingReason
from labeling.forms.adjudication import DecisionForm
from labeling.forms.annotation import new_key
from labeling.models import Task
from labeling.queries import adjudication as queries
from labeling.views.adjudicate import find_task
from reviewapp.common.errors import Conflict, NotAllowed
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(Role.ADJUDICATOR)
def rechecks(request: ProjectRequest) -> HttpResponse:
    """How many items wait for this person's blind second look."""
    is_blind = not request.roles & {Role.MANAGER, Role.ANALYST}
    waiting = queries.rechecks_for(request.user, request.project).count() if is_blind else 0
    return render_page(request, "labeling/rechecks.html", {"waiting": waiting, "is_blind": is_blind})


@require_POST
@project_page(Role.ADJUDICATOR)
def open_next_recheck(request: ProjectRequest) -> HttpResponse:
    """Open the oldest second look this person may take."""
    for recheck in queries.rechecks_for(request.user, request.project)[:10]:
        try:
            actions.open_for_recheck(task=recheck.task, by=request.user)
        except (NotAllowed, Conflict):
            continue
        return go_to(request, "labeling:recheck", request.project.slug, recheck.task.public_id)
    messages.success(request, "Nothing waits for a second look by you.")
    return go_to(request, "labeling:rechecks", request.project.slug)


@require_GET
@project_page(Role.ADJUDICATOR)
def recheck(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """The answers, and nothing of what was decided."""
    task = find_task(request, task_id)
    actions.waiting_recheck(task=task, by=request.user)
    return _show(request, task)


@require_POST
@project_page(Role.ADJUDICATOR)
def judge_again(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Record the second judgement and go to the next."""
    task = find_task(request, task_id)
    waiting = actions.waiting_recheck(task=task, by=request.user)
    form = DecisionForm(request.POST, dispute=queries.dispute(task, request.user, is_blind=True))
    if not form.is_valid():
        return _show(request, task, form=form)
    sent = form.cleaned_data

    def do() -> str:
        actions.judge_again(recheck=waiting, labels=form.chosen(), rationale=sent["rationale"], by=request.user)
        return str(waiting.pk)

    once(user=request.user, key=sent["idempotency_key"], action=f"recheck:{task_id}", payload=form.payload(), do=do)
    return open_next_recheck(request, request.project.slug)  # type: ignore[return-value]


def _show(request: ProjectRequest, task: Task, *, form: DecisionForm | None = None) -> HttpResponse:
    if not rules.has_opened(request.user, task):
        raise NotAllowed("Open the next second look from its list, so that it is on the record.")
    seen = queries.dispute(task, request.user, is_blind=True)
    context = {
        "task": task,
        "dispute": seen,
        "stand": form.stand() if form else seen.stand,
        "form": form,
        "is_recheck": True,
        "idempotency_key": new_key(),
        "reasons": RulingReason.choices,
    }
    return render_page(request, "labeling/adjudicate.html", context, partial="work", status=422 if form else 200)
