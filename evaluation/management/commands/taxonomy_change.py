"""taxonomy_change SLUG [--steps FILE] [--preview | --apply | --discard] [--ask-again G@1 [--round NAME]]"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from evaluation.actions.taxonomy_changes import apply_change
from evaluation.queries.taxonomy_effects import effects_of
from labeling.actions import taxonomy_changes as actions
from labeling.management.base import AssayCommand
from labeling.models import TaxonomyChange
from labeling.queries.golden import find_release
from labeling.queries.taxonomy_changes import as_table, outcome
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Change the taxonomy by steps: rename, merge, split, retire, move, add. Without --apply it is a preview."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--steps", default="", metavar="FILE", help="a JSON list of steps: docs/upkeep.md")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--apply", action="store_true", help="publish the version they lead to")
        what.add_argument("--discard", action="store_true", help="throw the open steps away")
        what.add_argument("--ask-again", default="", metavar="G@1", help="a round of its items with a split label")
        parser.add_argument("--round", default="", metavar="NAME", help="of --ask-again")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if options["ask_again"]:
            self._ask_again(options, acts)
            return
        change = actions.start_change(project=project, **acts)
        if options["discard"]:
            actions.discard_change(change=change, **acts)
            self.say("The open steps are gone.")
            return
        if options["steps"]:
            steps = _read(Path(options["steps"]))
            change = actions.set_steps(change=change, steps=steps, **acts)
        found = outcome(change)
        effects = effects_of(change, found)
        rows = [
            {
                "step": one.row.text, "kind": one.row.kind, "annotations": one.annotations, "gold": one.gold,
                "fewshot": one.fewshot, "predictions": one.predictions, "cases": one.cases,
                "prompts": list(one.prompts), "objectives": list(one.objectives),
            }
            for one in effects.steps
        ]  # fmt: skip
        for row in rows:
            self.say(
                f"{row['kind']}: {row['step']} ({row['annotations']:,} answers, {row['gold']:,} gold items, "
                f"{row['predictions']:,} predictions, {row['cases']:,} bank cases)"
            )
        releases = [
            {
                "release": str(one.release), "entries": one.entries, "kept": one.kept, "recoded": one.recoded,
                "to_ask": one.to_ask, "dropped": one.dropped, "emptied": one.emptied,
            }
            for one in effects.releases
        ]  # fmt: skip
        report: dict[str, Any] = {"from": change.base.number, "to": None, "steps": rows, "releases": releases}
        if options["apply"]:
            made = apply_change(change=change, **acts)
            change.refresh_from_db()
            report |= {"to": made.number, "mapping": as_table(change)}
            self.say(f"Taxonomy v{made.number} is published: {len(found.rows)} labels.")
        else:
            self.say("Nothing is written but the steps. --apply publishes them.")
        self.report(report)

    def _ask_again(self, options: dict[str, Any], acts: dict[str, Any]) -> None:
        project = self.project(options["slug"])
        release = find_release(project, options["ask_again"])
        applied = TaxonomyChange.objects.filter(project=project, made__isnull=False).select_related("project", "made")
        change = applied.order_by("-pk").first()
        if change is None:
            raise Refused("No change was applied in this project, so no label was split.")
        made = actions.ask_again(change=change, release=release, name=options["round"], **acts)
        self.say(f"Round {made.name}: {made.tasks.count():,} items, {made.raters} raters each.")
        self.report({"round": made.name, "items": made.tasks.count()})


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        steps = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"“{path.name}” is no JSON: {error}.") from error
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise Refused(f"“{path.name}” is no list of steps.")
    return steps
