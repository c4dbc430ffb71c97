"""run_prompt SLUG PROMPT[@N] --on G@1:dev|items [--run NAME] [--budget USD] [--wait]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.prompts import find_version
from evaluation.actions.runs import Scope, start_run
from evaluation.enums import RunState
from evaluation.management.waiting import work_to_the_end
from evaluation.queries.runs import progress_of
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.queries.golden import find_release, find_scope


class Command(AssayCommand):
    help = "Run a prompt version over a split of a release, or over all items."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("prompt", help="a prompt's name, or name@3; built in: baseline-zero, baseline-few")
        parser.add_argument("--on", required=True, help="G@1:dev, or items")
        parser.add_argument("--run", default="", metavar="NAME")
        parser.add_argument("--budget", type=float, metavar="USD")
        parser.add_argument("--fewshot", default="", metavar="G@1", help="where examples come from, if not --on")
        parser.add_argument("--wait", action="store_true", help="do the work here and now, and wait for its end")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        scope = Scope() if options["on"] == "items" else Scope(*find_scope(project, options["on"]))
        run = start_run(
            version=find_version(project=project, reference=options["prompt"], **acts),
            scope=scope,
            name=options["run"],
            budget_usd=options["budget"],
            fewshot_release=find_release(project, options["fewshot"]) if options["fewshot"] else None,
            **acts,
        )
        if options["wait"]:
            work_to_the_end([run])
        progress = progress_of(run)
        self.say(
            f"Run {run.name}: {run.state}, {progress.done:,} of {run.total:,} answered, {progress.failed:,} failed."
            + (f" {run.state_reason}" if run.state_reason else "")
        )
        self.report(
            {
                "run": run.name,
                "state": run.state,
                "reason": run.state_reason,
                "items": run.total,
                "done": progress.done,
                "failed": progress.failed,
                "spent_usd": run.spent_micro_usd / 1e6,
            }
        )
        return CANNOT_TELL if options["wait"] and run.state != RunState.DONE else None
