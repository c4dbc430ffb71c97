"""What next? Each branch of the decision tree from the state that asks for it, with its numbers and its start."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from evaluation.queries.whatnext import steps_for, steps_of
from evaluation.queries.whatnext_state import State
from evaluation.stats.types import Estimate

NOW = datetime(2026, 3, 10, tzinfo=UTC)
F1 = {"value": 0.8, "low": 0.7, "high": 0.9, "n": 50}


class Named(SimpleNamespace):
    """A row, as far as the rules read it."""

    def __str__(self):
        return self.name


def version(pk, number, model="fake-1"):
    return Named(pk=pk, name=f"ask@{number}", prompt_id=1, model=model, created_at=NOW)


def run(pk, of=1, **more):
    return Named(
        pk=pk, name=f"run {pk}", public_id=f"r{pk}", prompt_version_id=of, prompt_version=version(of, of), total=50,
        is_simulated=False, **more,
    )  # fmt: skip


def scored(pk, of):
    report = {"micro": {"f1": F1, "precision": F1}, "labels": {"new": {"recall": F1, "support": 3}}}
    return Named(
        pk=pk, name="", public_id=f"e{pk}", run=run(pk, of), run_id=pk, release_id=1, created_at=NOW, report=report
    )


def state(**more):
    """A project in which everything is done."""
    current = scored(1, 1)
    taxonomy = Named(pk=1, name="", number=1)
    calm = {
        "project": Named(name="p", slug="p", agreement_objective=0.667),
        "has_items": True, "taxonomy": taxonomy, "round": None, "unsettled": 0, "agreement": None,
        "release": Named(
            pk=1, name="gold@1", public_id="g1", taxonomy_version_id=1, counts={"splits": {"dev": 50, "fewshot": 5}}
        ),
        "versions": [version(1, 1)], "production": {}, "scored": {1: current}, "going": [], "unscored": [],
        "compared": set(), "current": current, "calibration": {"measures": {}}, "has_triage": False,
        "certificate": object(), "model_change": None, "panelled": set(), "bank_run": None, "bank": {},
        "objective": None,
        "cost": None,
    }  # fmt: skip
    return State(**(calm | more))


@pytest.fixture(autouse=True)
def addresses(monkeypatch):
    monkeypatch.setattr("evaluation.queries.whatnext.reverse", lambda name, args: f"{name}:{'/'.join(map(str, args))}")


def only(**more):
    (found,) = steps_of(state(**more))
    return found


def test_where_all_is_done_nothing_is_next():
    assert steps_of(state()) == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"has_items": False}, "items"),
        ({"taxonomy": None}, "taxonomy"),
        ({}, "gold"),
        ({"round": Named(name="r", public_id="x"), "unsettled": 3}, "settle"),
        ({"round": Named(name="r", public_id="x")}, "freeze"),
    ],
)
def test_a_new_project_is_led_to_its_first_release(more, code):
    nothing = {"release": None, "scored": {}, "current": None, "versions": [], "certificate": None}
    assert only(**nothing, **more).code == code


def test_without_a_scored_run_the_baseline_is_one_post_away():
    start = only(scored={}, current=None, versions=[]).starts[0]
    assert (start.url, start.fields["prompt"], start.fields["on"]) == (
        "evaluation:new-run:p",
        "baseline-few",
        "gold@1:dev",
    )


def test_agreement_below_the_objective_says_whether_that_is_sure():
    def said(low, high):
        report = {"alpha": {"masi": {"value": 0.6, "low": low, "high": high, "n": 40}}}
        return only(round=Named(name="r", public_id="x"), agreement=Named(name="", report=report)).why

    assert "the interval lies below it" in said(0.5, 0.65)
    assert "though the interval holds it" in said(0.5, 0.7)


def test_engineers_are_told_nothing_of_agreement():
    report = {"alpha": {"masi": {"value": 0.6, "low": 0.5, "high": 0.65, "n": 40}}}
    told = state(round=Named(name="r", public_id="x"), agreement=Named(name="", report=report))
    assert not steps_for(told, ["engineer"])
    assert [step.code for step, _ in steps_for(told, ["analyst"])] == ["agreement"]
    assert [step.code for step, _ in steps_for(told, None)] == ["agreement"]


def test_a_new_version_is_run_then_compared_then_done():
    two = [version(2, 2), version(1, 1)]
    first = only(versions=two)
    assert (first.title, first.starts[0].fields["prompt"]) == ("A/B: ask@2 against ask@1", "ask@2")
    assert (only(versions=two, going=[run(9, 2)]).starts, only(versions=two, going=[run(9, 2)]).waits) == ([], "run 9")
    both = {1: scored(1, 1), 2: scored(2, 2)}
    start = only(versions=two, scored=both).starts[0]
    assert (start.fields["a"], start.fields["b"], start.fields["on"]) == ("r1", "r2", "gold@1:dev")
    assert steps_of(state(versions=two, scored=both, compared={frozenset({1, 2})})) == []


def test_it_stands_against_the_one_in_production_not_a_draft_between():
    three = [version(3, 3), version(2, 2), version(1, 1)]
    assert only(versions=three, production={1: 1}).title == "A/B: ask@3 against ask@1"


def test_a_changed_model_is_measured_by_machine_then_by_people():
    event = SimpleNamespace(at=NOW, after={"prompt": "ask@1", "models": ["b"]}, before={"models": ["a"]})
    old = Named(**(vars(scored(1, 1)) | {"created_at": datetime(2026, 3, 1, tzinfo=UTC)}))
    first = only(model_change=event, scored={1: old})
    assert "answers ask@1 with b since 10 Mar 2026; it was a" in first.why
    assert "uses_cache" not in first.starts[0].fields
    second = only(model_change=event)
    assert [one.url for one in second.starts] == ["evaluation:new-panel:p?runs=r1"]
    assert steps_of(state(model_change=event, panelled={1})) == []


def test_new_labels_ask_for_gold_and_then_for_their_recall():
    labels = [Named(code="new", name="New")]
    behind = only(new_labels=labels, taxonomy=Named(pk=2, name="", number=2))
    assert (behind.title, behind.figures[1].count) == ("Expand for new labels", 0)
    thin = only(new_labels=labels)
    assert (thin.title, thin.figures[1].estimate) == ("Test recall on new labels", F1)


def test_failing_cases_are_clustered_and_the_cost_is_held_against_the_target():
    cases = only(bank_run=run(5), bank={"passed": 6, "failed": 3, "unanswered": 1})
    assert (cases.figures[0].estimate["value"], cases.figures[0].estimate["n"]) == (0.6, 10)
    assert cases.starts[0].fields == {"evaluation": "e1"}
    objective = Named(name="Sales", max_cost=0.4)
    assert steps_of(state(objective=objective, cost=Estimate(0.39, None, None, 50))) == []
    dear = only(objective=objective, cost=Estimate(0.41, None, None, 50))
    assert [one.url for one in dear.starts] == ["evaluation:new-grid:p?prompt=ask%401", "evaluation:cost-accuracy:p"]


def test_uncalibrated_comes_before_uncertified_and_roles_see_their_own_starts():
    assert only(calibration=None, certificate=None).code == "calibration"
    ((step, mine),) = steps_for(state(certificate=None), ["manager"])
    ((_, theirs),) = steps_for(state(certificate=None), ["analyst"])
    assert (step.code, len(mine), theirs) == ("certificate", 1, [])
