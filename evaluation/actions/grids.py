"""Trying a prompt version with many parameters at once, within one budget."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from django.db import transaction

from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.repeats import shares, start_repeats
from evaluation.actions.runs import MICRO, Scope, Setup, item_budget, micro_of, start_run
from evaluation.enums import RunOrigin, Strategy
from evaluation.llm.baseline import DEFAULTS
from evaluation.llm.recipe import read_parameters
from evaluation.models import Grid, GridRun, PromptVersion
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role, Split
from labeling.models import GoldEntry, Release, User
from reviewapp.common.errors import Refused

MOST = 24  # combinations
MOST_REPEATS = 5
FIXED = ("provider", "routes", "retrieve", "summarise")  # these make another prompt, not another parameter
Value = str | int | float | bool
Axes = Mapping[str, Sequence[Value]]


@dataclass(frozen=True)
class Planned:
    """What a grid would start, and the most that it could cost in dollars whatever goes wrong."""

    combinations: list[dict[str, Value]]
    runs: int
    items: int
    most_usd: float

    @property
    def answers(self) -> int:
        return self.runs * self.items


def read_axes(lines: Iterable[str]) -> dict[str, list[Value]]:
    """Axes written name=value,value; raises Refused.

    >>> read_axes(["temperature=0, .7"])
    {'temperature': [0, 0.7]}
    """
    found: dict[str, list[Value]] = {}
    for line in filter(None, (one.strip() for one in lines)):
        name, equals, values = line.partition("=")
        said = [one.strip() for one in values.split(",") if one.strip()]
        if not equals or not name.strip() or not said:
            raise Refused(f"“{line[:80]}” is no axis: write name=value,value, for example temperature=0,0.7.")
        if name.strip() in found:
            raise Refused(f"“{name.strip()}” is there twice: write its values in one line.")
        found[name.strip()] = [_value(one) for one in said]
    return found


def _value(said: str) -> Value:
    if said.lower() in ("true", "false"):
        return said.lower() == "true"
    for kind in (int, float):
        try:
            return kind(said)
        except ValueError:
            continue
    return said


def plan_grid(
    *, version: PromptVersion, release: Release, axes: Axes, repeats: int = 2, sample: int | None = None
) -> Planned:
    """Check what is asked for and count it; raises Refused with a sentence."""
    if not axes:
        raise Refused("A grid needs at least one axis: a parameter and the values to try.")
    if (number := prod(len(values) for values in axes.values())) > MOST:
        raise Refused(f"These are {number} combinations; a grid has at most {MOST}.")
    for name, values in axes.items():
        if len({str(float(one)) if isinstance(one, int | float) else one for one in values}) < len(values):
            raise Refused(f"A value of “{name}” is there twice.")
    if not 0 <= repeats <= MOST_REPEATS:
        raise Refused(f"Each combination is repeated 0 to {MOST_REPEATS} times.")
    if sample is not None and sample < 1:
        raise Refused("A sample has at least 1 item.")
    combinations = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    for settings in combinations:
        _check_settings(version, settings)
    items = GoldEntry.objects.filter(release=release, split=Split.DEV).count()
    items = items if sample is None else min(sample, items)
    runs = len(combinations) * (1 + repeats)
    most = runs * items * item_budget(version.prompt.project) / MICRO if version.strategy == Strategy.CHAT else 0.0
    return Planned(combinations, runs, items, most)


def _check_settings(version: PromptVersion, settings: Mapping[str, Value]) -> None:
    if version.strategy == Strategy.CHAT:
        if fixed := sorted(set(settings) & set(FIXED)):
            raise Refused(f"“{fixed[0]}” makes another prompt: write a version for it instead of an axis.")
        read_parameters({**version.parameters, **settings})
        return
    for name, value in settings.items():
        if name not in DEFAULTS:
            raise Refused(f"The baseline has no parameter “{name}”. There are: {', '.join(DEFAULTS)}.")
        whole = isinstance(DEFAULTS[name], int)
        if isinstance(value, bool | str) or (whole and not isinstance(value, int)) or not 0 <= value <= 1_000_000:
            raise Refused(f"{name}: {value} is not {'a whole number' if whole else 'a number'} from 0 on.")


@transaction.atomic
def start_grid(
    *,
    version: PromptVersion,
    release: Release,
    axes: Axes,
    repeats: int = 2,
    sample: int | None = None,
    seed: int = 0,
    budget_usd: float | None,
    by: User | None,
    operator: str = "",
) -> Grid:
    """Start one run on dev for each combination, and its repeats. Each has an equal share of the budget.

    Nothing is taken from the cache: what an item costs, and how often its answer flips, is what is asked.
    """
    project = version.prompt.project
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    planned = plan_grid(version=version, release=release, axes=axes, repeats=repeats, sample=sample)
    if version.strategy == Strategy.CHAT and budget_usd is None:
        raise Refused(f"A grid of {planned.runs} runs needs a budget: say what all of them may cost together.")
    budgets = shares(budget_usd, planned.runs)
    grid = Grid.objects.create(
        project=project,
        prompt_version=version,
        release=release,
        axes={name: list(values) for name, values in axes.items()},
        repeats=repeats,
        budget_micro_usd=micro_of(budget_usd),
        sample=sample,
        seed=seed,
        created_by=by,
    )
    for place, settings in enumerate(planned.combinations):
        _start_combination(grid, place, settings, budgets[place * (1 + repeats) :], by=by, operator=operator)
    record_event(
        kind="grid.started",
        project=project,
        by=by,
        operator=operator,
        target=f"grid:{grid.public_id}",
        after={
            "prompt": str(version),
            "on": str(release),
            "axes": grid.axes,
            "runs": planned.runs,
            "budget": budget_usd,
        },
    )
    return grid


def _start_combination(
    grid: Grid,
    place: int,
    settings: Mapping[str, Value],
    budgets: Sequence[float | None],
    *,
    by: User | None,
    operator: str,
) -> None:
    setup = Setup(origin=RunOrigin.GRID, uses_cache=False, overrides=settings, sample=grid.sample, seed=grid.seed)
    first = start_run(
        version=grid.prompt_version,
        scope=Scope(grid.release, Split.DEV),
        name=f"{grid.prompt_version} {said_plainly(settings)}".replace("@", " v").replace(":", " ")[:95],
        budget_usd=budgets[0],
        setup=setup,
        by=by,
        operator=operator,
    )
    again = start_repeats(first, grid.repeats, setup, budgets[1 : 1 + grid.repeats], by=by, operator=operator)
    GridRun.objects.bulk_create(
        GridRun(grid=grid, run=run, place=place, repeat=number, settings=dict(settings))
        for number, run in enumerate([first, *again])
    )


def said_plainly(settings: Mapping[str, Any]) -> str:
    """Settings in words: "temperature 0.7, few_shot 4"."""
    return ", ".join(f"{name} {value}" for name, value in settings.items())


@transaction.atomic
def write_winner(*, grid: Grid, place: int, by: User | None, operator: str = "") -> PromptVersion:
    """The prompt's next version, with the settings of one combination."""
    cell = grid.cells.filter(place=place, repeat=0).first()
    if cell is None:
        raise Refused("There is no such combination in this grid.")
    tried = grid.prompt_version
    return write_version(
        project=grid.project,
        name=tried.prompt.name,
        recipe=Recipe(tried.strategy, tried.model, tried.template, {**tried.parameters, **cell.settings}),
        notes=f"{tried} with {said_plainly(cell.settings)}, chosen from a grid on {grid.release} dev.",
        by=by,
        operator=operator,
    )
