"""What a prompt version is used for: each button of its page is one step."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from evaluation.actions import promotions as actions
from evaluation.forms.prompts import StatusForm
from evaluation.models import PromptVersion
from evaluation.views.prompts import MAKERS, find_version
from labeling.access import ProjectRequest, project_page
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to


@require_POST
@project_page(*MAKERS)
def set_status(request: ProjectRequest, version_id: UUID) -> HttpResponse:
    """Propose, look, promote, retire or roll back, and back to the page with what came of it."""
    version = find_version(request, version_id)
    form = StatusForm(request.POST)
    if form.is_valid():
        try:
            messages.success(request, STEPS[form.cleaned_data["step"]](request, version, form))
        except (Refused, NotAllowed) as refusal:
            messages.error(request, str(refusal))
    else:
        messages.error(request, "That did not fit: a budget is an amount of dollars. Nothing was changed.")
    return go_to(request, "evaluation:prompt", request.project.slug, version.public_id)


def _candidate(request: ProjectRequest, version: PromptVersion, form: StatusForm) -> str:
    said = form.cleaned_data
    actions.make_candidate(version=version, reason=said["reason"], budget_usd=said["budget"], by=request.user)
    return f"{version} is a candidate. It is being run on dev and will be scored when that is done."


def _look(request: ProjectRequest, version: PromptVersion, form: StatusForm) -> str:
    actions.ask_for_look(version=version, budget_usd=form.cleaned_data["budget"], by=request.user)
    return "The look at test is being made. Promote when it is done."


def _promote(request: ProjectRequest, version: PromptVersion, form: StatusForm) -> str:
    said = form.cleaned_data
    actions.promote(version=version, reason=said["reason"], override=said["override"], by=request.user)
    return f"{version} is in production."


def _retire(request: ProjectRequest, version: PromptVersion, form: StatusForm) -> str:
    actions.retire(version=version, reason=form.cleaned_data["reason"], by=request.user)
    return f"{version} is retired."


def _roll_back(request: ProjectRequest, version: PromptVersion, form: StatusForm) -> str:
    actions.roll_back(prompt=version.prompt, to=version, reason=form.cleaned_data["reason"], by=request.user)
    return f"{version} is in production again."


STEPS: dict[str, Callable[[ProjectRequest, PromptVersion, StatusForm], str]] = {
    "candidate": _candidate,
    "look": _look,
    "promote": _promote,
    "retire": _retire,
    "roll_back": _roll_back,
}
