"""Exports through the API: asked for, written, fetched by whoever asked and by nobody else."""

import json
from hashlib import sha256

import pytest
from django.urls import reverse

from evaluation.actions.exporting import advance_export
from evaluation.models import Export
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.api import bearer
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_an_export_is_asked_for_written_and_fetched(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 2)
    gold = {one.external_id: {"labels": ["crm"]} for one in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    engineer, manager = make_member(project, Role.ENGINEER), make_member(project, Role.MANAGER)
    headers, where = bearer(engineer), reverse("api:exports", args=[project.slug])

    def ask(**body):
        return client.post(where, json.dumps(body), headers=headers, content_type="application/json")

    source = f"release:{release.public_id}"
    assert ask(source=source, format="jsonl", with_test=True).status_code == 403
    for refused in ({"source": "annotations"}, {"source": source, "format": "doccano"}, {"source": "release:x"}, {}):
        assert ask(**refused).status_code == 422
    made = ask(source=source, format="jsonl")
    assert (made.status_code, made.json()["state"], made.json()["what"]) == (202, "waiting", "golden")
    one, file = (reverse(f"api:{name}", args=[project.slug, made.json()["id"]]) for name in ("export", "export-file"))
    assert client.get(file, headers=headers).status_code == 409
    advance_export(export_id=Export.objects.get().pk)
    assert client.get(one, headers=headers).json()["rows"] == 2
    answer = client.get(file, headers={**headers, "Accept": "text/csv"})
    rows = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert [row["labels"] for row in rows] == [["crm"], ["crm"]]
    assert client.get(file, headers=bearer(manager)).status_code == 404


def test_a_training_file_is_written_and_a_model_said_to_be_trained_with_it(client):
    project = make_project()
    make_taxonomy(project)
    gold = {one.external_id: {"labels": ["crm"], "split": "dev"} for one in make_items(project, 2)}
    release = import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    headers, where = bearer(make_member(project, Role.ENGINEER)), reverse("api:training-files", args=[project.slug])

    def say(url, headers=headers, **body):
        return client.post(url, json.dumps(body), headers=headers, content_type="application/json")

    assert say(where, source=f"release:{release.public_id}:test").status_code == 422
    assert say(where, bearer(make_member(project, Role.ANALYST)), source="x").status_code in (403, 404)
    body = b"".join(say(where, source=f"release:{release.public_id}:dev").streaming_content)
    made = client.get(where, headers=headers).json()["results"][0]
    assert (made["lines"], made["splits"], made["models"]) == (2, {"dev": 2}, {})
    assert sha256(body).hexdigest() == made["digest"]
    one = reverse("api:training-file", args=[project.slug, made["id"]])
    assert say(one, model="ft:small", is_trained="maybe").status_code == 422
    assert say(one, model="ft:small", is_trained="yes").json()["models"] == {"ft:small": True}
    assert client.get(one, headers=headers).json()["what"] == "tuning"
