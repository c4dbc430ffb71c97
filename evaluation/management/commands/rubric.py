"""rubric SLUG show [NAME[@N]] | write FILE [--note N] --json -"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from evaluation.actions.rubrics import NewAnchor, NewCriterion, anchors_of, criteria_of, ready_made, write_rubric
from evaluation.models import RubricVersion
from evaluation.queries.rubrics import versions_of
from labeling.management.base import AssayCommand
from labeling.models import Project
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Rubrics: show them, or write a new version from a JSON file."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("step", choices=["show", "write"])
        parser.add_argument(
            "what", nargs="?", default="", help="show: name or name@2; write: a JSON file, or `default`"
        )
        parser.add_argument("--note", default="", help="what changed, and why")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        if options["step"] == "write":
            version = self._write(project, options["what"], options["note"])
            self.say(f"{version} is written: {version.criteria.count()} criteria, {version.anchors.count()} anchors.")
            self.report(content_of(version))
            return None
        name, _, number = options["what"].partition("@")
        found = [one for one in versions_of(project) if not name or one.rubric.name == name]
        if number:
            found = [one for one in found if str(one.number) == number]
        if options["what"] and not found:
            raise Refused(f"There is no rubric “{options['what']}”.")
        for version in found:
            self.say(f"{version}: {', '.join(one.name for one in version.criteria.all())}")
        self.report({"rubrics": [content_of(one) for one in found]})
        return None

    def _write(self, project: Project, what: str, note: str) -> RubricVersion:
        acts: dict[str, Any] = {"project": project, "by": self.by, "operator": self.operator}
        if what == "default":
            return write_rubric(name="Quality", criteria=ready_made(), note=note, **acts)
        try:
            content = json.loads(Path(what).read_text(encoding="utf-8"))
            criteria = [NewCriterion(**one) for one in content["criteria"]]
            anchors = [NewAnchor(**one) for one in content.get("anchors", [])]
            name, said = str(content["name"]), note or str(content.get("note", ""))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(f"“{what}” is no rubric: {error}. `rubric show --json` writes one as an example.") from error
        return write_rubric(name=name, criteria=criteria, anchors=anchors, note=said, **acts)


def content_of(version: RubricVersion) -> dict[str, Any]:
    """A version as `write` reads it."""
    return {
        "name": version.rubric.name, "version": version.number, "note": version.note,
        "criteria": [
            {"name": one.name, "code": one.code, "question": one.question, "points": list(one.points)}
            for one in criteria_of(version)
        ],
        "anchors": [
            {"item": one.item, "labels": list(one.labels), "scores": dict(one.scores), "why": one.why}
            for one in anchors_of(version)
        ],
    }  # fmt: skip
