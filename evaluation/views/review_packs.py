"""The monthly review pack: a page to print, the same as a file, and making it."""

import json
from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from evaluation.actions.review_packs import MAKERS, make_review_pack
from evaluation.models import ReviewPack
from evaluation.queries.review_packs import newer_of, parse_month, seen_by, shown
from evaluation.views.frame import READERS, attachment
from labeling.access import ProjectRequest, project_page
from reviewapp.common.http import go_to, render_page

STYLES = ("tokens", "base", "components", "pack")


@require_GET
@project_page(*READERS)
def review_pack(request: ProjectRequest, pack_id: UUID) -> HttpResponse:
    """One page, for the screen and for paper."""
    pack = _pack(request, pack_id)
    context = {
        "shown": shown(pack, request.roles),
        "newer": newer_of(pack),
        "can_make": bool(request.roles & set(MAKERS)),
    }
    return render_page(request, "evaluation/review_pack.html", context)


@require_GET
@project_page(*READERS)
def review_pack_file(request: ProjectRequest, pack_id: UUID, form: str) -> HttpResponse:
    """The pack as a file: what the reader sees, and nothing more."""
    pack = _pack(request, pack_id)
    if form == "html":
        return attachment(as_html(pack, request.roles), f"{pack}.html", "text/html")
    if form == "json":
        return attachment(as_json(pack, request.roles), f"{pack}.json", "application/json")
    raise Http404


@require_POST
@project_page(*MAKERS)
def make_pack(request: ProjectRequest) -> HttpResponse:
    """Put a month together; the same again as long as nothing has changed."""
    month = parse_month(request.POST.get("month", ""))
    pack = make_review_pack(project=request.project, month=month, by=request.user)
    messages.success(request, f"The review of {month:%B %Y} is as of now.")
    return go_to(request, "evaluation:review-pack", request.project.slug, pack.public_id)


def as_html(pack: ReviewPack, roles: Iterable[str]) -> str:
    """A file that needs nothing else."""
    context = {"shown": shown(pack, roles), "project": pack.project, "styles": [f"css/{name}.css" for name in STYLES]}
    return render_to_string("evaluation/review_pack_file.html", context)


def as_json(pack: ReviewPack, roles: Iterable[str]) -> str:
    content = {"digest": pack.digest, "made_at": pack.created_at.isoformat(), **seen_by(pack.report, roles)}
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _pack(request: ProjectRequest, public_id: UUID) -> ReviewPack:
    mine = ReviewPack.objects.filter(project=request.project).select_related("project", "created_by")
    return get_object_or_404(mine, public_id=public_id)
