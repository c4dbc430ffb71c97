"""Steering a round: pause, due day, guidelines, leases; its items by state, their priority, one more rater for them."""

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions import progress as actions
from labeling.actions.rounds import published_taxonomy, set_band
from labeling.actions.seats import add_seats
from labeling.actions.versions import adopt_taxonomy as adopt
from labeling.enums import Role, RoundState, TaskState
from labeling.forms.progress import BandForm, DueForm, HolderForm, ReassignForm, TickedForm
from labeling.models import Round, Seat, User
from labeling.queries import round_items as queries
from labeling.views.rounds import OVERSEERS, find
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

BANDS = range(10)
HELD_NO_MORE = "Nothing was changed: that seat is not held by the same person any more."


@require_POST
@project_page(Role.MANAGER)
def pause_round(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Stop handing out items of a round, or go on."""
    in_round = find(request, round_id)
    if request.POST.get("how") == "resume":
        actions.resume_round(in_round=in_round, by=request.user)
        messages.success(request, "The round goes on.")
    else:
        actions.pause_round(in_round=in_round, by=request.user)
        messages.success(request, "The round is paused: nothing is handed out, and what comes in is kept.")
    return go_to(request, "labeling:round", request.project.slug, in_round.public_id)


@require_POST
@project_page(Role.MANAGER)
def pause_project(request: ProjectRequest) -> HttpResponse:
    """Stop handing out items in the whole project, or go on."""
    if request.POST.get("how") == "resume":
        actions.resume_project(project=request.project, by=request.user)
        messages.success(request, "Labelling goes on.")
    else:
        actions.pause_project(project=request.project, by=request.user)
        messages.success(request, "All labelling is paused: nothing is handed out, and what comes in is kept.")
    return go_to(request, "labeling:rounds", request.project.slug)


@require_POST
@project_page(Role.MANAGER)
def set_due(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Say by which day the round is to be done."""
    in_round, form = find(request, round_id), DueForm(request.POST)
    if form.is_valid():
        actions.set_due(in_round=in_round, due_on=form.cleaned_data["due_on"], by=request.user)
        messages.success(request, "The due day is kept." if in_round.due_on is None else "The due day is changed.")
    else:
        messages.error(request, "That is not a day. Write it as 2025-01-31.")
    return go_to(request, "labeling:round", request.project.slug, in_round.public_id)


@require_POST
@project_page(Role.MANAGER)
def adopt_taxonomy(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Move a round without answers to the newest published taxonomy."""
    in_round = find(request, round_id)
    try:
        moved = adopt(in_round=in_round, version=published_taxonomy(request.project), by=request.user)
        messages.success(request, f"The round now uses taxonomy v{moved.taxonomy_version.number}.")
    except (NotAllowed, Refused) as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "labeling:round", request.project.slug, in_round.public_id)


@require_POST
@project_page(Role.MANAGER)
def adopt_guideline(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Move the round to the newest guidelines."""
    in_round = find(request, round_id)
    try:
        moved = actions.adopt_guideline(in_round=in_round, by=request.user)
        messages.success(request, f"The round now goes by guidelines v{moved.guideline.number}.")  # type: ignore[union-attr]
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "labeling:round", request.project.slug, in_round.public_id)


@require_POST
@project_page(Role.MANAGER)
def free_lease(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> HttpResponse:
    """Take a seat from whoever holds it."""
    seat, form = _seat(request, round_id, seat_id), HolderForm(request.POST)
    if form.is_valid():
        holder = get_object_or_404(User, public_id=form.cleaned_data["holder"])
        if actions.free_lease(seat=seat, holder=holder, by=request.user):
            messages.success(request, "The seat is free. The draft stays with whoever held it.")
            return go_to(request, "labeling:round", request.project.slug, round_id)
    messages.error(request, HELD_NO_MORE)
    return go_to(request, "labeling:round", request.project.slug, round_id)


@require_POST
@project_page(Role.MANAGER)
def reassign_lease(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> HttpResponse:
    """Give a seat that somebody holds to another rater."""
    seat, form = _seat(request, round_id, seat_id), ReassignForm(request.POST)
    done = False
    if form.is_valid():
        holder, to = (get_object_or_404(User, public_id=form.cleaned_data[name]) for name in ("holder", "to"))
        try:
            done = actions.reassign_lease(seat=seat, holder=holder, to=to, by=request.user)
        except NotAllowed as refusal:
            messages.error(request, str(refusal))
            return go_to(request, "labeling:round", request.project.slug, round_id)
        if done:
            messages.success(request, f"{to} has the item now. They find it first under Label.")
    if not done:
        messages.error(request, HELD_NO_MORE)
    return go_to(request, "labeling:round", request.project.slug, round_id)


@require_GET
@project_page(*OVERSEERS)
def round_items(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """The items of a round by state, to tick for a change of many."""
    in_round = find(request, round_id)
    asked = {name: request.GET.get(name, "") for name in ("state", "sort", "after")}
    context = {
        "round": in_round,
        "page": queries.items_of(in_round, **asked),
        "states": [one for one in TaskState if one != TaskState.CANCELLED or in_round.state == RoundState.CANCELLED],
        "sorts": queries.SORTS,
        "bands": BANDS,
        "can_change": Role.MANAGER in request.roles and in_round.state == RoundState.OPEN,
    }
    return render_page(request, "labeling/round_items.html", context)


@require_POST
@project_page(Role.MANAGER)
def prioritise_items(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Move the ticked items to a band of the queue."""
    in_round, form = find(request, round_id), BandForm(request.POST)
    if not form.is_valid():
        return _back(request, in_round, form)
    tasks, band = list(queries.named(in_round, form.cleaned_data["tasks"])), form.cleaned_data["band"]
    moved = set_band(in_round=in_round, tasks=tasks, band=band, by=request.user)
    messages.success(request, f"{moved} item{'s' if moved != 1 else ''} moved to band {band}.")
    return _back(request, in_round)


@require_POST
@project_page(Role.MANAGER)
def extend_items(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Ask one more rater for each of the ticked items."""
    in_round, form = find(request, round_id), TickedForm(request.POST)
    if not form.is_valid():
        return _back(request, in_round, form)
    tasks = queries.named(in_round, form.cleaned_data["tasks"])
    added = add_seats(tasks=tasks, in_round=in_round, by=request.user, reason="one more rater for ticked items")
    messages.success(request, f"One more rater was asked for {added} item{'s' if added != 1 else ''}.")
    return _back(request, in_round)


def _back(request: ProjectRequest, in_round: Round, form: Form | None = None) -> HttpResponse:
    """To the table as it was filtered; with what is wrong with the form, if anything is."""
    for problem in form.errors.get("tasks", form.errors.get("band", [])) if form else []:
        messages.error(request, str(problem))
    kept = {name: request.POST.get(name, "") for name in ("state", "sort") if request.POST.get(name)}
    url = reverse("labeling:round-items", args=[request.project.slug, in_round.public_id])
    return go_to(request, f"{url}?{urlencode(kept)}" if kept else url)


def _seat(request: ProjectRequest, round_id: UUID, seat_id: UUID) -> Seat:
    seats = Seat.objects.filter(round__project=request.project, round__public_id=round_id)
    return get_object_or_404(seats.select_related("round__project"), public_id=seat_id)
