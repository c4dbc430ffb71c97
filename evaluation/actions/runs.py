"""Starting, pausing, resuming and cancelling runs. Everything a run depends on is frozen before it costs anything."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from evaluation import tasks
from evaluation.enums import PredictionState, RunOrigin, RunState, Strategy
from evaluation.llm.prompts import output_schema
from evaluation.models import Prediction, PromptVersion, Run, Spending
from evaluation.queries.prices import rate_at
from evaluation.queries.recipes import asked_models, providers
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import check_name, published_taxonomy
from labeling.actions.tables import analyze
from labeling.enums import Role, Split
from labeling.models import GoldEntry, Item, Project, Release, TaxonomyVersion, User
from labeling.tasks import nudge
from reviewapp import __version__
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

BATCH = 1000
MICRO = 1_000_000
MOST_USD = 1_000_000.0  # that a budget can be
MOVING = re.compile(r"(^|[-:])latest$")  # a name that means another model tomorrow


@dataclass(frozen=True)
class Scope:
    """The items a run covers: one split of a release, or (without a release) all items of the project."""

    release: Release | None = None
    split: str = ""

    def __str__(self) -> str:
        return f"{self.release}:{self.split}" if self.release else "items"


@dataclass(frozen=True)
class Setup:
    """How a run differs from a plain one."""

    origin: str = RunOrigin.HAND
    priority: int = 0
    uses_cache: bool = True
    repeat_of: Run | None = None
    repeat: int = 0
    overrides: Mapping[str, Any] = field(default_factory=dict)
    perturbation: Mapping[str, Any] | None = None
    items: Sequence[int] | None = None  # these alone, by primary key
    by_batch: bool = False  # first calls by the provider's Batch API: cheaper, within a day
    sample: int | None = None  # so many of them, drawn by the seed
    seed: int = 0


@transaction.atomic
def start_run(
    *,
    version: PromptVersion,
    scope: Scope,
    by: User | None,
    name: str = "",
    budget_usd: float | None = None,
    fewshot_release: Release | None = None,
    setup: Setup = Setup(),
    operator: str = "",
) -> Run:
    """Write the run and one pending prediction for each item in one transaction, then nudge the workers."""
    project = version.prompt.project
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(project)
    taxonomy = scope.release.taxonomy_version if scope.release else published_taxonomy(project)
    fewshot = _fewshot(version, scope, fewshot_release, setup)
    budget = micro_of(budget_usd)
    provider = _check_callable(version, setup) if version.strategy == Strategy.CHAT else ""
    run = Run.objects.create(
        project=project,
        name=_free_name(project, name or f"{version} on {scope}".replace("@", " v").replace(":", " ")),
        prompt_version=version,
        taxonomy_version=taxonomy,
        release=scope.release,
        split=scope.split,
        fewshot_release=fewshot,
        fewshot_digest=fewshot_digest(fewshot) if fewshot else "",
        origin=setup.origin,
        priority=setup.priority,
        provider=provider,
        uses_cache=setup.uses_cache,
        repeat_of=setup.repeat_of,
        repeat=setup.repeat,
        overrides=dict(setup.overrides),
        perturbation=dict(setup.perturbation) if setup.perturbation else None,
        inputs=frozen_inputs(version, taxonomy, fewshot) | ({"by_batch": True} if setup.by_batch else {}),
        budget_micro_usd=budget,
        item_budget_micro_usd=item_budget(project),
        created_by=by,
    )
    run.total = _plan(run, scope, setup)
    if not run.total:
        raise Refused("There are no items to run on.")
    run.save(update_fields=["total"])
    record_event(
        kind="run.started",
        project=project,
        by=by,
        operator=operator,
        target=f"run:{run.public_id}",
        after={"run": run.name, "prompt": str(version), "on": str(scope), "items": run.total, "budget_usd": budget_usd},
    )
    transaction.on_commit(partial(call_workers, run.pk))
    return run


def call_workers(run_id: int) -> None:
    """Wake as many workers as the operator gives to one run."""
    for _ in range(settings.RUN_WORKERS):
        nudge(tasks.work_on_run, run_id)


def _plan(run: Run, scope: Scope, setup: Setup) -> int:
    if setup.items is not None:
        items = list(setup.items)
    elif scope.release:
        entries = GoldEntry.objects.filter(release=scope.release, split=scope.split).order_by("id")
        items = list(entries.values_list("item_id", flat=True))
    else:
        items = list(Item.objects.filter(project=run.project).order_by("id").values_list("pk", flat=True))
    if setup.sample is not None and setup.sample < len(items):
        items = sorted(Random(setup.seed).sample(items, setup.sample))  # noqa: S311 -- seeded on purpose
    made = Prediction.objects.bulk_create((Prediction(run=run, item_id=pk) for pk in items), batch_size=BATCH)
    analyze(Prediction)
    return len(made)


def _fewshot(version: PromptVersion, scope: Scope, release: Release | None, setup: Setup) -> Release | None:
    """The release whose fewshot split teaches the run, for strategies that learn from examples."""
    parameters = {**version.parameters, **setup.overrides}
    wants = version.strategy == Strategy.BASELINE_FEW or parameters.get("few_shot", 0) > 0
    if not wants:
        return None
    release = release or scope.release
    if release is None or not release.entries.filter(split=Split.FEWSHOT).exists():
        raise Refused(
            "This prompt learns from examples, but there is no release with a fewshot split to take them from. "
            "Run it on a release whose splits include fewshot."
        )
    return release


def fewshot_digest(release: Release) -> str:
    entries = release.entries.filter(split=Split.FEWSHOT).order_by("external_id")
    rows = list(entries.values_list("external_id", "item_digest", "labels"))
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _check_callable(version: PromptVersion, setup: Setup) -> str:
    """The provider's name; raises Refused if some model this run may call has no price, or a name that may move."""
    today = clock.now().astimezone(UTC).date()
    asked = asked_models(version, setup.overrides)
    if setup.by_batch and not providers()[asked[0][0]].batches:
        raise Refused(f"The provider “{asked[0][0]}” takes no batches (LLM_PROVIDERS: batches).")
    for provider, model in asked:
        if not model:
            raise Refused(f"This prompt embeds texts, but “{provider}” has no embedding_model in LLM_PROVIDERS.")
        if MOVING.search(model):
            raise Refused(f"“{model}” names whatever model is newest, so a run with it means nothing later. Name one.")
        if rate_at(version.prompt.project, provider, model, today) is None:
            raise Refused(
                f"There is no price for “{model}”, so it could cost anything and is not asked. "
                "A manager sets prices on the Spending page, or the operator with set_price."
            )
    return asked[0][0]


def frozen_inputs(version: PromptVersion, taxonomy: TaxonomyVersion, fewshot: Release | None) -> dict[str, Any]:
    """What a run's answers depend on, as hashes, so that a later reader can see what was the same."""
    codes = list(taxonomy.labels.order_by("position").values_list("code", flat=True))
    return {
        "prompt": version.digest,
        "template": hashlib.sha256(version.template.encode()).hexdigest(),
        "schema": hashlib.sha256(json.dumps(output_schema(codes), sort_keys=True).encode()).hexdigest(),
        "fewshot": fewshot_digest(fewshot) if fewshot else "",
        "code": __version__,
    }


def micro_of(budget_usd: float | None) -> int | None:
    """A budget in millionths of a dollar; None: without one."""
    if budget_usd is None:
        return None
    if not 0 <= budget_usd <= MOST_USD:
        raise Refused(f"A budget is an amount of dollars from 0 to {MOST_USD:,.0f}.")
    return round(budget_usd * MICRO)


def item_budget(project: Project) -> int:
    """The most that one item may cost, in millionths of a dollar."""
    found = Spending.objects.filter(project=project).values_list("item_micro_usd", flat=True).first()
    return Spending._meta.get_field("item_micro_usd").default if found is None else found


def _free_name(project: Project, wanted: str) -> str:
    """The name asked for, or with a number where it is taken: "baseline-zero v1 on pilot 1 dev (2)"."""
    wanted = check_name(wanted, what="run")[:110]
    taken = set(Run.objects.filter(project=project, name__startswith=wanted).values_list("name", flat=True))
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} ({number})"
    return name


@transaction.atomic
def pause_run(*, run: Run, reason: str, by: User | None, operator: str = "") -> Run:
    """Stop handing out items; what is in work finishes, the rest waits for a resume."""
    return _move(run, RunState.PAUSED, (RunState.QUEUED, RunState.RUNNING), reason=reason, by=by, operator=operator)


@transaction.atomic
def resume_run(*, run: Run, by: User | None, operator: str = "") -> Run:
    """Go on with a paused run: only what has no answer yet is asked."""
    run = _move(run, RunState.RUNNING, (RunState.PAUSED,), reason="", by=by, operator=operator)
    transaction.on_commit(partial(call_workers, run.pk))
    return run


@transaction.atomic
def cancel_run(*, run: Run, by: User | None, operator: str = "") -> Run:
    """End a run for good: its answers stay as they are, and its unanswered items are never asked."""
    running = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)
    if by:
        rules.check_role(by, run.project, Role.ENGINEER, Role.MANAGER)
    _locked(run, running)
    run.predictions.exclude(state__in=[PredictionState.DONE, PredictionState.FAILED]).update(
        state=PredictionState.FAILED, error_kind="cancelled", error="The run was cancelled.", **NO_LEASE
    )
    Run.objects.filter(pk=run.pk).update(  # calls under way may still be billed
        spent_micro_usd=F("spent_micro_usd") + F("reserved_micro_usd"), reserved_micro_usd=0
    )
    return _move(run, RunState.CANCELLED, running, reason="", by=by, operator=operator)


NO_LEASE: dict[str, Any] = {"lease_until": None, "lease_token": None}


def _locked(run: Run, allowed: Sequence[str]) -> Run:
    run = Run.objects.select_for_update(of=("self",)).select_related("project").get(pk=run.pk)
    if run.state not in allowed:
        raise NotAllowed(f"This run is {RunState(run.state).label.lower()}, so it cannot be changed like this.")
    return run


def _move(run: Run, state: RunState, allowed: Sequence[str], *, reason: str, by: User | None, operator: str) -> Run:
    if by:
        rules.check_role(by, run.project, Role.ENGINEER, Role.MANAGER)
    run = _locked(run, allowed)
    before = run.state
    run.state, run.state_reason = state, reason[:500]
    if state == RunState.CANCELLED:
        run.finished_at = clock.now()
    run.save(update_fields=["state", "state_reason", "finished_at"])
    record_event(
        kind=f"run.{state}",
        project=run.project,
        by=by,
        operator=operator,
        target=f"run:{run.public_id}",
        before={"state": before},
        after={"state": state, "reason": reason},
    )
    return run
