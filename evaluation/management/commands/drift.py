"""drift SLUG RUN_A RUN_B [--within ATTRIBUTE] [--gate] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.drift import ask_check, compute_check
from evaluation.models import Run
from evaluation.queries.driftboard import name_of, sentence
from evaluation.queries.streams import Window
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand
from labeling.models import Project
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Say what moved between two runs over different items: inputs, predictions, and how right they are."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("reference", metavar="RUN_A", help="the run that is taken for normal")
        parser.add_argument("current", metavar="RUN_B")
        parser.add_argument("--within", default="", metavar="ATTRIBUTE", help="also within each value of it")
        parser.add_argument("--gate", action="store_true", help="exit 1 if something moved, 3 if nothing could be told")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        check = ask_check(
            project=project,
            reference=Window(run=_run(project, options["reference"])),
            current=Window(run=_run(project, options["current"])),
            cohort=options["within"],
            by=self.by,
            operator=self.operator,
        )
        report = compute_check(check_id=check.pk).report
        assert report is not None
        self.say(sentence(report))
        for one in report["signals"]:
            if one["fired"]:
                effect = one["effect"]
                self.say(
                    f"{name_of(one)}: {one['effect_name']} {effect['value']:.3f} [{effect['low']:.3f}, "
                    f"{effect['high']:.3f}], matters from {one['matters']}, {one['test']} p {one['adjusted']:.2g}"
                )
        self.report(report)
        if not options["gate"]:
            return None
        if any(one["fired"] for one in report["signals"]):
            return GATE_FAILED
        return DONE if any(one["p"] is not None for one in report["signals"]) else CANNOT_TELL


def _run(project: Project, name: str) -> Run:
    found = Run.objects.filter(project=project, name=name).first()
    if found is None:
        raise Refused(f"There is no run “{name}” in this project.")
    return found
