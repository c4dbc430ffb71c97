"""import_taxonomy SLUG FILE [--draft]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.db import transaction

from labeling.actions.taxonomy import TaxonomyRefused, draft_taxonomy, publish_taxonomy, read_taxonomy
from labeling.management.base import AssayCommand


class Command(AssayCommand):
    help = "Import a taxonomy (code, name, definition, parent, examples, synonyms) as a new version and publish it."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file")
        parser.add_argument("--draft", action="store_true", help="leave it a draft")
        parser.add_argument("--encoding", default="utf-8")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        try:
            labels = read_taxonomy(Path(options["file"]), encoding=options["encoding"])
        except TaxonomyRefused as refusal:
            for problem in refusal.problems:
                self.stderr.write(str(problem))
            raise
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        with transaction.atomic():
            version = draft_taxonomy(project=project, labels=labels, **acts)
            if not options["draft"]:
                version = publish_taxonomy(version=version, **acts)
        self.say(f"Taxonomy v{version.number}: {len(labels)} labels, {version.status}.")
        self.report({"version": version.number, "labels": len(labels), "status": version.status})
