"""A gate: each part by itself, what cannot be told, and what held-out gold must not tell."""

import json

import pytest
from django.core.management import call_command

from evaluation.actions.gates import Asked, Stress, hold_gate, stress_named
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.objectives import Wanted, set_objective
from evaluation.actions.prompts import Recipe, write_version
from evaluation.gates.report import Outcome
from evaluation.models import Run
from evaluation.queries.gate_checks import run_checks, stress_check
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import AuditEvent, Look
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_runs():
    """A right run and one without erp, over dev and test; 8 of 24 items on each have erp."""
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 48)
    gold = {
        item.external_id: {"labels": ["erp" if place % 3 == 0 else "crm"], "split": "dev" if place < 24 else "test"}
        for place, item in enumerate(items)
    }
    release = import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)

    def run(name, left_out):
        said = {
            item: {"labels": [{"code": code} for code in one["labels"] if code != left_out]}
            for item, one in gold.items()
        }
        return import_predictions(project=project, name=name, predictions=said, by=None)

    return project, release, run("good", None), run("bad", "erp")


def test_a_run_is_held_against_objective_and_baseline(two_runs):
    project, release, good, bad = two_runs
    objective = set_objective(project=project, name="Daily", wanted=Wanted(min_precision=0.5), by=None)
    asked = Asked(objectives=[objective], baseline=good)
    assert hold_gate(run=good, release=release, split="dev", asked=asked, by=None).outcome == Outcome.PASSED
    report = hold_gate(run=bad, release=release, split="dev", asked=asked, by=None)
    assert [(one.group, one.outcome) for one in report.checks] == [
        ("objective", Outcome.PASSED), ("baseline", Outcome.FAILED),
    ]  # fmt: skip
    assert [(one.code, one.before, one.after, one.support) for one in report.falls] == [("erp", 1.0, 0.0, 8)]
    assert AuditEvent.objects.get(kind="gate.failed").after["against"] == "Not worse than good"
    annotator = make_member(project, Role.ANNOTATOR)
    with pytest.raises(NotAllowed):
        hold_gate(run=bad, release=release, split="dev", asked=asked, by=annotator)


def test_the_test_split_is_looked_at_on_record_and_its_small_cells_stay_hidden(two_runs):
    _, release, good, bad = two_runs
    report = hold_gate(run=bad, release=release, split="test", asked=Asked(baseline=good), by=None)
    assert report.outcome == Outcome.FAILED
    assert report.falls == []
    assert "3 labels of few held-out items are not shown." in report.notes
    assert Look.objects.filter(release=release).count() == 2


def test_a_test_split_that_was_let_go_gates_nothing(two_runs):
    project, release, good, _ = two_runs
    gold = {one.external_id: {"labels": ["crm"]} for one in release.entries.filter(split="test")[:3]}
    spec = FreezeSpec("later", {"dev": 1.0}, retire_test="Ten looks.")
    import_golden(project=project, spec=spec, gold=gold, by=None)
    objective = set_objective(project=project, name="Daily", wanted=Wanted(min_precision=0.5), by=None)
    asked = Asked(objectives=[objective])

    report = hold_gate(run=good, release=release, split="test", asked=asked, by=None)

    assert report.outcome == Outcome.UNSURE
    assert report.with_outcome(Outcome.UNSURE)[0].sentence.startswith(
        "3 of the 24 test items are no longer held out since later@1"
    )
    assert hold_gate(run=good, release=release, split="dev", asked=asked, by=None).outcome == Outcome.PASSED


def test_what_asks_for_nothing_is_refused_and_what_is_missing_cannot_be_told(two_runs):
    _, release, good, _ = two_runs
    for asked in (Asked(), Asked(bank=True), Asked(stress=[Stress()])):
        with pytest.raises(Refused):
            hold_gate(run=good, release=release, split="dev", asked=asked, by=None)
    report = hold_gate(run=good, release=release, split="dev", asked=Asked(no_baseline="None yet."), by=None)
    assert (report.outcome, report.notes) == (Outcome.UNSURE, ["None yet."])
    fake = Run(name="r", state="done", is_simulated=True)
    assert [one.outcome for one in run_checks(fake, 5, allow_simulated=False)] == [Outcome.UNSURE]
    assert run_checks(fake, 5, allow_simulated=True) == []
    paused = Run(name="r", state="paused", state_reason="The budget is used up.")
    assert "The budget is used up." in run_checks(paused, 5, allow_simulated=False)[0].sentence


def test_stress_suites_by_name():
    assert [stress_named(one) for one in ("stress", "typos", "typos@2")] == [
        Stress(), Stress("typos"), Stress("typos", 2),
    ]  # fmt: skip
    for wrong in ("noise", "typos@x"):
        with pytest.raises(Refused):
            stress_named(wrong)

    def drop(strength, low, high):
        return {"strength": strength, "drop": {"value": low + 0.01, "low": low, "high": high, "n": 50}}

    typos = {"strengths": [drop(1, 0.0, 0.04), drop(2, -0.02, 0.08), drop(4, 0.06, 0.2)]}
    kinds = {"typos": typos | {"breakdown_certain": {"strength": 4}}}
    report = {"tolerance": 0.05, "verdict": "breaks", "n": 50, "kinds": kinds, "red_team": {
        "rate": {"value": 0.2, "low": 0.1, "high": 0.3, "n": 50}
    }}  # fmt: skip
    found = [
        stress_check(report, *one).outcome
        for one in (("", None), ("typos", None), ("typos", 1), ("typos", 2), ("typos", 8), ("red_team", None))
    ]
    failed, passed, unsure = Outcome.FAILED, Outcome.PASSED, Outcome.UNSURE
    assert found == [failed, failed, passed, unsure, unsure, failed]
    assert stress_check(None, "", None).outcome == unsure


def test_the_command_runs_the_suite_that_is_named_and_its_exit_code_says_what_came_of_it(
    world, release, provider, at_once, tmp_path
):
    project, by = world
    write_version(project=project, name="tag", recipe=Recipe("chat", "fake-1", "{item}"), by=by)
    file = tmp_path / "gate.json"

    def gate(*more):
        command = ("evaluate", project.slug, "--golden", "g", "--split", "dev", "--gate", "--json", str(file))
        try:
            call_command(*command, *more)
        except SystemExit as left:
            return left.code
        return 0

    prompt = ("--prompt", "tag", "--budget", "1")
    assert gate(*prompt) == 2  # it asks for nothing
    assert gate(*prompt, "--include", "noise@2") == 2
    assert not Run.objects.exists()
    assert gate(*prompt, "--baseline", "@production") == 3
    assert gate(*prompt, "--include", "typos@1") == 3  # four items without a loss show little
    (check,) = json.loads(file.read_text())["checks"]
    assert (check["group"], check["outcome"]) == ("stress", "cannot tell")
    assert "0.000 [−0.602, 0.602], n 4" in check["sentence"]
    assert "72 items without any loss are the least that can show it, and these are 4." in check["sentence"]
    assert check["name"].startswith("Stress: typing errors 1")
    assert {one.perturbation["kind"] for one in Run.objects.exclude(perturbation=None)} == {"typos"}
