"""The labelling room: one item at a time, blind. A plain form works; the page's own script asks for JSON instead."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling import keymap, rules
from labeling.access import ProjectRequest, project_page
from labeling.actions.annotations import hand_out, submit_annotation, take_back, was_handed_out
from labeling.actions.idempotency import once
from labeling.actions.seats import claim_seat, skip_task
from labeling.actions.training import is_guided, qualify_if_passed, seat_for_trainee
from labeling.enums import Role, SkipReason
from labeling.forms.annotation import AnswerForm, BesideForm, SkipForm, new_key
from labeling.models import Round, Seat
from labeling.queries import queue
from labeling.queries.taxonomy import moved_on
from labeling.visibility import own_annotations
from reviewapp.common.errors import NotAllowed
from reviewapp.common.http import go_to, render_page, wants_json

RATERS = (Role.ANNOTATOR, Role.ADJUDICATOR)


@require_GET
@project_page(*RATERS)
def label_home(request: ProjectRequest) -> HttpResponse:
    """The rater's rounds; with only one, straight to work."""
    rounds = queue.my_rounds(request.user, request.project)
    if len(rounds) == 1:
        return go_to(request, "labeling:label", request.project.slug, rounds[0].round.public_id)
    return render_page(request, "labeling/label_home.html", {"rounds": rounds})


@require_GET
@project_page(*RATERS)
def label(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """The item the rater holds, or the next one, or why there is none."""
    in_round = round_of(request, round_id)
    rules.check_may_rate(request.user, in_round)
    try:
        rules.check_can_label(request.user, in_round)
    except NotAllowed as refusal:
        return _show_nothing(request, in_round, refusal=str(refusal))
    guided = is_guided(in_round)
    seat = (seat_for_trainee if guided else claim_seat)(in_round=in_round, by=request.user)
    if seat is None and guided:
        return go_to(request, "labeling:training-result", request.project.slug, in_round.public_id)
    if seat is None:
        return _show_nothing(request, in_round)
    seat.round = in_round
    return show(request, seat)


@require_POST
@project_page(*RATERS)
def submit(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> HttpResponse:
    """Take the answer and hand out the next item."""
    seat = seat_of(request, round_id, seat_id)
    if changed := moved_on(seat.round, request.POST.get("taxonomy", "")):
        return _say_taxonomy_changed(request, seat, changed)
    form = AnswerForm(request.POST, seat=seat)
    if not form.is_valid():
        if wants_json(request):
            return JsonResponse({"error": " ".join(_said(form)), "kind": "invalid"}, status=422)
        return show(request, seat, form=form, status=422)

    def do() -> str:
        answer = form.answer()
        submitted = submit_annotation(seat=seat, receipt=form.cleaned_data["receipt"], answer=answer, by=request.user)
        return str(submitted.public_id)

    key = form.cleaned_data["idempotency_key"]
    done = once(user=request.user, key=key, action=f"submit:{seat.public_id}", payload=form.payload(), do=do)
    if is_guided(seat.round):
        qualify_if_passed(in_round=seat.round, by=request.user)
        feedback = reverse("labeling:feedback", args=[request.project.slug, seat.round.public_id, done])
        return JsonResponse({"go": feedback}) if wants_json(request) else go_to(request, feedback)
    undo = reverse("labeling:undo", args=[request.project.slug, seat.round.public_id, done])
    return _go_on(request, seat.round, undo=undo)


@require_POST
@project_page(*RATERS)
def skip(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> HttpResponse:
    """Pass on the item, with a reason."""
    seat = seat_of(request, round_id, seat_id)
    form = SkipForm(request.POST)
    if not form.is_valid():
        if wants_json(request):
            return JsonResponse({"error": "Choose a reason from the list.", "kind": "invalid"}, status=422)
        return show(request, seat, skip_form=form, status=422)
    skip_task(seat=seat, reason=form.cleaned_data["reason"], by=request.user)
    return _go_on(request, seat.round)


@require_POST
@project_page(*RATERS)
def ahead(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """The item to work on after those on the page: kept for this rater and rendered before they ask."""
    in_round = round_of(request, round_id)
    rules.check_may_rate(request.user, in_round)
    return JsonResponse({"ahead": _ahead(request, in_round)})


@require_http_methods(["POST"])
@project_page(*RATERS)
def undo(request: ProjectRequest, round_id: UUID, annotation_id: UUID) -> HttpResponse:
    """Take a submission back, inside the fixed window."""
    in_round = round_of(request, round_id)
    mine = own_annotations(request.user).filter(task__round=in_round)
    seat = take_back(annotation=get_object_or_404(mine, public_id=annotation_id), by=request.user)
    seat.round = in_round
    if wants_json(request):
        return JsonResponse({"item": item_html(request, seat)})
    messages.success(request, "Taken back. Your answer is on the page again; submit it when it is right.")
    return show(request, seat)  # not by way of the queue: it no longer has the seat of an answer that came late


def round_of(request: ProjectRequest, public_id: UUID) -> Round:
    rounds = Round.objects.filter(project=request.project).select_related("taxonomy_version", "guideline")
    found = get_object_or_404(rounds, public_id=public_id)
    found.project = request.project
    return found


def seat_of(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> Seat:
    """The seat, for whoever holds it or once held it; for anybody else it does not exist."""
    seats = Seat.objects.filter(round__project=request.project, round__public_id=round_id)
    seats = seats.select_related("round__taxonomy_version", "round__project", "round__guideline", "task__item")
    seat = get_object_or_404(seats, public_id=seat_id)
    if seat.rater_id != request.user.pk and not was_handed_out(seat, request.user, request.POST.get("receipt", "")):
        return get_object_or_404(seats.none())
    return seat


def item_html(request: ProjectRequest, seat: Seat) -> str:
    """One item as the labelling page shows it, to be put in place of another."""
    return render_to_string("labeling/label.html#item", _item(request, seat), request)


def show(
    request: ProjectRequest,
    seat: Seat,
    *,
    form: AnswerForm | None = None,
    skip_form: SkipForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole labelling page around one item."""
    context = _item(request, seat)
    keys = keymap.keys_of(request.user.keymap)
    context |= {
        "mine": queue.my_round(request.user, seat.round),
        "choices": queue.choices(seat.round.taxonomy_version),
        "quick": queue.quick_labels(request.user, seat.round),
        "recent": queue.recent_own(request.user, seat.round),
        "form": form,
        "problems": _said(form) if form else [],
        "skip_form": skip_form,
        "skip_reasons": SkipReason.choices,
        "commands": [(command, keys[command.name]) for command in keymap.COMMANDS],
        "fixed_keys": keymap.FIXED,
        "answer": _answer_shown(form, context["work"].draft),
    }
    return render_page(request, "labeling/label.html", context, status=status)


def _item(request: ProjectRequest, seat: Seat) -> dict[str, Any]:
    work = queue.work_on(seat, request.user)
    return {
        "round": seat.round,
        "work": work,
        "draft_json": json.dumps(work.draft),
        "receipt": hand_out(seat, request.user),
        "idempotency_key": new_key(),
    }


def _ahead(request: ProjectRequest, in_round: Round) -> str | None:
    form = BesideForm(request.POST)
    if not form.is_valid() or is_guided(in_round):
        return None  # a training shows one item at a time, each with its feedback
    try:
        seat = claim_seat(in_round=in_round, by=request.user, beside=form.cleaned_data["beside"])
    except NotAllowed:
        return None  # the page of the round says why
    if seat is None:
        return None
    seat.round = in_round
    return item_html(request, seat)


def _go_on(request: ProjectRequest, in_round: Round, *, undo: str = "") -> HttpResponse:
    """After an answer: the script gets the item after the one it shows already, a plain form is sent to the next."""
    if wants_json(request):
        return JsonResponse({"undo": undo, "ahead": _ahead(request, in_round)})
    return go_to(request, "labeling:label", request.project.slug, in_round.public_id)


def _say_taxonomy_changed(request: ProjectRequest, seat: Seat, changed: dict[str, list[str]]) -> HttpResponse:
    """The labels are others now: nothing is submitted, the answer stays on the sender's page."""
    said = f"This round now uses taxonomy v{seat.round.taxonomy_version.number}. Look at your answer again."
    if wants_json(request):
        return JsonResponse({"error": said, "kind": "taxonomy", "changed": changed}, status=409)
    messages.error(request, said)
    return go_to(request, "labeling:label", request.project.slug, seat.round.public_id)


def _show_nothing(request: ProjectRequest, in_round: Round, *, refusal: str = "") -> HttpResponse:
    """One neutral page, whatever the reason; a refusal's own sentence tells a rater nothing of others or of gold."""
    context: dict[str, Any] = {"round": in_round, "work": None, "mine": queue.my_round(request.user, in_round)}
    context["refusal"] = refusal
    context["is_paused"] = bool(in_round.paused_at or in_round.project.paused_at)
    context["recent"] = queue.recent_own(request.user, in_round)
    return render_page(request, "labeling/label.html", context)


def _said(form: AnswerForm) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]


def _answer_shown(form: AnswerForm | None, draft: dict[str, Any]) -> dict[str, Any]:
    """What is ticked on the page: what was just sent and refused, or else the draft."""
    if form is None:
        return {"labels": frozenset(draft.get("labels", ())), **{key: draft.get(key) for key in _DRAFTED}}
    sent = form.data
    labels = sent.getlist("labels") if hasattr(sent, "getlist") else []
    return {"labels": frozenset(labels), **{key: sent.get(key) for key in _DRAFTED}}


_DRAFTED = ("none_applies", "certainty", "comment", "is_flagged", "summary")
