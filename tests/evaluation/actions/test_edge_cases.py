"""The bank: who puts in what, what a run made of it, and the gate that fails on what once passed."""

import json

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from evaluation.actions.edge_cases import add_case, record_verdicts, retire_case, set_labels, start_bank_run
from evaluation.actions.follow_ups import follow_up
from evaluation.actions.predictions import work_on
from evaluation.actions.promotions import make_candidate
from evaluation.actions.prompts import Recipe, write_version
from evaluation.llm.baseline import Baseline
from evaluation.llm.protocol import Answer, PredictedLabel
from evaluation.models import CaseLabels, CaseVerdict, EdgeCase, Promotion, Run
from evaluation.queries.edge_cases import board_of, cases_for
from evaluation.queries.promotions import gate_of
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


@pytest.fixture
def bank(monkeypatch):
    monkeypatch.setattr("evaluation.actions.promotions.start_suite", lambda **wanted: None)
    return Bank()


class Bank:
    """A project whose items are one on dev, one held out, one without gold; the baseline says none applies."""

    def __init__(self):
        self.project = make_project()
        make_taxonomy(self.project)
        self.people = {role: make_member(self.project, role) for role in Role}
        self.dev, self.held, self.free = make_items(self.project, 3)
        gold = {
            self.dev.external_id: {"labels": [], "split": "dev"},
            self.held.external_id: {"labels": ["erp"], "split": "test"},
        }
        self.release = import_golden(project=self.project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)

    def version(self, threshold=1):
        recipe = Recipe("baseline_zero", parameters={"threshold": threshold})
        return write_version(project=self.project, name="tag", recipe=recipe, by=None)

    def run(self, version=None):
        run = start_bank_run(version=version or self.version(), by=self.people[Role.ENGINEER])
        return self.finish(run)

    def finish(self, run):
        work_on(run_id=run.pk)
        follow_up(run_id=run.pk)
        run.refresh_from_db()
        return run


def test_engineers_put_in_what_is_on_dev_and_are_told_the_same_of_all_else(bank):
    engineer = bank.people[Role.ENGINEER]
    case = add_case(item=bank.dev, reason="dual", by=engineer, note="  two  ")
    assert add_case(item=bank.dev, reason="other", by=engineer) == case
    told = set()
    for item in (bank.held, bank.free):
        with pytest.raises(Refused) as refusal:
            add_case(item=item, reason="dual", labels=["crm"], by=engineer)
        told.add(str(refusal.value))
    assert len(told) == 1
    told = set()
    for item in (bank.held, bank.free):  # nor does an analyst learn which of the two is held out, or its gold
        with pytest.raises(Refused) as refusal:
            add_case(item=item, reason="dual", by=bank.people[Role.ANALYST])
        told.add(str(refusal.value))
    assert len(told) == 1
    with pytest.raises(NotAllowed):
        add_case(item=bank.dev, reason="dual", by=bank.people[Role.ANNOTATOR])
    assert EdgeCase.objects.count() == 1
    assert AuditEvent.objects.get(kind="case.added").after["reason"] == "dual"


def test_labels_are_corrected_by_new_rows_and_nothing_is_deleted(bank):
    analyst = bank.people[Role.ANALYST]
    case = add_case(item=bank.free, reason="language", labels=["crm", "crm"], by=analyst)
    with pytest.raises(Refused, match="no label"):
        set_labels(case=case, labels=["nothing"], why="x", by=analyst)
    with pytest.raises(Refused, match="why"):
        set_labels(case=case, labels=["erp"], why=" ", by=analyst)
    with pytest.raises(NotAllowed):
        set_labels(case=case, labels=["erp"], why="x", by=bank.people[Role.ENGINEER])
    set_labels(case=case, labels=["erp"], why="It sells ERP.", by=bank.people[Role.ADJUDICATOR])
    assert list(case.revisions.order_by("number").values_list("labels", flat=True)) == [["crm"], ["erp"]]
    retire_case(case=case, why="The site is gone.", by=analyst)
    with pytest.raises(NotAllowed):
        retire_case(case=case, why="again", by=analyst)
    for break_it in (lambda: case.delete(), lambda: CaseLabels.objects.update(labels=[])):
        with pytest.raises(IntegrityError), transaction.atomic():
            break_it()
    assert add_case(item=bank.free, reason="language", labels=[], by=analyst) != case


def test_what_once_passed_and_fails_now_is_a_regression_and_fails_the_gate(bank, capsys, monkeypatch):
    manager = bank.people[Role.MANAGER]
    case = add_case(item=bank.dev, reason="regression", by=manager)
    first = bank.version()
    run = bank.run(first)
    board = board_of(run)
    assert (board.count("passed"), board.share["n"], board.regressions, board.is_whole) == (1, 1, [], True)
    record_verdicts(run=run)
    assert CaseVerdict.objects.count() == 1
    call_command("evaluate_bank", bank.project.slug, "--run", run.name, "--json", "-")
    assert json.loads(capsys.readouterr().out)["passed"] == 1

    wrong = Answer(labels=(PredictedLabel("crm"),))
    monkeypatch.setattr(Baseline, "label_many", lambda model, items: [wrong for _ in items])
    again = bank.run(bank.version(2))
    lost = board_of(again).regressions
    assert [(one.case, one.passed_in, one.said) for one in lost] == [(case, run.name, ["crm"])]
    assert gate_of(bank.version(2)).bank == f"1 edge case that once passed fails in “{again.name}”."
    with pytest.raises(SystemExit) as left:
        call_command("evaluate_bank", bank.project.slug, "--run", again.name, "--json", "-")
    assert left.value.code == 1
    assert json.loads(capsys.readouterr().out)["regressions"] == [bank.dev.external_id]

    set_labels(case=case, labels=["crm"], why="It does.", by=manager)  # what passed before was held against others
    assert board_of(again).regressions == []
    add_case(item=bank.free, reason="other", labels=[], by=manager)
    with pytest.raises(SystemExit) as left:
        call_command("evaluate_bank", bank.project.slug, "--run", again.name)
    assert left.value.code == 3
    assert not Promotion.objects.exists()


def test_a_candidate_starts_its_edge_cases_by_itself(bank):
    make_candidate(version=bank.version(), by=bank.people[Role.ENGINEER])
    assert not Run.objects.filter(origin="bank").exists()
    add_case(item=bank.dev, reason="dual", by=None)
    make_candidate(version=bank.version(2), by=bank.people[Role.ENGINEER])
    assert gate_of(bank.version(2)).bank == "It has not answered the edge cases of the bank yet."
    bank.finish(Run.objects.get(origin="bank"))
    assert gate_of(bank.version(2)).bank == ""


def test_what_a_run_is_shown_as_an_example_is_not_held_against_it(bank):
    items = make_items(bank.project, 2)
    gold = {items[0].external_id: {"labels": ["crm"], "split": "fewshot"},
            items[1].external_id: {"labels": [], "split": "dev"}}  # fmt: skip
    import_golden(project=bank.project, spec=FreezeSpec("few", {"dev": 1.0}), gold=gold, by=None)
    for item in items:
        add_case(item=item, reason="dual", labels=[], by=None)
    version = write_version(project=bank.project, name="few", recipe=Recipe("baseline_few"), by=None)
    run = bank.run(version)
    assert list(run.predictions.values_list("item", flat=True)) == [items[1].pk]
    board = board_of(run)
    assert [one.why for one in board.left_out] == ["shown to the run as an example"]
    assert board.is_whole


def test_an_engineer_sees_nothing_of_a_case_that_is_held_out_and_a_rater_no_page(bank, client):
    closed = add_case(item=bank.held, reason="ambiguous", labels=["payroll"], note="SECRET", by=None)
    case = add_case(item=bank.dev, reason="dual", by=None)
    run = bank.run()
    slug = bank.project.slug
    urls = [
        reverse("evaluation:edge-cases", args=[slug]),
        reverse("evaluation:bank-run", args=[slug, run.public_id]),
        reverse("evaluation:edge-case", args=[slug, case.public_id]),
    ]
    hidden = reverse("evaluation:edge-case", args=[slug, closed.public_id])
    for role in (Role.ENGINEER, Role.ANALYST, Role.ANNOTATOR, Role.ADJUDICATOR):
        client.force_login(bank.people[role])
        pages = [client.get(url) for url in (*urls, hidden)]
        text = "".join(page.content.decode() for page in pages if page.status_code == 200)
        statuses = [page.status_code for page in pages]
        if role == Role.ENGINEER:
            assert statuses == [200, 200, 200, 404]
            assert bank.held.name not in text
            assert "SECRET" not in text
            assert ">Payroll<" not in text
            assert client.post(hidden + "retire/", {"why": "x"}).status_code == 404
        elif role == Role.ANALYST:
            assert statuses == [200] * 4
            assert "SECRET" in text
        elif role == Role.ADJUDICATOR:
            assert statuses == [200, 404, 200, 200]
            assert run.name not in text
            assert text.count("not shown to adjudicators") == 2
            assert "Gold of" not in text
        else:
            assert statuses == [404] * 4
    assert list(cases_for(bank.people[Role.ENGINEER], bank.project)) == [case]

    # a release that comes later and holds an open case out changes nothing of what is shown
    later = add_case(item=bank.free, reason="dual", labels=[], by=None)
    gold = {bank.free.external_id: {"labels": ["crm"], "split": "test"}}
    import_golden(project=bank.project, spec=FreezeSpec("late", {"test": 1.0}), gold=gold, by=None)
    assert later in cases_for(bank.people[Role.ENGINEER], bank.project)


def test_put_in_labelled_and_retired_on_the_pages(bank, client):
    client.force_login(bank.people[Role.ANALYST])
    slug = bank.project.slug
    new = reverse("evaluation:new-edge-case", args=[slug])
    page = client.get(new, {"item": bank.free.external_id})
    assert bank.free.external_id in page.content.decode()
    sent = {"item": bank.free.external_id, "reason": "dual", "use_gold": "gold", "note": "<b>x</b>"}
    assert client.post(new, sent).status_code == 422
    assert client.post(new, sent | {"use_gold": "own", "labels": ["crm"]}).status_code == 303
    case = EdgeCase.objects.get()
    url = reverse("evaluation:edge-case", args=[slug, case.public_id])
    assert "<b>x</b>" not in client.get(url).content.decode()
    assert client.post(url + "labels/", {"labels": ["erp"], "why": ""}).status_code == 422
    assert client.post(url + "labels/", {"labels": ["erp"], "why": "Right."}).status_code == 303
    assert client.post(url + "retire/", {"why": "Gone."}).status_code == 303
    case.refresh_from_db()
    assert (case.revisions.count(), case.retired_why, case.retired_at is not None) == (2, "Gone.", True)
    assert clock.now() >= case.retired_at


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_takes_the_same_queries_however_many_cases(bank, client, item_count, django_assert_num_queries):
    for item in make_items(bank.project, item_count):
        add_case(item=item, reason="dual", labels=[], by=None)
    client.force_login(bank.people[Role.ANALYST])
    url = reverse("evaluation:edge-cases", args=[bank.project.slug])
    with django_assert_num_queries(10):
        assert client.get(url).status_code == 200
