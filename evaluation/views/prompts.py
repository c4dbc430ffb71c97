"""Prompts: their versions, written once and kept word for word."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions import prompts as prompt_actions
from evaluation.forms.prompts import PromptForm
from evaluation.models import PromptVersion
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
MAKERS = (Role.ENGINEER, Role.MANAGER)


@require_GET
@project_page(*READERS)
def prompts(request: ProjectRequest) -> HttpResponse:
    """All prompt versions, newest first, and the built-in ones."""
    versions = PromptVersion.objects.filter(prompt__project=request.project).select_related("prompt", "created_by")
    context = {
        "versions": versions.order_by("-created_at", "-pk")[:200],
        "built_in": prompt_actions.BUILT_IN,
        "can_make": bool(request.roles & set(MAKERS)),
    }
    return render_page(request, "evaluation/prompts.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_prompt(request: ProjectRequest) -> HttpResponse:
    """Write a version; a copy of an older one if the address names it."""
    form = PromptForm(request.POST or None, initial=_copied(request))
    if request.method == "POST" and form.is_valid():
        try:
            version = prompt_actions.write_version(
                project=request.project,
                name=form.cleaned_data["name"],
                recipe=form.recipe(),
                notes=form.cleaned_data["notes"],
                by=request.user,
            )
            messages.success(request, f"{version} is written. It never changes; write the next one to try something.")
            return go_to(request, "evaluation:prompt", request.project.slug, version.public_id)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_prompt.html", {"form": form}, status=status)


def _copied(request: ProjectRequest) -> dict[str, object]:
    wanted = request.GET.get("from", "")
    chat = PromptVersion.objects.filter(prompt__project=request.project, strategy="chat").select_related("prompt")
    version = next((one for one in chat if str(one.public_id) == wanted), None)
    if version is None:
        return {}
    return {"name": version.prompt.name, "model": version.model, "template": version.template, **version.parameters}


@require_GET
@project_page(*READERS)
def prompt(request: ProjectRequest, version_id: UUID) -> HttpResponse:
    """One version, word for word."""
    versions = PromptVersion.objects.filter(prompt__project=request.project).select_related("prompt", "created_by")
    version = get_object_or_404(versions, public_id=version_id)
    context = {
        "version": version,
        "runs": version.runs.order_by("-created_at")[:20],
        "can_make": bool(request.roles & set(MAKERS)),
    }
    return render_page(request, "evaluation/prompt.html", context)
