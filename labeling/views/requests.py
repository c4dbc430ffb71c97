"""Guideline requests: what adjudicators ask for, and what the manager answered."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions import requests as actions
from labeling.enums import Role
from labeling.forms.adjudication import AnswerRequestForm, RaiseRequestForm
from labeling.models import GuidelineRequest
from labeling.queries.requests import requests_in
from labeling.views.adjudicate import JUDGES
from reviewapp.common.errors import Conflict
from reviewapp.common.http import go_to, render_page

PAGE = 100


@require_http_methods(["GET", "POST"])
@project_page(*JUDGES)
def guideline_requests(request: ProjectRequest) -> HttpResponse:
    """All requests for managers, their own for adjudicators; either may ask for something more."""
    form = RaiseRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.raise_request(project=request.project, task=None, by=request.user, **form.cleaned_data)
        messages.success(request, "Sent to the manager.")
        return go_to(request, "labeling:guideline-requests", request.project.slug)
    is_manager = Role.MANAGER in request.roles
    found = list(requests_in(request.project, raised_by=None if is_manager else request.user)[:PAGE])
    context = {
        "waiting": [one for one in found if not one.closed_at],
        "closed": [one for one in found if one.closed_at],
        "is_manager": is_manager,
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "labeling/requests.html", context, status=status)


@require_POST
@project_page(Role.MANAGER)
def answer_request(request: ProjectRequest, request_id: UUID) -> HttpResponse:
    """Answer a request, or close it without words."""
    asked = get_object_or_404(GuidelineRequest, project=request.project, public_id=request_id)
    form = AnswerRequestForm(request.POST)
    if form.is_valid():
        try:
            actions.answer_request(request=asked, text=form.cleaned_data["answer"], by=request.user)
            messages.success(request, "Answered. The person who asked can read it here.")
        except Conflict as conflict:
            messages.error(request, str(conflict))
    return go_to(request, "labeling:guideline-requests", request.project.slug)
