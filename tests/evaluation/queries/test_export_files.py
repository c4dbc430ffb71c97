"""What is exported reads back as the same, in every format, but for what the format cannot carry."""

import pytest

from evaluation.queries.export_files import Wanted, rows_of, write_export
from labeling.actions.answers import import_annotations
from labeling.actions.importing_ratings import read_ratings
from labeling.files.answer_writing import OUT_FORMATS
from labeling.files.reading_ratings import Asked
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db

CARRIES_SKIPS = {"label-studio", "argilla", "prodigy"}
CARRIES_NO_COMMENTS = {"wide", "matrix", "argilla"}
CARRIES_EVIDENCE = {"jsonl", "csv", "xlsx", "parquet", "label-studio"}


@pytest.fixture
def project(tmp_path):
    project = make_project()
    make_taxonomy(project)
    one, two, _ = (item.external_id for item in make_items(project, 3))
    path = tmp_path / "in.jsonl"
    path.write_text(
        f'{{"item": "{one}", "rater": "ann", "labels": ["crm", "erp"], "comment": "=1+1", "seconds": 5, '
        f'"evidence": {{"crm": ["Company"]}}, "submitted_at": "2025-03-01T09:00:00Z"}}\n'
        f'{{"item": "{one}", "rater": "ben", "labels": [], "submitted_at": "2025-03-01T09:00:00Z"}}\n'
        f'{{"item": "{two}", "rater": "ann", "labels": ["payroll"], "submitted_at": "2025-03-01T09:00:00Z"}}\n'
    )
    read = read_ratings(path, project=project, asked=Asked())
    import_annotations(project=project, name="R", ratings=read.rows, skips=[(two, "ben")], by=None)
    return project


@pytest.mark.parametrize("format", [name for name, one in OUT_FORMATS.items() if "annotations" in one.holds])
def test_a_round_trip_gives_the_same(project, tmp_path, format):
    path = tmp_path / f"out{OUT_FORMATS[format].ending}"
    with path.open("wb") as stream:
        assert write_export(stream, Wanted(project, "annotations", format)) == 3
    read = read_ratings(path, project=project, asked=Asked(empties="answers"))
    assert (read.problems, read.unknown_labels) == ([], {})
    there = [row for row in rows_of(Wanted(project, "annotations", "label-studio")) if not row.get("skipped")]

    def said(item, row):
        return (
            item, row["rater"], sorted(row["labels"]),
            row["comment"] if format not in CARRIES_NO_COMMENTS else "",
            sorted(row["evidence"]) if format in CARRIES_EVIDENCE else [],
        )  # fmt: skip

    assert sorted(said(row.item, row.values) for row in read.rows) == sorted(said(row["item"], row) for row in there)
    assert len(read.skips) == (format in CARRIES_SKIPS)


def test_cells_are_no_formulas(project, tmp_path):
    path = tmp_path / "out.csv"
    with path.open("wb") as stream:
        write_export(stream, Wanted(project, "annotations", "csv"))
    assert ",'=1+1," in path.read_text()
