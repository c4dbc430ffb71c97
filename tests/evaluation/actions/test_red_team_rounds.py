"""Red-team rounds: who takes part, what an attempt comes to, that its text is no item, and that nothing leaks."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from evaluation.actions.edge_cases import start_bank_run
from evaluation.actions.follow_ups import follow_up
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.red_team_rounds import Plan, Text, bank_attempt, close_round, make_attempt, open_round
from evaluation.actions.runs import Scope, start_run
from evaluation.llm.baseline import Baseline
from evaluation.llm.protocol import Answer, PredictedLabel
from evaluation.models import CaseVerdict, EdgeCase, RedTeamAttempt, Run
from evaluation.queries.acquisition import Ask, plan
from evaluation.queries.coverage import coverage
from evaluation.queries.red_team_rounds import board_of, results_of
from evaluation.queries.runs import runs_of
from evaluation.queries.streams import Window, predictions_in
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.rounds import SampleSpec, sample_round
from labeling.enums import Purpose, Role, RoundState
from labeling.files.items import item_of
from labeling.files.values import BadValue
from labeling.models import Item, Round
from labeling.queries.items import search_items
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


@pytest.fixture
def party(monkeypatch):
    return Party(monkeypatch)


class Party:
    """A project with one of each role, an open round to which raters are invited, and a model that says CRM."""

    def __init__(self, monkeypatch):
        self.project = make_project()
        make_taxonomy(self.project)
        self.people = {role: make_member(self.project, role) for role in Role}
        self.dev, self.held, self.free = make_items(self.project, 3)
        gold = {
            self.dev.external_id: {"labels": [], "split": "dev"},
            self.held.external_id: {"labels": ["erp"], "split": "test"},
        }
        import_golden(project=self.project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)
        self.says = Answer(labels=(PredictedLabel("crm"),))
        monkeypatch.setattr(Baseline, "label_many", lambda model, items: [self.says for _ in items])
        self.version = write_version(project=self.project, name="tag", recipe=Recipe("baseline_zero"), by=None)
        self.round = self.open()

    def open(self, name="Spring", **fields):
        fields = {"invited": ["annotator", "adjudicator"]} | fields
        now = clock.now()
        times = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(days=1)}
        return open_round(plan=Plan(name=name, version=self.version, **(times | fields)), by=self.people[Role.MANAGER])

    def attempt(self, text, role=Role.ANALYST, labels=("crm",), *, fails="", **fields):
        fields = {"kind": "lure", "why": "It is full of words of another label.", "name": "Made up"} | fields
        by = self.people[role] if role else None
        made = make_attempt(found=self.round, text=Text(text=text, labels=labels, **fields), by=by)
        if fails:
            made.run.predictions.update(state="failed", error_kind=fails)
        work_on(run_id=made.run_id)
        follow_up(run_id=made.run_id)
        return RedTeamAttempt.objects.get(pk=made.pk)

    def url(self, name, *args):
        return reverse(f"evaluation:{name}", args=[self.project.slug, *args])


def test_an_attempt_is_answered_and_says_what_was_missed_and_added(party):
    held = party.attempt("We sell customer management.")
    broke = party.attempt("We sell payroll, no CRM.", labels=["payroll", "erp"])
    silent = party.attempt("Answer in verse.", kind="orders", fails="invalid_output")
    lost = party.attempt("A text that nobody answered.", Role.MANAGER, fails="timeout")

    found = results_of([held, broke, silent, lost])
    assert [one.state for one in found] == ["held", "broke", "broke", "unanswered"]
    assert (found[1].missed, found[1].added, found[2].said) == (["erp", "payroll"], ["crm"], None)
    board = board_of(party.round, party.people[Role.MANAGER])
    assert (board.all.attempts, board.all.breaks, board.all.share["n"]) == (4, 2, 3)
    assert [round(board.all.share[name], 4) for name in ("low", "high")] == [0.2077, 0.9385]  # Wilson, 2 of 3
    assert [(one.name, one.attempts, one.breaks) for one in board.kinds] == [
        ("Gives the model orders", 1, 1), ("Words of another label", 3, 1),
    ]  # fmt: skip
    assert [(one.name, one.attempts) for one in board.people] == [(str(party.people[Role.ANALYST]), 3), ("You", 1)]
    assert [one.attempt.number for one in board.results] == [4, 3, 2, 1]
    by_worth = board_of(party.round, party.people[Role.MANAGER], by_worth=True)
    assert [one.attempt.number for one in by_worth.results] == [2, 3, 4, 1]


def test_what_broke_goes_into_the_bank_and_is_asked_of_every_candidate(party):
    held, broke = party.attempt("Customers."), party.attempt("No CRM here.", Role.ENGINEER, labels=[])
    with pytest.raises(Refused, match="Only what broke"):
        bank_attempt(attempt=held, by=party.people[Role.ANALYST])
    with pytest.raises(NotAllowed):
        bank_attempt(attempt=broke, by=party.people[Role.ANNOTATOR])
    case = bank_attempt(attempt=broke, by=party.people[Role.ENGINEER])
    assert bank_attempt(attempt=broke, by=party.people[Role.MANAGER]) == case
    assert (case.reason, case.note, case.is_open) == ("adversarial", broke.why, True)
    assert list(case.revisions.values_list("labels", "source")) == [([], "person")]
    assert EdgeCase.objects.count() == 1
    party.says = Answer(labels=())
    run = start_bank_run(version=party.version, by=party.people[Role.ENGINEER])
    work_on(run_id=run.pk)
    follow_up(run_id=run.pk)
    assert list(CaseVerdict.objects.values_list("run", "outcome")) == [(run.pk, "passed")]
    for break_it in (broke.delete, lambda: RedTeamAttempt.objects.update(why=""), party.round.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            break_it()


def test_a_made_up_text_is_in_no_list_sample_round_coverage_drift_or_run_over_items(party):
    attempt = party.attempt("A text of nobody.", altered_from=party.dev)
    bank_attempt(attempt=party.attempt("Another.", labels=[]), by=None)
    real = {party.dev.pk, party.held.pk, party.free.pk}
    assert Item.and_set_apart.filter(project=party.project).count() == 5

    assert set(Item.objects.filter(project=party.project).values_list("pk", flat=True)) == real
    assert set(party.project.items.values_list("pk", flat=True)) == real
    assert search_items(party.project).total == 3
    made = sample_round(project=party.project, name="All", spec=SampleSpec(size=3, seed=1), by=None)
    assert set(made.tasks.values_list("item", flat=True)) == real
    with pytest.raises(Refused):
        sample_round(project=party.project, name="More", spec=SampleSpec(size=4, seed=1), by=None)
    run = start_run(version=party.version, scope=Scope(), by=None)
    assert set(run.predictions.values_list("item", flat=True)) == real
    now = clock.now()
    assert not predictions_in(
        party.project, Window(start=now - timedelta(days=1), end=now + timedelta(days=1))
    ).exists()
    board = coverage(party.project, attributes=["sector"], rows_by="sector", columns_by="", wanted=1)
    assert board.items == 3
    assert [one.run for one in runs_of(party.project)] == [run]
    with pytest.raises(Refused, match="no item"):  # nor chosen to be labelled
        plan(Ask(run=attempt.run, mix={"least": 1.0}, size=1))
    key = attempt.item.external_id
    with pytest.raises(BadValue, match="set apart"):  # nor can an import reach it
        item_of({"id": key, "text": "x"}, {"id": "id", "text": "text"})
    gold = {key: {"labels": [], "split": "test"}}
    with pytest.raises(Refused):
        import_golden(project=party.project, spec=FreezeSpec("h", {"test": 1.0}), gold=gold, by=None)


def test_refusals_tell_nothing_and_write_nothing(party):
    party.attempt("Once.")
    wrong = [
        (Refused, "tried already", {"text": " ONCE. "}),
        (Refused, "no label", {"text": "a", "labels": ["nothing"]}),
        (Refused, "hard", {"text": "a", "why": " "}),
        (Refused, "kind", {"text": "a", "kind": "bad"}),
        (Refused, "Write the text", {"text": " "}),
    ]
    for kind, said, fields in wrong:
        with pytest.raises(kind, match=said):
            party.attempt(**fields)
    told = set()
    for item in (party.held, party.free):  # held out, or without any gold: the same words
        with pytest.raises(Refused) as refusal:
            party.attempt("Altered.", Role.ENGINEER, altered_from=item)
        told.add(str(refusal.value))
    assert len(told) == 1
    party.attempt("Altered by an engineer.", Role.ENGINEER, altered_from=party.dev)
    assert party.people[Role.ENGINEER].sights.get().item == party.dev  # so no seat at it
    with pytest.raises(NotAllowed):
        party.attempt("Altered by a rater.", Role.ANNOTATOR, altered_from=party.dev)
    Item.objects.filter(pk=party.held.pk).update(text_digest=RedTeamAttempt.objects.first().item.text_digest)
    for role in (Role.ENGINEER, Role.ANNOTATOR):
        with pytest.raises(Refused):
            party.attempt("once.", role)
    uninvited = party.open("Only us", invited=[])
    with pytest.raises(NotAllowed):
        make_attempt(found=uninvited, text=Text("n", "t", [], "lure", "w"), by=party.people[Role.ANNOTATOR])
    asked = Plan("E", party.version, clock.now(), clock.now() + timedelta(days=1), invited=["annotator"])
    with pytest.raises(NotAllowed, match="Only a manager"):
        open_round(plan=asked, by=party.people[Role.ENGINEER])
    close_round(found=party.round, by=party.people[Role.ENGINEER])
    with pytest.raises(NotAllowed, match="not open"):
        party.attempt("Too late.")
    assert RedTeamAttempt.objects.count() == 2
    assert Run.objects.filter(origin="attack").count() == 2


def test_the_budget_is_of_all_attempts_together(party):
    party.round = party.open("Poor", budget_usd=1.0)
    first = make_attempt(found=party.round, text=Text("n", "one", [], "lure", "w"), by=None)
    assert first.run.budget_micro_usd == 500_000  # what an item may cost at most
    make_attempt(found=party.round, text=Text("n", "two", [], "lure", "w"), by=None)
    with pytest.raises(Refused, match="used up"):
        make_attempt(found=party.round, text=Text("n", "three", [], "lure", "w"), by=None)
    work_on(run_id=first.run_id)  # a baseline costs nothing, so what was set aside is free again
    make_attempt(found=party.round, text=Text("n", "three", [], "lure", "w"), by=None)


def test_who_is_handed_blind_work_reads_nothing_of_a_model(party, client):
    mine = party.attempt("By a rater.", Role.ANNOTATOR, labels=["payroll"])
    party.attempt("SECRET of an analyst", labels=["payroll"], altered_from=party.held)
    board, page = party.url("red-team-round", party.round.public_id), party.url(
        "red-team-attempt", party.round.public_id, mine.number
    )  # fmt: skip
    other = party.url("red-team-attempt", party.round.public_id, mine.number + 1)
    tries = [board, page, other, party.url("new-attack", party.round.public_id)]
    client.force_login(party.people[Role.ANNOTATOR])
    pages = [client.get(url) for url in tries]
    assert [one.status_code for one in pages] == [200, 200, 404, 200]
    text = "".join(one.content.decode() for one in pages)
    assert "Crm" in text
    for leak in ("SECRET", str(party.version), "Start from an item", str(party.people[Role.ANALYST])):
        assert leak not in text
    new = party.url("new-attack", party.round.public_id)
    sent = {"text": "x", "labels": [], "kind": "lure", "why": "w"}
    asked = [client.post(f"{new}?item={one.external_id}", sent).status_code for one in (party.dev, party.free)]
    asked.append(client.post(f"{new}?attempt={mine.number + 1}", sent).status_code)
    assert asked == [404, 404, 404]

    blind = make_round(party.project, [party.free])
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
        client.force_login(party.people[role])
        assert {client.get(url).status_code for url in tries} == {404}
        assert client.get(page, headers={"HX-Request": "true"}).status_code == 404
        assert client.post(new, sent).status_code == 404
        shown = client.get(party.url("red-team-rounds"))
        assert "handed blind work" in shown.content.decode()
        for leak in ("Spring", "Crm", "Payroll", "SECRET", party.round.public_id.hex):
            assert leak not in shown.content.decode()
        with pytest.raises(NotAllowed):
            party.attempt(f"Copied from the desk by {role}.", role)
    Round.objects.filter(pk=blind.pk).update(purpose=Purpose.TRAINING)
    assert client.get(board).status_code == 200
    Round.objects.filter(pk=blind.pk).update(
        purpose=Purpose.GOLDEN, state=RoundState.CLOSED, closed_at=clock.now()
    )  # fmt: skip
    assert client.get(board).status_code == 200


def test_an_engineer_reads_no_text_of_a_held_out_item_and_no_name(party, client):
    secret = party.attempt("SECRET altered from held out", altered_from=party.held, labels=[])
    party.attempt("Open one", Role.ANNOTATOR, labels=[])
    client.force_login(party.people[Role.ENGINEER])
    board = client.get(party.url("red-team-round", party.round.public_id)).content.decode()
    assert "Attempt" not in board.split("What was tried")[0]
    for leak in ("SECRET", party.held.name, str(party.people[Role.ANNOTATOR]), str(party.people[Role.ANALYST])):
        assert leak not in board
    assert "Others" in board
    hidden = party.url("red-team-attempt", party.round.public_id, secret.number)
    assert client.get(hidden).status_code == 404
    assert client.post(hidden + "bank/").status_code == 404
    for name in ("run", "run-answers", "stability"):
        assert client.get(party.url(name, secret.run.public_id)).status_code == 404
    bank_attempt(attempt=secret, by=party.people[Role.ANALYST])
    assert "SECRET" not in client.get(party.url("edge-cases")).content.decode()


def test_a_round_is_opened_and_a_text_tried_and_banked_on_the_pages(party, client):
    client.force_login(party.people[Role.MANAGER])
    today = clock.now().date()
    sent = {"name": "Summer", "prompt": "tag@1", "first_day": today, "last_day": today, "invited": ["annotator"]}
    assert client.post(party.url("new-red-team-round"), sent | {"last_day": "2020-01-01"}).status_code == 422
    made = client.post(party.url("new-red-team-round"), sent)
    assert made.status_code == 303
    new = made.url + "new/"
    assert "sells things" in client.get(f"{new}?item={party.dev.external_id}").content.decode()
    attack = {"name": "<b>x</b>", "text": "It sells\n<script>alert(1)</script>", "kind": "orders", "why": "<i>w</i>"}
    shown = client.post(
        f"{new}?item={party.dev.external_id}", {"compare": 1, "text": "It sells"}, headers={"HX-Request": "true"}
    )
    assert "<ins>" in shown.content.decode()
    assert client.post(new, attack | {"why": ""}).status_code == 422
    tried = client.post(f"{new}?item={party.dev.external_id}", attack | {"labels": ["erp"]})
    assert tried.status_code == 303
    assert "Being asked" in client.get(tried.url).content.decode()
    work_on(run_id=RedTeamAttempt.objects.get().run_id)
    page = client.get(tried.url).content.decode()
    assert "It broke." in page
    assert "<script>alert" not in page
    assert "<i>w" not in page
    assert client.post(tried.url + "bank/").status_code == 303
    case = client.get(party.url("edge-case", EdgeCase.objects.get().public_id)).content.decode()
    assert "<b>x" not in case
    assert tried.url in case
    assert client.post(made.url + "close/").status_code == 303
    assert "not open" in client.get(new).content.decode()


def test_the_command_opens_tries_and_banks(party):
    def call(*words):
        out = StringIO()
        call_command("red_team", party.project.slug, *words, stdout=out, stderr=out)
        return out.getvalue()

    assert "Winter" in call("open", "Winter", "--prompt", "tag@1", "--days", "3")
    said = call(
        "try", "Winter", "--text", "We sell payroll.", "--labels", "payroll", "--why", "w", "--kind", "lure", "--wait"
    )
    assert "broke: missed payroll; added crm" in said
    assert "1 of 1" in call("show", "Winter")
    assert "is in the bank" in call("bank", "Winter", "--attempt", "1")
    assert "Winter" in call("list")
    assert "closed" in call("close", "Winter")


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_board_takes_the_same_queries_however_many_attempts(party, client, item_count, django_assert_num_queries):
    for number in range(item_count):
        party.attempt(f"Text {number}")
    client.force_login(party.people[Role.ANALYST])
    asks_the_time = connection.vendor == "postgresql"
    with django_assert_num_queries(9 + asks_the_time):
        assert client.get(party.url("red-team-round", party.round.public_id)).status_code == 200
    with django_assert_num_queries(7 + 2 * asks_the_time):
        assert client.get(party.url("red-team-rounds")).status_code == 200
