"""The page: a file is looked into, its unknown names are decided, and it becomes a round, all of it or nothing."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from labeling.actions.importing import advance
from labeling.enums import ImportState, Role
from labeling.models import ImportJob, Revision, Round
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("labeling.tasks.nudge", lambda *arguments: None)
    project = make_project()
    make_taxonomy(project)
    return project


def test_unknown_names_are_decided_on_the_page(project, client):
    one, two = (item.external_id for item in make_items(project, 2))
    client.force_login(make_member(project, Role.MANAGER))
    rows = [
        {"text": "x", "accept": ["CRM!"], "answer": "accept", "_annotator_id": "ann", "item": one},
        {"text": "x", "accept": [], "answer": "accept", "_annotator_id": "ben", "item": one},
        {"text": "x", "accept": ["=bad()"], "answer": "accept", "_annotator_id": "ann", "item": two},
    ]
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    file = SimpleUploadedFile("p.jsonl", content)
    client.post(reverse("labeling:rating-imports", args=[project.slug]), {"file": file, "round": "P"})
    job = ImportJob.objects.get()
    url = reverse("labeling:rating-import", args=[project.slug, job.public_id])
    page = client.get(url).content.decode()
    assert "Prodigy JSON lines, by a guess" in page
    assert "CRM!" in page
    answer = client.post(url, {"do": "apply", "label_0": "crm", "rater_0": "+", "rater_1": "-"})
    assert answer.status_code == 422  # one label is undecided yet; what was decided is kept
    job.refresh_from_db()
    assert (job.state, job.mapping["labels"]) == (ImportState.MAPPING, {"CRM!": "crm"})
    page = client.get(url).content.decode()
    label = next(part.split('"')[0] for part in page.split('name="') if "=bad()" in page and part.startswith("label_1"))
    sent = {"do": "apply", "label_0": "crm", label: "-", "rater_0": "+", "rater_1": "-"}
    assert client.post(url, sent).status_code == 303
    done = advance(job_id=job.pk)
    assert (done.state, done.added, done.refused) == (ImportState.DONE, 1, 0)
    assert advance(job_id=job.pk) is None
    made = Round.objects.get(name="P")
    answer = Revision.objects.get(annotation__task__round=made)
    assert [one.code for one in answer.labels.all()] == ["crm"]
    page = client.get(url).content.decode()
    assert "The label “<bdi>=bad()</bdi>” was left out of 1 ratings" in page
    listed = client.get(reverse("labeling:import-problems", args=[project.slug, job.public_id]))
    lines = b"".join(listed.streaming_content).decode()
    assert "all its labels are left out" in lines
    assert "its rater is left out" in lines


def test_a_name_that_is_taken_refuses_the_job(project, client):
    item = make_items(project, 1)[0].external_id
    client.force_login(make_member(project, Role.MANAGER))
    file = SimpleUploadedFile("r.csv", f"item,rater,labels\n{item},ann,crm\n".encode())
    client.post(reverse("labeling:rating-imports", args=[project.slug]), {"file": file, "round": "P"})
    job = ImportJob.objects.get()
    assert job.mapping["report"]["format"] == "long"
    url = reverse("labeling:rating-import", args=[project.slug, job.public_id])
    assert client.post(url, {"do": "apply", "rater_0": "+"}).status_code == 303
    Round.objects.create(project=project, name="P", taxonomy_version=project.taxonomy_versions.get())
    job = advance(job_id=job.pk)
    assert job.state == ImportState.REFUSED
    assert not Revision.objects.exists()
