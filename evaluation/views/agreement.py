"""The agreement pages: how far raters agree, on what, who with whom, where, when, and on which evidence."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from evaluation.actions.agreement import measure_agreement
from evaluation.models import AgreementReport
from evaluation.queries.agreement_board import PARTS, board, for_reader, table_of
from evaluation.queries.agreement_items import WANTED, behind_mark, item_table
from evaluation.views.frame import as_file
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role, RoundState
from labeling.models import Annotation, Round
from labeling.visibility import may_see_agreement, may_see_names
from reviewapp.common.http import render_page

READERS = (Role.MANAGER, Role.ANALYST, Role.ADJUDICATOR)


@require_GET
@project_page(*READERS)
def agreement(request: ProjectRequest) -> HttpResponse:
    """One round's agreement as it is now; adjudicators see it once the round has ended."""
    offered = _offered(request)
    wanted = request.GET.get("round", "")
    chosen = next((one for one in offered if str(one.public_id) == wanted), None)
    if wanted and chosen is None:
        raise Http404
    chosen = chosen or next((one for one in offered if one.is_rated), offered[0] if offered else None)  # type: ignore[attr-defined]
    if chosen is None:
        return render_page(request, "evaluation/agreement.html", {"rounds": [], "round": None})
    return _page(request, chosen, measure_agreement(in_round=chosen), offered)


@require_GET
@project_page(*READERS)
def stored(request: ProjectRequest, report_id: UUID) -> HttpResponse:
    """A report as it was computed: the permanent link."""
    found = _find(request, report_id)
    return _page(request, found.round, found, [])


@require_GET
@project_page(*READERS)
def items(request: ProjectRequest, report_id: UUID) -> HttpResponse:
    """The items behind one mark, with their ratings as they are now."""
    found = _find(request, report_id)
    wanted = _wanted(request)
    context = {
        "round": found.round,
        "found": found,
        "behind": behind_mark(found.round, request.user, wanted),
        "query": request.GET.urlencode(),
    }
    return render_page(request, "evaluation/agreement_items.html", context)


@require_GET
@project_page(*READERS)
def download(request: ProjectRequest, report_id: UUID, what: str, form: str) -> HttpResponse:
    """The report, one part of it, or the exact item table behind a number."""
    found = _find(request, report_id)
    name = f"{found.round.name} agreement {what}"
    if what == "items":
        rows = item_table(found.round, request.user, _wanted(request))
        return as_file(form, name, {"round": found.round.name, "ratings": rows}, rows)
    if what not in PARTS:
        raise Http404
    report = for_reader(found, request.user)
    return as_file(form, name, report, table_of(what, report))


def _page(request: ProjectRequest, in_round: Round, found: AgreementReport, offered: list[Round]) -> HttpResponse:
    part = request.GET.get("part", "labels")
    names = may_see_names(request.user, request.project)
    if part not in PARTS or (part == "people" and not names):
        raise Http404
    context: dict[str, Any] = {
        "rounds": offered,
        "round": in_round,
        "found": found,
        "part": part,
        "parts": {name: title for name, title in PARTS.items() if names or name != "people"},
        **board(found, request.user, part),
    }
    return render_page(request, "evaluation/agreement.html", context)


def _offered(request: ProjectRequest) -> list[Round]:
    rounds = Round.objects.filter(project=request.project).exclude(state=RoundState.CANCELLED)
    rounds = rounds.select_related("taxonomy_version", "project").order_by("-created_at", "-pk")
    rounds = rounds.annotate(
        is_rated=Exists(Annotation.objects.filter(task__round=OuterRef("pk"), task__gold__isnull=True, is_counted=True))
    )
    return [one for one in rounds if may_see_agreement(request.user, request.project, round_state=one.state)]


def _find(request: ProjectRequest, report_id: UUID) -> AgreementReport:
    mine = AgreementReport.objects.filter(round__project=request.project)
    found = get_object_or_404(mine.select_related("round__taxonomy_version", "round__project"), public_id=report_id)
    if not may_see_agreement(request.user, request.project, round_state=found.round.state):
        raise Http404
    return found


def _wanted(request: ProjectRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in WANTED if name in request.GET}
