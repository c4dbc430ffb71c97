"""Drift in the browser and on the command line."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.drift import compute_check, sweep_drift
from evaluation.models import DriftCheck, DriftMonitor
from labeling.enums import Role
from reviewapp.common import clock
from tests.evaluation.actions.test_drift import DAY, START, no_worker, project, said  # noqa: F401
from tests.factories import make_member

pytestmark = pytest.mark.django_db
LIST_QUERIES = 7


@pytest.fixture
def engineer(project, client):  # noqa: F811
    client.force_login(make_member(project, Role.ENGINEER))
    return client


def read(client, project, name, *rest):  # noqa: F811
    answer = client.get(reverse(f"evaluation:{name}", args=[project.slug, *rest]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_two_runs_are_compared_once_and_read(engineer, project):  # noqa: F811
    runs = [said(project, "a", on=START), said(project, "b", on=START + DAY, lost=0.4)]
    assert "Nothing is watched yet" in read(engineer, project, "drift")
    where = reverse("evaluation:new-drift-check", args=[project.slug])
    sent = {
        "reference": str(runs[0].public_id), "current": str(runs[1].public_id), "cohort": "region",
        "idempotency_key": "11111111-1111-4111-8111-111111111111",
    }  # fmt: skip
    assert {engineer.post(where, sent).status_code for _ in range(2)} == {303}
    check = DriftCheck.objects.get()
    assert "Being computed" in read(engineer, project, "drift-check", check.public_id)
    compute_check(check_id=check.pk)
    page = read(engineer, project, "drift-check", check.public_id)
    assert "signals moved" in page
    assert "F1 on gold in South" in page
    assert "Run b" in page
    assert engineer.post(where, sent | {"current": sent["reference"], "idempotency_key": ""}).status_code == 422
    rows = engineer.get(reverse("evaluation:download-drift", args=[project.slug, check.public_id, "csv"]))
    assert rows.content.decode().count("\n") == len(check.__class__.objects.get().report["signals"]) + 1


def test_a_monitor_is_made_watched_and_switched_off(engineer, project):  # noqa: F811
    said(project, "a", on=START)
    said(project, "b", on=START + DAY, lost=0.4)
    where = reverse("evaluation:new-monitor", args=[project.slug])
    sent = {"name": "daily", "reference_from": "2026-03-01", "reference_until": "2026-03-01", "days": "1", "cohort": ""}
    assert engineer.post(where, sent | {"days": "0"}).status_code == 422
    assert engineer.post(where, sent).status_code == 303
    assert b"There is a monitor" in engineer.post(where, sent).content
    monitor = DriftMonitor.objects.get()
    assert "No window has ended yet" in read(engineer, project, "monitor", monitor.public_id)
    with clock.told_by(lambda: START + 2 * DAY):
        sweep_drift()
    page = read(engineer, project, "monitor", monitor.public_id)
    assert "1 outside" in page
    assert "signals moved" in page
    assert "moved</a>" in read(engineer, project, "drift")
    engineer.post(reverse("evaluation:switch-monitor", args=[project.slug, monitor.public_id]), {"on": "0"})
    assert not DriftMonitor.objects.get().is_active


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_more(engineer, project, count, django_assert_num_queries):  # noqa: F811
    for number in range(count):
        DriftMonitor.objects.create(
            project=project, name=f"m{number}", reference_from=START, reference_until=START + DAY
        )
    with django_assert_num_queries(LIST_QUERIES):
        read(engineer, project, "drift")


def test_the_command_says_what_moved_and_gates(project, capsys):  # noqa: F811
    said(project, "a", on=START)
    said(project, "b", on=START + DAY, lost=0.4)
    said(project, "c", on=START + DAY)
    with pytest.raises(SystemExit) as left:
        call_command("drift", project.slug, "a", "b", "--within", "region", "--gate", "--json", "-")
    assert left.value.code == 1
    assert any(one["fired"] for one in json.loads(capsys.readouterr().out)["signals"])
    with pytest.raises(SystemExit) as left:
        call_command("drift", project.slug, "a", "none")
    assert left.value.code == 2
    call_command("drift", project.slug, "a", "c", "--gate")
    assert "Nothing moved" in capsys.readouterr().out
