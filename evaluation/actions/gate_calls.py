"""A gate asked for an answer: is this run good enough, and not worse than another one?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from evaluation.actions.analyses import analyse
from evaluation.actions.comparisons import MARGIN, compare_runs
from evaluation.actions.reports import evaluate_run
from evaluation.models import Comparison, Evaluation, Objective, Run
from evaluation.queries.bank_standing import lines_of
from evaluation.queries.edge_cases import BankBoard, bank_of_version
from evaluation.queries.objectives import in_use, standing_of
from evaluation.queries.runs import FINISHED
from evaluation.stats.standing import Standing, Verdict
from labeling.enums import Split
from labeling.models import Release, User
from reviewapp.common.errors import Refused


class Answer(StrEnum):
    PASS = "pass"  # noqa: S105 -- a verdict
    FAIL = "fail"
    CANNOT_TELL = "cannot_tell"


OF_STANDING = {Verdict.MET: Answer.PASS, Verdict.MISSED: Answer.FAIL}
OF_COMPARISON = {"better": Answer.PASS, "not_worse": Answer.PASS, "worse": Answer.FAIL}
SAID = {
    "worse": "It is worse than “{0}”, by more than the margin of {1:g} allows.",
    "cannot_tell": "It cannot be told whether it is worse than “{0}” by more than the margin of {1:g}.",
}


@dataclass(frozen=True)
class GateAnswer:
    """The verdict, why it is not a pass, and what it rests on."""

    verdict: Answer
    reasons: list[str]
    evaluation: Evaluation | None = None
    standings: list[tuple[Objective, Standing]] = field(default_factory=list)
    comparison: Comparison | None = None
    bank: BankBoard | None = None


def ask_gate(
    *,
    run: Run,
    release: Release,
    split: str,
    objectives: Sequence[Objective] = (),
    baseline: Run | None = None,
    margin: float = MARGIN,
    by: User | None,
) -> GateAnswer:
    """Hold a run against objectives (none named: the project's default) and, if one is given, against another run.

    It fails if anything fails, also an edge case that once passed; what cannot be told is no pass. On test the
    evaluation and the comparison are looks, as ever.
    """
    asked = list(objectives) or [one for one in in_use(run.project) if one.is_default]
    if not asked and baseline is None:
        raise Refused("Nothing says what is good enough: the project has no default objective. Name one, or a run.")
    for one in (run, *([baseline] if baseline else ())):
        if one.state not in FINISHED:
            return GateAnswer(Answer.CANNOT_TELL, [f"The run “{one.name}” is {one.state}: it cannot be scored yet."])
    evaluation = evaluate_run(run=run, release=release, split=split, by=by)
    if split == Split.DEV and any(one.max_gap is not None for one in asked):
        analyse(evaluation=evaluation, kind="slices", by=by)
    standings = [(one, standing_of(one, evaluation)) for one in asked]
    verdicts = [OF_STANDING.get(standing.verdict, Answer.CANNOT_TELL) for _, standing in standings]
    reasons = [
        f"{one.name}: {judged.sentence}"
        for one, standing in standings
        for judged in standing.judged
        if judged.verdict != Verdict.MET
    ]
    comparison = None
    if baseline:
        comparison = compare_runs(run_a=baseline, run_b=run, release=release, split=split, margin=margin, by=by)
        found = comparison.report["verdict"]
        verdicts.append(OF_COMPARISON.get(found, Answer.CANNOT_TELL))
        if found in SAID:
            reasons.append(SAID[found].format(baseline.name, margin))
    bank = bank_of_version(run.prompt_version)
    if bank and bank.regressions:
        verdicts.append(Answer.FAIL)
        reasons += lines_of(bank, by)
    return GateAnswer(_worst(verdicts), reasons, evaluation, standings, comparison, bank)


def _worst(verdicts: Sequence[Answer]) -> Answer:
    """Fail over cannot tell over pass.

    >>> str(_worst([Answer.PASS, Answer.CANNOT_TELL, Answer.FAIL])), str(_worst([Answer.PASS]))
    ('fail', 'pass')
    """
    return next((one for one in (Answer.FAIL, Answer.CANNOT_TELL) if one in verdicts), Answer.PASS)
