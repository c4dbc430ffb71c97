"""Predictions made elsewhere, with the stages on the way."""

import json

import pytest

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.importing import read_predictions
from evaluation.models import Prediction
from evaluation.queries.exports import predictions
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db

PLACE = {"document": 0, "start": 0, "end": 7}


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    make_items(project, 3)
    return project


def read(project, tmp_path, rows, name="p.jsonl"):
    path = tmp_path / name
    text = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return read_predictions(path, project=project)


def keys(project):
    return list(project.items.order_by("external_id").values_list("external_id", flat=True))


def test_stages_are_kept_and_exported_as_they_came(project, tmp_path):
    one, two, three = keys(project)
    rows = [
        {"item": one, "labels": ["crm"], "retrieved": [" a passage ", PLACE], "summary": "Sells CRM."},
        {"item": two, "labels": [], "retrieved": []},
        {"item": three, "labels": []},
    ]

    found = read(project, tmp_path, rows)
    run = import_predictions(
        project=project, name="run", predictions={row.item: row.values for row in found.rows}, by=None
    )

    assert not found.problems
    stages = dict(Prediction.objects.filter(run=run).values_list("item__external_id", "stages"))
    assert stages == {
        one: {"retrieved": ["a passage", PLACE], "summary": "Sells CRM."},
        two: {"retrieved": []},
        three: None,
    }
    assert Prediction.objects.filter(stages__isnull=True).count() == 1
    back = {row["item"]: (row["retrieved"], row["summary"]) for row in predictions(run)}
    assert back == {one: (["a passage", PLACE], "Sells CRM."), two: ([], None), three: (None, None)}


def test_a_cell_of_a_table_holds_the_passages_as_json(project, tmp_path):
    one, two, _ = keys(project)
    cell = json.dumps(["a passage", PLACE]).replace('"', '""')
    text = f'item,labels,retrieved,summary\n{one},crm:0.9,"{cell}",Short.\n{two},,,\n'

    found = read(project, tmp_path, text, "p.csv")

    assert not found.problems
    assert found.rows[0].values["retrieved"] == ["a passage", PLACE]
    assert found.rows[1].values["retrieved"] is None
    assert found.rows[1].values["summary"] is None


@pytest.mark.parametrize(
    "retrieved",
    ["no list", "{", {"a": 1}, [3], [{}], [{"document": 0, "start": 5, "end": 5}],
     [{"document": 0, "start": -1, "end": 5}], [{"document": 0, "start": True, "end": 5}],
     [{"document": 0, "start": 0, "end": 10**12}], ["x"] * 1001, "[" * 100_000],
)  # fmt: skip
def test_passages_of_another_shape_refuse_the_row(project, tmp_path, retrieved):
    found = read(project, tmp_path, [{"item": keys(project)[0], "labels": [], "retrieved": retrieved}])

    assert len(found.problems) == 1
    assert not found.rows


def test_a_summary_too_long_or_no_text_refuses_the_row(project, tmp_path):
    one, two, _ = keys(project)

    found = read(
        project,
        tmp_path,
        [{"item": one, "labels": [], "summary": "x" * 20_001}, {"item": two, "labels": [], "summary": ["x"]}],
    )

    assert len(found.problems) == 2


def test_a_run_imported_by_an_engineer_never_changes(project):
    engineer = make_member(project, Role.ENGINEER)
    run = import_predictions(
        project=project, name="run", predictions={keys(project)[0]: {"labels": [], "summary": "x"}}, by=engineer
    )

    with pytest.raises(Exception, match="never changes"):
        Prediction.objects.filter(run=run).update(stages=None)
