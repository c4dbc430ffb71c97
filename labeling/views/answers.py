"""What a rater keeps and looks back at: drafts, the lease of what is on the page, their own answers."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions.annotations import DraftConflict, save_draft
from labeling.actions.seats import renew_lease
from labeling.forms.annotation import DraftForm
from labeling.queries import queue
from labeling.queries.taxonomy import moved_on
from labeling.views.label import RATERS, round_of, seat_of
from labeling.visibility import own_annotations
from reviewapp.common.http import go_to, render_page, wants_json


@require_POST
@project_page(*RATERS)
def draft(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> HttpResponse:
    """Keep what is chosen so far; what another page of the same person kept meanwhile is not overwritten."""
    seat = seat_of(request, round_id, seat_id)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": "The draft is too large to keep.", "kind": "invalid"}, status=422)
    after = form.cleaned_data["number"]
    try:
        number = save_draft(seat=seat, content=form.content(), by=request.user, after=after)
    except DraftConflict as conflict:
        theirs = {"error": str(conflict), "kind": "draft", "theirs": conflict.theirs, "number": conflict.number}
        return JsonResponse(theirs, status=409)
    if not wants_json(request):
        return go_to(request, "labeling:label", request.project.slug, seat.round.public_id)
    changed = moved_on(seat.round, request.POST.get("taxonomy", ""))
    return JsonResponse({"number": number, **({"kind": "taxonomy", "changed": changed} if changed else {})})


@require_POST
@project_page(*RATERS)
def renew(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> HttpResponse:
    """Somebody is at work on the item: it stays theirs. False if their own time ran out, whatever others did."""
    seat = seat_of(request, round_id, seat_id)
    held = renew_lease(seat=seat, by=request.user, ahead="ahead" in request.POST)
    paused = bool(seat.round.paused_at or seat.round.project.paused_at)
    return JsonResponse({"held": held, "paused": paused})


@require_GET
@project_page(*RATERS)
def my_answers(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """The rater's own newest answers."""
    in_round = round_of(request, round_id)
    answers = queue.recent_own(request.user, in_round, limit=100)
    return render_page(request, "labeling/my_answers.html", {"round": in_round, "answers": answers})


@require_GET
@project_page(*RATERS)
def my_answer(request: ProjectRequest, round_id: UUID, annotation_id: UUID) -> HttpResponse:
    """One of the rater's own answers, with the ones before and after it."""
    in_round = round_of(request, round_id)
    mine = own_annotations(request.user).filter(task__round=in_round, taken_back_at__isnull=True)
    found = get_object_or_404(mine.select_related("task__item", "task__round"), public_id=annotation_id)
    context = {"round": in_round, "own": queue.own_answer(found, request.user)}
    return render_page(request, "labeling/my_answer.html", context, partial="own")
