"""The bank beside other figures: its own section on two pages, and gates that name what is lost."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.edge_cases import add_case, start_bank_run
from evaluation.actions.follow_ups import follow_up
from evaluation.actions.objectives import Wanted, set_objective
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, start_run
from evaluation.llm.baseline import Baseline
from evaluation.llm.protocol import Answer, PredictedLabel
from evaluation.queries.edge_cases import OTHER_TEXT, board_of
from evaluation.queries.lessons import texts_for
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.items import write_items
from labeling.enums import Role
from labeling.files.items import ItemRow
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calm")]
RIGHT, WRONG = Answer(labels=()), Answer(labels=(PredictedLabel("crm"),))


@pytest.fixture
def calm(monkeypatch):
    monkeypatch.setattr("evaluation.actions.runs.nudge", lambda *arguments: None)
    monkeypatch.setattr("evaluation.actions.predictions.nudge", lambda *arguments: None)


@pytest.fixture
def lost(monkeypatch):
    """A bank of an open and a held-out case that both passed once and are lost by the newest version."""
    project = make_project()
    make_taxonomy(project)
    dev, held = make_items(project, 2)
    gold = {dev.external_id: {"labels": [], "split": "dev"}, held.external_id: {"labels": [], "split": "test"}}
    release = import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)
    add_case(item=dev, reason="dual", by=None)
    add_case(item=held, reason="language", labels=[], by=None)
    version = write_version(project=project, name="tag", recipe=Recipe("baseline_zero"), by=None)

    def run(says, scope=None):
        monkeypatch.setattr(Baseline, "label_many", lambda model, items: [says for _ in items])
        made = start_run(version=version, scope=scope, by=None) if scope else start_bank_run(version=version, by=None)
        work_on(run_id=made.pk)
        follow_up(run_id=made.pk)
        made.refresh_from_db()
        return made

    good = run(RIGHT, Scope(release, "dev"))
    run(RIGHT, Scope(release, "dev"))
    run(RIGHT)
    newest = run(WRONG)
    return project, release, good, newest, dev, held


def told(capsys, *words):
    """The exit code and the report of a command."""
    code = 0
    try:
        call_command(*words, "--json", "-")
    except SystemExit as left:
        code = left.code
    said = capsys.readouterr()
    return code, json.loads(said.out)["bank"], said.err


def test_gates_of_the_commands_fail_and_name_the_lost_cases(lost, capsys):
    project, release, good, newest, dev, held = lost
    set_objective(project=project, name="Low", wanted=Wanted(min_precision=0.01), by=None)
    of = ["--golden", str(release), "--split", "dev"]
    both = {dev.external_id, held.external_id}

    code, bank, said = told(capsys, "evaluate", project.slug, "--run", good.name, *of, "--objective", "Low")
    assert (code, bank["run"], bank["regressions"], set(bank["lost"])) == (1, newest.name, 2, both)
    assert f"2 edge cases that once passed fail in “{newest.name}”." in said
    assert dev.external_id in said
    code, bank, said = told(capsys, "evaluate", project.slug, "--run", good.name, *of)
    assert (code, bank["regressions"], "edge cases passed: " in said) == (0, 2, True)
    code, bank, said = told(capsys, "compare", project.slug, good.name, good.name + " (2)", *of, "--gate")
    assert (code, set(bank["lost"])) == (1, both)
    assert held.external_id in said
    assert told(capsys, "compare", project.slug, good.name, good.name + " (2)", *of)[0] == 0

    engineer = make_member(project, Role.ENGINEER)  # who fails by both, and reads of one
    words = ["evaluate", project.slug, "--run", good.name, *of, "--objective", "Low", "--by", engineer.email]
    code, bank, said = told(capsys, *words)
    assert (code, bank["regressions"], bank["lost"]) == (1, 2, [dev.external_id])
    assert held.external_id not in said


def test_the_bank_stands_apart_on_the_evaluation_and_coverage_pages(lost, client):
    project, release, good, newest, *_ = lost
    evaluation = evaluate_run(run=good, release=release, split="dev", by=None)
    urls = [
        reverse("evaluation:evaluation", args=[project.slug, evaluation.public_id]),
        reverse("evaluation:coverage", args=[project.slug]),
    ]
    for role, regressions in ((Role.ANALYST, 2), (Role.ENGINEER, 1)):
        client.force_login(make_member(project, role))
        for url in urls:
            page = client.get(url)
            standing = page.context["standing"]
            assert (standing.board.run, len(standing.board.regressions)) == (newest, regressions)
            text = page.content.decode()
            assert "a gate fails on this" in text
            assert reverse("evaluation:bank-run", args=[project.slug, newest.public_id]) in text


def test_runs_on_the_bank_read_the_text_that_was_put_in(lost, client):
    project, _, _, newest, dev, held = lost
    row = ItemRow(dev.external_id, "Other", ({"position": 0, "kind": "text", "text": "It says something else now.",
                                              "source_url": "", "fetched_at": "", "page": None},))  # fmt: skip
    write_items(project=project, rows=[row])
    assert "sells things" in texts_for(newest, [dev.pk])[dev.pk].text
    assert (
        "something else"
        in texts_for(start_run(version=newest.prompt_version, scope=Scope(), by=None), [dev.pk])[dev.pk].text
    )
    items = start_run(version=newest.prompt_version, scope=Scope(), by=None)
    work_on(run_id=items.pk)
    items.refresh_from_db()
    assert {one.case.item_id: one.why for one in board_of(items).cases} == {dev.pk: OTHER_TEXT, held.pk: ""}
    assert not board_of(items).is_whole
    assert [one.why for one in board_of(newest).cases] == ["", ""]
    client.force_login(make_member(project, Role.ANALYST))
    case = dev.edge_cases.get()
    page = client.get(reverse("evaluation:edge-case", args=[project.slug, case.public_id])).content.decode()
    assert "says something else by now" in page
    assert "sells things" in page
