"""Alerts and incidents steered through the API as on their pages; engineers learn nothing of agreement."""

import json

import pytest
from django.urls import reverse

from evaluation.models import AlertRule, Incident, IncidentEntry
from labeling.enums import Role
from tests.api import bearer
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def send(client, verb, route, args, headers, **body):
    where = reverse(f"api:{route}", args=args)
    return client.generic(verb, where, json.dumps(body), "application/json", headers=headers)


def test_an_incident_is_opened_worked_on_and_changed_in_part(client):
    project = make_project()
    engineer = make_member(project, Role.ENGINEER)
    headers = bearer(engineer)
    stranger = make_member(make_project(), Role.ENGINEER)
    refused = send(client, "POST", "incidents", [project.slug], headers, title="It fell", owner=str(stranger.public_id))
    assert (refused.status_code, set(refused.json()["errors"])) == (422, {"owner"})
    told = {"title": "It fell", "severity": "high", "owner": str(engineer.public_id)}
    keyed = {**headers, "Idempotency-Key": "0d7b8a14-5a51-4c0e-9a35-0f7a0b6f5c12"}
    made, again = (send(client, "POST", "incidents", [project.slug], keyed, **told).json() for _ in range(2))
    assert (made["id"], made["state"], made["clock"]) == (again["id"], "open", made["clock"])
    where = [project.slug, made["id"]]
    changed = send(client, "POST", "step-incident", where, headers, step="change", cause="A new model").json()
    assert [changed[name] for name in ("title", "severity", "owner", "cause")] == [
        "It fell", "high", str(engineer.public_id), "A new model",
    ]  # fmt: skip
    noted = send(client, "POST", "step-incident", where, headers, step="note", text="Looked at it.").json()
    assert [one["kind"] for one in noted["timeline"]] == ["opened", "changed", "note"]
    for step, status in (("note", 422), ("again", 422), ("accept", 403), ("recover", 422), ("other", 422)):
        assert send(client, "POST", "step-incident", where, headers, step=step).status_code == status
    assert IncidentEntry.objects.count() == 3


def test_a_rule_is_made_changed_and_snoozed(client):
    project = make_project()
    manager, engineer = (bearer(make_member(project, role)) for role in (Role.MANAGER, Role.ENGINEER))
    rule = {"name": "F1", "metric": "micro_f1", "comparison": "below", "threshold": 0.7, "no_data": "ok"}
    made = send(client, "POST", "alerts", [project.slug], engineer, **rule)
    assert made.status_code == 201
    where = [project.slug, made.json()["id"]]
    assert (
        send(client, "PUT", "alert", where, engineer, **(rule | {"comparison": "drop", "threshold": 200})).status_code
        == 422
    )
    assert send(client, "PUT", "alert", where, engineer, **(rule | {"threshold": 0.6})).status_code == 200
    assert AlertRule.objects.get().threshold == 0.6
    assert send(client, "POST", "steer-alert", where, engineer, step="snooze", hours=8).json()["is_snoozed"]
    assert send(client, "POST", "steer-alert", where, engineer, step="acknowledge").status_code == 422
    agreement = rule | {"name": "Agreement", "metric": "agreement"}
    assert send(client, "POST", "alerts", [project.slug], engineer, **agreement).status_code == 422
    hidden = [project.slug, send(client, "POST", "alerts", [project.slug], manager, **agreement).json()["id"]]
    assert send(client, "POST", "steer-alert", hidden, engineer, step="off").status_code == 404
    assert len(client.get(reverse("api:alerts", args=[project.slug]), headers=engineer).json()["results"]) == 1


def test_changes_under_if_match_happen_only_to_what_was_read(client, monkeypatch):
    project = make_project()
    headers = bearer(make_member(project, Role.MANAGER))

    def tag(route, where):
        return client.get(reverse(f"api:{route}", args=where), headers=headers)["ETag"]

    rule = {"name": "F1", "metric": "failures", "comparison": "drop", "threshold": 10.0, "no_data": "ok"}
    where = [project.slug, send(client, "POST", "alerts", [project.slug], headers, **rule).json()["id"]]
    read = tag("alert", where)
    kept = client.get(reverse("api:alert", args=where), headers=headers).json()["rule"]
    assert {name: kept[name] for name in rule} == rule
    AlertRule.objects.update(checked_at=None, state="no_data")  # the watch moved on: nobody changed anything
    assert tag("alert", where) != read
    stale = {**headers, "If-Match": read}
    assert send(client, "PUT", "alert", where, stale, **(kept | {"days": 3})).status_code == 200
    refused = send(client, "PUT", "alert", where, stale, **(kept | {"days": 5}))
    assert (refused.status_code, refused.json()["title"]) == (412, "Changed meanwhile")
    assert AlertRule.objects.get().days == 3

    made = send(client, "POST", "incidents", [project.slug], headers, title="It fell", severity="high").json()
    where = [project.slug, made["id"]]
    stale = {**headers, "If-Match": tag("incident", where)}
    monkeypatch.setattr("evaluation.queries.incidents.clock_said", lambda incident, now: "47 hours left")
    for status, title in ((200, "It fell deep"), (412, "It rose")):
        assert send(client, "POST", "step-incident", where, stale, step="change", title=title).status_code == status
    assert Incident.objects.get().title == "It fell deep"

    stale = {**headers, "If-Match": tag("spending", [project.slug])}
    for status, day in ((200, 5), (412, 6)):
        answer = send(client, "PATCH", "spending", [project.slug], stale, day=day)
        assert answer.status_code == status
    assert tag("spending", [project.slug]).count("-") == 1
    assert send(client, "PATCH", "spending", [project.slug], headers, item=1).json()["limits"]["day"] == 5.0
