"""export SLUG golden|annotations|predictions ... --format F [-o FILE]"""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from evaluation.queries.export_files import Wanted, check_wanted, write_export
from evaluation.queries.runs import find_run
from labeling.actions.golden import record_look
from labeling.files.answer_writing import COLUMNS, OUT_FORMATS
from labeling.management.base import AssayCommand
from labeling.queries.golden import find_release
from labeling.queries.rounds import find_round


class Command(AssayCommand):
    help = "Write gold, annotations or predictions to a file that our importers read again."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("what", choices=sorted(COLUMNS))
        parser.add_argument("--golden", default="", metavar="G@1")
        parser.add_argument("--include-test", action="store_true", help="with the test split; goes into the ledger")
        parser.add_argument("--round", default="", metavar="NAME")
        parser.add_argument("--run", default="", metavar="NAME")
        parser.add_argument("--format", choices=[*OUT_FORMATS], default="jsonl")
        parser.add_argument("-o", "--output", default="-", metavar="FILE")

    def work(self, **options: Any) -> None:
        wanted = self._wanted(options)
        check_wanted(wanted)
        if wanted.with_test and wanted.release:
            record_look(release=wanted.release, kind="export", subject="test gold", by=self.by, operator=self.operator)
        with self._stream(options["output"]) as stream:
            write_export(stream, wanted)

    @contextmanager
    def _stream(self, name: str) -> Iterator[BinaryIO]:
        """A file, or stdout, which is only text where a test holds it."""
        if name not in ("", "-"):
            with Path(name).open("wb") as file:
                yield file
            return
        binary = getattr(getattr(self.stdout, "_out", None), "buffer", None)
        if binary is not None:
            yield binary
            binary.flush()
            return
        held = BytesIO()
        yield held
        self.stdout.write(held.getvalue().decode(), ending="")

    def _wanted(self, options: dict[str, Any]) -> Wanted:
        project = self.project(options["slug"])
        what = options["what"]
        return Wanted(
            project=project,
            what=what,
            format=options["format"],
            release=find_release(project, options["golden"]) if what == "golden" and options["golden"] else None,
            round=find_round(project, options["round"]) if what == "annotations" and options["round"] else None,
            run=find_run(project, options["run"]) if what == "predictions" and options["run"] else None,
            with_test=options["include_test"],
        )
