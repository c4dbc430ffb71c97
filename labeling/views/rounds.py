"""Rounds for managers: list, new round with a preview of its sample, progress, closing and cancelling."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions import rounds as actions
from labeling.actions.idempotency import once
from labeling.actions.seats import add_seats
from labeling.enums import Role, RoundState, TaskState
from labeling.forms.progress import DueForm
from labeling.forms.rounds import RoundForm
from labeling.models import Round
from labeling.queries import progress
from labeling.queries.attributes import attribute_names
from labeling.queries.guidelines import newest_after
from labeling.queries.taxonomy import newer_than
from labeling.sampling import Sample
from reviewapp.common import clock
from reviewapp.common.charts import Ahead, Chart, Stack, burndown, grouped_bars, stacked_bars
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

CHARTED = 40
OVERSEERS = (Role.MANAGER, Role.ANALYST)


@require_GET
@project_page(*OVERSEERS)
def rounds(request: ProjectRequest) -> HttpResponse:
    """All rounds with their progress."""
    context = {"rounds": progress.rounds_of(request.project), "can_manage": Role.MANAGER in request.roles}
    return render_page(request, "labeling/rounds.html", context)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def new_round(request: ProjectRequest) -> HttpResponse:
    """Describe a round, see its sample as a table and a picture, then make it."""
    attributes = attribute_names(request.project)
    asked = {name: request.GET[name][:2000] for name in ("where", "size", "name") if name in request.GET}
    form = RoundForm(request.POST or None, project=request.project, attributes=attributes, initial=asked)
    sample: Sample | None = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                sample = actions.draw(project=request.project, spec=form.spec())
                if "make" in request.POST:
                    return go_to(request, "labeling:round", request.project.slug, _make_once(request, form))
                status = 200
            except Refused as refusal:
                form.add_error(None, str(refusal))
    context = {"form": form, "sample": sample, "chart": _picture(sample), "attributes": attributes}
    return render_page(request, "labeling/new_round.html", context, partial="plan", status=status)


def _picture(sample: Sample | None) -> Chart | None:
    """The sample's make-up beside the population's."""
    if sample is None:
        return None
    population = sum(row.population for row in sample.table)
    drawn = sum(row.picked for row in sample.table)
    largest = sorted(sample.table, key=lambda row: -row.population)[:CHARTED]
    return grouped_bars(
        [(" · ".join(row.values) or "all", row.picked / drawn, row.population / population) for row in largest],
        title="Sample and population by group",
        series=("sample", "all items"),
    )


def _make_once(request: ProjectRequest, form: RoundForm) -> str:
    """The public id of the round; the same form sent twice makes one."""
    payload = {name: value for name, value in form.cleaned_data.items() if name != "idempotency_key"}
    return once(
        user=request.user,
        key=form.cleaned_data["idempotency_key"],
        action=f"round:{request.project.slug}",
        payload=payload,
        do=lambda: str(_make(request, form).public_id),
    )


def _make(request: ProjectRequest, form: RoundForm) -> Round:
    cleaned = form.cleaned_data
    made = actions.sample_round(
        project=request.project,
        name=cleaned["name"],
        spec=form.spec(),
        by=request.user,
        raters=cleaned["raters"],
        settling=cleaned["settling"],
        purpose=cleaned["purpose"],
        undo_seconds=cleaned["undo_seconds"],
        options=form.options(),
    )
    messages.success(request, f"Round “{made.name}” is open: its raters find it under Label.")
    return made


@require_GET
@project_page(*OVERSEERS)
def round_page(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """How far a round is and what to do next."""
    in_round = find(request, round_id)
    room = progress.room_of(in_round, now=clock.now())
    context = {
        "round": in_round,
        "room": room,
        "progress": room.progress,
        "burn_down": _burn_down(room),
        "seat_states": _seat_states(room.progress),
        "seat_words": _seat_words(room.progress),
        "releases": in_round.releases.select_related("golden_set").order_by("-frozen_at"),
        "newer_guideline": newest_after(in_round.guideline, request.project),
        "newer_taxonomy": newer_than(in_round) if in_round.state == RoundState.OPEN else None,
        "due_form": DueForm(initial={"due_on": in_round.due_on}),
        "can_manage": Role.MANAGER in request.roles,
        "is_open": in_round.state == RoundState.OPEN,
    }
    return render_page(request, "labeling/round.html", context, partial="progress")


def _burn_down(room: progress.RoundRoom) -> Chart:
    """What is left by day, and the end it leads to."""
    found = room.ahead
    ahead = Ahead(found.end, found.earliest, found.latest) if found and found.end else None
    return burndown(
        [(left.day, left.seats) for left in room.days],
        title="Seats without an answer, by day",
        total=room.progress.seats,
        ahead=ahead,
        due=room.progress.round.due_on,
    )


def _seat_states(counts: progress.RoundProgress) -> Chart:
    """All seats of the round in one bar."""
    parts = (
        counts.seats_settled,
        counts.seats_submitted - counts.seats_settled,
        counts.seats_leased,
        counts.seats_open,
    )
    return stacked_bars(
        [Stack("Seats", parts, note=f"{counts.seats:,}")],
        title="Seats by state",
        series=("settled", "submitted", "leased", "open"),
    )


def _seat_words(counts: progress.RoundProgress) -> str:
    """The same in words."""
    return (
        f"Seats, one for each rater of an item: {counts.seats_settled:,} settled, "
        f"{counts.seats_submitted - counts.seats_settled:,} submitted and not settled yet, "
        f"{counts.seats_leased:,} leased, {counts.seats_open:,} open."
    )


@require_POST
@project_page(Role.MANAGER)
def end_round(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Close or cancel a round."""
    in_round = find(request, round_id)
    if request.POST.get("how") == "cancel":
        actions.cancel_round(in_round=in_round, by=request.user)
        messages.success(request, "The round is cancelled. Its answers stay on record and count for nothing.")
    else:
        actions.close_round(in_round=in_round, by=request.user)
        messages.success(request, "The round is closed. Its answers no longer change.")
    return go_to(request, "labeling:round", request.project.slug, in_round.public_id)


@require_POST
@project_page(Role.MANAGER)
def extend_round(request: ProjectRequest, round_id: UUID) -> HttpResponse:
    """Ask one more rater for every task that is disputed."""
    in_round = find(request, round_id)
    disputed = in_round.tasks.filter(state__in=[TaskState.DISPUTED, TaskState.ESCALATED])
    added = add_seats(tasks=disputed, in_round=in_round, by=request.user, reason="one more rater for disputes")
    messages.success(request, f"One more rater was asked for {added} items.")
    return go_to(request, "labeling:round", request.project.slug, in_round.public_id)


def find(request: ProjectRequest, public_id: UUID) -> Round:
    """The project's round of this id, or a 404."""
    mine = Round.objects.filter(project=request.project)
    return get_object_or_404(mine.select_related("project", "taxonomy_version", "guideline"), public_id=public_id)
