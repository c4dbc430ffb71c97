"""The dry run: a few items first, then, if the figures please, the whole."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.enums import RunOrigin, Strategy
from evaluation.llm.recipe import read_parameters
from evaluation.models import PromptVersion, Run
from labeling.models import User
from reviewapp.common.errors import NotAllowed, Refused

SAMPLE = 20


def checked_overrides(version: PromptVersion, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters for one run alone; raises Refused where the prompt version has no such ones, or not such values."""
    if not overrides:
        return {}
    if version.strategy != Strategy.CHAT:
        raise Refused(f"“{version}” is built in: it asks no model, so there is nothing to set for one run.")
    read_parameters({**version.parameters, **overrides})
    return dict(overrides)


@transaction.atomic
def run_whole(*, trial: Run, budget_usd: float | None, name: str = "", by: User | None, operator: str = "") -> Run:
    """Run all that a dry run was a sample of, as it ran. What the dry run answered comes from the cache."""
    if trial.origin != RunOrigin.TRIAL or trial.prompt_version is None:
        raise NotAllowed("This run was no dry run.")
    return start_run(
        version=trial.prompt_version,
        scope=Scope(trial.release, trial.split),
        name=name or trial.name.partition(" (dry run)")[0],
        budget_usd=budget_usd,
        fewshot_release=trial.fewshot_release,
        setup=Setup(priority=trial.priority, overrides=trial.overrides, perturbation=trial.perturbation),
        by=by,
        operator=operator,
    )
