"""The calendar of a project: who may change it, what is refused, and that a change makes nothing fire twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from evaluation.actions.schedule_jobs import JOBS
from evaluation.actions.schedules import Timing, offer_defaults, run_now, set_schedule, switch_schedule
from evaluation.models import Firing, Schedule
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr("evaluation.actions.schedules.nudge", lambda *arguments: None)
    with clock.told_by(lambda: NOW):
        yield


@pytest.fixture
def project():
    return make_project()


def test_the_usual_times_are_taken_over_once_each_with_an_owner_by_role(project):
    manager, engineer = (make_member(project, role) for role in (Role.MANAGER, Role.ENGINEER))
    made = offer_defaults(project=project, zone="Europe/Berlin", by=manager)
    assert [one.job for one in made] == list(JOBS)
    owners = {one.job: one.owner for one in made}
    assert (owners["nightly"], owners["expansion"], owners["bias"]) == (engineer, manager, manager)
    due = {one.job: one.next_due for one in made}
    assert due["nightly"] == datetime(2026, 3, 11, 1, tzinfo=UTC)
    assert due["selection"] == datetime(2026, 4, 3, 7, tzinfo=UTC)
    assert due["validation"] is None
    assert offer_defaults(project=project, zone="UTC", by=manager) == []


def test_only_engineers_and_managers_change_it(project):
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR, Role.ANALYST):
        with pytest.raises(NotAllowed):
            set_schedule(project=project, job="drift", timing=Timing("0 6 * * *"), by=make_member(project, role))
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("job", "timing"),
    [
        ("party", Timing("0 6 * * *")),
        ("drift", Timing("")),
        ("drift", Timing("0 6 * * *", "Mars/Olympus")),
        ("validation", Timing("0 6 * * *")),
        ("drift", Timing("0 6 * * *", parameters={"size": 3})),
        ("expansion", Timing("0 6 * * *", parameters={"size": 0})),
        ("expansion", Timing("0 6 * * *", parameters={"size": "many"})),
    ],
)
def test_what_makes_no_sense_is_refused(project, job, timing):
    with pytest.raises(Refused):
        set_schedule(project=project, job=job, timing=timing, by=None)
    assert not Schedule.objects.exists()


def test_an_owner_sees_the_list(project):
    with pytest.raises(Refused, match="owner"):
        set_schedule(
            project=project,
            job="drift",
            timing=Timing("0 6 * * *", owner=make_member(project, Role.ANNOTATOR)),
            by=None,
        )


def test_saving_the_same_again_leaves_what_is_overdue_due(project):
    made = set_schedule(project=project, job="drift", timing=Timing("0 6 * * *"), by=None)
    with clock.told_by(lambda: NOW + timedelta(days=2)):
        same = set_schedule(project=project, job="drift", timing=Timing("0 6 * * *"), by=None)
        assert same.next_due == made.next_due
        other = set_schedule(project=project, job="drift", timing=Timing("0 7 * * *"), by=None)
    assert other.next_due == datetime(2026, 3, 13, 7, tzinfo=UTC)
    assert list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True)) == [
        "schedule.made",
        "schedule.changed",
    ]


def test_off_forgets_and_on_goes_on_from_the_next_time(project):
    made = set_schedule(project=project, job="drift", timing=Timing("0 6 * * *"), by=None)
    off = switch_schedule(schedule=made, on=False, by=None)
    assert off.next_due is None
    with clock.told_by(lambda: NOW + timedelta(days=3)):
        on = switch_schedule(schedule=off, on=True, by=None)
    assert (on.next_due, on.on_since) == (datetime(2026, 3, 14, 6, tzinfo=UTC), NOW + timedelta(days=3))


def test_a_double_click_runs_once(project):
    made = set_schedule(project=project, job="leases", timing=Timing("0 6 * * *"), by=None)
    assert run_now(schedule=made, by=None) == run_now(schedule=made, by=None)
    assert Firing.objects.count() == 1


def test_the_database_keeps_due_and_on_together(project):
    made = set_schedule(project=project, job="leases", timing=Timing("0 6 * * *"), by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Schedule.objects.filter(pk=made.pk).update(is_on=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Schedule.objects.filter(pk=made.pk).update(next_due=None)
