"""Running a run again, to see whether it says the same: same prompt version, parameters and items, nothing cached."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import Max

from evaluation.actions.runs import MICRO, Scope, Setup, micro_of, start_run
from evaluation.enums import WITHOUT_LABELS, RunOrigin, RunState
from evaluation.models import Run
from labeling import rules
from labeling.actions.rounds import published_taxonomy
from labeling.enums import Role
from labeling.models import User
from reviewapp.common.errors import Refused

MOST = 10  # repeats asked for at once


@transaction.atomic
def repeat_run(
    *,
    run: Run,
    times: int = 2,
    sample: int | None = None,
    seed: int = 0,
    budget_usd: float | None = None,
    by: User | None,
    operator: str = "",
) -> list[Run]:
    """Start repeats of a finished run over its items, or a sample of them; the budget is for all of them together.

    A repeat of a repeat is one of the original. An answer to an earlier repeat is never taken for one of this.
    """
    if by:
        rules.check_role(by, run.project, Role.ENGINEER, Role.MANAGER)
    original = run.repeat_of or run
    original = Run.objects.select_for_update(of=("self",)).get(pk=original.pk)  # repeats are numbered one by one
    check_can_repeat(original)
    _check_asked(times, sample)
    items = list(original.predictions.order_by("pk").values_list("item_id", flat=True))
    setup = Setup(origin=RunOrigin.REPEAT, priority=original.priority, items=items, sample=sample, seed=seed)
    return start_repeats(original, times, setup, shares(budget_usd, times), by=by, operator=operator)


def check_can_repeat(run: Run) -> None:
    """Raise Refused unless a run can be repeated as it was."""
    if run.is_imported:
        raise Refused("These predictions were made elsewhere and imported, so they cannot be asked for again here.")
    if run.origin in WITHOUT_LABELS:
        raise Refused("This run judged the outputs of other runs, which are not its items: it cannot be repeated.")
    if run.origin == RunOrigin.ATTACK:
        raise Refused("This run answered a text of a red-team round. Try the text again there.")
    if run.state != RunState.DONE:
        raise Refused(f"The run “{run.name}” is not done, so it cannot be repeated yet.")
    if run.release_id is None and run.taxonomy_version_id != published_taxonomy(run.project).pk:
        raise Refused(
            "The taxonomy has changed since this run, so a repeat would answer another question. Run the prompt anew."
        )


def start_repeats(
    original: Run, times: int, setup: Setup, budgets: Sequence[float | None], *, by: User | None, operator: str
) -> list[Run]:
    """Start so many repeats as the setup says, numbered on from those there are; the original may be under way."""
    version = original.prompt_version
    assert version is not None
    scope = Scope(original.release, original.split)
    last = original.repeats.aggregate(last=Max("repeat"))["last"] or 0
    return [
        start_run(
            version=version,
            scope=scope,
            name=f"{original.name[:95]} repeat {number}",
            budget_usd=budget,
            fewshot_release=original.fewshot_release,
            setup=replace(
                setup,
                uses_cache=False,
                repeat_of=original,
                repeat=number,
                overrides=original.overrides,
                perturbation=original.perturbation,
            ),
            by=by,
            operator=operator,
        )
        for number, budget in enumerate(budgets[:times], start=last + 1)
    ]


def shares(budget_usd: float | None, parts: int) -> list[float | None]:
    """A budget in equal parts whose sum never passes it; None: without a limit."""
    budget = micro_of(budget_usd)
    return [None] * parts if budget is None else [budget // parts / MICRO] * parts


def _check_asked(times: int, sample: int | None) -> None:
    if not 1 <= times <= MOST:
        raise Refused(f"Repeat a run 1 to {MOST} times at once.")
    if sample is not None and sample < 1:
        raise Refused("A sample has at least 1 item.")
