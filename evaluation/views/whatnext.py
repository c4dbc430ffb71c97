"""What next? The steps that the project's state asks for, each with its reason and the button that starts it."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from evaluation.queries.whatnext import steps_for
from evaluation.queries.whatnext_state import read_state
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from reviewapp.common.http import render_page


@require_GET
@project_page(*READERS)
def what_next(request: ProjectRequest) -> HttpResponse:
    """Most pressing first. Each start is a form or a page that exists; nothing is done by looking."""
    state = read_state(request.project)
    context = {"steps": steps_for(state, request.roles), "release": state.release, "current": state.current}
    return render_page(request, "evaluation/what_next.html", context)
