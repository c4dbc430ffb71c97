"""Answers of raters to a panel, written as rows, for tests of its figures."""

from evaluation.enums import OutputState, PanelRole, PanelState
from evaluation.models import Choice, PanelPair, PanelRater, PanelSeat, Rating
from reviewapp.common import clock


def rate(panel):
    """Every rater scores every output; the first of each is a point stricter, and run B is better."""
    Rating.objects.bulk_create(
        Rating(seat=seat, scores=_scores(seat), comment="whisper", created_at=clock.now())
        for seat in PanelSeat.objects.filter(rater__panel=panel).select_related("output__panel_run", "rater")
    )


def _scores(seat):
    score = 2 + seat.output.pk % 3 + (seat.output.panel_run.letter == "B") - (seat.place == 1)
    return {"relevance": min(score, 5), "completeness": max(1, score - 1)}


def seat_judge(panel, judge):
    row = PanelRater.objects.create(panel=panel, judge=judge, role=PanelRole.JUDGE)
    for place, output in enumerate(panel.outputs.order_by("pk"), 1):
        seat = PanelSeat.objects.create(rater=row, output=output, place=place)
        Rating.objects.create(seat=seat, scores={"relevance": 5, "completeness": 5}, created_at=clock.now())


def choose(panel):
    """A pair of outputs for each item, and a choice by each rater."""
    for item in panel.outputs.values_list("item", flat=True).distinct():
        a, b = panel.outputs.filter(item=item).order_by("panel_run__letter")
        pair = PanelPair.objects.create(panel=panel, a=a, b=b)
        for rater in panel.raters.exclude(role=PanelRole.RESERVE):
            place = rater.seats.count() + 1000
            seat = PanelSeat.objects.create(rater=rater, pair=pair, place=place, shows_b_first=place % 2 == 0)
            Choice.objects.create(seat=seat, better="abt"[item % 3], created_at=clock.now())


def close(panel):
    panel.outputs.update(state=OutputState.SETTLED)
    panel.state, panel.closed_at = PanelState.CLOSED, clock.now()
    panel.save()
    return panel
