"""The guidelines: read by all members, with what changed; new versions and their examples by managers."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions.guidelines import write_guideline
from labeling.enums import Role
from labeling.forms.guidelines import GuidelineForm, PreviewForm
from labeling.models import Guideline
from labeling.queries import guidelines as queries
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page
from reviewapp.common.markdown import contents


@require_http_methods(["GET", "POST"])
@project_page()
def guidelines(request: ProjectRequest) -> HttpResponse:
    """A version of the guidelines and what it changed; managers write the next one."""
    if request.method == "POST" and Role.MANAGER not in request.roles:
        raise Http404
    versions = queries.versions_of(request.project)
    form = _form(request, versions[0] if versions else None)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            written = write_guideline(
                project=request.project,
                text=form.cleaned_data["text"],
                examples=form.added(),
                keep=form.cleaned_data["keep"],
                by=request.user,
            )
            messages.success(request, f"Guidelines v{written.number}. Open rounds keep theirs until they adopt it.")
            return go_to(request, "labeling:guidelines", request.project.slug)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = _page(request, versions) | {"form": form}
    return render_page(request, "labeling/guidelines.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@project_page(Role.MANAGER)
def preview(request: ProjectRequest) -> HttpResponse:
    """The text as it would be read; without JavaScript, the whole page with the text still in its form."""
    form = PreviewForm(request.POST)
    draft = form.cleaned_data["text"] if form.is_valid() else ""
    versions = queries.versions_of(request.project)
    context = _page(request, versions) | {
        "form": _form(request, versions[0] if versions else None),
        "draft": draft,
        "too_long": not form.is_valid(),
        "is_preview": True,
    }
    return render_page(request, "labeling/guidelines.html", context, partial="preview")


def _page(request: ProjectRequest, versions: list[Guideline]) -> dict[str, Any]:
    """What everybody reads: the version asked for, or else the newest."""
    wanted = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.number) == wanted), versions[0] if versions else None)
    before = next((one for one in versions if shown and one.number < shown.number), None)
    return {
        "guideline": shown,
        "before": before,
        "versions": versions,
        "contents": contents(shown.text) if shown else [],
        "changes": queries.changes(before, shown) if shown else [],
        "examples": queries.showable(shown, request.project) if shown else [],
        "label_names": queries.label_names(request.project),
        "news": queries.news_for(request.user, request.project),
        "can_manage": Role.MANAGER in request.roles,
    }


def _form(request: ProjectRequest, newest: Guideline | None) -> GuidelineForm | None:
    """The editor, for managers."""
    if Role.MANAGER not in request.roles:
        return None
    examples = queries.showable(newest, request.project) if newest else []
    offered = queries.cases_of(request.project, without=[example["item"] for example in examples])
    begin = {"text": newest.text if newest else ""}
    return GuidelineForm(request.POST or None, examples=examples, offered=offered, initial=begin)
