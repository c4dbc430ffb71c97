"""The page: a file is looked into, its unknown names are decided, and it becomes a round, all of it or nothing."""

import json
from datetime import timedelta
from errno import EIO
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from labeling.actions.importing import advance
from labeling.actions.rating_imports import look_into, start_rating_import
from labeling.enums import ImportState, Role
from labeling.forms.rating_imports import RatingsMappingForm
from labeling.models import ImportJob, Revision, Round
from reviewapp.common import clock
from reviewapp.common.errors import Refused
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
    form = RatingsMappingForm(job=job, codes={})
    assert [(field.label, count) for field, count in form.rater_rows()] == [("ann", 2), ("ben", 1)]
    assert [(field.label, count) for field, count in form.label_rows()] == [("CRM!", 1), ("=bad()", 1)]
    with patch("labeling.actions.rating_imports._read", side_effect=OSError(EIO, "Input/output error")):
        client.post(url, {"do": "look", "label_0": "crm", "rater_0": "+", "rater_1": "-"})
    job.refresh_from_db()
    assert (
        "from the disk: Input/output error" in job.mapping["error"]
    )  # it cannot be read so: what was decided, and of how many, stays on the page
    form = RatingsMappingForm(job=job, codes={})
    assert [(field.label, count) for field, count in form.rater_rows()] == [("ann", 2), ("ben", 1)]
    client.post(url, {"do": "look", "label_0": "crm", "rater_0": "+", "rater_1": "-"})
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
    assert "The label “<bdi>=bad()</bdi>” was left out of 1 rating." in page
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


@pytest.fixture
def large(project, client, monkeypatch):
    """A file that counts as large, its manager signed in, and its page."""
    monkeypatch.setattr("labeling.actions.rating_imports.LARGE", 0)
    items = [item.external_id for item in make_items(project, 3)]
    client.force_login(make_member(project, Role.MANAGER))
    file = SimpleUploadedFile("r.csv", ("item,rater,labels\n" + "".join(f"{one},ann,crm\n" for one in items)).encode())
    client.post(reverse("labeling:rating-imports", args=[project.slug]), {"file": file, "round": "P"})
    job = ImportJob.objects.get()
    return job, reverse("labeling:rating-import", args=[project.slug, job.public_id])


def test_a_worker_reads_a_large_file_and_goes_on_to_write_it(large, client):
    job, url = large
    assert (job.state, job.mapping.get("report")) == (ImportState.CHECKING, None)
    assert "Checking" in client.get(url + "?wait=1").content.decode()
    with pytest.raises(Refused, match="under way"):
        look_into(job=job, by=job.created_by)
    job = advance(job_id=job.pk)
    assert (job.state, job.rows_total, job.lease_until) == (ImportState.MAPPING, 3, None)
    assert client.get(url + "?wait=1").status_code == 303  # the page of its names, whole
    assert "ann" in client.get(url).content.decode()
    assert client.post(url, {"do": "apply", "rater_0": "+"}).status_code == 303
    job.refresh_from_db()
    assert job.state == ImportState.CHECKING
    assert advance(job_id=job.pk).state == ImportState.DONE
    assert Revision.objects.count() == 3
    assert advance(job_id=job.pk) is None


def test_a_file_that_cannot_be_read_or_used_waits_with_its_reason(large, client):
    job, url = large
    advance(job_id=job.pk)
    client.post(url, {"do": "apply", "rater_0": "-"})
    job = advance(job_id=job.pk)
    assert (job.state, job.mapping["error"]) == (ImportState.MAPPING, "The file has no rating that can be used.")
    assert "no rating that can be used" in client.get(url).content.decode()
    client.post(url, {"do": "look", "format": "argilla"})
    job = advance(job_id=job.pk)
    assert job.mapping["report"]["ratings"] == 0
    assert not Revision.objects.exists()


@pytest.mark.parametrize("dies_in", ["rating_imports._read", "answers.settle_due_tasks"])
def test_a_worker_that_dies_leaves_nothing_half_written_and_the_next_begins_again(large, client, monkeypatch, dies_in):
    job, url = large
    advance(job_id=job.pk)
    client.post(url, {"do": "apply", "rater_0": "+"})

    def dies(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"labeling.actions.{dies_in}", dies)
        with pytest.raises(KeyboardInterrupt):
            advance(job_id=job.pk)
    assert not Revision.objects.exists()
    assert not Round.objects.filter(name="P").exists()
    assert advance(job_id=job.pk) is None  # its lease is not over yet
    ImportJob.objects.filter(pk=job.pk).update(lease_until=clock.now() - timedelta(seconds=1))
    done = advance(job_id=job.pk)
    assert (done.state, done.added) == (ImportState.DONE, 3)
    assert Revision.objects.count() == 3


def test_a_workbook_of_over_20_mb_is_refused_at_once(project, monkeypatch):
    monkeypatch.setattr("labeling.files.sheets.PACKED_MAX", 10)
    file = SimpleUploadedFile("r.xlsx", b"x" * 11)
    with pytest.raises(Refused, match="larger than"):
        start_rating_import(
            project=project, file=file, file_name="r.xlsx", name="P", by=make_member(project, Role.MANAGER)
        )
    assert not ImportJob.objects.exists()
