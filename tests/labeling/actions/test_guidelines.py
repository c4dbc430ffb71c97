import pytest

from labeling.actions.guidelines import MOST_EXAMPLES, Example, write_guideline
from labeling.actions.projects import archive_project
from labeling.enums import DecisionKind, Role, RoundState, TaskState
from labeling.models import AuditEvent, Decision, DecisionLabel, Guideline, Round, Task
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    return project


@pytest.fixture
def manager(project):
    return make_member(project, Role.MANAGER)


def settle(task, codes=("crm",), *, why="Sells it.", by=None):
    """What an adjudicator leaves, written without the actions."""
    now = clock.now()
    by = by or make_member(task.round.project, Role.ADJUDICATOR)
    decision = Decision.objects.create(
        task=task, number=1, kind=DecisionKind.ADJUDICATED, rationale=why, decided_by=by, decided_at=now
    )
    for label in task.round.taxonomy_version.labels.filter(code__in=codes):
        DecisionLabel.objects.create(decision=decision, label=label)
    Task.objects.filter(pk=task.pk).update(state=TaskState.SETTLED, settled_at=now, decisions_made=1)


@pytest.fixture
def task(project):
    """An adjudicated task of a closed round."""
    in_round = make_round(project, make_items(project, 1))
    task = in_round.tasks.get()
    settle(task)
    Round.objects.filter(pk=in_round.pk).update(state=RoundState.CLOSED, closed_at=clock.now())
    return Task.objects.get(pk=task.pk)


def example(task, **changes):
    return Example(**({"task": task.public_id, "quote": "sells things", "why": "It sells."} | changes))


def test_versions_count_up_and_the_same_again_is_the_same(project, manager):
    first = write_guideline(project=project, text="a\r\nb ", by=manager)
    again = write_guideline(project=project, text="a\nb", by=manager)
    second = write_guideline(project=project, text="c", by=manager)

    assert first == again
    assert (first.text, first.number, second.number) == ("a\nb", 1, 2)
    assert AuditEvent.objects.filter(kind="guideline.written").count() == 2


def test_an_example_takes_its_labels_from_the_decision(project, manager, task):
    written = write_guideline(project=project, text="a", examples=[example(task)], by=manager)

    assert written.examples == [
        {"item": task.item.external_id, "name": task.item.name, "quote": "sells things", "labels": ["crm"],
         "why": "It sells."}
    ]  # fmt: skip


def test_adding_or_leaving_out_an_example_is_a_new_version(project, manager, task):
    first = write_guideline(project=project, text="a", by=manager)
    second = write_guideline(project=project, text="a", examples=[example(task)], by=manager)
    same = write_guideline(project=project, text="a", by=manager)
    third = write_guideline(project=project, text="a", keep=[], by=manager)

    assert [one.number for one in (first, second, same, third)] == [1, 2, 2, 3]
    assert third.examples == []
    assert Guideline.objects.get(number=2).examples


def hold_out(task):
    from labeling.actions.golden import FreezeSpec, import_golden

    import_golden(
        project=task.round.project,
        spec=FreezeSpec("gold", {"test": 1.0}),
        gold={task.item.external_id: {"labels": ["crm"]}},
        by=None,
    )


def hold_a_twin_out(task):
    [twin] = make_items(task.round.project, 1)
    twin.text_digest = task.item.text_digest
    twin.save()
    hold_out(Task(item=twin, round=task.round))


def put_in_an_open_round(task):
    make_round(task.round.project, [task.item], taxonomy=task.round.taxonomy_version)


def reopen(task):
    Round.objects.filter(pk=task.round_id).update(state=RoundState.OPEN, closed_at=None)


def cancel(task):
    Round.objects.filter(pk=task.round_id).update(state=RoundState.CANCELLED)


def let_it_agree_by_itself(task):
    Decision.objects.create(task=task, number=2, kind=DecisionKind.AGREED, decided_at=clock.now())
    Task.objects.filter(pk=task.pk).update(decisions_made=2)


@pytest.mark.parametrize(
    "do", [hold_out, hold_a_twin_out, put_in_an_open_round, reopen, cancel, let_it_agree_by_itself]
)
def test_what_must_stay_secret_or_was_not_adjudicated_is_no_example(project, manager, task, do):
    do(task)

    with pytest.raises(Refused, match="cannot be an example"):
        write_guideline(project=project, text="a", examples=[example(task)], by=manager)

    assert not Guideline.objects.exists()


@pytest.mark.parametrize("do", [put_in_an_open_round, reopen])
def test_an_example_that_became_secret_is_dropped_from_the_next_version(project, manager, task, do):
    write_guideline(project=project, text="a", examples=[example(task)], by=manager)
    do(task)

    assert write_guideline(project=project, text="b", by=manager).examples == []


def test_a_task_of_another_project_is_no_example(manager, project, task):
    other = make_project()
    boss = make_member(other, Role.MANAGER)

    with pytest.raises(Refused):
        write_guideline(project=other, text="a", examples=[example(task)], by=boss)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quote": "sells nothing"}, "not in the item's text"),
        ({"quote": "x" * 501}, "at most"),
        ({"why": "x" * 1001}, "at most"),
    ],
)
def test_a_quote_is_in_the_text_and_words_are_few(project, manager, task, changes, words):
    with pytest.raises(Refused, match=words):
        write_guideline(project=project, text="a", examples=[example(task, **changes)], by=manager)

    assert not Guideline.objects.exists()


def test_a_quote_may_run_over_lines(project, manager, task):
    task.item.documents.update(text="It\nsells   things.")

    written = write_guideline(project=project, text="a", examples=[example(task, quote="It sells things")], by=manager)

    assert written.examples[0]["quote"] == "It sells things"


def test_there_is_a_most_of_examples(project, manager):
    tasks = [make_round(project, [item]).tasks.get() for item in make_items(project, MOST_EXAMPLES + 1)]
    judge = make_member(project, Role.ADJUDICATOR)
    for task in tasks:
        settle(task, by=judge)
    Round.objects.update(state=RoundState.CLOSED, closed_at=clock.now())

    with pytest.raises(Refused, match="at most 30"):
        write_guideline(project=project, text="a", examples=[example(task) for task in tasks], by=manager)


def test_only_managers_write_and_only_something(project, manager):
    with pytest.raises(NotAllowed):
        write_guideline(project=project, text="a", by=make_member(project, Role.ADJUDICATOR))
    with pytest.raises(Refused, match="needs a text"):
        write_guideline(project=project, text=" \n", by=manager)
    archive_project(project=project, by=manager)
    with pytest.raises(NotAllowed):
        write_guideline(project=project, text="a", by=manager)

    assert not Guideline.objects.exists()
