"""Choosing between two outputs, blind, one pair at a time."""

from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions.panel_pairs import shown_side, submit_choice
from evaluation.actions.panel_standing import check_is_open
from evaluation.enums import PanelKind
from evaluation.forms.panel_pairs import ChoiceForm
from evaluation.models import Panel, PanelSeat
from evaluation.queries import panel_pairs as queries
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.actions.sights import note_sights
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

RATERS = (Role.ANNOTATOR, Role.ADJUDICATOR)


@require_GET
@project_page(*RATERS)
def choose_next(request: ProjectRequest, panel_id: UUID) -> HttpResponse:
    """The rater's next pair, or that there is none."""
    panel = _mine(request, panel_id)
    seats = queries.own_pairs(panel, request.user)
    context = {"panel": panel, "done": sum(one.is_done for one in seats), "total": len(seats)}
    try:
        check_is_open(request.user, panel)
    except NotAllowed as refusal:
        return render_page(request, "evaluation/pairs_done.html", {**context, "refusal": str(refusal)})
    seat = next((one for one in seats if not one.is_done), None)
    if seat:
        return go_to(request, "evaluation:choose-pair", request.project.slug, panel.public_id, seat.public_id)
    context["before"] = _address(panel, queries.chosen_before(seats, None))
    return render_page(request, "evaluation/pairs_done.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*RATERS)
def choose_pair(request: ProjectRequest, panel_id: UUID, pair_seat_id: UUID) -> HttpResponse:
    """One pair. A choice sent again is a newer one, until the panel is closed."""
    panel = _mine(request, panel_id)
    seats = queries.own_pairs(panel, request.user)
    seat = next((one for one in seats if one.public_id == pair_seat_id), None)
    if seat is None:
        raise Http404
    check_is_open(request.user, panel)
    seat = queries.whole(seat)
    note_sights(user=request.user, items=[seat.pair.a.item_id] if seat.pair else [])
    form = ChoiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _choose_once(request, seat, form)
            return go_to(request, "evaluation:choose", request.project.slug, panel.public_id)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    own = queries.choice_of(seat)
    before = queries.chosen_before(seats, seat)
    said = queries.choice_of(before) if before else None
    context = {
        "panel": panel,
        "shown": queries.shown_pair(seat, request.project),
        "chosen": shown_side(seat, own.better) if own else "",
        "comment": form.data.get("comment", "") if form.is_bound else own.comment if own else "",
        "problems": form.problems() if request.method == "POST" else [],
        "key": uuid4(),
        "done": sum(one.is_done for one in seats),
        "total": len(seats),
        "before": _address(panel, before),
        "said_before": shown_side(before, said.better) if before and said else "",
        "criteria": panel.rubric_version.criteria.all(),
    }
    return render_page(request, "evaluation/choose_pair.html", context, status=422 if request.method == "POST" else 200)


def _choose_once(request: ProjectRequest, seat: PanelSeat, form: ChoiceForm) -> None:
    cleaned = form.cleaned_data
    payload = {"seat": str(seat.public_id), "better": cleaned["better"], "comment": cleaned["comment"]}

    def submit() -> str:
        choice = submit_choice(
            seat=seat, better=cleaned["better"], comment=cleaned["comment"], seconds=cleaned["seconds"],
            by=request.user,
        )  # fmt: skip
        return str(choice.number)

    once(user=request.user, key=cleaned["idempotency_key"], action="choose", payload=payload, do=submit)


def _address(panel: Panel, seat: PanelSeat | None) -> str:
    where = [panel.project.slug, panel.public_id]
    return reverse("evaluation:choose-pair", args=[*where, seat.public_id]) if seat else ""


def _find(request: ProjectRequest, panel_id: UUID) -> Panel:
    pairs = Panel.objects.filter(project=request.project, kind=PanelKind.PAIRS)
    return get_object_or_404(pairs.select_related("project", "rubric_version__rubric"), public_id=panel_id)


def _mine(request: ProjectRequest, panel_id: UUID) -> Panel:
    """A panel in which the person has a part."""
    panel = _find(request, panel_id)
    if not panel.raters.filter(user=request.user).exists():
        raise Http404
    return panel
