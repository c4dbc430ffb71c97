"""agreement SLUG [--round N] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.agreement import measure_agreement
from evaluation.analyses.asked import Resampling
from labeling.management.base import AssayCommand
from labeling.queries.rounds import find_round


class Command(AssayCommand):
    help = "How far the raters of a round agree."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--round", default="", metavar="NAME", help="the newest round if left out")
        parser.add_argument("--resamples", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=0)

    def work(self, **options: Any) -> None:
        in_round = find_round(self.project(options["slug"]), options["round"])
        how = Resampling(options["resamples"], options["seed"])
        report = measure_agreement(in_round=in_round, resampling=how).report
        self.say(f"{in_round.name}: {report['items']} items with two or more ratings, {report['raters']} raters")
        for name, value in report["alpha"].items():
            self.say(f"alpha ({name}): {shown(value)}")
        self.say(f"exact agreement: {shown(report['percent_exact'])}")
        self.report(_by_contract(report))


def _by_contract(report: dict[str, Any]) -> dict[str, Any]:
    """The labels with the figures that scripts rely on; AC1 by label stands beside them."""
    labels = {code: dict(found) for code, found in report["labels"].items()}
    ac1 = {code: found.pop("ac1") for code, found in labels.items() if "ac1" in found}
    return {**report, "labels": labels, "ac1": ac1}


def shown(value: dict[str, Any]) -> str:
    if value["value"] is None:
        return f"undefined: {value['reason']}"
    if value["low"] is None:
        return f"{value['value']:.3f} (n {value['n']})"
    return f"{value['value']:.3f} [{value['low']:.3f}, {value['high']:.3f}] (n {value['n']})"
