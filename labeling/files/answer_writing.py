"""Writes annotations, gold and predictions in the formats people know, row by row: memory does not grow with them."""

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from labeling.files import argilla, doccano, label_studio, prodigy
from labeling.files.cells import safe_cell
from labeling.files.parquet import write_parquet
from labeling.files.sheets import write_sheet
from labeling.files.tables_of_ratings import WIDE, matrix_rows, wide_rows

Row = dict[str, Any]
COLUMNS = {
    "golden": [
        "item", "labels", "split", "evidence", "provenance", "raters", "weight", "item_digest", "reference_summary",
    ],
    "annotations": [
        "item", "rater", "labels", "certainty", "comment", "seconds", "submitted_at", "evidence", "round",
    ],
    "predictions": ["item", "labels", "state", "error", "cost", "latency_ms", "model", "retrieved", "summary"],
}  # fmt: skip
ABOUT = {"golden": ["item", "split"], "annotations": ["item", "rater", "round"], "predictions": ["item", "state"]}
PENDING = 500  # lines of one rater that wait to be written


@dataclass(frozen=True)
class OutFormat:
    """What a format is called, the ending of its files, and what it can hold."""

    name: str
    ending: str
    media: str
    holds: tuple[str, ...]
    with_texts: bool = False
    with_skips: bool = False


_ALL = ("annotations", "golden", "predictions")
_RATED = ("annotations",)
_JSON, _LINES, _CSV = "application/json", "application/x-ndjson", "text/csv"
OUT_FORMATS = {
    "jsonl": OutFormat("JSON lines, our own columns", ".jsonl", _LINES, _ALL),
    "csv": OutFormat("CSV, our own columns", ".csv", _CSV, _ALL),
    "xlsx": OutFormat(
        "Excel, our own columns", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _ALL
    ),
    "parquet": OutFormat("Parquet, for Hugging Face datasets", ".parquet", "application/vnd.apache.parquet", _ALL),
    "wide": OutFormat("CSV, one row an item", ".csv", _CSV, _RATED),
    "matrix": OutFormat("CSV, one column a label", ".csv", _CSV, _ALL),
    "label-studio": OutFormat("Label Studio JSON", ".json", _JSON, _RATED, with_texts=True, with_skips=True),
    "label-studio-min": OutFormat("Label Studio JSON_MIN", ".json", _JSON, _RATED, with_texts=True),
    "label-studio-csv": OutFormat("Label Studio CSV", ".csv", _CSV, _RATED, with_texts=True),
    "doccano": OutFormat("doccano, one file a rater", ".zip", "application/zip", _RATED, with_texts=True),
    "argilla": OutFormat("Argilla records, flat", ".jsonl", _LINES, _RATED, with_texts=True, with_skips=True),
    "prodigy": OutFormat("Prodigy JSON lines", ".jsonl", _LINES, _RATED, with_texts=True, with_skips=True),
}


def write_answers(stream: BinaryIO, what: str, format: str, rows: Iterable[Row], labels: dict[str, str]) -> None:
    """Write rows, which come by item. `labels` are the codes and names of the taxonomy, in its order."""
    kept = (row for row in rows if not row.get("skipped"))
    if format == "jsonl":
        _lines(stream, kept)
    elif format == "csv":
        _sheet(stream, kept, COLUMNS[what])
    elif format == "xlsx":
        write_sheet(stream, (_texts(row, COLUMNS[what]) for row in kept), COLUMNS[what], title=what)
    elif format == "parquet":
        write_parquet(stream, kept, what, list(labels))
    elif format == "wide":
        _sheet(stream, wide_rows(by_item(rows)), WIDE)
    elif format == "matrix":
        _sheet(stream, matrix_rows(kept, list(labels), ABOUT[what]), [*ABOUT[what], *labels])
    elif format == "label-studio":
        _list(stream, label_studio.tasks_of(by_item(rows)))
    elif format == "label-studio-min":
        _list(stream, label_studio.flat_rows(rows))
    elif format == "label-studio-csv":
        _sheet(stream, label_studio.flat_rows(rows), label_studio.FLAT_COLUMNS)
    elif format == "doccano":
        _members(stream, rows)
    elif format == "argilla":
        _lines(stream, argilla.records_of(by_item(rows)))
    else:
        _lines(stream, prodigy.lines_of(rows, labels))


def by_item(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows of each item of each round."""
    for _, found in groupby(rows, key=lambda row: (row.get("round"), row["item"])):
        yield list(found)


@contextmanager
def _text(stream: BinaryIO) -> Iterator[TextIOWrapper]:
    wrapped = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=False)
    yield wrapped
    wrapped.flush()
    wrapped.detach()


def _lines(stream: BinaryIO, rows: Iterable[Row]) -> None:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    with _text(stream) as text:
        text.writelines(encode(row) + "\n" for row in rows)


def _list(stream: BinaryIO, rows: Iterable[Row]) -> None:
    with _text(stream) as text:
        before = "[\n"
        for row in rows:
            text.write(before + json.dumps(row, ensure_ascii=False))
            before = ",\n"
        text.write("[]\n" if before == "[\n" else "\n]\n")


def _sheet(stream: BinaryIO, rows: Iterable[Row], columns: Sequence[str]) -> None:
    with _text(stream) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([safe_cell(name) for name in columns])
        writer.writerows(_cells(row, columns) for row in rows)


def _texts(row: Row, columns: Sequence[str]) -> Row:
    return {name: _text_of(name, row.get(name)) for name in columns}


def _text_of(name: str, value: Any) -> Any:
    """What a cell says: labels by their codes, other lists and objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        if name == "labels" and isinstance(value, list):
            return ";".join(_label(label) for label in value)
        return json.dumps(value, ensure_ascii=False)
    return value


def _cells(row: Row, columns: Sequence[str]) -> list[Any]:
    cells = []
    for name in columns:
        value = row.get(name)
        if type(value) is not str and value is not None:
            value = _text_of(name, value)
        cells.append(safe_cell(value) if type(value) is str else value)
    return cells


def _label(label: Any) -> str:
    if isinstance(label, str):
        return label
    code = str(label["code"])
    return code if label["confidence"] is None else f"{code}:{label['confidence']}"


def _members(stream: BinaryIO, rows: Iterable[Row]) -> None:
    """doccano's zip: rows come by item, so they are sorted by rater on the disk before."""
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, Path] = {}
        pending: dict[str, list[str]] = {}

        def flush(rater: str) -> None:
            path = files.setdefault(rater, Path(folder) / str(len(files)))
            with path.open("a", encoding="utf-8") as file:
                file.writelines(pending.pop(rater))

        number, before = 0, None
        for row in rows:
            if (row.get("round"), row["item"]) != before:
                number, before = number + 1, (row.get("round"), row["item"])
            if row.get("skipped"):
                continue
            waiting = pending.setdefault(row["rater"], [])
            waiting.append(json.dumps({**row, "number": number}, ensure_ascii=False) + "\n")
            if len(waiting) >= PENDING:
                flush(row["rater"])
        for rater in list(pending):
            flush(rater)

        def rows_of(path: Path) -> Iterator[Row]:
            with path.open(encoding="utf-8") as file:
                for line in file:
                    yield json.loads(line)

        doccano.write_zip(stream, ((rater, rows_of(path)) for rater, path in sorted(files.items())))
