import pytest
from django.db import connection

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.seats import claim_seat
from labeling.actions.settling import Opinion, settle, settle_due_tasks
from labeling.enums import Certainty, DecisionKind, Role, Settling, TaskState
from labeling.models import Decision, Label
from tests.factories import make_items, make_member, make_project, make_round


def opinions(*labels, sure=True):
    return [Opinion(labels=frozenset(each), is_sure=sure) for each in labels]


@pytest.mark.parametrize(
    ("answers", "settling", "expected"),
    [
        (opinions({1}, {1}), Settling.UNANIMOUS, (DecisionKind.AGREED, {1})),
        (opinions(set(), set()), Settling.UNANIMOUS, (DecisionKind.AGREED, set())),
        (opinions({1}, {1, 2}), Settling.UNANIMOUS, None),
        (opinions({1}, {1}, sure=False), Settling.UNANIMOUS, None),
        (opinions({1}, {1}, {2}), Settling.UNANIMOUS, None),
        (opinions({1}, {1}, {2}), Settling.MAJORITY, (DecisionKind.MAJORITY, {1})),
        (opinions({1, 2}, {1, 3}, {2, 3}), Settling.MAJORITY, (DecisionKind.MAJORITY, {1, 2, 3})),
        (opinions({1}, {2}, {3}), Settling.MAJORITY, (DecisionKind.MAJORITY, set())),
        (opinions({1}, {1}, {2}, {2}), Settling.MAJORITY, None),
        (opinions({1}, {2}), Settling.MAJORITY, None),
        ([], Settling.UNANIMOUS, None),
    ],
)
def test_settle_by_rule(answers, settling, expected):
    outcome = settle(answers, settling=settling)

    assert outcome == (None if expected is None else (expected[0], frozenset(expected[1])))


def answer_all(in_round, project, *answers, certainty=Certainty.SURE):
    for codes in answers:
        rater = make_member(project, Role.ANNOTATOR)
        labels = list(Label.objects.filter(version=in_round.taxonomy_version, code__in=codes))
        while seat := claim_seat(in_round=in_round, by=rater):
            answer = Answer(labels=labels, certainty=certainty)
            submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=answer, by=rater)


@pytest.mark.django_db
def test_equal_answers_settle_themselves():
    project = make_project()
    in_round = make_round(project, raters=2)
    answer_all(in_round, project, ["crm", "erp"], ["erp", "crm"])

    assert settle_due_tasks() == 3

    assert set(in_round.tasks.values_list("state", flat=True)) == {TaskState.SETTLED}
    decision = Decision.objects.first()
    assert (decision.kind, decision.decided_by) == (DecisionKind.AGREED, None)
    assert {label.code for label in decision.labels.all()} == {"crm", "erp"}


@pytest.mark.django_db
def test_different_answers_go_to_adjudication_without_a_decision():
    project = make_project()
    in_round = make_round(project, raters=2)
    answer_all(in_round, project, ["crm"], [])

    assert settle_due_tasks() == 3

    assert set(in_round.tasks.values_list("state", flat=True)) == {TaskState.DISPUTED}
    assert not Decision.objects.exists()


@pytest.mark.django_db
def test_three_raters_settle_by_majority():
    project = make_project()
    in_round = make_round(project, raters=3, settling=Settling.MAJORITY)
    answer_all(in_round, project, ["crm"], ["crm", "erp"], ["crm"])

    settle_due_tasks()

    assert {decision.kind for decision in Decision.objects.all()} == {DecisionKind.MAJORITY}
    assert {label.code for decision in Decision.objects.all() for label in decision.labels.all()} == {"crm"}


@pytest.mark.django_db
def test_an_unsure_answer_always_goes_to_a_person():
    project = make_project()
    in_round = make_round(project, raters=2)
    answer_all(in_round, project, ["crm"], ["crm"], certainty=Certainty.UNSURE)

    settle_due_tasks()

    assert set(in_round.tasks.values_list("state", flat=True)) == {TaskState.DISPUTED}


@pytest.mark.django_db
@pytest.mark.parametrize("item_count", [1, 3, 20])
def test_a_batch_takes_a_fixed_number_of_queries(item_count, django_assert_num_queries):
    project = make_project()
    in_round = make_round(project, make_items(project, item_count), raters=2)
    answer_all(in_round, project, ["crm"], ["crm"])

    reads_of_the_clock = 2 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(12 + reads_of_the_clock):
        settle_due_tasks()


@pytest.mark.django_db
def test_settling_again_changes_nothing():
    project = make_project()
    in_round = make_round(project, raters=2)
    answer_all(in_round, project, ["crm"], ["crm"])
    settle_due_tasks()

    assert settle_due_tasks() == 0
    assert Decision.objects.count() == 3
