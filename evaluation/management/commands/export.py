"""export SLUG golden|annotations|predictions ... --format jsonl|csv [-o FILE]"""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, TextIO

from evaluation.queries.exports import annotations, predictions
from evaluation.queries.runs import find_run
from labeling.actions.golden import record_look
from labeling.files.cells import safe_cell
from labeling.management.base import AssayCommand
from labeling.queries.golden import export_golden, find_release
from labeling.queries.rounds import find_round
from reviewapp.common.errors import Refused

COLUMNS = {
    "golden": ["item", "labels", "split", "evidence", "provenance", "raters", "weight", "item_digest"],
    "annotations": [
        "item", "rater", "labels", "certainty", "comment", "seconds", "submitted_at", "evidence", "round",
    ],
    "predictions": ["item", "labels", "state", "error", "cost", "latency_ms", "model", "retrieved", "summary"],
}  # fmt: skip


class Command(AssayCommand):
    help = "Write gold, annotations or predictions to a file that our importers read again."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("what", choices=sorted(COLUMNS))
        parser.add_argument("--golden", default="", metavar="G@1")
        parser.add_argument("--include-test", action="store_true", help="with the test split; goes into the ledger")
        parser.add_argument("--round", default="", metavar="NAME")
        parser.add_argument("--run", default="", metavar="NAME")
        parser.add_argument("--format", choices=["jsonl", "csv"], default="jsonl")
        parser.add_argument("-o", "--output", default="-", metavar="FILE")

    def work(self, **options: Any) -> None:
        rows = self._rows(options)
        with self.output(options["output"]) as stream:
            if options["format"] == "csv":
                _write_csv(stream, rows, COLUMNS[options["what"]])
            else:
                for row in rows:
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")

    def _rows(self, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        project = self.project(options["slug"])
        if options["what"] == "golden":
            if not options["golden"]:
                raise Refused("Say which release: --golden G@1.")
            release = find_release(project, options["golden"])
            if options["include_test"]:
                record_look(release=release, kind="export", subject="test gold", by=self.by, operator=self.operator)
            return export_golden(release, with_test=options["include_test"])
        if options["what"] == "annotations":
            return annotations(project, find_round(project, options["round"]) if options["round"] else None)
        if not options["run"]:
            raise Refused("Say which run: --run NAME.")
        return predictions(find_run(project, options["run"]))


def _write_csv(stream: TextIO, rows: Iterator[dict[str, Any]], columns: list[str]) -> None:
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(name, row.get(name)) for name in columns})


def _cell(name: str, value: Any) -> str:
    if name == "labels" and isinstance(value, list):
        return safe_cell(";".join(_label(label) for label in value))
    if value is None:
        return ""
    return safe_cell(json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value))


def _label(label: Any) -> str:
    if isinstance(label, str):
        return label
    return label["code"] if label["confidence"] is None else f"{label['code']}:{label['confidence']}"
