"""training_file SLUG [N [--model NAME --trained|--not-trained]] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.training_exports import declare_training
from evaluation.queries.training_exports import find_training_export, said_of_models, training_exports
from labeling.management.base import AssayCommand
from labeling.models import TrainingExport
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "List the files that went out to train models with, or say whether a model was trained with one."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("number", nargs="?", type=int, metavar="N")
        parser.add_argument(
            "--model", default="", metavar="NAME", help="as prompt versions name it, or an imported run"
        )
        said = parser.add_mutually_exclusive_group()
        said.add_argument("--trained", action="store_true", help="leave the file's items out of its evaluations")
        said.add_argument("--not-trained", action="store_true", help="they count")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        says = options["trained"] or options["not_trained"]
        if bool(options["model"]) != says or (says and options["number"] is None):
            raise Refused("To say it of a model: the file's number, --model NAME, and --trained or --not-trained.")
        if options["number"] is None:
            files = list(training_exports(project))
        else:
            files = [find_training_export(project, options["number"])]
        if says:
            declare_training(
                export=files[0], model=options["model"], is_trained=options["trained"], by=self.by,
                operator=self.operator,
            )  # fmt: skip
        found = [self._told(one) for one in files]
        self.report({"training_files": found})

    def _told(self, one: TrainingExport) -> dict[str, Any]:
        models = {name: said.is_trained for name, said in sorted(said_of_models(one).items())}
        splits = ", ".join(f"{split or 'in no release'} {number:,}" for split, number in sorted(one.splits.items()))
        self.say(f"{one.number}: {one.get_what_display().lower()} of {one.source}, {one.lines:,} lines, "
                 f"{one.items:,} items ({splits}), {one.created_at:%Y-%m-%d %H:%M}")  # fmt: skip
        for name, is_trained in models.items():
            self.say(f"   {name}: {'trained with it' if is_trained else 'not trained with it'}")
        return {
            "number": one.number, "id": str(one.public_id), "what": one.what, "source": one.source,
            "splits": one.splits, "lines": one.lines, "items": one.items, "digest": one.digest,
            "created_at": one.created_at.isoformat(), "models": models,
        }  # fmt: skip
