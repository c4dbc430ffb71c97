"""A model chooses between pairs: asked both ways round, apart from people, and with nothing told while they choose."""

import json

import pytest
from django.db import DatabaseError, transaction

from evaluation.actions.judge_approvals import approve_judge
from evaluation.actions.judges import collect_ratings, start_judge, stop_judge
from evaluation.actions.panel_pairs import submit_choice
from evaluation.actions.panelboard import measure_panel
from evaluation.actions.panels import close_panel
from evaluation.enums import PanelKind, RunState
from evaluation.models import Choice, OrderedChoice, PanelSeat
from evaluation.queries.judges import comparison, gate, judge_cost, runs_of, standing_of_judge
from evaluation.queries.panel_pairs import choices_of
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.actions.test_judges import judge_of, judged
from tests.evaluation.panels import SECRET_RUNS, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def prefers_erp(body):
    """The output that says erp, wherever it stands."""
    said = body["messages"][1]["content"]
    return {"better": "X" if '"erp"' in said.partition("Output Y")[0] else "Y", "comment": "so"}


@pytest.fixture
def room(provider):
    provider.answer = prefers_erp
    return make_room(items=2)


def close(panel):
    close_panel(panel=panel, with_rest=True, by=None)
    panel.refresh_from_db()


def test_it_is_asked_both_ways_blind_and_counts_apart(room, provider):
    panel = room.panel(kind=PanelKind.PAIRS, reserves=[])
    version = judge_of(room)
    cost = judge_cost(panel, version)
    rater = judged(room, panel)
    assert (cost.outputs, cost.calls, len(provider.requests)) == (2, 4, 4)
    assert standing_of_judge(rater).spent_usd <= cost.most_usd
    sent = json.dumps([one["body"] for one in provider.requests])
    assert not any(secret in sent for secret in (*SECRET_RUNS, "0.97", "0.41"))
    assert [one["body"]["messages"][1]["content"].index('"erp"') < one["body"]["messages"][1]["content"].index('"crm"')
            for one in provider.requests].count(True) == 2  # fmt: skip
    erp = panel.runs.get(run=room.runs[0]).letter
    better = "a" if erp == "A" else "b"
    assert set(Choice.objects.filter(seat__rater=rater).values_list("better", flat=True)) == {better}
    assert OrderedChoice.objects.filter(seat__rater=rater).count() == 4
    assert comparison(rater)["pairs"] is None
    with pytest.raises(DatabaseError), transaction.atomic():
        OrderedChoice.objects.update(better="t")

    for seat in PanelSeat.objects.filter(rater__panel=panel, rater__judge=None).select_related("rater__user"):
        submit_choice(seat=seat, better="left", by=seat.rater.user)
    close(panel)
    rater.refresh_from_db()
    found = comparison(rater)["pairs"]
    assert (found["pairs"], found["consistent"]["value"], found["position"]["value"]) == (2, 1.0, 0.5)
    assert found["win_rates"][0]["judge"]["value"] == (1.0 if better == "a" else 0.0)
    report = measure_panel(panel=panel).report
    assert report["choices"] == PanelSeat.objects.filter(rater__panel=panel, rater__judge=None, is_done=True).count()
    assert "position" not in report["judges"][0]
    assert {row["side"] for row in choices_of(panel, with_names=False) if row["is_judge"]} == {""}
    with pytest.raises(NotAllowed, match="never approved"):
        approve_judge(rater=rater, by=room.manager)
    with pytest.raises(Refused, match="between pairs"):
        gate(rater, criterion="relevance", least=3)


def test_one_that_follows_the_place_says_a_tie_and_has_the_bias(room, provider):
    provider.answer = lambda body: {"better": "X", "comment": ""}
    panel = room.panel(kind=PanelKind.PAIRS, reserves=[])
    rater = judged(room, panel)
    close(panel)
    rater.refresh_from_db()
    found = comparison(rater)["pairs"]
    assert (found["position"]["value"], found["consistent"]["value"], found["first"]) == (1.0, 0.0, 2)
    assert set(Choice.objects.filter(seat__rater=rater).values_list("better", flat=True)) == {"t"}


def test_an_answer_that_is_no_choice_leaves_its_pair_open(room, provider):
    provider.script = [{"content": '{"better": "both", "comment": ""}'}]
    rater = judged(room, room.panel(kind=PanelKind.PAIRS, reserves=[]))
    standing = standing_of_judge(rater)
    assert (standing.rated, standing.outputs, len(provider.requests)) == (1, 2, 4)
    assert standing.failed == {"invalid_output": 1}
    assert collect_ratings(rater) == 0


def test_a_judge_that_is_stopped_keeps_what_it_said(room, provider):
    panel = room.panel(kind=PanelKind.PAIRS, reserves=[])
    rater = start_judge(panel=panel, version=judge_of(room), budget_usd=1, by=None)
    stop_judge(rater=rater, by=room.manager)
    assert [run.state for run in runs_of(rater)] == [RunState.CANCELLED]
    with pytest.raises(NotAllowed):
        stop_judge(rater=rater, by=room.raters[0])
