"""Triage from the sorting to what people say: once, repeatable, append-only, and nothing that is held out."""

import pytest
from django.db import IntegrityError, transaction

from evaluation.actions import triage as actions
from evaluation.actions.triage import judge, judge_many, sort_due, undo_last
from evaluation.models import Triage, TriageError, TriageJudgement
from evaluation.queries.triage import standings, visible
from evaluation.queries.triage_board import board
from evaluation.queries.triage_counts import counts
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.triaged import Triaged

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return Triaged()


def test_errors_are_sorted_once_and_the_same_again(world):
    made = world.start()

    errors = list(made.errors.order_by("place"))
    assert made.items == 12
    assert sorted(one.kind for one in errors) == ["omission"] * 2 + ["unrelated"] * 6
    assert [one.place for one in errors] == list(range(1, 9))
    assert [one.cluster.number for one in errors] == sorted(one.cluster.number for one in errors)
    assert sum(made.clusters.values_list("size", flat=True)) == 8
    assert world.start() == made
    assert Triage.objects.count() == 1
    assert made.clusters.first().share["n"] == 8
    assert made.errors.filter(is_blind=True).count() == 3  # of 8, three tenths rounded up: few errors have some too


def test_a_worker_sorts_what_is_large(world, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    monkeypatch.setattr(actions, "nudge", lambda task, pk: sent.append(pk))
    with django_capture_on_commit_callbacks(execute=True):
        made = world.start()
    assert (made.is_sorted, sent) == (False, [made.pk])

    sort_due()
    sort_due()

    made.refresh_from_db()
    assert (made.is_sorted, made.errors.count()) == (True, 8)


def test_nothing_held_out_is_ever_sorted_or_stays(world):
    triage = world.start()
    assert not triage.errors.filter(item__in=world.secret).exists()

    gone = world.items[0]  # wrong on dev, and held out by a later release
    world.freeze("later", {gone.external_id: {"labels": ["crm"], "split": "test"}})

    error = triage.errors.get(item=gone)
    assert not visible(triage).filter(pk=error.pk).exists()
    assert board(triage).errors == 7
    with pytest.raises(NotAllowed, match="held out"):
        judge(error=error, category=world.categories[0], by=world.analyst)
    assert not TriageJudgement.objects.exists()
    again = world.start(seed=1)
    assert (again.left_out, again.errors.filter(item=gone).count()) == (1, 0)


def test_the_newest_judgement_of_each_person_counts_and_none_changes(world):
    triage = world.start()
    error = triage.errors.first()
    gap, vague, *_ = world.categories

    first = judge(error=error, category=gap, note="see 3.2", by=world.analyst)
    assert judge(error=error, category=gap, note="see 3.2", by=world.analyst) == first  # a double click
    judge(error=error, category=vague, by=world.analyst)
    judge(error=error, category=gap, by=world.people[Role.MANAGER])

    standing = standings([error.pk])[error.pk]
    assert sorted(one.category_id for one in standing.given) == sorted([gap.pk, vague.pk])
    assert standing.category == gap.pk
    found = board(triage)
    assert (found.judged, found.agreement.value, found.agreement.n) == (1, 0.0, 1)
    assert undo_last(triage=triage, by=world.analyst) == error
    assert undo_last(triage=triage, by=world.analyst) is None
    assert len(standings([error.pk])[error.pk].given) == 1
    for change in (lambda: TriageJudgement.objects.update(note="x"), TriageJudgement.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR])
def test_raters_take_no_part(world, role):
    error = world.start().errors.first()
    with pytest.raises(NotAllowed):
        judge(error=error, category=world.categories[0], by=world.people[role])
    with pytest.raises(NotAllowed):
        actions.start_triage(run=world.run, release=world.release, by=world.people[role])


def test_a_file_is_taken_whole_or_not_at_all(world):
    triage = world.start()
    key = (world.items[0].external_id, "crm", "erp")
    held_out = (world.secret[0].external_id, "payroll", "erp")

    with pytest.raises(Refused, match="no error of held-out"):
        judge_many(triage=triage, rows={key: ("guideline-gap", ""), held_out: ("guideline-gap", "")}, by=None)
    assert not TriageJudgement.objects.exists()
    assert judge_many(triage=triage, rows={key: ("guideline-gap", "why")}, by=None) == 1
    assert TriageError.objects.get(judgements__note="why").item == world.items[0]


def test_counts_are_by_label_slice_and_run(world):
    triage = world.start()
    for error in triage.errors.filter(gold="crm"):
        judge(error=error, category=world.categories[0], by=world.analyst)

    by_label = counts([triage], by="label")
    assert [(one.key, one.errors, one.judged, one.cells[0].count) for one in by_label.groups] == [("crm", 8, 8, 8)]
    assert by_label.groups[0].cells[0].share.value == 1.0
    assert [one.key for one in counts([triage], by="slice:sector").groups] == ["Finance"]
    assert [one.key for one in counts([triage, triage], by="label").groups] == ["run (imported)"]
