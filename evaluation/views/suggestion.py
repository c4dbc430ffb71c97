"""What the raters' record elsewhere suggests for a dispute, on the record: a piece of the adjudication page."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from evaluation.queries.suggestion import suggestion as suggested_for
from labeling.access import ProjectRequest, project_page
from labeling.actions.adjudication import record_suggestion
from labeling.views.adjudicate import JUDGES, find_task
from reviewapp.common.http import render_page


@require_POST
@project_page(*JUDGES)
def suggestion(request: ProjectRequest, task_id: UUID) -> HttpResponse:
    """Show it to a judge who has opened the task; that they looked is recorded first."""
    task = find_task(request, task_id)
    record_suggestion(task=task, by=request.user)
    return render_page(
        request, "evaluation/suggestion.html", {"task": task, "found": suggested_for(task)}, partial="suggestion"
    )
