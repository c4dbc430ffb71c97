"""evaluate_bank SLUG --run R --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.edge_cases import record_verdicts
from evaluation.enums import CaseOutcome
from evaluation.management.commands.agreement import shown
from evaluation.queries.edge_cases import board_of
from evaluation.queries.runs import FINISHED, find_run
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand


class Command(AssayCommand):
    help = "A run on the edge cases: exit 1 if a case that once passed fails, 3 if not every case was asked."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", required=True, metavar="NAME")

    def work(self, **options: Any) -> int | None:
        run = find_run(self.project(options["slug"]), options["run"])
        if run.state not in FINISHED:
            self.stderr.write(f"The run “{run.name}” is {run.state}: it cannot be held against the bank yet.")
            return CANNOT_TELL
        record_verdicts(run=run)
        board = board_of(run, viewer=self.by)
        counts = ", ".join(f"{board.count(one)} {one.label.lower()}" for one in CaseOutcome)
        self.say(f"{run.name}: {counts}, {len(board.left_out)} not asked; passed {shown(board.share)}")
        for name, share, lost in board.reasons:
            self.say(f"{name}: {shown(share)}" + (f", {lost} lost" if lost else ""))
        for one in board.regressions:
            self.say(f"{one.case.item.external_id} passed in “{one.passed_in}” and fails now")
        self.report(board.as_dict())
        if board.regressions:
            return GATE_FAILED
        return DONE if board.is_whole else CANNOT_TELL
