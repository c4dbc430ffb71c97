"""Imports: checked whole, applied in batches that survive a crash, reported row by row, taken back."""

import gzip
import json
from errno import EIO

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError

from labeling.actions import importing
from labeling.actions.answers import read_golden
from labeling.actions.importing_ratings import read_map
from labeling.enums import ImportState, Role
from labeling.files.sheets import write_sheet
from labeling.models import Document, ImportJob, Item
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def start(project, content, name="items.csv", *, by=None, **options):
    data = content if isinstance(content, bytes) else content.encode()
    job = importing.start_import(project=project, file=ContentFile(data, name=name), file_name=name, by=by)
    return importing.set_mapping(
        job=job, mapping=job.mapping, skip_bad=options.get("skip_bad", False), by=by, in_background=False
    )


def carry_on(project, content, name="items.csv", **options):
    return importing.advance(job_id=start(project, content, name, **options).pk)


def rows(number, text="We sell things."):
    return "id,name,text,sector\n" + "".join(f"co-{n},Firm {n},{text} {n},IT\n" for n in range(number))


def test_a_file_becomes_items_with_documents_and_attributes(project):
    job = carry_on(project, rows(3))
    assert (job.state, job.rows_total, job.added, job.refused) == (ImportState.DONE, 3, 3, 0)
    item = Item.objects.get(project=project, external_id="co-1")
    assert (item.name, item.attributes, item.revision) == ("Firm 1", {"sector": "IT"}, 1)
    assert item.documents.get().text == "We sell things. 1"


def test_the_same_file_again_changes_nothing(project):
    carry_on(project, rows(3))
    before = list(Item.objects.order_by("pk").values())
    job = carry_on(project, rows(3))
    assert (job.added, job.updated, job.unchanged) == (0, 0, 3)
    assert list(Item.objects.order_by("pk").values()) == before


def test_a_changed_item_keeps_what_it_said_before(project):
    carry_on(project, rows(3))
    job = carry_on(project, rows(3).replace("We sell things. 1", "We sell more."))
    assert (job.updated, job.unchanged) == (1, 2)
    item = Item.objects.get(external_id="co-1")
    assert item.revision == 2
    assert item.documents.get().text == "We sell more."
    assert item.revisions.get().content["documents"][0]["text"] == "We sell things. 1"


BAD = {
    "no id": "id,text\n,x\n1,y\n",
    "twice the same id": "id,text\n1,x\n1,y\n",
    "no text": "id,text\n1,\n",
    "too few cells": "id,name,text\n1,x\n",
    "a huge attribute": f"id,text,sector\n1,x,{'y' * 600}\n",
    "wrong encoding in the middle": b"id,text\n1,x\n2,\xff\n",
    "a NUL in the middle": b"id,text\n1,x\n2,\0\n",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_file_with_something_wrong_writes_nothing_and_says_what(project, content):
    said = []
    try:
        job = carry_on(project, content)
        said = [job.error] if job.state == ImportState.REFUSED else []
    except Refused as refusal:
        said = [str(refusal)]
    assert said
    assert said[0]
    assert not Item.objects.exists()


def test_bad_rows_can_be_skipped_and_are_listed(project):
    content = "id,text\n1,x\n,y\n1,again\n3,z\n"
    job = carry_on(project, content, skip_bad=True)
    assert (job.state, job.added, job.refused) == (ImportState.DONE, 2, 2)
    assert [problem.line for problem in job.problems.all()] == [3, 4]
    assert Item.objects.get(external_id="1").documents.get().text == "x"


@pytest.mark.parametrize("name", ["items.xlsx", "items", "items.csv.exe", "items.xlsx.gz"])
def test_other_formats_are_refused_at_once(project, name):
    with pytest.raises(Refused):
        start(project, "id,text\n1,x\n", name)
    assert not ImportJob.objects.exists()


def test_gzip_and_json_lines(project):
    lines = "\n".join(json.dumps({"id": n, "text": f"t{n}", "size": 3}) for n in range(4))
    job = carry_on(project, gzip.compress(lines.encode()), "items.jsonl.gz")
    assert job.added == 4
    assert Item.objects.get(external_id="2").attributes == {"size": "3"}


def test_a_workbook_becomes_items_and_gold(project, tmp_path):
    make_taxonomy(project)
    with (tmp_path / "items.xlsx").open("wb") as stream:
        write_sheet(stream, [{"id": 7, "text": "=we sell", "labels": "crm"}], ["id", "text", "labels"])
    job = carry_on(project, (tmp_path / "items.xlsx").read_bytes(), "Items.XLSX")
    assert (job.state, job.added) == (ImportState.DONE, 1)
    assert Item.objects.get(external_id="7").documents.get().text == "=we sell"
    assert [row.values["labels"] for row in read_golden(tmp_path / "items.xlsx", project=project).rows] == [["crm"]]
    assert read_map(_sheet(tmp_path / "map.xlsx", {"from": "a", "to": "crm"})) == {"a": "crm"}


def _sheet(path, row):
    with path.open("wb") as stream:
        write_sheet(stream, [row], list(row))
    return path


def test_a_disk_that_fails_is_told_as_that(project, monkeypatch):
    def fail(path):
        raise OSError(EIO, "Input/output error")

    monkeypatch.setattr("labeling.files.sheets.check_workbook", fail)
    with pytest.raises(Refused, match="could not be read from the disk: Input/output error"):
        start(project, b"x", "items.xlsx")


@pytest.mark.parametrize("crash_at", [1, 2])
def test_a_crash_between_batches_loses_and_doubles_nothing(project, monkeypatch, crash_at):
    monkeypatch.setattr(importing, "BATCH", 4)
    plain, calls = importing.write_items, []

    def dying(**options):
        calls.append(1)
        if len(calls) == crash_at + 1:
            raise KeyboardInterrupt
        return plain(**options)

    monkeypatch.setattr(importing, "write_items", dying)
    job = start(project, rows(11))
    with pytest.raises(KeyboardInterrupt):
        importing.advance(job_id=job.pk)
    assert Item.objects.count() == 4 * crash_at
    ImportJob.objects.filter(pk=job.pk).update(lease_until=None)
    done = importing.advance(job_id=job.pk)
    assert (done.state, done.added, done.unchanged) == (ImportState.DONE, 11, 0)
    assert Item.objects.count() == Document.objects.count() == 11


def test_an_error_leaves_the_job_to_the_next_sweep(project, monkeypatch):
    def busy(**options):
        raise OperationalError("database is locked")

    job = start(project, rows(2))
    with monkeypatch.context() as patch:
        patch.setattr(importing, "write_items", busy)
        with pytest.raises(OperationalError):
            importing.advance(job_id=job.pk)
    assert importing.resume_stalled() == 1
    job.refresh_from_db()
    assert (job.state, job.added) == (ImportState.DONE, 2)


def test_a_job_that_somebody_works_on_is_left_alone(project):
    job = start(project, rows(2))
    ImportJob.objects.filter(pk=job.pk).update(lease_until="2999-01-01T00:00:00Z")
    assert importing.advance(job_id=job.pk) is None
    assert importing.resume_stalled() == 0


def test_a_stalled_job_is_found_again(project):
    job = start(project, rows(2))
    assert importing.resume_stalled() == 1
    job.refresh_from_db()
    assert job.state == ImportState.DONE


def test_equal_texts_and_possible_answers_are_pointed_out(project):
    make_taxonomy(project)
    job = carry_on(project, "id,text,tag\n1,same,crm\n2,same,erp\n")
    assert any("share their text" in warning for warning in job.warnings)
    assert any("“tag” holds labels" in warning for warning in job.warnings)


def test_an_import_can_be_taken_back(project):
    carry_on(project, rows(2))
    job = carry_on(project, rows(4).replace("We sell things. 1", "Changed."))
    importing.take_back(job=job, by=None)
    assert sorted(Item.objects.values_list("external_id", flat=True)) == ["co-0", "co-1"]
    item = Item.objects.get(external_id="co-1")
    assert (item.revision, item.documents.get().text) == (1, "We sell things. 1")
    job.refresh_from_db()
    assert job.state == ImportState.UNDONE


def test_an_import_in_use_stays(project):
    make_taxonomy(project)
    job = carry_on(project, rows(2))
    make_round(project, list(Item.objects.all()))
    with pytest.raises(Refused, match="in use"):
        importing.take_back(job=job, by=None)
    assert Item.objects.count() == 2


def test_only_managers_import(project):
    rater = make_member(project, Role.ANNOTATOR)
    with pytest.raises(NotAllowed):
        start(project, rows(1), by=rater)


def test_a_batch_takes_a_fixed_number_of_queries(project, django_assert_max_num_queries):
    job = start(project, rows(300))
    with django_assert_max_num_queries(32):
        importing.advance(job_id=job.pk)
