"""Outputs settle by themselves, by a reserve, or by an adjudicator; once, and never twice."""

import pytest

from evaluation.actions.panel_ratings import submit_rating
from evaluation.actions.panel_settling import rule_on_output, settle, settle_output
from evaluation.actions.panels import close_panel
from evaluation.enums import OutputState
from evaluation.models import PanelOutput, PanelSeat, SettledScore
from labeling.enums import Role
from labeling.models import Membership
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.panels import make_room


@pytest.mark.parametrize(
    ("rule", "first", "later", "expected"),
    [
        ("median", [3, 3], [], (3.0, "median")),
        ("median", [3, 4], [], (3.5, "median")),
        ("median", [2, 3, 3], [], (3.0, "median")),
        ("median", [3, 5], [], None),
        ("median", [1, 5], [5], (5.0, "third")),
        ("median", [1, 4], [3], (3.0, "third")),
        ("median", [1, 5], [3], None),
        ("median", [3, 4], [1], (3.5, "median")),
        ("majority", [3, 4], [], None),
        ("majority", [4, 4], [], (4.0, "majority")),
        ("majority", [3, 4], [4], (4.0, "third")),
        ("majority", [3, 4], [5], None),
        ("majority", [2, 2, 5], [], (2.0, "majority")),
        ("median", [], [], None),
    ],
)
def test_what_scores_settle_on(rule, first, later, expected):
    assert settle(first, later, rule=rule) == expected


def rate_all(panel, user, relevance, completeness=3):
    seats = PanelSeat.objects.filter(rater__panel=panel, rater__user=user, is_done=False).select_related("rater")
    for seat in seats.order_by("place"):
        submit_rating(seat=seat, scores={"relevance": relevance, "completeness": completeness}, by=user)


@pytest.mark.django_db
def test_an_item_closes_when_all_of_its_outputs_are_rated_by_all():
    room = make_room(items=2)
    panel = room.panel()
    rate_all(panel, room.raters[0], 3)
    assert not SettledScore.objects.exists()

    rate_all(panel, room.raters[1], 4)

    assert set(panel.outputs.values_list("state", flat=True)) == {OutputState.SETTLED}
    assert set(SettledScore.objects.values_list("score", "how")) == {(3.5, "median"), (3.0, "median")}
    output = panel.outputs.first()
    assert settle_output(output=output) == OutputState.SETTLED
    assert output.settled.count() == 2
    seat = PanelSeat.objects.filter(rater__user=room.raters[0]).select_related("rater").first()
    submit_rating(seat=seat, scores={"relevance": 1, "completeness": 1}, by=room.raters[0])  # as if nobody else had
    assert set(SettledScore.objects.values_list("score", "how")) == {(3.5, "median"), (3.0, "median")}


@pytest.mark.django_db
def test_a_reserve_is_asked_then_an_adjudicator_who_has_no_part_says_why():
    room = make_room(items=2)
    panel = room.panel()
    rate_all(panel, room.raters[0], 1)
    rate_all(panel, room.raters[1], 5)
    assert PanelSeat.objects.filter(rater__user=room.reserve).count() == 4
    assert set(panel.outputs.values_list("state", flat=True)) == {OutputState.OPEN}

    rate_all(panel, room.reserve, 3, completeness=1)

    output = panel.outputs.first()
    assert set(panel.outputs.values_list("state", flat=True)) == {OutputState.ESCALATED}
    assert list(output.settled.values_list("criterion__code", "score")) == [("completeness", 3.0)]
    for who in (room.raters[0], room.manager):
        with pytest.raises(NotAllowed):
            rule_on_output(output=output, scores={"relevance": 2}, reason="So", by=who)
    for scores, reason in (({"relevance": 2, "completeness": 2}, "So"), ({"relevance": 2}, " "), ({}, "So")):
        with pytest.raises(Refused):
            rule_on_output(output=output, scores=scores, reason=reason, by=room.judge)
    rule_on_output(output=output, scores={"relevance": 2}, reason="The text says so.", by=room.judge)
    ruled = output.settled.get(criterion__code="relevance")
    assert (ruled.score, ruled.how, ruled.by) == (2.0, "adjudicator", room.judge)
    assert PanelOutput.objects.get(pk=output.pk).state == OutputState.SETTLED
    with pytest.raises(NotAllowed, match="not wait"):
        rule_on_output(output=output, scores={"relevance": 2}, reason="Again", by=room.judge)
    assert close_panel(panel=panel, with_rest=True, by=room.manager).closed_at


@pytest.mark.django_db
def test_an_adjudicator_who_rates_or_sees_runs_cannot_rule():
    room = make_room(items=2)
    panel = room.panel(raters=[room.raters[0], room.judge], reserves=[])
    rate_all(panel, room.raters[0], 1)
    rate_all(panel, room.judge, 5)
    output = panel.outputs.first()
    assert output.state == OutputState.ESCALATED
    with pytest.raises(NotAllowed, match="rate in this panel"):
        rule_on_output(output=output, scores={"relevance": 2}, reason="So", by=room.judge)
    other = room.reserve
    for role in (Role.ADJUDICATOR, Role.ANALYST):
        Membership.objects.create(project=room.project, user=other, role=role)
    with pytest.raises(NotAllowed, match="blind"):
        rule_on_output(output=output, scores={"relevance": 2}, reason="So", by=other)


@pytest.mark.django_db
def test_closing_counts_what_all_have_rated():
    room = make_room(items=2)
    panel = room.panel()
    output = panel.outputs.first()
    for seat in output.seats.select_related("rater__user"):
        submit_rating(seat=seat, scores={"relevance": 3, "completeness": 3}, by=seat.rater.user)
    assert not output.settled.exists()

    close_panel(panel=panel, with_rest=True, by=room.manager)

    assert output.settled.count() == 2
