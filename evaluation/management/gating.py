"""`evaluate --gate`: runs what is missing, holds it against all that is asked, and writes what a CI reads."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evaluation.actions.edge_cases import record_verdicts, start_bank_run
from evaluation.actions.follow_ups import follow_up
from evaluation.actions.gates import (
    PRODUCTION,
    Asked,
    Stress,
    check_asked,
    check_looks,
    hold_gate,
    production_run,
    stress_named,
    suite_of,
    whole_run,
)
from evaluation.actions.prompts import find_version
from evaluation.actions.runs import Scope, start_run
from evaluation.actions.suites import start_suite
from evaluation.analyses.asked import Resampling
from evaluation.enums import RunState
from evaluation.gates.junit import junit
from evaluation.gates.markdown import markdown
from evaluation.gates.report import GateReport, Outcome
from evaluation.management.declared import labels_named, parts_of, slices_named
from evaluation.management.waiting import work_to_the_end
from evaluation.models import PromptVersion, Run
from evaluation.queries.edge_cases import bank_of_version
from evaluation.queries.objectives import find_objective, in_use
from evaluation.queries.promotions import is_paid
from evaluation.queries.runs import find_run
from labeling.enums import Split
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand
from labeling.models import Project, Release
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused

CODES = {Outcome.PASSED: DONE, Outcome.FAILED: GATE_FAILED, Outcome.UNSURE: CANNOT_TELL}
SIGN = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.UNSURE: "cannot tell"}
BANK = "bank"
NO_BASELINE = "No version in production has a finished run over {}, so there is no baseline yet."
DEFAULTS: dict[str, Any] = {
    "prompt": "", "budget": None, "baseline": "", "margin": 0.02, "labels": "", "slices": "", "include": "",
    "allow_simulated": False, "junit": "", "markdown": "", "anew": False,
}  # fmt: skip


def add_gate_arguments(parser: ArgumentParser) -> None:
    gate = parser.add_argument_group("gate", "exit 0 if all of it holds, 1 if anything fails, 3 if it cannot be told")
    gate.add_argument("--gate", action="store_true", help="hold it against the objective and all that is named here")
    gate.add_argument("--prompt", default="", metavar="P[@N]", help="instead of --run: run it first, here and now")
    gate.add_argument("--budget", type=float, metavar="USD", help="of the run, and as much for the bank and a suite")
    gate.add_argument("--anew", action="store_true", help="run it again also where a finished run is there")
    gate.add_argument(
        "--baseline", default="", metavar="RUN", help=f"a run to be not worse than; {PRODUCTION}: of what is in use"
    )
    gate.add_argument("--margin", type=float, default=0.02, help="the loss of F1 that would not matter")
    gate.add_argument("--labels", default="", metavar="A,B", help="labels that matter too, declared before looking")
    gate.add_argument("--slices", default="", metavar="ATTR=VALUE,...", help="slices that matter too")
    gate.add_argument("--include", default="", metavar="bank,stress,KIND@2", help="the edge-case bank, stress suites")
    gate.add_argument("--allow-simulated", action="store_true", help="judge also what the simulator answered")
    gate.add_argument("--junit", default="", metavar="FILE", help="write JUnit XML")
    gate.add_argument("--markdown", default="", metavar="FILE", help="write a summary for a pull request")


def given_without_gate(options: Mapping[str, Any]) -> str:
    """The first option of a gate that was given; empty if none was."""
    given = next((name for name, usual in DEFAULTS.items() if options[name] != usual), "")
    return f"--{given.replace('_', '-')}" if given else ""


def gate(command: AssayCommand, project: Project, options: Mapping[str, Any]) -> int:
    """Run what is missing, judge, write the files; the exit code."""
    release, split = find_release(project, options["golden"]), options["split"]
    if split not in (Split.DEV, Split.TEST):
        raise Refused("A gate is held on dev or test.")
    if bool(options["run"]) == bool(options["prompt"]):
        raise Refused("Say what is judged: --run NAME or --prompt NAME[@N], one of them.")
    if options["run"] and (options["anew"] or options["budget"] is not None):
        raise Refused("--budget and --anew are of a run that is made here: use them with --prompt.")
    included, named = parts_of(options["include"]), options["baseline"]
    asked = Asked(
        objectives=_objectives(project, options["objective"]),
        margin=options["margin"],
        labels=labels_named(release, options["labels"]),
        slices=slices_named(options["slices"]),
        bank=BANK in included,
        stress=[stress_named(one) for one in included if one != BANK],
        allow_simulated=options["allow_simulated"],
        baseline=find_run(project, named) if named and named != PRODUCTION else None,
        no_baseline=NO_BASELINE.format(f"{release}:{split}") if named == PRODUCTION else "",
    )
    check_asked(project, asked)  # what is wrong costs nothing
    if options["prompt"]:
        version = find_version(project=project, reference=options["prompt"], by=command.by, operator=command.operator)
        run = _Preparing(command, version, release, split, options).all_of(asked)
    else:
        run = find_run(project, options["run"])
    if named == PRODUCTION:
        asked = replace(asked, baseline=production_run(run.prompt_version, project, release, split))
    report = hold_gate(
        run=run,
        release=release,
        split=split,
        asked=asked,
        resampling=Resampling(*(options[name] for name in ("resamples", "seed", "method", "clusters"))),
        by=command.by,
        operator=command.operator,
    )
    _tell(command, report)
    for name, write in (("junit", junit), ("markdown", markdown)):
        if options[name]:
            with command.output(options[name]) as stream:
                stream.write(write(report))
    command.report(report.as_dict())
    return CODES[report.outcome]


def _objectives(project: Project, name: str) -> list[Any]:
    """The one that is named, else the project's default."""
    return [find_objective(project, name)] if name else [one for one in in_use(project) if one.is_default]


class _Preparing:
    """Runs what a version has not answered yet, here and now."""

    def __init__(
        self, command: AssayCommand, version: PromptVersion, release: Release, split: str, options: Mapping[str, Any]
    ) -> None:
        self.command, self.version, self.release, self.split = command, version, release, split
        self.acts: dict[str, Any] = {"by": command.by, "operator": command.operator}
        self.budget, self.anew = options["budget"], options["anew"]
        if self.budget is None and is_paid(version):
            raise Refused("This prompt costs money: say with --budget how many dollars the run may cost at most.")

    def all_of(self, asked: Asked) -> Run:
        """The run that is judged; the bank's and the suites' runs are done beside it."""
        run = self._run()
        if run.state == RunState.DONE:
            if asked.bank and (self.anew or bank_of_version(self.version) is None):
                bank = start_bank_run(version=self.version, budget_usd=self.budget, **self.acts)
                work_to_the_end([bank])
                if bank.state == RunState.DONE:
                    record_verdicts(run=bank)
            for one in asked.stress:
                self._suite(one)
        return run

    def _run(self) -> Run:
        found = None if self.anew else whole_run(self.version, self.release, self.split)
        if found:
            self.command.say(f"{self.version} answered {self.release}:{self.split} already: run {found.name}")
            return found
        if self.split == Split.TEST:
            check_looks(self.version.prompt, self.release)
        scope = Scope(self.release, self.split)
        run = start_run(version=self.version, scope=scope, budget_usd=self.budget, **self.acts)
        work_to_the_end([run])
        follow_up(run_id=run.pk)
        return run

    def _suite(self, one: Stress) -> None:
        suite = None if self.anew else suite_of(self.version, self.release, one)
        if suite is None:
            kinds: dict[str, Any] = {"kinds": [one.kind]} if one.kind else {}
            suite = start_suite(
                version=self.version, release=self.release, budget_usd=self.budget, **kinds, **self.acts
            )
        work_to_the_end([member.run for member in suite.members.select_related("run").order_by("pk")])


def _tell(command: AssayCommand, report: GateReport) -> None:
    command.say(f"{report.run} on {report.golden}:{report.split}, {report.items:,} items")
    for one in report.checks:
        command.say(f"{SIGN[one.outcome]}: {one.sentence}")
    for fall in report.falls:
        change = fall.change
        between = "" if change["low"] is None else f" [{change['low']:.3f}, {change['high']:.3f}]"
        command.say(
            f"fell: {fall.code} {_figure(fall.before)} -> {_figure(fall.after)}, {change['value']:.3f}{between}, "
            f"n {fall.support:,}"
        )
    if report.lost_cases:
        command.say(f"lost: {', '.join(report.lost_cases)}")
    for note in report.notes:
        command.say(note)
    command.say(f"gate: {SIGN[report.outcome]}")


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
