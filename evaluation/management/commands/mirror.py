"""mirror SLUG [--run NAME] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.enums import RunOrigin
from evaluation.models import Evaluation, Run
from evaluation.queries.runs import FINISHED
from evaluation.tracking.signals import is_on
from evaluation.tracking.telling import tell
from labeling.management.base import CANNOT_TELL, AssayCommand
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Tell MLflow and OpenLineage again of finished runs and evaluations, where they missed something."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", default="", metavar="NAME", help="this one alone")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        if not is_on():
            raise Refused("No tracker is named: set MLFLOW_TRACKING_URI or OPENLINEAGE_URL.")
        runs = Run.objects.filter(project=project, state__in=FINISHED).exclude(origin=RunOrigin.ATTACK)
        runs = runs.filter(name=options["run"]) if options["run"] else runs
        if options["run"] and not runs.exists():
            raise Refused(f"There is no finished run “{options['run']}” in this project.")
        told: dict[str, list[str]] = {"run": [], "evaluation": []}
        missed = 0
        for noun, rows in (("run", runs), ("evaluation", Evaluation.objects.filter(run__in=runs))):
            for public_id in rows.order_by("pk").values_list("public_id", flat=True):
                if tell(noun, str(public_id)):
                    told[noun].append(str(public_id))
                else:
                    missed += 1
        self.say(
            f"Told of {len(told['run']):,} runs and {len(told['evaluation']):,} evaluations; {missed:,} not taken."
        )
        self.report({"runs": len(told["run"]), "evaluations": len(told["evaluation"]), "missed": missed})
        return CANNOT_TELL if missed else None
