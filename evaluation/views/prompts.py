"""Prompts: their versions, written once and kept word for word; the editor, its preview, and differences."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions import prompts as prompt_actions
from evaluation.enums import PromptStatus
from evaluation.forms.prompts import PromptForm
from evaluation.llm.prompts import PLACEHOLDERS
from evaluation.models import PromptVersion
from evaluation.queries import preview, promotions, promptboard
from evaluation.queries.runs import progress_of
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from labeling.queries.golden import releases_of
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
MAKERS = (Role.ENGINEER, Role.MANAGER)
TOLD = {
    "taxonomy": "every label with its code, name and definition",
    "guidelines": "what people label by",
    "examples": "items of the fewshot split with their answers",
    "item": "the text to label, inside a fence; once, and needed",
}


@require_GET
@project_page(*READERS)
def prompts(request: ProjectRequest) -> HttpResponse:
    """By prompt: what is in use, what is proposed, and how it does on dev."""
    rows = promptboard.prompt_rows(request.project)
    context = {
        "rows": rows,
        "next": promptboard.next_step(rows),
        "built_in": prompt_actions.BUILT_IN,
        "can_make": bool(request.roles & set(MAKERS)),
    }
    return render_page(request, "evaluation/prompts.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_prompt(request: ProjectRequest) -> HttpResponse:
    """Write a version, starting from an older one if the address names it; or see what it would send."""
    older = _older(request)
    form = PromptForm(request.POST or None, initial=PromptForm.filled(older) if older else {})
    shown, trouble = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            if "preview" not in request.POST:
                return _written(request, form)
            shown = _preview(request, form)
        except Refused as refusal:
            trouble = str(refusal)
            if "preview" not in request.POST:
                form.add_error(None, trouble)
    status = 422 if request.method == "POST" and form.errors and "preview" not in request.POST else 200
    context = {
        "form": form,
        "older": older,
        "told": [(f"{{{name}}}", TOLD[name]) for name in PLACEHOLDERS],
        "preview": shown,
        "trouble": trouble,
        "is_previewed": "preview" in request.POST,
        "sources": [(str(one.public_id), f"{one}: dev") for one in releases_of(request.project)]
        + [(preview.ITEMS, "All items that are not held out")],
        "source": request.POST.get("source", ""),
        "search": request.POST.get("search", ""),
    }
    return render_page(request, "evaluation/new_prompt.html", context, partial="preview", status=status)


def _written(request: ProjectRequest, form: PromptForm) -> HttpResponse:
    version = prompt_actions.write_version(
        project=request.project,
        name=form.cleaned_data["name"],
        recipe=form.recipe(),
        notes=form.cleaned_data["notes"],
        by=request.user,
    )
    messages.success(request, f"{version} is written. It never changes; write the next one to try something.")
    return go_to(request, "evaluation:prompt", request.project.slug, version.public_id)


def _preview(request: ProjectRequest, form: PromptForm) -> preview.Preview:
    return preview.preview(
        request.project,
        form.recipe(),
        source=request.POST.get("source", ""),
        search=request.POST.get("search", "")[:200],
        pick=request.POST.get("preview", "")[:200],
    )


def _older(request: ProjectRequest) -> PromptVersion | None:
    """The chat version that the address names to start from."""
    wanted = request.GET.get("from", "")
    chat = PromptVersion.objects.filter(prompt__project=request.project, strategy="chat").select_related("prompt")
    return next((one for one in chat if str(one.public_id) == wanted), None) if wanted else None


@require_GET
@project_page(*READERS)
def prompt(request: ProjectRequest, version_id: UUID) -> HttpResponse:
    """One version word for word, what it is used for, and what it would take to promote it."""
    version = find_version(request, version_id)
    status = promotions.status_of(version)
    rows = promptboard.version_rows(version.prompt)
    gate = promotions.gate_of(version)
    context = {
        "version": version,
        "status": status,
        "status_name": PromptStatus(status).label,
        "settings": promptboard.settings_of(version),
        "rows": rows,
        "previous": next((row.version for row in rows if row.version.number == version.number - 1), None),
        "history": promotions.history(version.prompt),
        "gate": gate,
        "look": progress_of(gate.run) if gate.run else None,
        "back": promotions.rolls_back_to(version.prompt),
        "notices": promptboard.model_notices(version.prompt),
        "runs": version.runs.order_by("-created_at")[:20],
        "is_paid": promotions.is_paid(version),
        "can_make": bool(request.roles & set(MAKERS)),
        "can_manage": Role.MANAGER in request.roles,
    }
    return render_page(request, "evaluation/prompt.html", context, partial="use")


@require_GET
@project_page(*READERS)
def difference(request: ProjectRequest) -> HttpResponse:
    """Two versions side by side; by themselves the two that were written last."""
    versions = list(
        PromptVersion.objects.filter(prompt__project=request.project)
        .select_related("prompt", "created_by")
        .order_by("prompt__name", "-number")[:500]
    )
    by_id = {str(one.public_id): one for one in versions}
    new = by_id.get(request.GET.get("new", "")) or max(versions, key=lambda one: one.pk, default=None)
    old = by_id.get(request.GET.get("old", ""))
    if new and old is None:
        before = [one for one in versions if one.prompt_id == new.prompt_id and one.number < new.number]
        old = before[0] if before else new
    context = {
        "versions": versions,
        "old": old,
        "new": new,
        "difference": promptboard.difference(old, new) if old and new else None,
    }
    return render_page(request, "evaluation/prompt_difference.html", context)


def find_version(request: ProjectRequest, public_id: UUID) -> PromptVersion:
    mine = PromptVersion.objects.filter(prompt__project=request.project)
    return get_object_or_404(mine.select_related("prompt__project", "created_by"), public_id=public_id)
