"""steer_run SLUG RUN pause|resume|cancel [--budget USD]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.budgets import resume_with_budget
from evaluation.actions.runs import cancel_run, pause_run, resume_run
from evaluation.queries.runs import find_run
from labeling.management.base import AssayCommand
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Pause, resume or cancel a run; --budget resumes it with a higher budget, which is a manager's right."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("run")
        parser.add_argument("step", choices=("pause", "resume", "cancel"))
        parser.add_argument("--budget", type=float, metavar="USD", help="with resume: the new budget in all")

    def work(self, **options: Any) -> int | None:
        run = find_run(self.project(options["slug"]), options["run"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if options["budget"] is not None and options["step"] != "resume":
            raise Refused("--budget goes with resume.")
        if options["step"] == "pause":
            run = pause_run(run=run, reason="paused by hand", **acts)
        elif options["step"] == "cancel":
            run = cancel_run(run=run, **acts)
        elif options["budget"] is not None:
            run = resume_with_budget(run=run, budget_usd=options["budget"], **acts)
        else:
            run = resume_run(run=run, **acts)
        self.say(f"Run {run.name}: {run.state}.")
        return None
