"""The calendar in the browser and on the command line."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.firings import tick
from evaluation.actions.open_actions import Work, open_action
from evaluation.actions.schedules import Timing, set_schedule
from evaluation.models import Firing, Schedule
from evaluation.queries.schedules import calendar_of
from labeling.enums import Role
from reviewapp.common import clock
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
QUERIES = 9


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def manager(project, client):
    client.force_login(make_member(project, Role.MANAGER))
    return client


def url(project, name, *rest):
    return reverse(f"evaluation:{name}", args=[project.slug, *rest])


def test_the_usual_times_are_one_click_and_each_can_be_changed_run_and_switched(manager, project):
    assert b"Nothing is on the calendar yet" in manager.get(url(project, "calendar")).content
    assert manager.post(url(project, "offer-schedules")).status_code == 303
    leases = Schedule.objects.get(job="leases")
    page = manager.get(url(project, "schedule", leases.public_id)).content.decode()
    assert "Every day at 05:30" in page
    sent = {
        "repeats": "weekly",
        "weekday": "2",
        "day": "1",
        "at": "07:15",
        "crontab": "",
        "zone": "Europe/Berlin",
        "owner": "",
    }
    where = url(project, "schedule", leases.public_id)
    assert manager.post(where, sent | {"at": ""}).status_code == 422
    assert manager.post(where, sent | {"repeats": "custom", "crontab": "* * * * *"}).status_code == 422
    assert manager.post(where, sent).status_code == 303
    leases.refresh_from_db()
    assert (leases.recurrence, leases.zone, leases.owner) == ("15 7 * * 2", "Europe/Berlin", None)
    assert manager.post(url(project, "run-schedule", leases.public_id)).status_code == 303
    assert b"No lease was stale." in manager.get(where).content or Firing.objects.get().outcome == ""
    manager.post(url(project, "switch-schedule", leases.public_id), {"on": "0"})
    assert Schedule.objects.get(job="leases").next_due is None


@pytest.mark.parametrize("item_count", [1, 3])
def test_a_month_costs_the_same_however_much_is_on_it(manager, project, item_count, django_assert_num_queries):
    for job in ("drift", "leases", "bias")[:item_count]:
        set_schedule(
            project=project, job=job, timing=Timing("0 6 * * *", owner=make_member(project, Role.ANALYST)), by=None
        )
        open_action(project=project, work=Work(job, job, due_on=NOW.date()), by=None)
    with clock.told_by(lambda: clock.datetime.now(tz=UTC) + timedelta(days=1)):
        tick()
    with django_assert_num_queries(QUERIES):
        manager.get(url(project, "calendar"))


def test_what_ran_what_will_and_what_is_late_stand_on_their_days(project):
    with clock.told_by(lambda: NOW - timedelta(days=3)):
        late = set_schedule(project=project, job="leases", timing=Timing("30 22 * * *"), by=None)
        set_schedule(project=project, job="bias", timing=Timing("0 9 20 * *"), by=None)
    with clock.told_by(lambda: NOW - timedelta(days=2)):
        tick()
    open_action(project=project, work=Work("a", "Forgotten", due_on=NOW.date() - timedelta(days=4)), by=None)
    found = calendar_of(project, month=NOW.date().replace(day=1), zone="Asia/Tokyo", now=NOW)
    days = {day.date.day: day for day in found.days if day.is_inside}
    assert len(found.days) == 42
    assert [one.state for one in days[8].entries] == ["done"]  # half past ten in the evening is the next day in Tokyo
    assert [one.name for one in days[20].chips] == ["Bias audit"]
    assert [one.state for one in days[25].entries] == ["will"]
    assert [(one.name, one.state) for one in found.overdue] == [("Stale leases", "overdue"), ("Forgotten", "overdue")]
    assert found.lines[0].schedule == late
    assert len(found.missing) == 10


def test_analysts_look_and_change_nothing_and_raters_find_nothing(project, client):
    made = set_schedule(project=project, job="leases", timing=Timing("30 5 * * *"), by=None)
    where = url(project, "schedule", made.public_id)
    client.force_login(make_member(project, Role.ANALYST))
    assert b"Run now" not in client.get(where).content
    assert client.post(where, {"repeats": "daily", "at": "07:00", "zone": "UTC"}).status_code == 404
    assert client.post(url(project, "run-schedule", made.public_id)).status_code == 404
    client.force_login(make_member(project, Role.ANNOTATOR))
    assert client.get(url(project, "calendar")).status_code == 404
    assert client.get(url(project, "open-action-count")).status_code == 404


def test_the_command_lists_changes_runs_and_switches(project, capsys):
    call_command("schedule", project.slug, "defaults", zone="Europe/Berlin")
    call_command("schedule", project.slug, "expansion", "set", crontab="0 7 5 * *", size=50)
    call_command("schedule", project.slug, "leases", "now")
    call_command("schedule", project.slug, "bias", "off")
    capsys.readouterr()
    call_command("schedule", project.slug, json="-")
    found = {one["job"]: one for one in json.loads(capsys.readouterr().out)["schedules"]}
    assert (found["expansion"]["crontab"], found["expansion"]["parameters"]["size"]) == ("0 7 5 * *", 50)
    assert (found["leases"]["last"]["outcome"], found["bias"]["is_on"]) == ("done", False)
    for wrong in (["party"], ["leases", "set", "--crontab", "now"], ["leases", "set", "--size", "3"]):
        with pytest.raises((SystemExit, Exception)):
            call_command("schedule", project.slug, *wrong)
