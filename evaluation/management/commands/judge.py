"""judge SLUG PANEL --prompt P@N [--budget USD] [--dry-run | --approve | --require CRITERION>=X] --json -"""

import re
from argparse import ArgumentParser
from typing import Any

from evaluation.actions.judge_approvals import approve_judge
from evaluation.actions.judges import check_can_judge, collect_ratings, start_judge
from evaluation.actions.prompts import find_version
from evaluation.enums import RunState
from evaluation.management.waiting import work_to_the_end
from evaluation.models import Panel, PanelRater, PromptVersion
from evaluation.queries.judges import FAILED, PASSED, comparison, gate, judge_cost, runs_of, standing_of_judge
from labeling.management.base import CANNOT_TELL, GATE_FAILED, AssayCommand
from labeling.models import Project
from reviewapp.common.errors import Refused

REQUIRED = re.compile(r"^([\w-]+)\s*>=\s*([0-9.]+)$")


class Command(AssayCommand):
    help = "A model as one more rater of a panel: ask it, compare it with the people, approve it, or gate on it."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("panel", help="its name")
        parser.add_argument("--prompt", required=True, metavar="P@N", help="the judge's prompt version")
        parser.add_argument("--budget", type=float, metavar="USD", help="for all of the judge's calls")
        step = parser.add_mutually_exclusive_group()
        step.add_argument("--dry-run", action="store_true", help="say what it would cost, and ask nothing")
        step.add_argument("--approve", action="store_true", help="allow this judge for gates, if it passes")
        step.add_argument("--require", metavar="CRITERION>=X", help="exit 0 if every run's mean is, 1 if not, 3 unsure")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        panel = self._panel(project, options["panel"])
        version = find_version(project=project, reference=options["prompt"], by=self.by, operator=self.operator)
        check_can_judge(panel, version)
        if options["dry_run"]:
            self._say_cost(panel, version)
            return None
        if options["require"]:
            return self._gate(self._seated(panel, version), options["require"])
        if options["approve"]:
            rater = self._seated(panel, version)
            made = approve_judge(rater=rater, by=self.by, operator=self.operator)
            self.say(f"{made.judge} may be used for gates by {made.rubric_version}.")
            self.report({"judge": str(made.judge), "approved": True, "figures": made.figures})
            return None
        if options["budget"] is None and not panel.raters.filter(judge=version).exists():
            raise Refused("Say what it may cost at most with --budget; --dry-run says what it would.")
        return self._judge(panel, version, options["budget"])

    def _judge(self, panel: Panel, version: PromptVersion, budget: float | None) -> int | None:
        rater = start_judge(panel=panel, version=version, budget_usd=budget, by=self.by, operator=self.operator)
        runs = runs_of(rater)
        try:
            work_to_the_end(runs)
        finally:
            collect_ratings(rater)
        standing, found = standing_of_judge(rater), comparison(rater)
        failed = "".join(f", {number} {kind}" for kind, number in standing.failed.items())
        self.say(f"{version}: {standing.rated} of {standing.outputs} outputs scored{failed}; "
                 f"{standing.spent_usd:.4f} USD."
                 f"{' Simulated.' if standing.is_simulated else ''} {standing.reason}".rstrip())  # fmt: skip
        for one in found["criteria"]:
            self.say(
                f"{one['criterion']}: alpha {_figure(one['alpha'])}, kappa {_figure(one['kappa'])}, "
                f"bias {_figure(one['bias'])}, omega {one['test']['omega']}."
            )
        self.say("It passes the rule for gates." if found["passed"] else f"No gate may ask it. {found['reason']}")
        for one in found.get("warnings", ()):
            self.say(f"Mind: {one}.")
        self.report({**found, "standing": standing.as_dict()})
        return CANNOT_TELL if any(run.state != RunState.DONE for run in runs) else None

    def _say_cost(self, panel: Panel, version: PromptVersion) -> None:
        cost = judge_cost(panel, version)
        self.say(
            f"{version} on {cost.outputs} outputs: about {cost.likely_usd:.4f} USD, at most {cost.most_usd:.4f} USD. "
            "Nothing was asked."
        )
        self.report(vars(cost) | {"judge": str(version), "panel": panel.name})

    def _gate(self, rater: PanelRater, required: str) -> int | None:
        match = REQUIRED.match(required)
        if not match:
            raise Refused(f"“{required}” is no requirement. Write it like correctness>=4.")
        found = gate(rater, criterion=match[1], least=_number(match[2]))
        self.say(f"{required}: {found.verdict.replace('_', ' ')}. {found.reason}".rstrip())
        means = {letter: one.as_dict() for letter, one in found.means.items()}
        self.report({"required": required, "verdict": found.verdict, "reason": found.reason, "means": means,
                     "is_simulated": standing_of_judge(rater).is_simulated})  # fmt: skip
        return {PASSED: None, FAILED: GATE_FAILED}.get(found.verdict, CANNOT_TELL)

    def _panel(self, project: Project, name: str) -> Panel:
        found = Panel.objects.filter(project=project, name=name).select_related("project", "rubric_version__rubric")
        if panel := found.first():
            return panel
        raise Refused(f"There is no panel called “{name}”.")

    def _seated(self, panel: Panel, version: PromptVersion) -> PanelRater:
        seated = panel.raters.select_related("panel__project", "panel__rubric_version__rubric", "judge__prompt")
        if rater := seated.filter(judge=version).first():
            return rater
        raise Refused(f"{version} has not judged this panel. Ask it first, with --budget.")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Refused(f"“{text}” is no number.") from None


def _figure(one: dict[str, Any]) -> str:
    return "undefined" if one["value"] is None else f"{one['value']:.2f}"
