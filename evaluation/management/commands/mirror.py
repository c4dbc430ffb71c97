"""mirror SLUG [--run NAME] [--status] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.tellings import note, tell
from evaluation.enums import RunOrigin
from evaluation.models import Evaluation, Run, Telling
from evaluation.queries.runs import FINISHED
from evaluation.queries.tellings import standings
from evaluation.tracking.signals import is_on
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.models import Project
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Tell MLflow and OpenLineage again of finished runs and evaluations, or say what they were told."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", default="", metavar="NAME", help="this one alone")
        parser.add_argument("--status", action="store_true", help="only say what was told and what waits, and why")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        if not is_on():
            raise Refused("No tracker is named: set MLFLOW_TRACKING_URI or OPENLINEAGE_URL.")
        if options["status"]:
            return self._status(project)
        runs = Run.objects.filter(project=project, state__in=FINISHED).exclude(origin=RunOrigin.ATTACK)
        runs = runs.filter(name=options["run"]) if options["run"] else runs
        if options["run"] and not runs.exists():
            raise Refused(f"There is no finished run “{options['run']}” in this project.")
        done, waiting = {"run": 0, "evaluation": 0}, 0
        evaluations = Evaluation.objects.filter(run__in=runs).order_by("pk").values_list("public_id", "run__public_id")
        ours = runs.order_by("pk").values_list("public_id", "public_id")
        for noun, rows in (("run", ours), ("evaluation", evaluations)):
            for public_id, run in rows:
                for pk in note(noun=noun, thing=public_id, project=project):
                    tell(telling_id=pk)
                is_waiting = Telling.objects.filter(thing__in={public_id, run}, next_try_at__isnull=False).exists()
                waiting += is_waiting
                done[noun] += not is_waiting
        self.say(f"Told of {done['run']:,} runs and {done['evaluation']:,} evaluations; {waiting:,} not taken.")
        self.report({"runs": done["run"], "evaluations": done["evaluation"], "missed": waiting})
        return CANNOT_TELL if waiting else None

    def _status(self, project: Project) -> int | None:
        found = standings(project)
        for one in found:
            waits = f", {one.waiting:,} waiting since {one.since:%Y-%m-%d %H:%M}" if one.since else ""
            self.say(f"{one.tracker.label}: told of {one.told:,}{waits}")
            if one.reason:
                self.say(f"  not taken: {one.reason}")
        self.report({"trackers": [one.as_dict() for one in found]})
        return CANNOT_TELL if any(one.waiting for one in found) else None
