"""Ticks: each time is claimed once whoever looks, missed times are caught up once, and a failure stops nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError, transaction

from evaluation.actions import firings
from evaluation.actions.firings import LEASE, fire, tick
from evaluation.actions.schedule_jobs import JOBS, Came
from evaluation.actions.schedules import Timing, run_now, set_schedule, switch_schedule
from evaluation.enums import FiringOutcome
from evaluation.models import Firing, OpenAction, Schedule
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Project
from reviewapp.common import clock
from reviewapp.common.errors import Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 10, 5, tzinfo=UTC)
DAY = timedelta(days=1)


class Now:
    """A clock that the test sets."""

    def __init__(self):
        self.moment = MORNING

    def __call__(self):
        return self.moment


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("evaluation.actions.schedules.nudge", lambda *arguments: None)
    told = Now()
    with clock.told_by(told):
        yield told


@pytest.fixture
def done(monkeypatch):
    """Jobs that only write down that they were done."""
    seen = []

    def perform(firing):
        seen.append(firing.schedule.job)
        return Came(FiringOutcome.DONE, "done")

    for job in JOBS.values():
        monkeypatch.setitem(vars(job), "perform", perform)
    return seen


@pytest.fixture
def schedule():
    project = make_project()
    manager = make_member(project, Role.MANAGER)
    return set_schedule(project=project, job="leases", timing=Timing("0 6 * * *", owner=manager), by=manager)


def test_it_fires_at_its_time_and_only_then(schedule, done, now):
    assert tick() == 0
    now.moment = MORNING.replace(hour=6)
    assert (tick(), tick()) == (1, 0)
    one = Firing.objects.get()
    assert (one.due_at, one.missed, one.outcome, one.said) == (now.moment, 0, "done", "done")
    schedule.refresh_from_db()
    assert schedule.next_due == now.moment + DAY


def test_missed_times_are_caught_up_once(schedule, done, now):
    now.moment = MORNING + 5 * DAY
    assert tick() == 1
    assert done == ["leases"]
    assert (Firing.objects.get().missed, tick()) == (4, 0)
    schedule.refresh_from_db()
    assert schedule.next_due == MORNING.replace(hour=6) + 5 * DAY


def test_two_ticks_that_saw_the_same_time_make_one_firing(schedule, done, now, monkeypatch):
    now.moment = MORNING + DAY
    real = firings.Recurrence.between
    raced = []

    def between(self, *arguments):
        if not raced:  # the second tick comes between what the first read and what it writes
            raced.append(True)
            tick()
        return real(self, *arguments)

    monkeypatch.setattr(firings.Recurrence, "between", between)
    tick()
    assert (Firing.objects.count(), done) == (1, ["leases"])


def test_a_firing_is_in_one_pair_of_hands_and_taken_up_again_after_its_lease(schedule, done, now):
    made = run_now(schedule=schedule, by=None)
    Firing.objects.filter(pk=made.pk).update(started_at=now.moment, lease_until=now.moment + LEASE, attempts=1)
    assert (fire(firing_id=made.pk), done) == (False, [])
    now.moment += LEASE + timedelta(seconds=1)
    assert (tick(), done) == (1, ["leases"])
    assert fire(firing_id=made.pk) is False


def test_what_kills_its_worker_three_times_is_given_up_and_told(schedule, done, now):
    made = run_now(schedule=schedule, by=None)
    Firing.objects.filter(pk=made.pk).update(started_at=now.moment, attempts=3)
    assert tick() == 1
    assert (Firing.objects.get().outcome, done) == ("failed", [])
    assert OpenAction.objects.get().title == "Stale leases failed"


def test_a_failure_is_the_owners_work_and_stops_no_other(schedule, done, now, monkeypatch):
    other = set_schedule(project=schedule.project, job="drift", timing=Timing("0 6 * * *"), by=None)

    def fails(firing):
        make_project("half-done")
        raise ValueError("secret text")

    monkeypatch.setitem(vars(JOBS["leases"]), "perform", fails)
    now.moment = MORNING + DAY
    assert tick() == 2
    broken, fine = (Firing.objects.get(schedule=one) for one in (schedule, other))
    assert (broken.outcome, fine.outcome) == ("failed", "done")
    assert broken.said == "Unexpected error: ValueError. The log of the server says more."
    assert not Project.objects.filter(slug="half-done").exists()
    action = OpenAction.objects.get()
    assert (action.owner, action.firing, str(action.due_on)) == (schedule.owner, broken, "2026-03-13")
    now.moment += DAY
    tick()
    assert OpenAction.objects.count() == 1  # it is open already


def test_a_refusal_is_told_in_its_words_and_a_busy_database_is_tried_again(schedule, done, now, monkeypatch):
    def refuses(firing):
        raise Refused("There is no price.")

    def busy(firing):
        raise OperationalError("database is locked")

    made = run_now(schedule=schedule, by=None)
    monkeypatch.setitem(vars(JOBS["leases"]), "perform", busy)
    tick()
    assert Firing.objects.get().outcome == ""
    monkeypatch.setitem(vars(JOBS["leases"]), "perform", refuses)
    tick()
    assert (Firing.objects.get(pk=made.pk).said, OpenAction.objects.get().why) == ("There is no price.",) * 2


def test_off_and_archived_fire_nothing(schedule, done, now):
    switch_schedule(schedule=schedule, on=False, by=None)
    now.moment = MORNING + DAY
    assert tick() == 0
    switch_schedule(schedule=schedule, on=True, by=None)
    now.moment += 2 * DAY
    Project.objects.update(archived_at=now.moment)
    assert (tick(), Firing.objects.count()) == (0, 0)


def test_a_release_fires_once_and_older_ones_never(done, now):
    project = make_project()
    make_taxonomy(project)
    gold = {one.external_id: {"labels": ["crm"]} for one in make_items(project, 2)}
    old = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    now.moment += timedelta(minutes=1)
    set_schedule(project=project, job="validation", timing=Timing(), by=None)
    now.moment += timedelta(minutes=1)
    assert tick() == 0
    new = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    assert (tick(), tick()) == (1, 0)
    assert (Firing.objects.get().release, old.number) == (new, 1)


def test_what_it_came_to_never_changes(schedule, done, now):
    fire(firing_id=run_now(schedule=schedule, by=None).pk)
    for change in (lambda: Firing.objects.update(said="other"), lambda: Firing.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        Firing.objects.create(schedule=schedule, due_at=now.moment)
    assert Schedule.objects.count() == 1
