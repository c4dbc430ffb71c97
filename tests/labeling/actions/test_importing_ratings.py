"""Ratings out of other tools' files: the right labels, empties and skips, and nothing dropped unsaid."""

import json
from pathlib import Path

import pytest

from labeling.actions.answers import import_annotations
from labeling.actions.importing_ratings import read_ratings
from labeling.files.reading_ratings import Asked
from labeling.models import Item, Revision, RevisionLabel, Skip
from tests.factories import make_project, make_taxonomy

pytestmark = pytest.mark.django_db
FIXTURE = Path(__file__).parents[1] / "files" / "label_studio.json"


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    for number in (1, 2, 3):
        Item.objects.create(project=project, external_id=f"ls-{number}", name="x", digest="a", text_digest="b")
    return project


def test_a_label_studio_export_with_three_annotators(project):
    read = read_ratings(FIXTURE, project=project, asked=Asked(item="ref"))
    assert (read.format, read.is_guess, read.problems) == ("label-studio", True, [])
    about = read.as_dict()
    assert (about["ratings"], about["empties"], about["raters"]) == (3, 1, 3)
    assert about["left_out"] == {"not answered": 1, "skip": 1}
    assert about["unknown_raters"] == {"1": 1, "2": 1, "3": 1}
    assert sum("left out" in note for note in read.notes) == 3  # a draft, a prediction and a working time
    made = import_annotations(project=project, name="LS", ratings=read.rows, skips=read.skips, by=None)
    answers = {
        (one.annotation.task.item.external_id, one.annotation.rater.name): (
            sorted(one.labels.values_list("code", flat=True)),
            one.seconds,
        )
        for one in Revision.objects.filter(annotation__task__round=made)
    }
    assert answers == {("ls-1", "1"): (["crm", "payroll"], 42), ("ls-1", "2"): ([], 4), ("ls-2", "3"): (["erp"], None)}
    assert Skip.objects.get().rater.name == "3"
    assert RevisionLabel.objects.get(label__code="crm").evidence == [{"text": "Company 1"}]


def test_a_taxonomy_control_of_label_studio_holds_paths(project, tmp_path):
    tasks = json.loads(FIXTURE.read_text())
    value = {"value": {"taxonomy": [["Erp"]]}, "id": "g7h8i9", "from_name": "offer", "to_name": "text"}
    for task in tasks:
        for annotation in task["annotations"]:
            annotation["completed_by"] = {"id": 1, "email": "ann@example.org", "first_name": "", "last_name": ""}
            annotation["result"] = [{**value, "type": "taxonomy", "origin": "manual"}] if annotation["result"] else []
    (tmp_path / "t.json").write_text(json.dumps(tasks[1:]))

    read = read_ratings(tmp_path / "t.json", project=project, asked=Asked(item="ref"))

    assert [(row.values["rater"], row.values["labels"]) for row in read.rows] == [("ann@example.org", ["erp"])]


def lines(tmp_path, *rows, name="f.jsonl"):
    path = tmp_path / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_unknown_names_are_all_reported_and_mapped_or_left_out_on_the_record(project, tmp_path):
    path = lines(
        tmp_path,
        {"item": "ls-1", "rater": "a", "labels": ["CRM system", "Other", "crm"]},
        {"item": "ls-2", "rater": "a", "labels": ["Other"]},
        {"item": "ls-2", "rater": "b", "labels": []},
        {"item": "ls-3", "rater": "bot", "labels": ["crm"]},
    )
    read = read_ratings(path, project=project, asked=Asked())
    assert read.unknown_labels == {"CRM system": 1, "Other": 2}
    assert (len(read.rows), len(read.problems)) == (2, 2)
    read = read_ratings(
        path,
        project=project,
        asked=Asked(),
        labels={"CRM system": "crm", "Other": ""},
        raters={"a": "ann@example.org", "bot": ""},
    )
    assert [(row.item, row.values["rater"], row.values["labels"]) for row in read.rows] == [
        ("ls-1", "ann@example.org", ["crm"]),
        ("ls-2", "b", []),
    ]
    about = read.as_dict()
    assert about["left_out"] == {"labels left out": 1, "rater left out": 1}  # never an answer that nobody gave
    assert (about["labels_left_out"], about["refused"]) == ({"Other": 2}, 0)


def test_an_empty_row_of_doccano_is_no_answer_until_somebody_says_so(project, tmp_path):
    path = lines(tmp_path, {"id": 1, "item": "ls-1", "text": "x", "label": []}, name="ann.jsonl")
    read = read_ratings(path, project=project, asked=Asked())
    assert (read.format, len(read.rows), len(read.problems)) == ("doccano", 0, 1)
    read = read_ratings(path, project=project, asked=Asked(empties="answers"))
    assert [(row.values["rater"], row.values["labels"]) for row in read.rows] == [("ann", [])]
    read = read_ratings(path, project=project, asked=Asked(empties="leave-out"))
    assert read.as_dict()["left_out"] == {"empty": 1}
