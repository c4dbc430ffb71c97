"""Holds a run against all that is asked of it: objectives, a baseline, the edge-case bank, stress suites.

What it says may go to a pull request, which engineers read: figures of held-out gold come as pages show them, and
of the bank only the cases that are open to all roles are named.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.actions.analyses import analyse
from evaluation.actions.announcements import gate_failed
from evaluation.actions.comparisons import MARGIN, compare_runs
from evaluation.actions.reports import evaluate_run
from evaluation.actions.suites import report_on
from evaluation.analyses.asked import STANDARD, Resampling
from evaluation.enums import WITHOUT_LABELS, PromptStatus, RunState
from evaluation.gates.report import MOST_FALLS, Check, GateReport, Outcome, falls_of
from evaluation.models import Evaluation, Objective, Prompt, PromptVersion, Run, Suite
from evaluation.queries.edge_cases import bank_of_version, has_cases
from evaluation.queries.gate_checks import (
    bank_check,
    baseline_check,
    held_out_check,
    objective_checks,
    run_checks,
    stress_check,
    training_check,
)
from evaluation.queries.held_out import scores
from evaluation.queries.promotions import MOST_LOOKS, looks_used, plain_runs
from evaluation.queries.training_exports import given_out
from evaluation.queries.veiled import shown
from evaluation.stress.kinds import KINDS
from labeling import rules
from labeling.enums import Role, Split
from labeling.models import Project, Release, User
from labeling.queries.held_out import worth_of_test
from reviewapp.common.errors import Refused

FIGURES = {"micro F1": "micro", "macro F1": "macro", "F1 of items": "samples"}
PRODUCTION = "@production"  # no run has a name like this


@dataclass(frozen=True)
class Stress:
    """A suite, or one kind of it up to a strength."""

    kind: str = ""
    strength: int | None = None


@dataclass(frozen=True)
class Asked:
    """What a run is held against; declared before anybody looks."""

    objectives: Sequence[Objective] = ()
    baseline: Run | None = None
    margin: float = MARGIN
    labels: Sequence[str] = ()
    slices: Sequence[tuple[str, str]] = ()
    bank: bool = False
    stress: Sequence[Stress] = ()
    allow_simulated: bool = False
    no_baseline: str = ""  # why the baseline that was asked for is not there


def hold_gate(
    *,
    run: Run,
    release: Release,
    split: str,
    asked: Asked,
    by: User | None,
    resampling: Resampling = STANDARD,
    operator: str = "",
) -> GateReport:
    """Judge a run. A new evaluation or comparison on test is a look and goes into the ledger; a failure is recorded."""
    began = time.monotonic()
    if by:
        rules.check_role(by, run.project, Role.MANAGER, Role.ENGINEER, Role.ANALYST)
    _check(run, release, split, asked)
    size = release.entries.filter(split=split).count()
    report = GateReport(
        run.project.slug, run.name, str(run.prompt_version or ""), str(release), split, size, run.is_simulated,
        run_checks(run, size, allow_simulated=asked.allow_simulated),
        notes=[asked.no_baseline] if asked.no_baseline and not asked.baseline else [],
    )  # fmt: skip
    if run.state == RunState.DONE:
        evaluation = evaluate_run(
            run=run, release=release, split=split, by=by, resampling=resampling, operator=operator
        )
        report = _with_scores(report, evaluation)
        report = _with_training(report, run, release)
        report = _with_worth(report, release)
        for objective in asked.objectives:
            if objective.max_gap is not None and split == Split.DEV:
                analyse(evaluation=evaluation, kind="slices", by=by)
            report.checks.extend(objective_checks(objective, evaluation))
        report = _with_baseline(report, run, release, asked, resampling, by=by, operator=operator)
        report = _with_bank(report, run.prompt_version, asked)
        report.checks.extend(_stress(one, run.prompt_version, release) for one in asked.stress)
        report = _with_looks(report, run.prompt_version, release)
    if not report.checks:
        report.checks.append(Check("baseline", "Baseline", Outcome.UNSURE, asked.no_baseline))
    report = replace(report, seconds=round(time.monotonic() - began, 3))
    if report.outcome == Outcome.FAILED:
        lost = "; ".join(dict.fromkeys(one.name for one in report.with_outcome(Outcome.FAILED)))
        gate_failed(
            project=run.project, target=f"run:{run.public_id}", after={"what": run.name, "against": lost[:500]},
            by=by, operator=operator,
        )  # fmt: skip
    return report


def check_asked(project: Project, asked: Asked) -> None:
    """Refuse what asks for nothing, before anything is run or looked at."""
    if not (asked.objectives or asked.baseline or asked.no_baseline or asked.bank or asked.stress):
        raise Refused(
            "Nothing is asked of the run, so there is no gate: the project has no default objective. "
            "Name an objective, a baseline, the bank or a stress suite."
        )
    if not 0 <= asked.margin <= 1:
        raise Refused("The margin is a loss of F1 between 0 and 1, for example 0.02.")
    if asked.bank and not has_cases(project):
        raise Refused("There is no edge case in the bank yet, so it cannot be part of the gate.")


def _check(run: Run, release: Release, split: str, asked: Asked) -> None:
    check_asked(run.project, asked)
    if run.origin in WITHOUT_LABELS:
        raise Refused(f"“{run.name}” judged what other runs said: it has no labels, so there is nothing to score.")
    if run.is_imported and (asked.bank or asked.stress):
        raise Refused("The predictions were imported: edge cases and stress suites need a prompt version to ask.")
    if split == Split.TEST and run.prompt_version and not run.evaluations.filter(split=split, release=release).exists():
        check_looks(run.prompt_version.prompt, release)


def check_looks(prompt: Prompt, release: Release) -> None:
    """Refuse one look at test too many, as a promotion does."""
    if looks_used(prompt, release) >= MOST_LOOKS:
        raise Refused(
            f"Versions of this prompt have been held against the test split of {release} {MOST_LOOKS} times. Each look "
            "teaches a little of the answers: gate on dev, or freeze a release with new test items to go on."
        )


def _with_scores(report: GateReport, evaluation: Evaluation) -> GateReport:
    found = scores(evaluation)
    notes = list(report.notes)
    if found["unanswered"]:
        notes.append(f"{found['unanswered']:,} items have no answer and count as wrong.")
    if found["excluded"]:
        notes.append(
            f"{found['excluded']:,} items were shown to the prompt as examples, or trained its model, and are left out."
        )
    return replace(
        report, items=found["items"], figures=_figures(found), notes=notes, versions=found["versions"],
        inputs={"evaluation": found["inputs"]},
    )  # fmt: skip


def _with_training(report: GateReport, run: Run, release: Release) -> GateReport:
    given = given_out(run, release, report.split)
    notes = [given.sentence] if given.sentence and not given.untold else []
    return replace(report, notes=[*report.notes, *notes], checks=[*report.checks, *training_check(given)])


def _with_worth(report: GateReport, release: Release) -> GateReport:
    if report.split != Split.TEST:
        return report
    worth = worth_of_test(release)
    return replace(report, notes=[*report.notes, *worth.notes], checks=[*report.checks, *held_out_check(worth)])


def _figures(found: Mapping[str, Any]) -> dict[str, Any]:
    return {title: found[name]["f1"] for title, name in FIGURES.items()}


def _with_baseline(
    report: GateReport, run: Run, release: Release, asked: Asked, resampling: Resampling, *,
    by: User | None, operator: str,
) -> GateReport:  # fmt: skip
    base = asked.baseline
    if base is None:
        return report
    if base.pk == run.pk:
        said = f"“{base.name}” is the baseline itself."
        return replace(report, checks=[*report.checks, Check("baseline", "Baseline", Outcome.PASSED, said)])
    if base.state != RunState.DONE:
        said = f"The baseline “{base.name}” is {RunState(base.state).label.lower()}, so nothing can be compared yet."
        return replace(report, checks=[*report.checks, Check("baseline", "Baseline", Outcome.UNSURE, said)])
    comparison = compare_runs(
        run_a=base, run_b=run, release=release, split=report.split, by=by, margin=asked.margin, labels=asked.labels,
        slices=asked.slices, resampling=resampling, operator=operator,
    )  # fmt: skip
    found = shown(comparison)
    names = dict(release.taxonomy_version.labels.values_list("code", "name"))
    fallen = falls_of(found["labels"], names)
    before = {"micro F1": found["a"]["micro_f1"], "macro F1": found["a"]["macro_f1"]}
    notes = list(report.notes)
    if len(found["labels"]) < len(comparison.report["labels"]):
        hidden = len(comparison.report["labels"]) - len(found["labels"])
        notes.append(f"{hidden} labels of few held-out items are not shown.")
    if base.is_simulated:
        notes.append("The baseline's answers came from the simulator.")
    return replace(
        report, baseline=base.name, baseline_figures=before, falls=fallen[:MOST_FALLS],
        falls_left_out=max(len(fallen) - MOST_FALLS, 0), notes=notes,
        checks=[*report.checks, baseline_check(comparison, base.name)],
        inputs={**report.inputs, "comparison": found["inputs"]},
    )  # fmt: skip


def _with_bank(report: GateReport, version: PromptVersion | None, asked: Asked) -> GateReport:
    """Asked for, or there all the same with a case that is lost: then no gate passes."""
    board = bank_of_version(version) if version and has_cases(version.prompt.project) else None
    if not asked.bank and not (board and board.regressions):
        return report
    lost = [one.case for one in board.regressions] if board else []
    return replace(
        report, checks=[*report.checks, bank_check(board)],
        lost_cases=[case.item.external_id for case in lost if case.is_open],
        lost_cases_unnamed=sum(not case.is_open for case in lost),
    )  # fmt: skip


def _stress(asked: Stress, version: PromptVersion | None, release: Release) -> Check:
    assert version is not None
    suite = suite_of(version, release, asked)
    stored = report_on(suite) if suite else None
    return stress_check(stored.report if stored else None, asked.kind, asked.strength)


def suite_of(version: PromptVersion, release: Release, asked: Stress) -> Suite | None:
    """The newest suite of a version on a release that has what is asked in it, over or not."""
    suites = Suite.objects.filter(prompt_version=version, release=release)
    for suite in suites.select_related("release__taxonomy_version", "release__golden_set").order_by("-pk")[:50]:
        has_strength = asked.strength is None or asked.strength in suite.strengths
        if (not asked.kind or asked.kind in suite.kinds) and has_strength:
            return suite
    return None


def _with_looks(report: GateReport, version: PromptVersion | None, release: Release) -> GateReport:
    if report.split != Split.TEST or version is None:
        return report
    used = looks_used(version.prompt, release)
    said = f"Versions of this prompt have been held against this test split {used} times, of {MOST_LOOKS}."
    return replace(report, notes=[*report.notes, said])


def stress_named(said: str) -> Stress:
    """`stress` is the whole suite, `typos` one kind, `typos@2` up to strength 2."""
    kind, at, strength = said.partition("@")
    if kind != "stress" and kind not in KINDS:
        raise Refused(f"“{said[:60]}” is nothing to include. There are: bank, stress, {', '.join(KINDS)}.")
    if at and not (strength.isdigit() and len(strength) < 4):
        raise Refused(f"“{said[:60]}”: a strength is a whole number, as in typos@2.")
    return Stress("" if kind == "stress" else kind, int(strength) if at else None)


def production_run(judged: PromptVersion | None, project: Project, release: Release, split: str) -> Run | None:
    """The newest finished run over a split of what is in production: of the prompt, else of any in the project."""
    versions = PromptVersion.objects.filter(
        prompt__project=project, promotions__is_current=True, promotions__status=PromptStatus.PRODUCTION
    )
    rows = list(versions.select_related("prompt__project").order_by("-pk"))
    for version in sorted(rows, key=lambda one: judged is None or one.prompt_id != judged.prompt_id):
        if found := whole_run(version, release, split):
            return found
    return None


def whole_run(version: PromptVersion, release: Release, split: str) -> Run | None:
    """The newest finished run of a version over all of a split."""
    size = release.entries.filter(split=split).count()
    runs = plain_runs(version).filter(release=release, split=split, total=size, state=RunState.DONE)
    return runs.select_related("project", "prompt_version__prompt").order_by("-pk").first()
