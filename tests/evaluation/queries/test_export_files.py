"""What is exported reads back as the same, in every format, but for what the format cannot carry."""

import json

import pytest

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.importing import read_predictions
from evaluation.queries.export_files import Wanted, rows_of, write_export
from labeling.actions.answers import import_annotations, read_golden
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.importing_ratings import read_ratings
from labeling.files.answer_writing import OUT_FORMATS
from labeling.files.reading_ratings import Asked
from labeling.models import Item
from tests.evaluation.reviewed import production_run, said
from tests.factories import make_project, make_taxonomy

pytestmark = pytest.mark.django_db

OWN = {"jsonl", "csv", "xlsx", "parquet"}
LABEL_STUDIO = {"label-studio", "label-studio-min", "label-studio-csv"}
CARRIES = {
    "comment": OWN | LABEL_STUDIO | {"doccano", "prodigy"},
    "certainty": OWN,
    "seconds": OWN | LABEL_STUDIO,
    "submitted_at": OWN | LABEL_STUDIO | {"prodigy"},
    "evidence": OWN | {"label-studio"},
}
CARRIES_SKIPS = {"label-studio", "argilla", "prodigy"}
FORMULA, ODD, PLAIN = "=cmd|x", 'ü;"q" €', "co-3"


@pytest.fixture
def project(tmp_path):
    project = make_project()
    make_taxonomy(project)
    for key in (FORMULA, ODD, PLAIN):
        Item.objects.create(project=project, external_id=key, name=key, digest="a", text_digest=key.encode().hex())
    at = {"submitted_at": "2025-03-01T09:00:00.250000+00:00"}
    rows = [
        {"item": FORMULA, "rater": "ann", "labels": ["crm", "erp"], "comment": "=1+1", "seconds": 5, **at,
         "evidence": {"crm": ["“Größe” 日本", "-2"], "erp": ["x"]}, "certainty": "unsure"},
        {"item": FORMULA, "rater": "o'neil ß", "labels": [], "comment": "two\nlines, \"quoted\"", **at},
        {"item": ODD, "rater": "ann", "labels": ["payroll"], "seconds": 0, **at},
        {"item": PLAIN, "rater": "+ben", "labels": ["erp", "payroll", "crm"], "comment": "'@x", **at},
    ]  # fmt: skip
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = read_ratings(path, project=project, asked=Asked())
    assert not read.problems
    import_annotations(project=project, name="R", ratings=read.rows, skips=[(ODD, "+ben")], by=None)
    return project


@pytest.mark.parametrize("format", [name for name, one in OUT_FORMATS.items() if "annotations" in one.holds])
def test_a_round_trip_gives_the_same(project, tmp_path, format):
    path = tmp_path / f"out{OUT_FORMATS[format].ending}"
    with path.open("wb") as stream:
        assert write_export(stream, Wanted(project, "annotations", format)) == 4
    read = read_ratings(path, project=project, asked=Asked(empties="answers"))
    assert (read.problems, read.unknown_labels) == ([], {})
    there = [row for row in rows_of(Wanted(project, "annotations", "label-studio")) if not row.get("skipped")]

    def told_of(item, row):
        evidence = {
            code: [quote if isinstance(quote, str) else quote["text"] for quote in quotes]
            for code, quotes in (row["evidence"] or {}).items()
        }
        at = row["submitted_at"]
        told = {
            **row,
            "evidence": evidence,
            "submitted_at": at if at is None or isinstance(at, str) else at.isoformat(),
        }
        return (
            item,
            row["rater"],
            sorted(row["labels"]),
            {name: told[name] for name in CARRIES if format in CARRIES[name]},
        )

    def in_order(rows):
        return sorted(rows, key=lambda row: row[:2])

    back = in_order(told_of(row.item, row.values) for row in read.rows)
    assert back == in_order(told_of(row["item"], row) for row in there)
    assert len(read.skips) == (format in CARRIES_SKIPS)


def test_cells_are_no_formulas(project, tmp_path):
    path = tmp_path / "out.csv"
    with path.open("wb") as stream:
        write_export(stream, Wanted(project, "annotations", "csv"))
    text = path.read_text()
    assert ",'=1+1," in text
    assert f"\n'{FORMULA}," in text


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_gold_comes_back_with_its_evidence_and_splits(project, tmp_path, format):
    quotes = [{"code": "crm", "document": 0, "start": 1, "end": 3, "text": "=x"}, {"code": "erp", "text": "ü; y"}]
    gold = {
        FORMULA: {"labels": ["crm", "erp"], "split": "dev", "evidence": quotes, "reference_summary": "It sells."},
        ODD: {"labels": [], "split": "fewshot"},
        PLAIN: {"labels": ["payroll"], "split": "test"},
    }
    release = import_golden(project=project, spec=FreezeSpec("g", {}), gold=gold, by=None)
    path = tmp_path / f"gold.{format}"
    with path.open("wb") as stream:
        write_export(stream, Wanted(project, "golden", format, release=release, with_test=True))

    read = read_golden(path, project=project)

    assert not read.problems
    usual = {"evidence": [], "reference_summary": ""}
    assert {row.item: row.values for row in read.rows} == {key: {**usual, **one} for key, one in gold.items()}


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_predictions_come_back(project, tmp_path, format):
    answers = {
        FORMULA: {"labels": [{"code": "crm", "confidence": 0.25}, {"code": "erp", "confidence": None}], "cost": 0.0012,
                  "latency_ms": 12, "model": "=m", "summary": "Größe", "retrieved": ["a", "b"]},
        ODD: {"labels": []},
        PLAIN: {"labels": [{"code": "payroll", "confidence": 1.0}]},
    }  # fmt: skip
    run = import_predictions(project=project, name="r", predictions=answers, by=None)
    path = tmp_path / f"p.{format}"
    with path.open("wb") as stream:
        assert write_export(stream, Wanted(project, "predictions", format, run=run)) == 3

    read = read_predictions(path, project=project)

    assert not read.problems
    usual = {"cost": None, "latency_ms": None, "model": "", "retrieved": None, "summary": None}
    back = {row.item: row.values for row in read.rows}
    for key, one in answers.items():
        labels = [{"evidence": "", **label} for label in one["labels"]]
        assert back[key] == {**usual, **one, "labels": labels}


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_what_failed_is_not_read_as_an_answer_that_none_applies(project, tmp_path, format):
    items = list(project.items.order_by("external_id"))
    run = production_run(project, items, [said(("crm", 0.5)), None, said()])
    path = tmp_path / f"p.{format}"
    with path.open("wb") as stream:
        write_export(stream, Wanted(project, "predictions", format, run=run))

    read = read_predictions(path, project=project)

    assert [(one.key, "no answer" in one.reason) for one in read.problems] == [(items[1].external_id, True)]
    assert len(read.rows) == 2
