"""Rating outputs, training on anchors, and ruling on what raters left open: blind, and one at a time."""

from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions.panel_ratings import PASS, attempt_of, rate_anchor, submit_rating
from evaluation.actions.panel_settling import open_criteria, rule_on_output
from evaluation.actions.panel_standing import check_can_rule, check_is_open, is_trained
from evaluation.enums import PanelKind
from evaluation.forms.panels import RulingForm, ScoresForm
from evaluation.models import Anchor, AnchorRating, Criterion, Panel, PanelSeat
from evaluation.queries import panel_desk as desk
from evaluation.queries.panels import loaded
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.actions.sights import note_sights
from labeling.enums import Role
from labeling.queries.sights import labelled_blind
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

RATERS = (Role.ANNOTATOR, Role.ADJUDICATOR)


@require_GET
@project_page(*RATERS)
def rate(request: ProjectRequest, panel_id: UUID) -> HttpResponse:
    """The rater's next step: an anchor, an output, or nothing."""
    panel = _mine(request, panel_id)
    slug = request.project.slug
    seats = desk.own_seats(panel, request.user)
    try:
        check_is_open(request.user, panel)
    except NotAllowed as refusal:
        return render_page(request, "evaluation/panel_done.html", {"panel": panel, "refusal": str(refusal)})
    seat = desk.next_seat(seats)
    if seat and not is_trained(request.user, panel.rubric_version):
        left, _ = desk.anchors_left(panel, request.user, attempt_of(panel.rubric_version, request.user))
        return go_to(request, "evaluation:panel-anchor", slug, panel.public_id, left[0].public_id)
    if seat:
        return go_to(request, "evaluation:rate-output", slug, panel.public_id, seat.public_id)
    context = {"panel": panel, "done": sum(one.is_done for one in seats), "last": desk.seat_before(seats, None)}
    return render_page(request, "evaluation/panel_done.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*RATERS)
def rate_output(request: ProjectRequest, panel_id: UUID, panel_seat_id: UUID) -> HttpResponse:
    """One output with the criteria beside it. A rating sent again is a newer one, until the panel is closed."""
    panel = _mine(request, panel_id)
    seats = desk.own_seats(panel, request.user)
    seat = next((one for one in seats if one.public_id == panel_seat_id), None)
    if seat is None or seat.output is None:
        raise Http404
    check_is_open(request.user, panel)
    if not is_trained(request.user, panel.rubric_version):
        return go_to(request, "evaluation:rate", request.project.slug, panel.public_id)
    own = desk.own_rating(seat)
    form = ScoresForm(request.POST or None, criteria=_criteria(panel))
    if request.method == "POST" and form.is_valid():
        try:
            _rate_once(request, seat, form)
            return go_to(request, "evaluation:rate", request.project.slug, panel.public_id)
        except (Refused, NotAllowed) as refusal:
            form.add_error(None, str(refusal))
    before = desk.seat_before(seats, seat)
    note_sights(user=request.user, items=[seat.output.item_id])
    context = _bench(request, panel, form, own.scores if own else {}) | {
        "shown": desk.shown_output(seat.output, request.project),
        "comment": form.data.get("comment", "") if form.is_bound else own.comment if own else "",
        "again": bool(own),
        "done": sum(one.is_done for one in seats),
        "total": len(seats),
        "before": before and reverse(
            "evaluation:rate-output", args=[request.project.slug, panel.public_id, before.public_id]
        ),
    }  # fmt: skip
    return render_page(request, "evaluation/panel_rate.html", context, status=422 if form.is_bound else 200)


def _rate_once(request: ProjectRequest, seat: PanelSeat, form: ScoresForm) -> None:
    cleaned, scores = form.cleaned_data, form.scores()

    def submit() -> str:
        rating = submit_rating(
            seat=seat, scores=scores, comment=cleaned["comment"], seconds=cleaned["seconds"], by=request.user
        )
        return str(rating.number)

    payload = {"seat": str(seat.public_id), "scores": scores, "comment": cleaned["comment"]}
    once(user=request.user, key=cleaned["idempotency_key"], action="rate output", payload=payload, do=submit)


@require_http_methods(["GET", "POST"])
@project_page(*RATERS)
def anchor(request: ProjectRequest, panel_id: UUID, anchor_id: UUID) -> HttpResponse:
    """An anchor to rate; once rated, the agreed scores and why."""
    panel = _mine(request, panel_id)
    check_is_open(request.user, panel)
    found = get_object_or_404(Anchor.objects.select_related("item", "version"), version=panel.rubric_version,
                              public_id=anchor_id)  # fmt: skip
    if labelled_blind(request.project).filter(item=found.item_id).exists():
        raise NotAllowed("The item of this anchor is being labelled. The training goes on when its round is closed.")
    note_sights(user=request.user, items=[found.item_id])
    attempt = attempt_of(panel.rubric_version, request.user)
    form = ScoresForm(request.POST or None, criteria=_criteria(panel))
    if request.method == "POST" and form.is_valid():
        rate_anchor(panel=panel, anchor=found, scores=form.scores(), by=request.user)
        return go_to(request, "evaluation:panel-anchor", request.project.slug, panel.public_id, found.public_id)
    left, total = desk.anchors_left(panel, request.user, attempt)
    mine = AnchorRating.objects.filter(anchor=found, rater=request.user).order_by("-attempt").first()
    is_due = found.pk in {one.pk for one in left}
    just_ended = mine is not None and mine.attempt < attempt  # the attempt is over, and the next one has not begun
    if mine and (not is_due or (just_ended and len(left) == total and "again" not in request.GET)):
        return _feedback(request, panel, found, mine)
    context = _bench(request, panel, form, {}) | {
        "shown": desk.shown_anchor(found, request.project),
        "done": total - len(left),
        "total": total,
        "is_anchor": True,
        "passes_at": PASS,
    }
    return render_page(request, "evaluation/panel_rate.html", context, status=422 if form.is_bound else 200)


def _feedback(request: ProjectRequest, panel: Panel, found: Anchor, mine: AnchorRating) -> HttpResponse:
    attempt = attempt_of(panel.rubric_version, request.user)
    left, total = desk.anchors_left(panel, request.user, attempt)
    rows = [
        {"name": one.name, "mine": mine.scores[one.code], "agreed": found.scores[one.code],
         "is_near": abs(mine.scores[one.code] - found.scores[one.code]) <= 1,
         "meaning": one.points[found.scores[one.code] - 1]}
        for one in _criteria(panel)
    ]  # fmt: skip
    passed = is_trained(request.user, panel.rubric_version)
    again = not passed and len(left) == total
    where = reverse("evaluation:rate", args=[request.project.slug, panel.public_id])
    if again:
        first = reverse("evaluation:panel-anchor", args=[request.project.slug, panel.public_id, left[0].public_id])
        where = f"{first}?again=1"
    context = {
        "panel": panel, "shown": desk.shown_anchor(found, request.project), "rows": rows, "why": found.why,
        "passed": passed, "again": again, "left": len(left), "next": where, "passes_at": PASS,
    }  # fmt: skip
    return render_page(request, "evaluation/panel_feedback.html", context)


@require_GET
@project_page(Role.ADJUDICATOR)
def rulings(request: ProjectRequest, panel_id: UUID) -> HttpResponse:
    """What waits for an adjudicator who has no part in the panel."""
    panel = _panel(request, panel_id)
    check_can_rule(request.user, panel)
    context = {"panel": panel, "outputs": desk.waiting_with_open(panel)}
    return render_page(request, "evaluation/panel_rulings.html", context)


@require_http_methods(["GET", "POST"])
@project_page(Role.ADJUDICATOR)
def ruling(request: ProjectRequest, panel_id: UUID, output_id: UUID) -> HttpResponse:
    """One output that raters left open, with what they said under letters."""
    panel = _panel(request, panel_id)
    check_can_rule(request.user, panel)
    output = get_object_or_404(desk.ruled(panel).select_related("item", "panel"), public_id=output_id)
    note_sights(user=request.user, items=[output.item_id])
    left = open_criteria(output)
    form = RulingForm(request.POST or None, criteria=left)
    if request.method == "POST" and form.is_valid():
        rule_on_output(output=output, scores=form.scores(), reason=form.cleaned_data["reason"], by=request.user)
        if following := desk.waiting_for_ruling(panel):
            return go_to(
                request, "evaluation:panel-ruling", request.project.slug, panel.public_id, following[0].public_id
            )
        return go_to(request, "evaluation:panel-rulings", request.project.slug, panel.public_id)
    codes = {one.code for one in left}
    questions = desk.questions(panel.rubric_version_id, form.given() if form.is_bound else None)
    context = {
        "panel": panel, "shown": desk.shown_output(output, request.project),
        "opinions": desk.opinions(output), "criteria": _criteria(panel),
        "questions": [one for one in questions if one.criterion.code in codes],
        "problems": form.problems() if form.is_bound else [], "reason": form.data.get("reason", ""),
        "key": uuid4(), "open_codes": codes, "left_over": len(desk.waiting_for_ruling(panel)) - 1,
    }  # fmt: skip
    return render_page(request, "evaluation/panel_ruling.html", context, status=422 if form.is_bound else 200)


def _bench(request: ProjectRequest, panel: Panel, form: ScoresForm, scores: dict[str, int]) -> dict[str, Any]:
    """What the rating screen shows beside the output."""
    given = form.given() if form.is_bound else scores
    return {
        "panel": panel,
        "questions": desk.questions(panel.rubric_version_id, given),
        "problems": form.problems() if form.is_bound else [],
        "key": uuid4(),
    }


def _criteria(panel: Panel) -> list[Criterion]:
    return list(panel.rubric_version.criteria.all())


def _panel(request: ProjectRequest, panel_id: UUID) -> Panel:
    scored = loaded().filter(project=request.project, kind=PanelKind.SCORES)
    return get_object_or_404(scored, public_id=panel_id)


def _mine(request: ProjectRequest, panel_id: UUID) -> Panel:
    """A panel in which the person has a part."""
    panel = _panel(request, panel_id)
    if not panel.raters.filter(user=request.user).exists():
        raise Http404
    return panel
