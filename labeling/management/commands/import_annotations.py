"""import_annotations SLUG FILE --round NAME [--format F] [--map-labels FILE] [--map-raters FILE] [--dry-run]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from labeling.actions.answers import import_annotations
from labeling.actions.importing_ratings import RatingsRead, read_map, read_ratings
from labeling.files.answer_files import FORMATS
from labeling.files.reading_ratings import EMPTIES, Asked
from labeling.management.answers import SHOWN, AnswersCommand


class Command(AnswersCommand):
    help = "Import ratings made elsewhere, in our columns or in another tool's format, as a round of their own."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        super().add_own_arguments(parser)
        parser.add_argument("--round", required=True, metavar="NAME")
        parser.add_argument("--format", default="", choices=["", *FORMATS], help="guessed, and said, if not given")
        parser.add_argument("--map-labels", default="", metavar="FILE", help="columns from, to; an empty to leaves out")
        parser.add_argument("--map-raters", default="", metavar="FILE", help="columns from, to; an empty to leaves out")
        parser.add_argument("--item", default="", metavar="FIELD", help="the field that holds the item's id")
        parser.add_argument("--question", default="", metavar="NAME", help="the control or question with the labels")
        parser.add_argument("--rater", default="", metavar="NAME", help="who rated, where the file does not say")
        parser.add_argument("--empties", default="", choices=["", *EMPTIES], help="what empty rows of doccano are")
        parser.add_argument("--dry-run", action="store_true", help="report only")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        read = read_ratings(
            Path(options["file"]),
            project=project,
            format=options["format"],
            asked=Asked(**{name: options[name] for name in ("item", "question", "rater", "empties")}),
            labels=read_map(Path(options["map_labels"])) if options["map_labels"] else None,
            raters=read_map(Path(options["map_raters"])) if options["map_raters"] else None,
            **self.reading(options),
        )
        self._tell(read)
        report = {"round": options["round"], **read.as_dict()}
        if options["dry_run"]:
            self.report({**report, "written": False})
            return
        if read.unknown_labels:
            self.stderr.write("--map-labels FILE says what unknown labels mean, or leaves them out.")
        self.accept(read, skip_bad=options["skip_bad"])
        made = import_annotations(
            project=project, name=options["round"], ratings=read.rows, skips=read.skips, by=self.by,
            operator=self.operator,
        )  # fmt: skip
        tasks = made.tasks.count()
        self.say(f"Round {made.name}: {len(read.rows):,} ratings of {tasks:,} items, {len(read.problems):,} refused.")
        self.report({**report, "written": True})

    def _tell(self, read: RatingsRead) -> None:
        """Everything that a person must know of the file."""
        self.say(f"Read as {read.format} ({FORMATS[read.format]}){', which is a guess' if read.is_guess else ''}.")
        about = read.as_dict()
        self.say(f"{about['ratings']:,} ratings by {about['raters']:,} raters, {about['empties']:,} say none applies.")
        for kind, number in about["left_out"].items():
            self.say(f"Left out, {kind}: {number:,}")
        for one in read.left_out[:SHOWN]:
            self.stderr.write(f"{one}{f' ({one.key})' if one.key else ''}")
        if len(read.left_out) > SHOWN:
            self.stderr.write(f"... and {len(read.left_out) - SHOWN} more; --json FILE counts them by kind")
        for title, name in (
            ("Unknown label", "unknown_labels"),
            ("No member, becomes an inactive account", "unknown_raters"),
            ("Label left out", "labels_left_out"),
            ("Note", "notes"),
        ):
            for what, number in about[name].items():
                self.say(f"{title}: {what} ({number:,})")
