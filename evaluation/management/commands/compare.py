"""compare SLUG RUN_A RUN_B --golden G@1 --split dev --json - [--margin .02] [--labels a,b] [--slices a=b] [--gate]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.comparisons import compare_runs
from evaluation.analyses.asked import Resampling
from evaluation.management.commands.agreement import shown
from evaluation.management.declared import labels_named, slices_named
from evaluation.queries.bank_standing import lines_of, told_of
from evaluation.queries.edge_cases import bank_of_version
from evaluation.queries.runs import find_run
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand
from labeling.queries.golden import find_release

CODES = {"better": DONE, "not_worse": DONE, "worse": GATE_FAILED, "cannot_tell": CANNOT_TELL}
SHOWN = {"better": "is better", "not_worse": "is not worse", "worse": "is worse"}


class Command(AssayCommand):
    help = (
        "Compare two runs on the same items: B against A. A new comparison on test is a look and goes into the ledger."
    )
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("run_a")
        parser.add_argument("run_b")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--split", required=True, help="dev or test")
        parser.add_argument("--margin", type=float, default=0.02, help="the loss of F1 that would not matter")
        parser.add_argument(
            "--labels", default="", metavar="A,B", help="labels that matter too, declared before looking"
        )
        parser.add_argument("--slices", default="", metavar="ATTR=VALUE,...", help="slices that matter too")
        parser.add_argument("--gate", action="store_true", help="exit 1 if B is worse, 3 if it cannot be told")
        parser.add_argument("--resamples", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=0)

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        release = find_release(project, options["golden"])
        run_b = find_run(project, options["run_b"])
        report = compare_runs(
            run_a=find_run(project, options["run_a"]),
            run_b=run_b,
            release=release,
            split=options["split"],
            margin=options["margin"],
            labels=labels_named(release, options["labels"]),
            slices=slices_named(options["slices"]),
            resampling=Resampling(options["resamples"], options["seed"]),
            by=self.by,
            operator=self.operator,
        ).report
        for name, value in report["diff"].items():
            self.say(f"{name}, B - A: {shown(value)}")
        for member in report["family"]["members"][1:]:
            name = member["name"] + (f" = {member['of']}" if member["kind"] == "slice" else "")
            self.say(f"{member['kind']} {name}: {shown(member)} {member['finding']}".rstrip())
        self.say(f"verdict: {report['verdict'].replace('_', ' ')} (margin {report['margin']:g})")
        for line in _outlook(report["power"]):
            self.say(line)
        bank = bank_of_version(run_b.prompt_version)
        for line in lines_of(bank, self.by) if bank else ():
            self.say(line)
        self.report({**report, "bank": bank and told_of(bank, self.by)})
        if options["gate"] and bank and bank.regressions:
            return GATE_FAILED
        return CODES[report["verdict"]] if options["gate"] else None


def _outlook(power: dict[str, Any]) -> list[str]:
    """What as many items can show, and how many more would settle it."""
    lines = []
    if power["detectable"] is not None:
        lines.append(f"as many items show a difference from {power['detectable']:.3f} on, four times of five")
    if power["more"]:
        lines.append(f"about {power['more']:,} more items would show that B {SHOWN[power['to_show']]}")
    elif power["more"] is None and power.get("reason"):
        lines.append(power["reason"])
    return lines
