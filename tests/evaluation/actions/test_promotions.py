"""What versions are used for: the gate, the looks at test, the way back; and what the database refuses."""

import json
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from evaluation.actions.follow_ups import follow_up
from evaluation.actions.objectives import Wanted, set_objective
from evaluation.actions.predictions import work_on
from evaluation.actions.promotions import ask_for_look, make_candidate, promote, retire, roll_back
from evaluation.actions.prompts import Recipe, write_version
from evaluation.enums import RunOrigin, RunState
from evaluation.models import Evaluation, Promotion, PromptVersion, Run
from evaluation.queries.promotions import gate_of, looks_used, status_of
from evaluation.queries.training_exports import GivenOut
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import AuditEvent, Look, TrainingExport
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]
WHY = "Sales needs it before the fair on Monday."


@pytest.fixture(autouse=True)
def _few_figures(monkeypatch):
    """The parts of an evaluation beyond its scores take a second each, and nothing here reads them."""
    monkeypatch.setattr("evaluation.actions.reports.analyse_all", lambda evaluation: [])
    monkeypatch.setattr("evaluation.actions.promotions.start_suite", lambda **wanted: None)


class World:
    """A prompt of the built-in baseline, with gold that it gets right, or not."""

    def __init__(self, *, is_right=True):
        self.project = make_project()
        make_taxonomy(self.project)
        self.manager = make_member(self.project, Role.MANAGER)
        self.engineer = make_member(self.project, Role.ENGINEER)
        gold = {
            item.external_id: {"labels": [] if is_right else ["crm"], "split": split}
            for split in ("dev", "test")
            for item in make_items(self.project, 4)
        }
        self.release = import_golden(project=self.project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)
        wanted = Wanted(min_precision=None, max_cost=1.0)
        set_objective(project=self.project, name="Sales", wanted=wanted, by=self.manager)

    def version(self, number):
        recipe = Recipe("baseline_zero", parameters={"threshold": number})
        return write_version(project=self.project, name="tag", recipe=recipe, by=None)

    def looked_at(self, number=1):
        """A version that was scored on dev and has had its look at test."""
        version = self.version(number)
        make_candidate(version=version, by=self.engineer)
        self.work()
        ask_for_look(version=version, by=self.manager)
        self.work()
        return version

    def work(self):
        for run in Run.objects.filter(state=RunState.QUEUED):
            work_on(run_id=run.pk)
            follow_up(run_id=run.pk)


def cheap(monkeypatch, *, is_passed=True):
    """A gate that passes or not, whatever the figures: the baseline states no cost that could be held against it."""
    from evaluation.queries import promotions
    from evaluation.stats.standing import Requirement, stand
    from evaluation.stats.types import Estimate

    said = stand([Requirement("Precision", Estimate(0.9, 0.85, 0.95, 20), 0.8 if is_passed else 0.99)])
    monkeypatch.setattr(promotions, "standing_of", lambda objective, evaluation: said)


def test_a_candidate_is_run_and_scored_on_dev_by_itself():
    world = World()
    version = world.version(1)
    assert status_of(version) == "draft"

    first = make_candidate(version=version, by=world.engineer, reason="shorter")
    world.work()

    assert (status_of(version), first.created_by) == ("candidate", world.engineer)
    assert make_candidate(version=version, by=world.engineer) == first
    run = Run.objects.get()
    assert (run.origin, run.split, run.state) == (RunOrigin.CANDIDATE, "dev", RunState.DONE)
    assert Evaluation.objects.get().split == "dev"
    assert not Look.objects.exists()


def test_a_candidate_is_stressed_beside_it_and_stands_where_it_cannot_be(monkeypatch):
    world = World()
    asked = []
    monkeypatch.setattr("evaluation.actions.promotions.start_suite", lambda **wanted: asked.append(wanted))
    first, second = world.version(1), world.version(2)
    make_candidate(version=first, by=world.engineer)
    assert [(one["version"], one["release"], one["by"]) for one in asked] == [(first, world.release, world.engineer)]

    def refuse(**wanted):
        raise Refused("No text is long enough.")

    monkeypatch.setattr("evaluation.actions.promotions.start_suite", refuse)
    make_candidate(version=second, by=world.engineer)
    assert status_of(second) == "candidate"
    assert AuditEvent.objects.get(kind="suite.not_started").after["why"] == "No text is long enough."


def test_production_takes_a_look_that_passes_and_retires_what_was_there(monkeypatch):
    cheap(monkeypatch)
    world = World()
    first, second = world.looked_at(1), world.looked_at(2)
    assert [look.by for look in Look.objects.all()] == [world.manager] * 2
    assert ask_for_look(version=first, by=world.manager).origin == RunOrigin.PROMOTION  # the one there is

    made = promote(version=first, by=world.manager)
    promote(version=second, by=world.manager)

    assert (made.is_override, made.objective.name, made.standing["verdict"]) == (False, "Sales", "met")
    assert made.evaluation.split == "test"
    assert (status_of(first), status_of(second)) == ("retired", "production")
    assert looks_used(first.prompt, world.release) == 2 == Look.objects.count()
    back = roll_back(prompt=first.prompt, by=world.manager)
    assert (back.is_rollback, back.evaluation_id) == (True, made.evaluation_id)
    assert (status_of(first), status_of(second)) == ("production", "retired")
    with pytest.raises(Refused, match="nothing to go back to"):
        roll_back(prompt=first.prompt, by=world.manager)
    retire(version=first, by=world.manager, reason="done with")
    assert roll_back(prompt=first.prompt, by=world.manager).version == first


def test_a_gate_that_fails_needs_a_manager_with_a_reason(monkeypatch):
    cheap(monkeypatch, is_passed=False)
    world = World()
    version = world.version(1)
    with pytest.raises(Refused, match="dev first"):
        promote(version=version, by=world.manager)
    make_candidate(version=version, by=world.engineer)
    world.work()
    with pytest.raises(Refused, match="one look at test"):
        promote(version=version, by=world.manager, override=True, reason=WHY)
    for step in (ask_for_look, promote, lambda **more: roll_back(prompt=version.prompt, by=more["by"])):
        with pytest.raises(NotAllowed):
            step(version=version, by=world.engineer)
    ask_for_look(version=version, by=world.manager)
    with pytest.raises(Refused, match="not done yet"):
        promote(version=version, by=world.manager, override=True, reason=WHY)
    world.work()
    for more in ({}, {"reason": WHY}, {"override": True, "reason": "because"}):
        with pytest.raises(Refused, match="missed"):
            promote(version=version, by=world.manager, **more)
    assert status_of(version) == "candidate"

    made = promote(version=version, by=world.manager, override=True, reason=WHY)

    assert (made.is_override, made.reason, made.standing["verdict"]) == (True, WHY, "missed")
    event = AuditEvent.objects.get(kind="prompt.production")
    assert event.after == {"prompt": "tag@1", "status": "production", "reason": WHY, "is_override": True}
    with pytest.raises(NotAllowed):
        retire(version=version, by=world.engineer)


def test_what_nobody_said_is_good_enough_or_was_simulated_passes_no_gate(monkeypatch):
    world = World()
    version = world.looked_at()
    assert "cannot tell yet" in gate_of(version).obstacle or "not measured" in gate_of(version).obstacle
    world.project.objectives.update(is_default=False)
    assert "no default objective" in gate_of(version).obstacle
    world.project.objectives.update(is_default=True)
    cheap(monkeypatch)
    gate = gate_of(version)
    assert gate.is_passed
    gate.run.is_simulated = True
    assert "simulator" in gate.obstacle


def test_a_model_that_may_know_the_test_items_passes_no_gate(monkeypatch):
    cheap(monkeypatch)
    world = World()
    version = world.looked_at()
    gate = gate_of(version)
    assert (gate.is_passed, gate.notes) == (True, [])
    file = TrainingExport(number=3)
    untold = replace(gate, training=GivenOut("ft:small", items=4, given=2, learned=0, untold=2, files=[file]))
    assert "2 of them in files of which nobody has said whether “ft:small” was trained" in untold.obstacle
    told = replace(gate, training=GivenOut("ft:small", items=4, given=2, learned=2, untold=0, files=[]))
    assert told.is_passed
    assert told.notes[0].endswith("the 2 that “ft:small” was trained with are left out of its figures.")

    gold = {entry.external_id: {"labels": []} for entry in world.release.entries.filter(split="test")}
    spec = FreezeSpec("later", {"dev": 1.0}, retire_test="Ten looks.")
    import_golden(project=world.project, spec=spec, gold=gold, by=None)
    assert gate_of(version).obstacle.startswith("4 of the 4 test items are no longer held out since later@1")
    with pytest.raises(Refused, match="no longer held out"):
        promote(version=version, by=world.manager)
    assert promote(version=version, by=world.manager, override=True, reason=WHY).is_override


def test_looks_at_test_are_budgeted_and_a_look_that_was_made_stays_made(monkeypatch):
    cheap(monkeypatch, is_passed=False)
    monkeypatch.setattr("evaluation.actions.promotions.MOST_LOOKS", 1)
    world = World()
    version, second = world.version(1), world.version(2)
    for one in (version, second):
        make_candidate(version=one, by=world.engineer)
    world.work()
    run = ask_for_look(version=version, by=world.manager)
    assert looks_used(version.prompt, world.release) == 1  # asked for
    work_on(run_id=run.pk)  # and its follow-up was lost

    with pytest.raises(Refused, match="missed"):
        promote(version=version, by=world.manager)

    assert Look.objects.get().subject == run.name
    assert looks_used(version.prompt, world.release) == 1
    with pytest.raises(Refused, match="1 times, of 1"):
        ask_for_look(version=second, by=world.manager)
    assert not Run.objects.filter(prompt_version=second, split="test").exists()


def refused(change):
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def test_the_database_keeps_one_status_a_version_one_production_a_prompt_and_all_of_its_history(monkeypatch):
    cheap(monkeypatch)
    world = World()
    first, second = world.looked_at(1), world.looked_at(2)
    other = write_version(project=world.project, name="other", recipe=Recipe("baseline_zero"), by=None)
    made = promote(version=first, by=world.manager)
    row = {"prompt": first.prompt, "created_at": clock.now()}
    look = gate_of(second).evaluation
    Promotion.objects.filter(version=second).update(is_current=False)

    refused(lambda: Promotion.objects.create(**row, version=first, status="candidate"))
    refused(lambda: Promotion.objects.create(**row, version=second, status="production", evaluation=look))
    refused(lambda: Promotion.objects.create(**row, version=second, status="production", is_current=False))
    refused(lambda: Promotion.objects.create(**row, version=second, status="retired", is_override=True))
    refused(lambda: Promotion.objects.create(**row, version=other, status="candidate"))
    refused(lambda: Promotion.objects.create(**row, version=second, status="retired", evaluation=made.evaluation))
    refused(lambda: Promotion.objects.filter(pk=made.pk).update(reason="x"))
    refused(lambda: Promotion.objects.filter(pk=made.pk).update(is_current=False, standing=None))
    refused(lambda: Promotion.objects.filter(version=second).update(is_current=True))
    refused(lambda: Promotion.objects.filter(pk=made.pk)._raw_delete("default"))


def test_the_command_line_writes_proposes_promotes_and_lists(monkeypatch, tmp_path, capsys):
    cheap(monkeypatch)
    world = World()
    slug = world.project.slug

    def say(*arguments):
        try:
            call_command(*arguments)
        except SystemExit as left:
            return left.code
        return 0

    template = tmp_path / "template.txt"
    template.write_text("{item}")
    write = ("write_prompt", slug, "ask", "--model", "m", "--template", str(template))
    assert say(*write, "--set", "few_shot=2", "--set", "retrieve.method=bm25") == 0
    assert say(*write, "--set", "few_shots=2") == 2
    asked = PromptVersion.objects.get(prompt__name="ask")
    assert asked.parameters == {"few_shot": 2, "retrieve": {"method": "bm25"}}
    for number in (1, 2):
        world.version(number)
    for number in (1, 2):
        assert say("promote", slug, f"tag@{number}", "production") == 2  # not scored on dev
        assert say("promote", slug, f"tag@{number}", "candidate", "--wait") == 0
        assert say("promote", slug, f"tag@{number}", "production") == 3  # the look is under way
        assert say("promote", slug, f"tag@{number}", "production", "--wait") == 0
    assert say("roll_back", slug, "tag", "--reason", "slow") == 0
    cheap(monkeypatch, is_passed=False)
    assert say("promote", slug, "tag@2", "production") == 1
    assert say("promote", slug, "tag@2", "production", "--override", "--reason", WHY) == 0
    capsys.readouterr()
    assert say("prompts", slug, "--json", "-") == 0
    rows = json.loads(capsys.readouterr().out)["prompts"]["tag"]
    assert [(row["version"], row["status"]) for row in rows] == [("tag@2", "production"), ("tag@1", "retired")]
    assert rows[0]["dev"]["micro_f1"]["reason"]
