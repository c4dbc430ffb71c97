"""The labelling room: one item at a time, blind."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling import rules
from labeling.access import ProjectRequest, project_page
from labeling.actions.annotations import hand_out, save_draft, submit_annotation, take_back, was_handed_out
from labeling.actions.idempotency import once
from labeling.actions.seats import claim_seat, skip_task
from labeling.actions.training import is_guided, qualify_if_passed, seat_for_trainee
from labeling.enums import Role, SkipReason
from labeling.forms.annotation import AnswerForm, DraftForm, SkipForm, new_key
from labeling.models import Round, Seat
from labeling.queries import queue
from labeling.visibility import own_annotations
from reviewapp.common.http import go_to, render_page

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
    """The item the rater holds, or the next one."""
    return _next(request, _round(request, round_id))


@require_http_methods(["POST"])
@project_page(*RATERS)
def submit(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> HttpResponse:
    """Take the answer and go on with the next item."""
    seat = _seat(request, round_id, seat_id)
    form = AnswerForm(request.POST, version=seat.round.taxonomy_version)
    if not form.is_valid():
        return _show(request, seat, form=form, status=422)

    def do() -> str:
        answer = form.answer()
        submitted = submit_annotation(seat=seat, receipt=form.cleaned_data["receipt"], answer=answer, by=request.user)
        return str(submitted.public_id)

    key = form.cleaned_data["idempotency_key"]
    made = once(user=request.user, key=key, action=f"submit:{seat.public_id}", payload=form.payload(), do=do)
    if is_guided(seat.round):
        qualify_if_passed(in_round=seat.round, by=request.user)
        return go_to(request, "labeling:feedback", request.project.slug, seat.round.public_id, made)
    return _go_on(request, seat.round)


@require_POST
@project_page(*RATERS)
def skip(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> HttpResponse:
    """Pass on the item, with a reason."""
    seat = _seat(request, round_id, seat_id)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return _show(request, seat, skip_form=form, status=422)
    skip_task(seat=seat, reason=form.cleaned_data["reason"], by=request.user)
    return _go_on(request, seat.round)


@require_POST
@project_page(*RATERS)
def draft(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> HttpResponse:
    """Keep what is chosen so far."""
    seat = _seat(request, round_id, seat_id)
    form = DraftForm(request.POST)
    if form.is_valid():
        save_draft(seat=seat, content=form.content(), by=request.user)
        return HttpResponse(status=204)
    return HttpResponse(status=422)


@require_GET
@project_page(*RATERS)
def my_answers(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """The rater's own newest answers."""
    in_round = _round(request, round_id)
    answers = queue.recent_own(request.user, in_round, limit=100)
    return render_page(request, "labeling/my_answers.html", {"round": in_round, "answers": answers})


@require_POST
@project_page(*RATERS)
def undo(request: ProjectRequest, round_id: UUID, annotation_id: UUID) -> HttpResponse:
    """Take a submission back, inside the fixed window."""
    in_round = _round(request, round_id)
    mine = own_annotations(request.user).filter(task__round=in_round)
    take_back(annotation=get_object_or_404(mine, public_id=annotation_id), by=request.user)
    messages.success(request, "Taken back. Your answer is on the page again; submit it when it is right.")
    return go_to(request, "labeling:label", request.project.slug, in_round.public_id)


def _round(request: ProjectRequest, public_id: UUID) -> Round:
    rounds = Round.objects.filter(project=request.project).select_related("project", "taxonomy_version", "guideline")
    return get_object_or_404(rounds, public_id=public_id)


def _seat(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> Seat:
    """The seat, for whoever holds it or once held it; for anybody else it does not exist."""
    seats = Seat.objects.filter(round__project=request.project, round__public_id=round_id)
    seats = seats.select_related("round__taxonomy_version", "round__project", "round__guideline", "task__item")
    seat = get_object_or_404(seats, public_id=seat_id)
    if seat.rater_id != request.user.pk and not was_handed_out(seat, request.user, request.POST.get("receipt", "")):
        return get_object_or_404(seats.none())
    return seat


def _next(request: ProjectRequest, in_round: Round) -> HttpResponse:
    if not rules.can_label(request.user, in_round):
        rules.check_may_rate(request.user, in_round)
        return _show_nothing(request, in_round)
    guided = is_guided(in_round)
    seat = (seat_for_trainee if guided else claim_seat)(in_round=in_round, by=request.user)
    if seat is None and guided:
        return go_to(request, "labeling:training-result", request.project.slug, in_round.public_id)
    if seat is None:
        return _show_nothing(request, in_round)
    seat.round = in_round
    return _show(request, seat)


def _go_on(request: ProjectRequest, in_round: Round) -> HttpResponse:
    """After an answer: htmx gets the next item in place, a plain form is sent to it."""
    if getattr(request, "htmx", None):
        return _next(request, in_round)
    return go_to(request, "labeling:label", request.project.slug, in_round.public_id)


def _show_nothing(request: ProjectRequest, in_round: Round) -> HttpResponse:
    context: dict[str, Any] = {"round": in_round, "work": None, "mine": queue.my_round(request.user, in_round)}
    context["recent"] = queue.recent_own(request.user, in_round)
    return render_page(request, "labeling/label.html", context, partial="work")


def _show(
    request: ProjectRequest,
    seat: Seat,
    *,
    form: AnswerForm | None = None,
    skip_form: SkipForm | None = None,
    status: int = 200,
) -> HttpResponse:
    work = queue.work_on(seat, request.user)
    context: dict[str, Any] = {
        "round": seat.round,
        "work": work,
        "mine": work.mine,
        "choices": queue.choices(seat.round.taxonomy_version),
        "recent": queue.recent_own(request.user, seat.round),
        "form": form,
        "skip_form": skip_form,
        "skip_reasons": SkipReason.choices,
        "answer": _answer_shown(form, work.draft),
        "receipt": hand_out(seat, request.user),
        "idempotency_key": new_key(),
    }
    return render_page(request, "labeling/label.html", context, partial="work", status=status)


def _answer_shown(form: AnswerForm | None, draft: dict[str, Any]) -> dict[str, Any]:
    """What is ticked on the page: what was just sent and refused, or else the draft."""
    if form is None:
        return {"labels": frozenset(draft.get("labels", ())), **{key: draft.get(key) for key in _DRAFTED}}
    sent = form.data
    labels = sent.getlist("labels") if hasattr(sent, "getlist") else []
    return {"labels": frozenset(labels), **{key: sent.get(key) for key in _DRAFTED}}


_DRAFTED = ("none_applies", "certainty", "comment")
