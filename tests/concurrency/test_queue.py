"""Many raters at one queue, on real PostgreSQL: no task over its seats, no rater twice, nothing lost."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import close_old_connections, connection
from django.db.models import Count

from labeling.actions.adjudication import decide, open_for_adjudication, release_hold
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.idempotency import once
from labeling.actions.seats import claim_seat, skip_task
from labeling.actions.settling import settle_due_tasks
from labeling.enums import Role, SeatState, SkipReason, TaskState
from labeling.models import Annotation, Decision, IdempotencyKey, Revision, Seat
from reviewapp.common.errors import Conflict
from tests.factories import make_items, make_member, make_project, make_round

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS, TASKS, SEATS = 16, 250, 2


def together(work, arguments):
    """Run work(argument) in a thread each, all starting at once; their results."""
    barrier = Barrier(len(arguments))

    def one(argument):
        close_old_connections()
        try:
            barrier.wait(timeout=30)
            return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(one, arguments))


def test_sixteen_raters_empty_a_queue(settings):
    project = make_project()
    made = make_round(project, make_items(project, TASKS), raters=SEATS, undo_seconds=0)
    raters = [make_member(project, Role.ANNOTATOR) for _ in range(THREADS)]
    label = made.taxonomy_version.labels.first()

    def work(rater):
        done = 0
        while seat := claim_seat(in_round=made, by=rater):
            submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=[label]), by=rater)
            done += 1
        return done

    done = together(work, raters)
    settle_due_tasks()
    assert sum(done) == TASKS * SEATS
    assert Annotation.objects.filter(is_counted=True).count() == Revision.objects.count() == TASKS * SEATS
    per_task = Annotation.objects.values("task").annotate(n=Count("rater", distinct=True))
    assert {row["n"] for row in per_task} == {SEATS}
    assert not Seat.objects.exclude(state=SeatState.SUBMITTED).exists()
    assert set(made.tasks.values_list("state", flat=True)) == {TaskState.SETTLED}
    assert Decision.objects.count() == TASKS


def test_two_tabs_of_one_rater_hold_one_seat():
    project = make_project()
    made = make_round(project, make_items(project, 20))
    rater = make_member(project, Role.ANNOTATOR)
    together(lambda _: claim_seat(in_round=made, by=rater), list(range(8)))
    assert Seat.objects.filter(state=SeatState.LEASED).count() == 1


def test_a_double_submission_counts_once():
    project = make_project()
    made = make_round(project, make_items(project, 1))
    rater = make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=made, by=rater)
    receipt = hand_out(seat, rater)
    together(
        lambda _: submit_annotation(seat=seat, receipt=receipt, answer=Answer(labels=[]), by=rater), list(range(8))
    )
    assert Annotation.objects.count() == Revision.objects.count() == 1


def test_skipping_and_claiming_at_once_lose_no_seat():
    project = make_project()
    made = make_round(project, make_items(project, 60))
    raters = [make_member(project, Role.ANNOTATOR) for _ in range(8)]

    def work(rater):
        turn = 0
        while seat := claim_seat(in_round=made, by=rater):
            turn += 1
            if turn % 5 == 0:
                skip_task(seat=seat, reason=SkipReason.OTHER, by=rater)
            else:
                submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=[]), by=rater)

    together(work, raters)
    assert not Seat.objects.filter(state=SeatState.LEASED).exists()
    assert Seat.objects.filter(task__round=made).count() == 120
    over = Annotation.objects.filter(is_counted=True).values("task").annotate(n=Count("pk")).filter(n__gt=2)
    assert not over.exists()


def test_of_many_judges_one_decides():
    project = make_project()
    made = make_round(project, make_items(project, 1))
    labels = list(made.taxonomy_version.labels.all())
    for label in labels[:2]:
        rater = make_member(project, Role.ANNOTATOR)
        seat = claim_seat(in_round=made, by=rater)
        submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=[label]), by=rater)
    settle_due_tasks()
    task = made.tasks.get()
    judges = [make_member(project, Role.ADJUDICATOR) for _ in range(6)]
    for judge in judges:
        open_for_adjudication(task=task, by=judge)
        release_hold(task)

    def work(judge):
        try:
            decide(task=task, labels=labels[:1], rationale="", by=judge, after_decision=0)
        except Conflict:
            return 0
        return 1

    assert sum(together(work, judges)) == 1
    assert Decision.objects.count() == 1


def test_settling_twice_at_once_settles_once():
    project = make_project()
    made = make_round(project, make_items(project, 50), raters=1)
    rater = make_member(project, Role.ANNOTATOR)
    while seat := claim_seat(in_round=made, by=rater):
        submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=[]), by=rater)
    made.tasks.update(state=TaskState.OPEN, settled_at=None, due_at="2020-01-01T00:00:00Z", decisions_made=0)
    connection.cursor().execute("truncate labeling_decision cascade")
    together(lambda _: settle_due_tasks(), list(range(6)))
    assert Decision.objects.count() == 50


def test_one_key_has_one_effect():
    user = make_member(make_project(), Role.MANAGER)
    made = []

    def work(_):
        from uuid import UUID

        return once(user=user, key=UUID(int=7), action="x", payload={}, do=lambda: made.append(1) or "done")

    assert set(together(work, list(range(6)))) == {"done"}
    assert len(made) == 1
    assert IdempotencyKey.objects.count() == 1
