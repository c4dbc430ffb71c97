"""Ratings made elsewhere through the API: looked into, their names decided, then a round, all of it or nothing."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from labeling.actions.importing import advance
from labeling.enums import Role
from labeling.models import ImportJob, Round
from tests.api import bearer
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_a_file_is_looked_into_mapped_and_applied(client, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("labeling.tasks.nudge", lambda *arguments: None)
    project = make_project()
    make_taxonomy(project)
    one = make_items(project, 1)[0].external_id
    row = {"text": "x", "accept": ["CRM!"], "answer": "accept", "_annotator_id": "ann", "item": one}
    headers, where = bearer(make_member(project, Role.MANAGER)), [project.slug]

    def upload(name):
        body = {"file": SimpleUploadedFile(name, json.dumps(row).encode()), "round": "P"}
        return client.post(reverse("api:rating-imports", args=where), body, headers=headers)

    assert upload("p.exe").status_code == 422
    assert client.post(reverse("api:rating-imports", args=where), {"round": "P"}, headers=headers).status_code == 422
    made = upload("p.jsonl").json()
    assert (made["state"], made["round"], made["report"]["unknown_labels"]) == ("mapping", "P", {"CRM!": 1})
    job = reverse("api:rating-import", args=[*where, made["id"]])

    def say(**body):
        return client.post(job, json.dumps(body), headers=headers, content_type="application/json")

    assert say(labels={"CRM!": "nothing"}).status_code == 422
    assert say(labels={"CRM!": "crm"}, raters={"ann": "+"}).json()["report"]["refused"] == 0
    assert say(apply=True).json()["state"] == "applying"
    advance(job_id=ImportJob.objects.get().pk)
    assert client.get(job, headers=headers).json()["state"] == "done"
    assert Round.objects.get().name == "P"
    assert client.get(job, headers=bearer(make_member(project, Role.ANALYST))).status_code == 404
