"""What a prompt version is used for: candidate, production, retired. Each step is on the record for good."""

from typing import Any

from django.db import transaction

from evaluation.actions.announcements import gate_failed
from evaluation.actions.edge_cases import start_bank_run
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.actions.suites import start_suite
from evaluation.enums import PromptStatus, RunOrigin
from evaluation.models import Promotion, Prompt, PromptVersion, Run
from evaluation.queries.edge_cases import has_cases
from evaluation.queries.objectives import standing_report
from evaluation.queries.promotions import (
    MOST_LOOKS,
    OVERRIDE_LEAST,
    Gate,
    gate_of,
    in_production,
    is_paid,
    release_with,
    rolls_back_to,
)
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role, Split
from labeling.models import Release, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

BUDGET_USD = 5.0  # of a run that a status starts, where nobody says another


@transaction.atomic
def make_candidate(
    *,
    version: PromptVersion,
    by: User | None,
    reason: str = "",
    budget_usd: float | None = None,
    operator: str = "",
) -> Promotion:
    """Propose a version: it is run on dev of the newest release at once, and scored when that is done.

    A stress suite on the same release and the edge cases of the bank are started beside it, each with a budget of its
    own of the same size.
    """
    prompt = _locked(version.prompt, by, Role.ENGINEER, Role.MANAGER)
    now = _current(version)
    if now and now.status == PromptStatus.CANDIDATE:
        return now
    if now and now.status == PromptStatus.PRODUCTION:
        raise Refused(f"{version} is in production. Retire it, or promote another version, before proposing it again.")
    release = release_with(prompt.project, Split.DEV)
    if release is None:
        raise Refused("A candidate is measured on dev, and no release has a dev split yet. Freeze one first.")
    promotion = _put(version, PromptStatus.CANDIDATE, by=by, operator=operator, reason=reason.strip())
    start_run(
        version=version,
        scope=Scope(release, Split.DEV),
        budget_usd=_budget(version, budget_usd),
        setup=Setup(origin=RunOrigin.CANDIDATE),
        by=by,
        operator=operator,
    )
    _stress(version, release, _budget(version, budget_usd), by=by, operator=operator)
    _bank(version, _budget(version, budget_usd), by=by, operator=operator)
    return promotion


def _stress(
    version: PromptVersion, release: Release, budget_usd: float | None, *, by: User | None, operator: str
) -> None:
    """Start the suite; where it cannot be, the candidate stands, and why is on record."""
    try:
        with transaction.atomic():
            start_suite(version=version, release=release, budget_usd=budget_usd, by=by, operator=operator)
    except Refused as refusal:
        record_event(
            kind="suite.not_started",
            project=version.prompt.project,
            by=by,
            operator=operator,
            target=f"prompt:{version.public_id}",
            after={"prompt": str(version), "why": str(refusal)},
        )


def _bank(version: PromptVersion, budget_usd: float | None, *, by: User | None, operator: str) -> None:
    """Start the edge cases, if there are any; where they cannot be, the candidate stands, and why is on record."""
    if not has_cases(version.prompt.project):
        return
    try:
        with transaction.atomic():
            start_bank_run(version=version, budget_usd=budget_usd, by=by, operator=operator)
    except Refused as refusal:
        record_event(
            kind="bank.not_started",
            project=version.prompt.project,
            by=by,
            operator=operator,
            target=f"prompt:{version.public_id}",
            after={"prompt": str(version), "why": str(refusal)},
        )


@transaction.atomic
def ask_for_look(
    *, version: PromptVersion, by: User | None, budget_usd: float | None = None, operator: str = ""
) -> Run:
    """Have a version answer the test split of the newest release, once: the run there is, or a new one."""
    prompt = _locked(version.prompt, by, Role.MANAGER)
    gate = gate_of(version)
    if gate.dev is None or gate.release is None:
        raise Refused(gate.needs)
    if gate.run is not None:
        return gate.run
    _check_looks(gate)
    run = start_run(
        version=version,
        scope=Scope(gate.release, Split.TEST),
        budget_usd=_budget(version, budget_usd),
        setup=Setup(origin=RunOrigin.PROMOTION),
        by=by,
        operator=operator,
    )
    record_event(
        kind="prompt.look_asked",
        project=prompt.project,
        by=by,
        operator=operator,
        target=f"prompt:{version.public_id}",
        after={"prompt": str(version), "release": str(gate.release), "look": gate.looks_used + 1, "of": MOST_LOOKS},
    )
    return run


def promote(
    *, version: PromptVersion, by: User | None, reason: str = "", override: bool = False, operator: str = ""
) -> Promotion:
    """Put a version into production: the look at test is made if it was not, and holds, or a manager says why not.

    The look is written before the gate is judged and stays in the ledger also if the promotion is refused.
    """
    if by:
        rules.check_role(by, version.prompt.project, Role.MANAGER)
    rules.check_not_archived(version.prompt.project)
    now = _current(version)
    if now and now.status == PromptStatus.PRODUCTION:
        return now
    gate = gate_of(version)
    if gate.needs:
        raise Refused(gate.needs)
    if gate.evaluation is None and gate.run and gate.release:
        if gate.run.origin != RunOrigin.PROMOTION:
            _check_looks(gate)
        evaluate_run(run=gate.run, release=gate.release, split=Split.TEST, by=by, operator=operator)
    judged = gate_of(version)
    if judged.evaluation is not None and not judged.is_passed:  # kept also if the promotion is refused
        gate_failed(
            project=version.prompt.project, target=f"prompt:{version.public_id}",
            after={"what": str(version), "against": str(judged.objective or "the edge-case bank")}, by=by,
            operator=operator,
        )  # fmt: skip
    return _promote(version, reason=reason.strip(), override=override, by=by, operator=operator)


@transaction.atomic
def _promote(version: PromptVersion, *, reason: str, override: bool, by: User | None, operator: str) -> Promotion:
    prompt = _locked(version.prompt, by, Role.MANAGER)
    gate = gate_of(version)
    if not gate.is_passed:
        if not override:
            raise Refused(f"{gate.obstacle} A manager may promote it all the same, with a reason in writing.")
        if len(reason) < OVERRIDE_LEAST:
            raise Refused(f"{gate.obstacle} To go past it, write a reason of at least {OVERRIDE_LEAST} characters.")
    _replace(prompt, f"{version} took its place.", by=by, operator=operator)
    objective, standing = gate.objective, gate.standing
    return _put(
        version, PromptStatus.PRODUCTION, reason=reason, by=by, operator=operator, evaluation=gate.evaluation,
        objective=objective, standing=standing_report(objective, standing) if objective and standing else None,
        is_override=not gate.is_passed,
    )  # fmt: skip


@transaction.atomic
def roll_back(
    *, prompt: Prompt, by: User | None, to: PromptVersion | None = None, reason: str = "", operator: str = ""
) -> Promotion:
    """Back to the version that was in production before; it passed its gate then and needs no new one.

    `to` is the version that whoever asks expects there: the same request twice goes back once.
    """
    prompt = _locked(prompt, by, Role.MANAGER)
    now = in_production(prompt)
    if to and now and now.version_id == to.pk:
        return now
    before = rolls_back_to(prompt)
    if before and to and before.version_id != to.pk:
        raise Refused(f"Meanwhile a roll-back would lead to {before.version}, not to {to}. Look again.")
    if before is None:
        raise Refused("No other version of this prompt was in production before, so there is nothing to go back to.")
    _replace(prompt, f"Rolled back to {before.version}.", by=by, operator=operator)
    return _put(
        before.version, PromptStatus.PRODUCTION, reason=reason.strip() or "Rolled back.", by=by, operator=operator,
        evaluation=before.evaluation, objective=before.objective, standing=before.standing, is_rollback=True,
    )  # fmt: skip


@transaction.atomic
def retire(*, version: PromptVersion, by: User | None, reason: str = "", operator: str = "") -> Promotion:
    """Take a version out of use; only a manager takes one out of production."""
    now = _current(version)
    engineers = () if now and now.status == PromptStatus.PRODUCTION else (Role.ENGINEER,)
    _locked(version.prompt, by, Role.MANAGER, *engineers)
    if now and now.status == PromptStatus.RETIRED:
        return now
    return _put(version, PromptStatus.RETIRED, reason=reason.strip(), by=by, operator=operator)


def _locked(prompt: Prompt, by: User | None, *allowed: Role) -> Prompt:
    """The prompt, with nobody else changing what its versions are used for until this is done."""
    prompt = Prompt.objects.select_for_update(of=("self",)).select_related("project").get(pk=prompt.pk)
    if by:
        rules.check_role(by, prompt.project, *allowed)
    rules.check_not_archived(prompt.project)
    return prompt


def _check_looks(gate: Gate) -> None:
    if gate.looks_used >= MOST_LOOKS:
        raise Refused(
            f"Versions of this prompt have been held against the test split of {gate.release} {gate.looks_used} times, "
            f"of {MOST_LOOKS}. Each look teaches a little of the answers: freeze a release with new test items."
        )


def _budget(version: PromptVersion, wanted: float | None) -> float | None:
    return (BUDGET_USD if wanted is None else wanted) if is_paid(version) else None


def _current(version: PromptVersion) -> Promotion | None:
    return Promotion.objects.filter(version=version, is_current=True).first()


def _replace(prompt: Prompt, reason: str, *, by: User | None, operator: str) -> None:
    """Retire what is in production, to make room."""
    if now := in_production(prompt):
        _put(now.version, PromptStatus.RETIRED, reason=reason, by=by, operator=operator)


def _put(
    version: PromptVersion, status: PromptStatus, *, reason: str, by: User | None, operator: str, **more: Any
) -> Promotion:
    before = _current(version)
    Promotion.objects.filter(version=version, is_current=True).update(is_current=False)
    made = Promotion.objects.create(
        prompt_id=version.prompt_id, version=version, status=status, reason=reason[:2000], created_at=clock.now(),
        created_by=by, operator="" if by else operator or "system", **more,
    )  # fmt: skip
    record_event(
        kind=f"prompt.{status}",
        project=version.prompt.project,
        by=by,
        operator=operator,
        target=f"prompt:{version.public_id}",
        before={"status": before.status if before else PromptStatus.DRAFT},
        after={"prompt": str(version), "status": status, "reason": reason}
        | {name: True for name in ("is_override", "is_rollback") if more.get(name)},
    )
    return made
