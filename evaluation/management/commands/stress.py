"""stress SLUG NAME@N --on G@1 [--kinds a,b] [--strengths 1,2,4,8] [--sample N|all] [--wait] --json -"""

import time
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from evaluation.actions.predictions import resume_stalled, work_on
from evaluation.actions.prompts import find_version
from evaluation.actions.suites import report_on, start_suite
from evaluation.enums import RunState
from evaluation.models import Suite
from evaluation.queries.suiteboard import Progress, board_of, progress_of
from evaluation.stress.kinds import KINDS, STRENGTHS
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused

PAUSE = 1.0
UNFINISHED = (RunState.QUEUED, RunState.RUNNING)


class Command(AssayCommand):
    help = "Run a prompt version over the same dev items clean and disturbed, and say what it bears."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("prompt", help="a prompt's name, or name@3; built in: baseline-zero, baseline-few")
        parser.add_argument("--on", required=True, metavar="G@1", help="the release whose dev items are taken")
        parser.add_argument("--kinds", default=",".join(KINDS), metavar="A,B", help="all by default")
        parser.add_argument("--strengths", default=",".join(map(str, STRENGTHS)), metavar="1,2,4,8")
        parser.add_argument("--sample", default="100", metavar="N", help="so many items, or all")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--tolerance", type=float, default=0.05, help="the loss of micro F1 that is borne")
        parser.add_argument("--budget", type=float, metavar="USD", help="of all runs together")
        parser.add_argument("--wait", action="store_true", help="do the work here and now, and wait for its end")
        parser.add_argument(
            "--must-hold", type=int, metavar="STRENGTH",
            help="with --wait: exit 1 if a kind certainly breaks at this strength or below",
        )  # fmt: skip

    def work(self, **options: Any) -> int | None:
        if options["must_hold"] is not None and not options["wait"]:
            raise Refused("--must-hold needs --wait: before the runs are over nothing can be said.")
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        suite = start_suite(
            version=find_version(project=project, reference=options["prompt"], **acts),
            release=find_release(project, options["on"]),
            kinds=_parts(options["kinds"]),
            strengths=[_whole(one, "--strengths") for one in _parts(options["strengths"])],
            sample=None if options["sample"] == "all" else _whole(options["sample"], "--sample"),
            seed=options["seed"],
            budget_usd=options["budget"],
            tolerance=options["tolerance"],
            **acts,
        )
        if options["wait"]:
            _work_to_the_end(suite)
        progress = progress_of(suite)
        stored = report_on(suite)
        self.say(
            f"Suite {suite.public_id}: {progress.over} of {len(progress.members)} runs over, "
            f"{progress.done:,} of {progress.total:,} answered, {progress.failed:,} failed."
        )
        for one in progress.paused:
            self.say(f"{one.name} is paused: {one.run.state_reason}")
        if stored is None:
            self.report({"suite": str(suite.public_id), "state": "running", "report": None} | _counts(progress))
            return CANNOT_TELL if options["wait"] else None
        self._tell(stored.report)
        self.report(stored.report | {"state": "done"} | _counts(progress))
        return None if options["must_hold"] is None else _gate(stored.report, options["must_hold"])

    def _tell(self, report: dict[str, Any]) -> None:
        board = board_of(report)
        for line in filter(None, (board.sentence, board.more)):
            self.say(line)
        for row in board.rows:
            drops = ", ".join(f"{one['strength']}: {_drop(one['drop'])}" for one in row.strengths)
            at = row.breakdown["strength"] or "none"
            self.say(f"{row.kind.title}: drop {drops}; breakdown {at}, certain {row.certain['strength'] or 'none'}")


def _gate(report: Mapping[str, Any], strength: int) -> int:
    """1 where some kind certainly breaks at the strength or below; 3 where no kind has figures."""
    certain = [one["breakdown_certain"]["strength"] for one in report["kinds"].values()]
    if any(one is not None and one <= strength for one in certain):
        return GATE_FAILED
    return DONE if certain else CANNOT_TELL


def _work_to_the_end(suite: Suite) -> None:
    """Work beside whatever workers there are, until nothing of the suite is left that goes on by itself."""
    while runs := list(suite.members.filter(run__state__in=UNFINISHED).order_by("pk").values_list("run", flat=True)):
        for run in runs:
            work_on(run_id=run)
        if suite.members.filter(run__state=RunState.RUNNING).exists():
            time.sleep(PAUSE)  # others hold the rest
            resume_stalled()


def _counts(progress: Progress) -> dict[str, Any]:
    return {
        "runs": len(progress.members),
        "answers": progress.total,
        "done": progress.done,
        "failed": progress.failed,
        "spent_usd": progress.spent / 1e6,
    }


def _drop(found: Mapping[str, Any]) -> str:
    if found["value"] is None:
        return "undefined"
    interval = "" if found["low"] is None else f" [{found['low']:.3f}, {found['high']:.3f}]"
    return f"{found['value']:.3f}{interval}"


def _parts(said: str) -> list[str]:
    return [part.strip() for part in said.split(",") if part.strip()]


def _whole(said: str, option: str) -> int:
    if not said.isdigit() or len(said) > 9:
        raise Refused(f"“{said}” is no whole number, which {option} needs.")
    return int(said)
