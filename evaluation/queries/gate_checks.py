"""What each part of a gate finds: in figures and words that every role that reads evaluations may see."""

from collections.abc import Mapping
from typing import Any

from evaluation.enums import RunState
from evaluation.gates.report import Check, Outcome
from evaluation.models import Comparison, Evaluation, Objective, Run
from evaluation.queries.edge_cases import BankBoard
from evaluation.queries.objectives import standing_of
from evaluation.queries.suites import BREAKS, HOLDS
from evaluation.queries.training_exports import GivenOut
from evaluation.queries.veiled import shown
from evaluation.stats.alike import fewest_alike
from evaluation.stats.robustness import EDGE
from evaluation.stats.standing import Judged, Verdict
from evaluation.stress.kinds import GRADED, KINDS, RED_TEAM
from labeling.queries.held_out import Worth

BY_VERDICT = {Verdict.MET: Outcome.PASSED, Verdict.MISSED: Outcome.FAILED}
BY_COMPARISON = {
    "better": (Outcome.PASSED, "better than"), "not_worse": (Outcome.PASSED, "not worse than"),
    "worse": (Outcome.FAILED, "worse than"),
}  # fmt: skip
SIMULATED = "The answers came from the simulator, which proves nothing of a model."


def run_checks(run: Run, size: int, *, allow_simulated: bool) -> list[Check]:
    """What of the run itself stands in the way of a judgement; `size` items are in the split."""
    if run.state != RunState.DONE:
        why = f" {run.state_reason}" if run.state_reason else ""
        said = f"The run “{run.name}” is {RunState(run.state).label.lower()}, so it cannot be judged yet.{why}"
        return [Check("run", "Run is over", Outcome.UNSURE, said)]
    found = []
    if not run.is_imported and run.total < size:
        said = f"The run was asked {run.total:,} of the {size:,} items, and the others would count as wrong."
        found.append(Check("run", "Run covers the split", Outcome.UNSURE, said))
    if run.is_simulated and not allow_simulated:
        found.append(Check("run", "Answers of a model", Outcome.UNSURE, SIMULATED))
    return found


def training_check(given: GivenOut) -> list[Check]:
    """Nothing where no item of the split went out to train with; not to be told while nobody has said of a file."""
    if not given.untold:
        return []
    commands = " and ".join(f"`training_file SLUG {one.number} --model …`" for one in given.files)
    said = f"{given.sentence} Say it under Exports, Training files, or by {commands}."
    return [Check("run", "Not trained with this split", Outcome.UNSURE, said)]


def held_out_check(worth: Worth) -> list[Check]:
    """Nothing where the whole test split is held out still; not to be told where its gold may have been read."""
    if not worth.obstacle:
        return []
    said = f"{worth.obstacle} Gate on the newest release, or on dev."
    return [Check("run", "Test split is held out", Outcome.UNSURE, said)]


def objective_checks(objective: Objective, evaluation: Evaluation) -> list[Check]:
    """One check a requirement; held-out figures as pages show them."""
    standing = standing_of(objective, evaluation)
    title = f"{objective.name}, version {objective.number}"
    if not standing.judged:
        return [Check("objective", title, Outcome.UNSURE, f"“{objective.name}” asks for nothing.")]
    return [
        Check("objective", f"{title}: {one.asked.name}", BY_VERDICT.get(one.verdict, Outcome.UNSURE), _said(title, one))
        for one in standing.judged
    ]


def _said(title: str, one: Judged) -> str:
    return f"{title}. {one.sentence}"


def baseline_check(comparison: Comparison, baseline: str) -> Check:
    """Whether the run is not worse than the baseline by more than the margin."""
    report = shown(comparison)
    outcome, words = BY_COMPARISON.get(report["verdict"], (Outcome.UNSURE, ""))
    diff, margin = report["diff"]["micro_f1"], f"a margin of {report['margin']:g}"
    figures = _figures(diff)
    if outcome == Outcome.UNSURE:
        said = f"Whether it is worse than “{baseline}” cannot be told: micro F1 {figures}, {margin}."
        more = report["power"].get("more")
        said += f" About {more:,} more items would tell." if more else ""
    else:
        said = f"It is {words} “{baseline}”: micro F1 {figures}, {margin}."
    decided = [one["of"] or one["name"] for one in report["family"]["decided_by"]]
    said += f" Decided by what was declared: {', '.join(decided)}." if decided else ""
    return Check("baseline", f"Not worse than {baseline}", outcome, said)


def bank_check(board: BankBoard | None) -> Check:
    """The edge cases: failed if one that once passed fails, not to be told unless every case was asked."""
    name = "Edge-case bank"
    if board is None:
        said = "The version has not answered the edge cases of the bank yet."
        return Check("bank", name, Outcome.UNSURE, said)
    if board.regressions:
        return Check("bank", name, Outcome.FAILED, board.said)
    share = board.share
    passed = f"{_number(share['value'])} [{_number(share['low'])}, {_number(share['high'])}]"
    if not board.is_whole:
        said = f"Not every edge case was asked in “{board.run.name}”: {len(board.left_out)} were not."
        return Check("bank", name, Outcome.UNSURE, said)
    said = f"No edge case that once passed fails; of {len(board.asked)} the share passed is {passed}."
    return Check("bank", name, Outcome.PASSED, said)


def stress_check(report: Mapping[str, Any] | None, kind: str, strength: int | None) -> Check:
    """A stress suite, whole (kind empty) or one kind of it up to a strength; `report` None: none is over."""
    title = f"Stress: {KINDS[kind].title.lower()}" if kind else "Stress suite"
    title += f" {strength}" if strength else ""
    if report is None:
        said = f"{title}: no suite of this version on this release is over."
        return Check("stress", title, Outcome.UNSURE, said)
    tolerance = report["tolerance"]
    if not kind:
        outcome = {HOLDS: Outcome.PASSED, BREAKS: Outcome.FAILED}.get(report["verdict"], Outcome.UNSURE)
        broken = [
            KINDS[name].title.lower()
            for name, one in report["kinds"].items() if one["breakdown_certain"]["strength"] is not None
        ]  # fmt: skip
        words = {Outcome.PASSED: "holds", Outcome.FAILED: f"breaks by {', '.join(broken)}"}
        said = f"{title}: {words.get(outcome, 'cannot be told')}, a loss of {tolerance:g} in micro F1 is borne."
        return Check("stress", title, outcome, said + _few(report["n"], tolerance, outcome))
    if kind in GRADED:
        return _graded(report["kinds"].get(kind), title, strength, tolerance)
    found = report.get(kind)
    figure = (found or {}).get("rate" if kind == RED_TEAM else "share")
    if not figure or figure["value"] is None:
        return Check("stress", title, Outcome.UNSURE, f"{title}: not measured.")
    what = "injected texts were obeyed" if kind == RED_TEAM else "answers changed"
    said = f"{title}: the share of {what} is {_figures(figure)}, at most {tolerance:g} is borne."
    return Check("stress", title, _within(figure, tolerance), said)


def _graded(found: Mapping[str, Any] | None, title: str, strength: int | None, tolerance: float) -> Check:
    rows = [one for one in (found or {}).get("strengths", ()) if strength is None or one["strength"] <= strength]
    if not rows or (strength is not None and rows[-1]["strength"] != strength):
        return Check("stress", title, Outcome.UNSURE, f"{title}: not measured at this strength.")
    outcomes = [_within(one["drop"], tolerance) for one in rows]
    worst = rows[outcomes.index(Outcome.FAILED)] if Outcome.FAILED in outcomes else rows[-1]
    outcome = Outcome.FAILED if Outcome.FAILED in outcomes else (
        Outcome.PASSED if set(outcomes) == {Outcome.PASSED} else Outcome.UNSURE
    )  # fmt: skip
    said = f"{title}: micro F1 falls by {_figures(worst['drop'])}, at strength {worst['strength']}; "
    said += f"at most {tolerance:g} is borne."
    return Check("stress", title, outcome, said + _few(worst["drop"]["n"], tolerance, outcome))


def _few(items: int, tolerance: float, outcome: Outcome) -> str:
    """Said where so few items could not have passed even without any loss."""
    least = fewest_alike(tolerance)
    if outcome != Outcome.UNSURE or least is None or items >= least:
        return ""
    return f" {least:,} items without any loss are the least that can show it, and these are {items:,}."


def _within(figure: Mapping[str, Any], most: float) -> Outcome:
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return Outcome.UNSURE
    if low > most + EDGE:
        return Outcome.FAILED
    return Outcome.PASSED if high <= most + EDGE else Outcome.UNSURE


def _figures(one: Mapping[str, Any]) -> str:
    """A figure with its interval and n."""
    if one["value"] is None:
        return str(one.get("reason") or "not known")
    between = "" if one["low"] is None else f" [{_number(one['low'])}, {_number(one['high'])}]"
    return f"{_number(one['value'])}{between}, n {one['n']:,}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".replace("-", "−")
