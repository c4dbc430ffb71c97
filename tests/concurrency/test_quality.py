"""Groups that must differ, trainees who come at once, and two managers at one pause, on real PostgreSQL."""

import pytest
from django.db.models import Count

from labeling.actions.checks import lift_pause, review_checks
from labeling.actions.seats import claim_seat
from labeling.actions.training import make_training_round, seat_for_trainee
from labeling.enums import Role
from labeling.models import AuditEvent, Qualification, RaterPause, Seat
from reviewapp.common import clock
from tests.concurrency.test_queue import together
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy
from tests.known import answer, make_release

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_no_item_gets_two_raters_of_one_group():
    project = make_project()
    made = make_round(project, make_items(project, 60), raters=2, distinct_groups=True)
    raters = [make_member(project, Role.ANNOTATOR, group=f"group {number % 2}") for number in range(12)]

    def work(rater):
        done = 0
        while seat := claim_seat(in_round=made, by=rater):
            answer(seat, rater, "crm")
            done += 1
        return done

    done = together(work, raters)

    assert sum(done) == 120
    groups = Seat.objects.values("task").annotate(n=Count("group", distinct=True))
    assert {row["n"] for row in groups} == {2}


def test_trainees_who_come_at_once_each_get_every_item():
    project = make_project()
    make_taxonomy(project)
    training = make_training_round(
        project=project, name="T", release=make_release(project, 5), split="dev", size=5, bar=0.8, seed=1, by=None
    )
    trainees = [make_member(project, Role.ANNOTATOR) for _ in range(8)]

    def work(trainee):
        while seat := seat_for_trainee(in_round=training, by=trainee):
            answer(seat, trainee, "crm")

    together(work, trainees)

    assert Seat.objects.filter(round=training).count() == 40
    assert Qualification.objects.count() == 8


def test_two_tabs_of_one_trainee_hold_one_seat():
    project = make_project()
    make_taxonomy(project)
    training = make_training_round(
        project=project, name="T", release=make_release(project, 5), split="dev", size=5, bar=0.8, seed=1, by=None
    )
    trainee = make_member(project, Role.ANNOTATOR)

    seats = together(lambda _: seat_for_trainee(in_round=training, by=trainee), list(range(6)))

    assert len({seat.pk for seat in seats}) == 1
    assert Seat.objects.filter(round=training).count() == 1


def test_sweeps_at_once_pause_once_and_managers_at_once_lift_once():
    project = make_project()
    made = make_round(project, make_items(project, 2), raters=1, check_bar=0.5, check_least=1)
    release = make_release(project, items=[task.item for task in made.tasks.all()])
    for task in made.tasks.all():
        task.gold = release.entries.get(item=task.item)
        task.save()
    rater, manager = make_member(project, Role.ANNOTATOR), make_member(project, Role.MANAGER)
    answer(claim_seat(in_round=made, by=rater), rater, "erp")

    paused = together(lambda _: review_checks(in_round=made), list(range(4)))
    assert sum(paused) == RaterPause.objects.count() == 1

    pause = RaterPause.objects.select_related("round__project", "rater").get()
    lifted = together(lambda _: lift_pause(pause=pause, by=manager), list(range(4)))
    assert sum(lifted) == AuditEvent.objects.filter(kind="rater.pause_lifted").count() == 1
    assert RaterPause.objects.get().lifted_at <= clock.now()
