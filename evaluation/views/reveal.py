"""What the model says of an item in dispute, on the record: a piece of the adjudication page."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from evaluation.queries.panels import is_veiled
from evaluation.queries.reveal import newest_answer
from labeling.access import ProjectRequest, project_page
from labeling.actions.adjudication import record_reveal
from labeling.views.adjudicate import JUDGES, find_task
from reviewapp.common.errors import NotAllowed
from reviewapp.common.http import render_page


@require_POST
@project_page(*JUDGES)
def reveal(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Show it to a judge who has opened the task; that they looked is recorded first."""
    task = find_task(request, task_id)
    if is_veiled(task.item, request.user, request.roles):
        raise NotAllowed("A panel is judging outputs of this item. What models said stays hidden until it closes.")
    record_reveal(task=task, by=request.user)
    context = {"task": task, "answer": newest_answer(task)}
    return render_page(request, "evaluation/reveal.html", context, partial="answer")
