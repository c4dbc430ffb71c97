"""Measures the combinations of a grid as their runs finish, once each, and ranks them when all are done."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evaluation.analyses.asked import STANDARD
from evaluation.analyses.calibration import of_run
from evaluation.enums import RunState
from evaluation.models import Grid, GridRun
from evaluation.queries.pairing import Paired, pair
from evaluation.queries.plans import plan_for
from evaluation.queries.repeats import repeated
from evaluation.stats import scores
from evaluation.stats.calibration import calibration
from evaluation.stats.compare import compare
from evaluation.stats.intervals import Plan
from evaluation.stats.multiplicity import holm
from labeling.enums import Split

ENDED = (RunState.DONE, RunState.CANCELLED)
LEVEL = 0.05
SWAPS = 2000


def measure_grid(grid: Grid) -> None:
    """Work out what can be worked out by now. Safe to call at any time, and by two at once: both find the same."""
    cells = list(grid.cells.select_related("run__release", "run__project", "run__taxonomy_version"))
    firsts = [cell for cell in cells if cell.repeat == 0]
    for first in firsts:
        again = [cell.run for cell in cells if cell.place == first.place and cell.repeat > 0]
        _measure(first, has_ended=all(run.state in ENDED for run in again))
    if grid.ranking is None and all(first.run.state in ENDED for first in firsts):
        grid.ranking = _ranking(firsts)
        Grid.objects.filter(pk=grid.pk).update(ranking=grid.ranking)


def _measure(first: GridRun, *, has_ended: bool) -> None:
    """F1 and calibration of a combination's first run, over the items it was given; the flip rate after its repeats."""
    if first.run.state != RunState.DONE:
        return
    figures: dict[str, Any] = dict(first.figures or {})
    if not figures:
        paired = _paired(first)
        report = scores.evaluate(
            gold=[entry.labels for entry in paired.gold],
            predicted=paired.predicted,
            codes=paired.codes,
            plan=plan_for(paired.gold, STANDARD),
        ).as_dict()
        ece = calibration(of_run(paired), plan=Plan(STANDARD.resamples, STANDARD.seed)).measures["ece_width"]
        figures = {"items": report["items"], "f1": report["micro"]["f1"], "ece": ece.as_dict()}
    if "flips" not in figures and has_ended and (found := repeated(first.run, with_gold=False).found):
        figures["flips"] = found.sets.as_dict()
    if figures != first.figures:
        first.figures = figures
        GridRun.objects.filter(pk=first.pk).update(figures=figures)


def _paired(first: GridRun) -> Paired:
    """The run beside gold, over the items it was given: of a sample the others are not wrong, they were not asked."""
    whole = pair(first.run, first.grid.release, Split.DEV)
    given = set(first.run.predictions.values_list("item_id", flat=True))
    kept = [place for place, entry in enumerate(whole.gold) if entry.item_id in given]
    return replace(whole, gold=[whole.gold[place] for place in kept], said=[whole.said[place] for place in kept])


def _ranking(firsts: Sequence[GridRun]) -> dict[str, Any] | None:
    """The highest micro F1, and each other held against it item by item; p corrected for their number (Holm)."""
    values = {one.place: one.figures["f1"]["value"] for one in firsts if one.figures}
    measured = [one for one in firsts if values.get(one.place) is not None]
    if not measured:
        return None
    best = max(measured, key=lambda one: (values[one.place], -one.place))
    of_best = _paired(best)
    against: dict[str, dict[str, Any]] = {}
    plan = plan_for(of_best.gold, STANDARD)
    for one in measured:
        if one.pk == best.pk:
            continue
        other = _paired(one)
        codes = list(dict.fromkeys([*of_best.codes, *other.codes]))
        gold = [entry.labels for entry in of_best.gold]
        found = compare(gold=gold, a=of_best.predicted, b=other.predicted, codes=codes, plan=plan, swaps=SWAPS)
        difference = found.diff["micro_f1"]
        against[str(one.place)] = difference.estimate.as_dict() | {"p": difference.p}
    told = [found for found in against.values() if found["p"] is not None]
    for held, adjusted in zip(told, holm([found["p"] for found in told]), strict=True):
        held |= {"p_adjusted": adjusted, "is_worse": adjusted < LEVEL}
    return {"best": best.place, "against": against}
