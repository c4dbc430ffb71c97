"""What the commands share that import answers: annotations, gold, predictions."""

from argparse import ArgumentParser
from typing import Any

from labeling.actions.answers import Read
from labeling.management.base import AssayCommand
from reviewapp.common.errors import Refused

SHOWN = 50


class AnswersCommand(AssayCommand):
    """Reads a file of answers; any row that cannot be used refuses the file, unless --skip-bad (DECISIONS 8)."""

    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file")
        parser.add_argument("--sep", default=";", help="what separates labels in a cell")
        parser.add_argument("--encoding", default="utf-8")
        parser.add_argument("--skip-bad", action="store_true", help="list rows that cannot be used, import the rest")

    def reading(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"sep": options["sep"], "encoding": options["encoding"]}

    def accept(self, read: Read, *, skip_bad: bool) -> None:
        """List what is wrong; stop there unless it is to be skipped."""
        for problem in read.problems[:SHOWN]:
            self.stderr.write(str(problem))
        if len(read.problems) > SHOWN:
            self.stderr.write(f"... and {len(read.problems) - SHOWN} more")
        if read.problems and not skip_bad:
            raise Refused(
                f"{len(read.problems):,} rows cannot be used, so nothing was written. --skip-bad imports the rest."
            )
        if not read.rows:
            raise Refused("The file has no row that can be used.")
