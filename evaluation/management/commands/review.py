"""review SLUG open|status|export|close [--run R] [--number N] [--compare R] [--blind .2] [--audit .05] --json -"""

import csv
from argparse import ArgumentParser
from typing import Any

from evaluation.actions.reviews import ReviewSpec, close_review, fill_review, open_review
from evaluation.actions.training_exports import give_out, text_of_line
from evaluation.models import Review, Run
from evaluation.queries.reviewboard import board
from evaluation.queries.reviews import flat, loaded
from evaluation.stats.reviews import MISSED, OPEN
from labeling.files.cells import as_cell
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand
from labeling.models import Project
from reviewapp.common.errors import Refused

COLUMNS = (
    "item", "labels", "predicted", "rejected", "added", "changed", "reasons", "blind", "note", "seconds", "reviewed_at",
)  # fmt: skip


class Command(AssayCommand):
    help = "The review of a production run: open it, say where it stands, take the corrections out, close it."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("step", choices=["open", "status", "export", "close"])
        parser.add_argument("--run", default="", metavar="NAME", help="open: a finished run over items")
        parser.add_argument("--compare", default="", metavar="NAME", help="open: where this run differs, people look")
        parser.add_argument("--blind", type=float, default=0.2, help="open: share of tasks without the prediction")
        parser.add_argument("--audit", type=float, default=0.05, help="open: share of what goes through")
        parser.add_argument("--hourly", type=float, metavar="USD", help="open: what an hour of a reviewer costs")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--number", type=int, help="of the review; else the newest")
        parser.add_argument("--format", default="jsonl", choices=["jsonl", "csv"], help="export")
        parser.add_argument("-o", "--output", default="-", metavar="FILE", help="export")
        parser.add_argument("--gate", action="store_true", help="status: exit 1 if a target is missed, 3 if it is open")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if options["step"] == "open":
            spec = ReviewSpec(
                blind_share=options["blind"], audit_share=options["audit"], seed=options["seed"],
                hourly_usd=options["hourly"],
            )  # fmt: skip
            other = _run(project, options["compare"]) if options["compare"] else None
            made = open_review(run=_run(project, options["run"]), spec=spec, other_run=other, **acts)
            return self._status(fill_review(review_id=made.pk))
        found = _review(project, options["number"])
        if options["step"] == "export":
            self._export(found, options)
            return DONE
        if options["step"] == "close":
            close_review(review=found, **acts)
        return self._status(found, gate=options["gate"])

    def _status(self, review: Review, *, gate: bool = False) -> int:
        review = loaded().get(pk=review.pk)
        found = board(review)
        self.say(f"{review} of {review.run.name}: {review.state}, {found.done} of {found.tasks} tasks done.")
        if review.threshold is None:
            self.say("Confidence has not been calibrated, so people look at everything.")
        for one in found.targets:
            value = "undefined: " + one.found.reason if one.found.value is None else f"{one.found.value:.4g}"
            self.say(f"{one.name}: {value}, target {one.aim:g}, {one.standing}.")
        self.say(found.anchoring)
        self.report({"review": review.number, "run": review.run.name, "state": review.state,
                     "threshold": review.threshold, "asked": review.asked, "passed": review.passed,
                     **found.as_dict()})  # fmt: skip
        standings = {one.standing for one in found.targets}
        if not gate:
            return DONE
        return GATE_FAILED if MISSED in standings else CANNOT_TELL if OPEN in standings else DONE

    def _export(self, review: Review, options: dict[str, Any]) -> None:
        rows = give_out(source=review, by=self.by, operator=self.operator)
        with self.output(options["output"]) as stream:
            if options["format"] == "jsonl":
                stream.writelines(map(text_of_line, rows))
                return
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            for row in rows:
                cells = flat(row).items()
                writer.writerow({name: as_cell(value) for name, value in cells})


def _run(project: Project, name: str) -> Run:
    found = Run.objects.filter(project=project, name=name).select_related("project").first()
    if found is None:
        raise Refused(f"There is no run “{name}” in this project. Say which: --run NAME.")
    return found


def _review(project: Project, number: int | None) -> Review:
    mine = loaded().filter(project=project)
    found = (mine.filter(number=number) if number else mine.order_by("-number")).first()
    if found is None:
        raise Refused(f"There is no review {number}." if number else "There is no review in this project.")
    return found
