"""export_training SLUG tuning --golden G@1 [--split fewshot|dev] | preferences --panel NAME | corrections --review N"""

import json
from argparse import ArgumentParser
from typing import Any

from evaluation.actions.training_exports import export_training
from evaluation.models import Panel, Review
from labeling.management.base import AssayCommand
from labeling.models import Project, Release
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Write JSON lines to train a model with: chats out of gold, or preference pairs. Never of a test split."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("what", choices=["tuning", "preferences", "corrections"])
        parser.add_argument("--golden", default="", metavar="G@1")
        parser.add_argument("--split", default="fewshot", choices=["fewshot", "dev", "test"])
        parser.add_argument("--panel", default="", metavar="NAME")
        parser.add_argument("--review", type=int, metavar="N")
        parser.add_argument("-o", "--output", default="-", metavar="FILE")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        source = self._source(project, options)
        split = options["split"] if isinstance(source, Release) else ""
        lines = export_training(project=project, source=source, split=split, by=self.by, operator=self.operator)
        with self.output(options["output"]) as stream:
            for line in lines:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _source(self, project: Project, options: dict[str, Any]) -> Panel | Review | Release:
        if options["what"] == "tuning":
            if not options["golden"]:
                raise Refused("Say which release: --golden G@1.")
            return find_release(project, options["golden"])
        found: Panel | Review | None
        if options["what"] == "preferences":
            found = Panel.objects.filter(project=project, name=options["panel"]).first()
        else:
            found = Review.objects.filter(project=project, number=options["review"]).first()
        if found is None:
            wanted = "panel: --panel NAME" if options["what"] == "preferences" else "review: --review N"
            raise Refused(f"There is no such {wanted}.")
        return found
