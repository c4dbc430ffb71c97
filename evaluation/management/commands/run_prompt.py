"""run_prompt SLUG PROMPT[@N] --on G@1:dev|items [--run NAME] [--budget USD] [--wait]

and [--dry-run [K]] [--priority N] [--no-cache] [--sample K] [--seed S] [--set name=value ...]
"""

import json
from argparse import ArgumentParser
from typing import Any

from evaluation.actions.prompts import find_version
from evaluation.actions.runs import Scope, Setup, micro_of, start_run
from evaluation.actions.trials import SAMPLE, checked_overrides
from evaluation.enums import RunOrigin, RunState
from evaluation.management.waiting import work_to_the_end
from evaluation.models import Run
from evaluation.queries.projections import forecast
from evaluation.queries.runs import progress_of
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.queries.golden import find_release, find_scope
from reviewapp.common.errors import Refused


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
        parser.add_argument(
            "--dry-run", type=int, nargs="?", const=SAMPLE, metavar="K",
            help=f"run K items drawn at random ({SAMPLE}), wait, and project cost and time of the whole",
        )  # fmt: skip
        parser.add_argument("--sample", type=int, metavar="K", help="only so many items, drawn at random")
        parser.add_argument("--seed", type=int, default=0, help="of the draw")
        parser.add_argument("--priority", type=int, default=0, help="the higher is worked on first")
        parser.add_argument("--no-cache", action="store_true", help="ask also what was asked before")
        parser.add_argument("--batch", action="store_true", help="by the provider's Batch API: cheaper, within a day")
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of this run")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        is_trial = options["dry_run"] is not None
        if is_trial and options["sample"] is not None:
            raise Refused("--dry-run K says how many items already; leave --sample out.")
        sample = options["dry_run"] if is_trial else options["sample"]
        if sample is not None and sample < 1:
            raise Refused("A sample has at least one item.")
        micro_of(options["budget"])  # whatever can be refused is, before a built-in prompt is written on its first use
        scope = Scope() if options["on"] == "items" else Scope(*find_scope(project, options["on"]))
        version = find_version(project=project, reference=options["prompt"], **acts)
        name = options["run"]
        if is_trial:
            name = f"{name or f'{version} on {scope}'.replace('@', ' v').replace(':', ' ')}"[:96] + " (dry run)"
        run = start_run(
            version=version,
            scope=scope,
            name=name,
            budget_usd=options["budget"],
            fewshot_release=find_release(project, options["fewshot"]) if options["fewshot"] else None,
            setup=Setup(
                origin=RunOrigin.TRIAL if is_trial else RunOrigin.HAND,
                priority=options["priority"],
                uses_cache=not options["no_cache"],
                by_batch=options["batch"] and not is_trial,
                overrides=checked_overrides(version, _values(options["set"])),
                sample=sample,
                seed=options["seed"],
            ),
            **acts,
        )
        if options["wait"] or is_trial:
            work_to_the_end([run])
        self._tell(run)
        return CANNOT_TELL if (options["wait"] or is_trial) and run.state != RunState.DONE else None

    def _tell(self, run: Run) -> None:
        progress = progress_of(run)
        self.say(
            f"Run {run.name}: {run.state}, {progress.done:,} of {run.total:,} answered, {progress.failed:,} failed."
            + (f" {run.state_reason}" if run.state_reason else "")
        )
        found = {
            "run": run.name,
            "state": run.state,
            "reason": run.state_reason,
            "items": run.total,
            "done": progress.done,
            "failed": progress.failed,
            "spent_usd": run.spent_micro_usd / 1e6,
        }
        if ahead := forecast(run):
            cost, took = ahead.projection.micro_usd, ahead.projection.seconds
            self.say(f"All {ahead.items:,} items: {_range(cost.value, cost.low, cost.high, 1e-6, 'USD', 4)}, "
                     f"the rest takes {_range(took.value, took.low, took.high, 1, 's', 0)}.")  # fmt: skip
            if ahead.suffices is not None:
                self.say(f"Chance that the budget suffices: {ahead.suffices:.1%}.")
            found["projection"] = ahead.projection.as_dict()
        self.report(found)


def _range(value: float | None, low: float | None, high: float | None, scale: float, unit: str, digits: int) -> str:
    if value is None:
        return "not known"
    said = f"{value * scale:,.{digits}f} {unit}"
    if low is None or high is None:
        return said
    return f"{said} (95% from {low * scale:,.{digits}f} to {high * scale:,.{digits}f})"


def _values(pairs: list[str]) -> dict[str, Any]:
    """`temperature=0.2` as a parameter; values are read as JSON where they are, else as text."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Refused(f"“{pair}” is no parameter. Write it like temperature=0.2.")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
