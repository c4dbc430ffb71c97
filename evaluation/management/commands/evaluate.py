"""evaluate SLUG --run R --golden G@1 --split dev --json - [--resamples 1000] [--seed 0] [--objective NAME] ...

evaluate SLUG --run R|--prompt P[@N] --golden G@1 --split dev --gate [--baseline RUN|@production] [--include bank,...]
"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.analyses import analyse
from evaluation.actions.announcements import gate_failed
from evaluation.actions.reports import evaluate_run
from evaluation.analyses.asked import Resampling
from evaluation.enums import RunState
from evaluation.management.commands.agreement import shown
from evaluation.management.gating import add_gate_arguments, gate, given_without_gate
from evaluation.queries.bank_standing import lines_of, told_of
from evaluation.queries.edge_cases import bank_of_version
from evaluation.queries.objectives import find_objective, standing_of, standing_report
from evaluation.queries.reading import reading
from evaluation.queries.runs import find_run
from evaluation.queries.training_exports import given_out
from evaluation.stats.resampling import METHODS
from evaluation.stats.standing import Verdict
from labeling.enums import Split
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Score a run against one split of a release. A look at test goes into the ledger."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", default="", metavar="NAME")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--split", required=True, help="dev or test")
        parser.add_argument("--resamples", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--method", default="bca", choices=METHODS)
        parser.add_argument("--clusters", default="", metavar="ATTRIBUTE", help="items with one value belong together")
        parser.add_argument("--objective", default="", metavar="NAME", help="exit 0 if met, 1 if missed, 3 if unsure")
        add_gate_arguments(parser)

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        if options["gate"]:
            return gate(self, project, options)
        if extra := given_without_gate(options):
            raise Refused(f"{extra} is part of a gate: add --gate.")
        if not options["run"]:
            raise Refused("Say which run: --run NAME.")
        run = find_run(project, options["run"])
        objective = find_objective(project, options["objective"]) if options["objective"] else None
        if run.state in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED):
            self.stderr.write(f"The run “{run.name}” is {run.state}: it cannot be scored yet.")
            return CANNOT_TELL
        evaluation = evaluate_run(
            run=run,
            release=find_release(project, options["golden"]),
            split=options["split"],
            resampling=Resampling(*(options[name] for name in ("resamples", "seed", "method", "clusters"))),
            by=self.by,
            operator=self.operator,
        )
        report = evaluation.report
        self.say(f"{run.name} on {report['golden']}:{report['split']}, {report['items']} items")
        given = given_out(run, evaluation.release, evaluation.split)
        if given.sentence:
            self.say(given.sentence)
        for average in ("micro", "macro", "weighted", "samples"):
            self.say(f"{average} F1: {shown(report[average]['f1'])}")
        if report["population"]:
            self.say(f"micro F1 of the population: {shown(report['population']['micro']['f1'])}")
        names = dict(evaluation.release.taxonomy_version.labels.values_list("code", "name"))
        for line in reading(report, names).lines:
            self.say(line)
        if given.given:
            report = {**report, "training": given.counts()}
        bank = bank_of_version(run.prompt_version)
        told = {"bank": told_of(bank, self.by)} if bank else {}
        if told:
            self.say(f"edge cases passed: {shown(told['bank']['share_passed'])}")
        if objective is None:
            for line in lines_of(bank, self.by) if bank else ():
                self.say(line)
            self.report({**report, **told})
            return None
        if objective.max_gap is not None and evaluation.split == Split.DEV:
            analyse(evaluation=evaluation, kind="slices", by=self.by)
        standing = standing_of(objective, evaluation, by_operator=True)
        self.say(f"{objective.name}, version {objective.number}: {standing.verdict}")
        for one in standing.judged:
            self.say(one.sentence)
        for line in lines_of(bank, self.by) if bank else ():
            self.say(line)
        self.report({**report, "objective": standing_report(objective, standing), "bank": None, **told})
        is_lost = bool(bank and bank.regressions)
        if is_lost or standing.verdict == Verdict.MISSED:
            held = "the edge-case bank" if is_lost else f"{objective.name} on {evaluation.release}:{evaluation.split}"
            gate_failed(
                project=project, target=f"run:{run.public_id}", after={"what": run.name, "against": held}, by=self.by,
                operator=self.operator,
            )  # fmt: skip
        if is_lost:
            return GATE_FAILED
        return {Verdict.MET: DONE, Verdict.MISSED: GATE_FAILED}.get(standing.verdict, CANNOT_TELL)
