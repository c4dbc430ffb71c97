"""Predictions pushed in parts: whole or not at all, once for each key, a million at a steady size."""

import gzip
import json
from uuid import uuid4

import pytest
from django.urls import reverse

from evaluation.models import Prediction, Run
from labeling.enums import Role, Scope
from tests.api import bearer
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
LINES = "application/x-ndjson"


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    make_items(project, 4)
    return project


@pytest.fixture
def ask(client, project):
    headers = bearer(make_member(project, Role.ENGINEER), Scope.PREDICT)

    def send(url, body, kind="application/json", **more):
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return client.post(url, content, content_type=kind, headers={**headers, **more})

    return send


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def opened(ask, project, name="elsewhere"):
    made = ask(reverse("api:open-push", args=[project.slug]), {"name": name})
    assert made.status_code == 201, made.content
    return made.json()["id"]


def test_parts_add_up_and_a_part_sent_again_has_no_second_effect(ask, project):
    one, two, three, four = project.items.values_list("external_id", flat=True).order_by("pk")
    run = opened(ask, project)
    part, finish = (reverse(f"api:{name}", args=[project.slug, run]) for name in ("push-part", "finish-push"))
    key, other = str(uuid4()), str(uuid4())
    first = lines(
        [{"item": one, "labels": [{"code": "crm", "confidence": 0.9}], "cost": 0.25}, {"item": two, "labels": []}]
    )
    for _ in range(2):
        sent = ask(part, first, LINES, **{"Idempotency-Key": key})
        assert (sent.status_code, sent.json()) == (200, {"run": run, "total": 2})
    assert ask(part, lines([{"item": three, "labels": []}]), LINES, **{"Idempotency-Key": key}).status_code == 409
    packed = gzip.compress(json.dumps([{"item": three, "labels": ["Crm"]}]).encode())
    more = {"Idempotency-Key": other, "Content-Encoding": "gzip"}
    assert ask(part, packed, "application/json", **more).json()["total"] == 3
    refused = ask(finish, {"expected": 4})
    assert (refused.status_code, "not 4" in refused.json()["detail"]) == (422, True)
    done = ask(finish, {"expected": 3}).json()
    assert (done["state"], done["total"], done["done"], done["spent_usd"], done["prompt"]) == ("done", 3, 3, 0.25, None)
    late = ask(part, lines([{"item": four, "labels": []}]), LINES, **{"Idempotency-Key": str(uuid4())})
    assert late.status_code == 403
    assert sorted(len(one) for one in Prediction.objects.values_list("labels", flat=True)) == [0, 1, 1]


def test_a_part_with_bad_rows_is_refused_whole_with_the_lines(ask, project):
    one, two, *_ = project.items.values_list("external_id", flat=True).order_by("pk")
    run = opened(ask, project)
    part = reverse("api:push-part", args=[project.slug, run])
    assert (
        ask(part, lines([{"item": one, "labels": []}]), LINES, **{"Idempotency-Key": str(uuid4())}).json()["total"] == 1
    )
    for rows, said in (
        ([{"item": two, "labels": ["crm"]}, {"item": two, "labels": ["nonsense"]}], {"line 2": "no label"}),
        ([{"item": two, "labels": []}, {"item": two, "labels": []}], {"line 2": "already on line 1"}),
        ([{"item": "stranger", "labels": []}, {"item": two}], {"line 1": "no item", "line 2": "no “labels”"}),
        ([{"item": two, "labels": []}, {"item": one, "labels": []}], {"line 2": "pushed before"}),
        ([{"item": two, "labels": [], "cost": 1e300}], {"line 1": "cost"}),
    ):
        answer = ask(part, lines(rows), LINES, **{"Idempotency-Key": str(uuid4())})
        assert answer.status_code == 422, answer.content
        errors = answer.json()["errors"]
        assert errors.keys() == said.keys()
        assert all(words in errors[line][0] for line, words in said.items()), errors
    assert ask(part, "not json\n", LINES, **{"Idempotency-Key": str(uuid4())}).status_code == 422
    assert ask(part, lines([{"item": two, "labels": []}]), LINES).json()["errors"].keys() == {"Idempotency-Key"}
    assert Prediction.objects.count() == Run.objects.get().total == 1


def test_limits_names_and_runs_of_ones_own(ask, project, monkeypatch):
    keys = project.items.values_list("external_id", flat=True)
    run = opened(ask, project)
    assert ask(reverse("api:open-push", args=[project.slug]), {"name": "elsewhere"}).status_code == 422
    monkeypatch.setattr("evaluation.api.pushes.PART_ROWS", 3)
    part = reverse("api:push-part", args=[project.slug, run])
    many = ask(part, lines([{"item": key, "labels": []} for key in keys]), LINES, **{"Idempotency-Key": str(uuid4())})
    assert (many.status_code, "at most 3 rows" in many.json()["detail"]) == (422, True)
    assert ask(reverse("api:finish-push", args=[project.slug, run]), {}).status_code == 422
    assert Prediction.objects.count() == 0


def test_a_part_asks_for_its_items_alone(ask, project, django_assert_max_num_queries):
    items = make_items(project, 60)
    run = opened(ask, project)
    part = reverse("api:push-part", args=[project.slug, run])
    body = lines([{"item": item.external_id, "labels": ["crm"]} for item in items])
    with django_assert_max_num_queries(32):
        assert ask(part, body, LINES, **{"Idempotency-Key": str(uuid4())}).json()["total"] == 60
