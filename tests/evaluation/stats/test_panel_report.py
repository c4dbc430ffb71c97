"""The whole report of a panel."""

import json
from dataclasses import replace

from evaluation.stats.panel_report import pairs_report, scores_report
from evaluation.stats.resampling import Plan
from evaluation.stats.win_rate import Chosen
from tests.evaluation.stats.panel_examples import CRITERIA, panel

RUNS = ["a", "b"]


def test_scores_are_reported_with_judges_apart():
    people = panel(items=8)
    judge = [replace(one, rater="model", scores={**one.scores, "complete": 5.0}) for one in people if one.rater == "r0"]

    found = scores_report(people, judge, runs=RUNS, criteria=CRITERIA, plan=Plan(50))

    alone = scores_report(people, [], runs=RUNS, criteria=CRITERIA, plan=Plan(50))
    assert {**found, "judges": []} == alone
    assert found["judges"][0]["above_people"]["complete"]["value"] > 1
    assert [one["rater"] for one in found["raters"]] == ["r0", "r1", "r2"]
    gaps = [row["gap"] for row in found["gaps"]["outputs"]]
    assert gaps == sorted(gaps, reverse=True)
    assert len(gaps) == 20
    json.dumps(found, allow_nan=False)


def test_choices_are_reported_with_judges_apart():
    people = [Chosen(rater, str(item), "a", "b", "abt"[item % 3], item % 2 == 0) for item in range(9) for rater in "rs"]
    judge = [Chosen("model", "1", "a", "b", "a", is_b_first=False)]

    found = pairs_report(people, judge, runs=RUNS, plan=Plan(50))

    assert found["win_rates"][0]["a_wins"]["value"] == 0.5
    assert (found["choices"], found["items"], found["agreement"]["value"]) == (18, 9, 1.0)
    assert found["strengths"]["is_connected"]
    assert found["judges"][0]["choices"] == 1
    json.dumps(found, allow_nan=False)


def test_an_empty_panel_has_no_figures_but_reasons():
    scores = scores_report([], [], runs=RUNS, criteria=CRITERIA, plan=Plan(50))
    pairs = pairs_report([], [], runs=RUNS, plan=Plan(50))

    assert all(one["value"] is None and one["reason"] for one in scores["means"])
    assert pairs["win_rates"][0]["a_wins"]["reason"] == "nothing was rated"
