"""Managing by the API: settings under If-Match, rounds, disputes, releases, people and the record."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.seats import claim_seat
from labeling.actions.settling import settle_due_tasks
from labeling.enums import Role
from labeling.models import Decision, Label, Look, Project, Round
from tests.api import bearer
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    made = make_project()
    make_taxonomy(made)
    return made


@pytest.fixture
def asks(client, project):
    """Who asks: `asks(role)(name, *things, sent, verb=...)`."""

    def as_role(*roles):
        headers = bearer(make_member(project, *roles))

        def do(name, *things, sent=None, verb="", **more):
            url, _, query = name.partition("?")
            url = reverse(f"api:{url}", args=[project.slug, *things]) + (f"?{query}" if query else "")
            verb = verb or ("get" if sent is None else "post")
            body = json.dumps(sent or {})
            return client.generic(verb.upper(), url, body, "application/json", headers={**headers, **more})

        return do

    return as_role


def test_settings_change_only_as_they_were_read(asks, project):
    manager = asks(Role.MANAGER)
    tag = manager("project")["ETag"]
    changed = manager("project", sent={"name": "New", "agreement_objective": 0.8}, verb="patch", **{"If-Match": tag})
    assert (changed.status_code, changed.json()["name"]) == (200, "New")
    stale = manager("project", sent={"name": "Newer"}, verb="patch", **{"If-Match": tag})
    assert (stale.status_code, stale.json()["title"]) == (412, "Changed meanwhile")
    assert Project.objects.get(pk=project.pk).name == "New"
    assert manager("project", sent={"slices": ["nope"]}, verb="patch").status_code == 422
    assert "agreement_objective" not in asks(Role.ANNOTATOR)("project").json()
    assert manager("archive-project", sent={"archived": True}).json()["archived_at"]
    assert manager("project", sent={"name": "Late"}, verb="patch").status_code == 403


def test_a_round_is_drawn_paused_and_closed_once(asks, project):
    make_items(project, 4)
    manager, key = asks(Role.MANAGER), {"Idempotency-Key": str(uuid4())}
    sent = {"name": "Pilot", "size": 2, "seed": 1, "by": ["sector"], "undo_seconds": 5}
    made = manager("rounds", sent=sent, **key)
    assert made.status_code == 201
    assert manager("rounds", sent=sent, **key).json() == made.json()
    assert Round.objects.count() == 1
    assert (made.json()["tasks"], made.json()["seats"]) == (2, 4)
    one = made.json()["id"]
    assert manager("rounds", sent={**sent, "name": "Other", "by": ["nope"]}).status_code == 422
    assert manager("pause-round", one, sent={"paused": True}).json()["paused_at"]
    tag = manager("round", one)["ETag"]
    due = manager("round", one, sent={"due_on": "2030-01-31"}, verb="patch", **{"If-Match": tag})
    assert due.json()["due_on"] == "2030-01-31"
    again = manager("round", one, sent={"due_on": None}, verb="patch", **{"If-Match": tag})
    assert again.status_code == 412
    assert manager("close-round", one, sent={}).json()["state"] == "closed"
    assert manager("close-round", one, sent={}).status_code == 403
    kinds = [event["kind"] for event in manager("audit").json()["results"]]
    assert kinds[:2] == ["round.closed", "round.due_set"]
    assert [event["kind"] for event in manager("audit?kind=round.created").json()["results"]] == ["round.created"]


def disputed(project):
    in_round = make_round(project, make_items(project, 1))
    for code in ("crm", "erp"):
        rater = make_member(project, Role.ANNOTATOR)
        seat = claim_seat(in_round=in_round, by=rater)
        label = Label.objects.get(version=in_round.taxonomy_version, code=code)
        answer = Answer(labels=[label], comment=f"I say {code}")
        submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=answer, by=rater)
    settle_due_tasks()
    return in_round


def test_a_dispute_is_opened_and_decided_by_one_judge_at_a_time(asks, project):
    in_round = disputed(project)
    judge, other = asks(Role.ADJUDICATOR), asks(Role.ADJUDICATOR)
    waiting = judge("disputes").json()
    assert (waiting["total"], waiting["escalated"]) == (1, [])
    task = waiting["waiting"][0]["id"]
    assert judge("dispute", task).status_code == 403
    seen = judge("open-dispute", task, sent={}).json()
    assert seen["disputed"] == ["crm", "erp"]
    assert [one["who"] for one in seen["answers"]] == ["A", "B"]
    assert "@" not in json.dumps(seen)
    assert other("open-dispute", task, sent={}).status_code == 409
    sent = {"labels": ["crm"], "after_decision": 0, "reasons": {"erp": "rater_slip"}, "rationale": "It says so."}
    assert judge("decide", task, sent={**sent, "labels": ["nope"]}).status_code == 422
    assert judge("decide", task, sent=sent).json() == {"decision": 1}
    assert judge("decide", task, sent=sent).status_code == 409
    assert Decision.objects.count() == 1
    assert judge("dispute", task).json()["history"][0]["labels"] == ["crm"]
    mine = asks(Role.MANAGER)("annotations", in_round.public_id).json()["results"]
    assert sorted(one["labels"] for one in mine) == [["crm"], ["erp"]]
    assert asks(Role.ENGINEER)("annotations", in_round.public_id).status_code == 404


def test_held_out_gold_is_for_managers_and_on_the_ledger(asks, project):
    items = make_items(project, 4)
    gold = {
        item.external_id: {"labels": ["crm"], "split": "test" if place else "dev"} for place, item in enumerate(items)
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    engineer, manager = asks(Role.ENGINEER), asks(Role.MANAGER)
    dev = engineer("entries", release.public_id).json()["results"]
    assert [(one["item"], one["labels"]) for one in dev] == [(items[0].external_id, ["crm"])]
    assert dev[0]["content"]["documents"][0]["text"]
    for person in (engineer, manager):
        assert person("entries?split=test", release.public_id).status_code == 403
    assert engineer("export-release?include_test=1", release.public_id).status_code == 403
    rows = [json.loads(row) for row in engineer("export-release", release.public_id).getvalue().splitlines()]
    assert [("labels" in row) for row in rows if row["split"] == "test"] == [False] * 3
    assert not Look.objects.exists()
    rows = manager("export-release?include_test=1", release.public_id).getvalue().splitlines()
    assert all(json.loads(row)["labels"] == ["crm"] for row in rows)
    assert [one["kind"] for one in engineer("looks", release.public_id).json()["results"]] == ["export"]
    assert engineer("releases").json()["results"][0]["name"] == "gold@1"


def test_a_round_is_frozen_with_its_agreement(asks, project):
    in_round, judge, manager = disputed(project), asks(Role.ADJUDICATOR), asks(Role.MANAGER)
    task = judge("disputes").json()["waiting"][0]["id"]
    judge("open-dispute", task, sent={})
    judge("decide", task, sent={"labels": ["crm"], "after_decision": 0})
    sent = {"name": "pilot", "shares": {"dev": 1}, "seed": 1, "override_reason": "A pilot."}
    assert manager("freeze-round", in_round.public_id, sent={**sent, "shares": {"dev": 0.5}}).status_code == 422
    shown = manager("preview-freeze", in_round.public_id, sent=sent)
    assert (shown.status_code, shown.json()["splits"]) == (200, {"dev": 1, "test": 0, "fewshot": 0})
    assert (shown.json()["held_out_by"], shown.json()["sentences"]) == ([], [])
    frozen = manager("freeze-round", in_round.public_id, sent=sent)
    assert (frozen.status_code, frozen.json()["name"], frozen.json()["counts"]["entries"]) == (201, "pilot@1", 1)
    assert manager("round", in_round.public_id).json()["state"] == "closed"
    assert manager("release", frozen.json()["id"]).json()["held_out"] == []
    again = manager("freeze-round", in_round.public_id, sent={**sent, "retire_test": "No reason."})
    assert (again.status_code, "no test split to retire" in again.json()["detail"]) == (422, True)


def test_people_are_invited_and_given_roles(asks, project):
    manager = asks(Role.MANAGER)
    made = manager("invitations", sent={"email": "new@example.org", "role": "analyst"})
    assert (made.status_code, "/invitations/" in made.json()["link"]) == (201, True)
    assert "link" not in manager("invitations").json()[0]
    assert manager("invitation", made.json()["id"], verb="delete").status_code == 204
    assert manager("invitations").json() == []
    one = make_member(project, Role.ANALYST)
    assert manager("change-role", one.public_id, sent={"role": "engineer", "how": "add"}).status_code == 204
    roles = {person["email"]: person["roles"] for person in manager("members").json()}
    assert roles[one.email] == ["analyst", "engineer"]
    assert manager("switch-member", one.public_id, sent={"active": False}).status_code == 204
