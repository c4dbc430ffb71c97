"""Rubrics: what people judge outputs by, in versions that never change."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions.rubrics import WRITERS, anchors_of, criteria_of, ready_made, write_rubric
from evaluation.forms.rubrics import CriteriaForms, RubricForm, initial_of
from evaluation.models import Rubric, RubricVersion
from evaluation.queries.panel_desk import questions
from evaluation.queries.rubrics import changes, rubrics_of, versions_of
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST)


@require_GET
@project_page(*READERS)
def rubrics(request: ProjectRequest) -> HttpResponse:
    """All rubrics of the project."""
    context = {"rubrics": rubrics_of(request.project), "can_write": _writes(request)}
    return render_page(request, "evaluation/rubrics.html", context)


@require_GET
@project_page(*READERS)
def rubric(request: ProjectRequest, rubric_id: UUID) -> HttpResponse:
    """One version with what it changed; the newest unless another is asked for."""
    versions = list(versions_of(request.project).filter(rubric__public_id=rubric_id))
    wanted = request.GET.get("version", "")
    version = next((one for one in versions if not wanted or str(one.number) == wanted), None)
    if version is None:
        raise Http404
    before = next((one for one in versions if one.number == version.number - 1), None)
    context = {
        "version": version,
        "versions": versions,
        "questions": questions(version.pk),
        "anchors": version.anchors.select_related("item"),
        "before": before,
        "changes": changes(before, version) if before else [],
        "can_write": _writes(request),
    }
    return render_page(request, "evaluation/rubric.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*WRITERS)
def new_rubric(request: ProjectRequest) -> HttpResponse:
    """A first version, with the ready-made criteria filled in."""
    return _write(request, None)


@require_http_methods(["GET", "POST"])
@project_page(*WRITERS)
def edit_rubric(request: ProjectRequest, rubric_id: UUID) -> HttpResponse:
    """The next version, from the newest."""
    rubric = get_object_or_404(Rubric, project=request.project, public_id=rubric_id)
    return _write(request, rubric.versions.select_related("rubric").order_by("-number")[0])


def _write(request: ProjectRequest, newest: RubricVersion | None) -> HttpResponse:
    criteria = criteria_of(newest) if newest else ready_made()
    first = {"name": newest.rubric.name if newest else "Quality", "after": newest.number if newest else 0}
    form = RubricForm(request.POST or None, initial=first)
    blocks = CriteriaForms(request.POST or None, initial=initial_of(criteria))
    if request.method == "POST" and form.is_valid() and blocks.is_valid():
        try:
            made = _write_once(request, form, blocks, newest)
            messages.success(request, "The version is written. It never changes; a change is a new version.")
            return go_to(request, "evaluation:rubric", request.project.slug, made)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "blocks": blocks, "newest": newest, "anchors": len(anchors_of(newest)) if newest else 0}
    return render_page(request, "evaluation/new_rubric.html", context, status=422 if request.method == "POST" else 200)


def _write_once(
    request: ProjectRequest,
    form: RubricForm,
    blocks: Any,
    newest: RubricVersion | None,
) -> str:
    cleaned = form.cleaned_data
    criteria = [one for block in blocks if (one := block.new())]

    def write() -> str:
        made = write_rubric(
            project=request.project,
            name=newest.rubric.name if newest else cleaned["name"],
            criteria=criteria,
            anchors=anchors_of(newest) if newest else [],
            note=cleaned["note"],
            after=cleaned["after"] or 0,
            by=request.user,
        )
        return str(made.rubric.public_id)

    payload = {"name": cleaned["name"], "note": cleaned["note"], "criteria": [repr(one) for one in criteria]}
    key = cleaned["idempotency_key"]
    return once(user=request.user, key=key, action="write rubric", payload=payload, do=write)


def _writes(request: ProjectRequest) -> bool:
    return bool(request.roles & {str(role) for role in WRITERS})
