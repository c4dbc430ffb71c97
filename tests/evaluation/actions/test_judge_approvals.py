"""A judge is allowed for gates by a manager, on figures that pass, for exactly what was compared."""

import pytest
from django.db import DatabaseError, transaction

from evaluation.actions.judge_approvals import approve_judge
from evaluation.actions.panels import close_panel
from evaluation.models import Criterion, JudgeApproval, PanelSeat, Rating, SettledScore
from evaluation.queries.judges import gate, may_gate
from labeling.enums import Role
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.actions.test_judges import judge_of, judged
from tests.evaluation.panels import make_room
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]
SCORES = {"relevance": 4, "completeness": 3}


def rate(panel, scores):
    """All people score alike, and settle so; the panel is closed."""
    seats = PanelSeat.objects.filter(rater__panel=panel, rater__role="rater")
    Rating.objects.bulk_create(Rating(seat=seat, scores=scores, created_at=clock.now()) for seat in seats)
    SettledScore.objects.bulk_create(
        SettledScore(output=output, criterion=criterion, score=scores[criterion.code], how="median",
                     created_at=clock.now())
        for output in panel.outputs.all()
        for criterion in Criterion.objects.filter(version=panel.rubric_version)
    )  # fmt: skip
    close_panel(panel=panel, with_rest=True, by=None)
    panel.refresh_from_db()


def test_an_approval_needs_a_closed_panel_a_manager_and_the_rule_and_holds_for_its_versions_alone(provider, settings):
    settings.RUN_IN_FLIGHT = 8
    provider.answer = lambda body: {**SCORES, "comment": ""}
    room = make_room(items=30)
    panel = room.panel(runs=room.runs[:1])
    rater = judged(room, panel)
    with pytest.raises(NotAllowed, match="close the panel"):
        approve_judge(rater=rater, by=room.manager)
    rate(panel, SCORES)
    rater.refresh_from_db()
    assert gate(rater, criterion="relevance", least=4).verdict == "not_approved"
    with pytest.raises(NotAllowed):
        approve_judge(rater=rater, by=make_member(room.project, Role.ENGINEER))
    made = approve_judge(rater=rater, by=room.manager)
    assert made.figures["passed"]
    assert may_gate(rater.judge, room.version, models_returned=["fake-1-2025"]) == made
    assert may_gate(rater.judge, room.version, models_returned=["fake-2"]) is None
    assert may_gate(judge_of(room, "Otherwise.\n{item}"), room.version) is None
    assert gate(rater, criterion="relevance", least=3.6).verdict == "passed"
    assert gate(rater, criterion="relevance", least=4).verdict == "cannot_tell"  # 30 items of 4 leave 12% open
    assert gate(rater, criterion="relevance", least=4.5).verdict == "failed"
    with pytest.raises(DatabaseError), transaction.atomic():
        JudgeApproval.objects.update(figures={})


def test_a_judge_that_is_far_from_the_people_is_refused(provider, settings):
    settings.RUN_IN_FLIGHT = 8
    provider.answer = lambda body: {"relevance": 1, "completeness": 5, "comment": ""}
    room = make_room(items=30)
    panel = room.panel(runs=room.runs[:1])
    rater = judged(room, panel)
    rate(panel, SCORES)
    rater.refresh_from_db()
    with pytest.raises(Refused, match="omega"):
        approve_judge(rater=rater, by=room.manager)
