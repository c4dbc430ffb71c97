"""Does a model serve some kinds of items worse than the rest? Every slice against all other items, many at once.

Each measure is a ratio of sums over items (`RATIOS`). The gap of a slice is its figure minus that of all other items.
Interval: percentile bootstrap over items, slice and rest drawn together, so that all gaps of all slices come from one
product of weights and columns. p: the items are dealt to the slices anew at random, p = (1 + as extreme) / (1 +
deals), with each gap divided by its own standard error, so that slices whose items vary more are not taken for worse
ones (Janssen 1997; Chung and Romano 2013, Annals of Statistics 41:484). Slices declared beforehand are corrected
together by Holm, what is merely looked at by Benjamini and Hochberg.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from evaluation.stats.alike import Alike
from evaluation.stats.cells import Cell
from evaluation.stats.dealing import chances
from evaluation.stats.intervals import Floats, bootstrap_sums, estimate, mean_of_defined, ratio
from evaluation.stats.matrices import Pairing, pairing, sums
from evaluation.stats.multiplicity import benjamini_hochberg, holm, widening
from evaluation.stats.scores import item_scores
from evaluation.stats.types import Estimate, Resampled, undefined

SMALLEST = 20
LEVEL_OF_TESTS = 0.05
POWER = 0.8
FEW, MORE, FINEST = 6, 25, 25_000  # as extreme at most; deals for each test; deals at most
MEASURES = ("f1", "precision", "recall", "exact_match")
HITS, GUESSED, THERE, EXACT, ITEMS = range(5)
RATIOS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {  # measure -> above, below, of the five columns
    "f1": ((2, 0, 0, 0, 0), (0, 1, 1, 0, 0)),
    "precision": ((1, 0, 0, 0, 0), (0, 1, 0, 0, 0)),
    "recall": ((1, 0, 0, 0, 0), (0, 0, 1, 0, 0)),
    "exact_match": ((0, 0, 0, 1, 0), (0, 0, 0, 0, 1)),
}
CORRECTIONS = {"declared": "Holm", "derived": "Benjamini-Hochberg", "crossed": "Benjamini-Hochberg"}


@dataclass(frozen=True)
class SliceScore:
    """One slice: its figures, and its gap against the rest."""

    cell: Cell
    figures: dict[str, Estimate]  # measure -> figure; crossed slices have the tested measure alone
    macro_f1: Estimate | None
    gap: Estimate
    p: float | None = None
    p_adjusted: float | None = None
    detectable: float | None = None  # the gap that the test would have found four times of five

    @property
    def stands_out(self) -> bool:
        return self.p_adjusted is not None and self.p_adjusted <= LEVEL_OF_TESTS

    def as_dict(self) -> dict[str, Any]:
        return {
            "family": self.cell.family,
            "by": list(self.cell.by),
            "value": list(self.cell.value),
            "n": self.cell.n,
            **{name: found.as_dict() for name, found in self.figures.items()},
            **({} if self.macro_f1 is None else {"macro_f1": self.macro_f1.as_dict()}),
            "gap": {**self.gap.as_dict(), "p": self.p, "p_adjusted": self.p_adjusted},
            "detectable": self.detectable,
            "stands_out": self.stands_out,
        }


@dataclass(frozen=True)
class Audit:
    """All slices of one run, tested."""

    items: int
    overall: dict[str, Estimate]
    slices: list[SliceScore]
    measure: str
    smallest: int
    deals: int
    resampled: Resampled

    def family(self, name: str) -> list[SliceScore]:
        return [one for one in self.slices if one.cell.family == name]

    def as_dict(self) -> dict[str, Any]:
        families = {}
        for name, correction in CORRECTIONS.items():
            tested = [one for one in self.family(name) if one.p is not None]
            known = [one.detectable for one in tested if one.detectable is not None]
            families[name] = {
                "correction": correction,
                "slices": len(self.family(name)),
                "tests": len(tested),
                "stand_out": sum(one.stands_out for one in tested),
                "detectable": {"least": min(known), "most": max(known)} if known else None,
                "largest": _largest(tested),
            }
        return {
            "items": self.items,
            "measure": self.measure,
            "smallest": self.smallest,
            "level": LEVEL_OF_TESTS,
            "power": POWER,
            "deals": self.deals,
            "overall": {name: found.as_dict() for name, found in self.overall.items()},
            "families": families,
            "slices": [one.as_dict() for one in self.slices],
            "interval": self.resampled.as_dict(),
        }


def _largest(tested: Sequence[SliceScore]) -> dict[str, Any] | None:
    """The slice that is farthest from the rest, better or worse; of equals the worse, then the first."""
    known = [one for one in tested if one.gap.value is not None]
    if not known:
        return None
    one = max(known, key=lambda found: (round(abs(found.gap.value or 0.0), 9), (found.gap.value or 0.0) < 0))
    return {"by": list(one.cell.by), "value": list(one.cell.value), "gap": one.gap.as_dict()}


def largest_gap(gaps: Sequence[tuple[float, float, float]], n: int) -> Estimate:
    """The largest of several gaps (value, low, high), whichever way, with bounds that hold for the largest.

    Above no correction is needed: all gaps are at most a bound if each is, so it is the largest of the upper ends.
    That some gap is larger than a bound is claimed of the one of k that lies farthest out, so each end towards 0 is
    moved away by z(1 - 0.025 / k) / z(1 - 0.025) before the largest is taken (Bonferroni, as if normal).

    >>> found = largest_gap([(0.3, 0.1, 0.5), (-0.1, -0.2, 0.0)], 80)
    >>> found.value, round(found.low, 3), found.high
    (0.3, 0.071, 0.5)
    """
    wider = widening(len(gaps))
    value = max(abs(gap) for gap, _, _ in gaps)
    near = [gap - low if gap >= 0 else high - gap for gap, low, high in gaps]
    low = max(abs(gap) - half * wider for (gap, _, _), half in zip(gaps, near, strict=True))
    high = max(max(abs(low_end), abs(high_end)) for _, low_end, high_end in gaps)
    return Estimate(value, min(max(low, 0.0), value), max(high, value), n)


def audit(
    *,
    gold: Sequence[frozenset[str]],
    predicted: Sequence[frozenset[str] | None],
    codes: Sequence[str],
    cells: Sequence[Cell],
    measure: str = "f1",
    smallest: int = SMALLEST,
    resamples: int = 1000,
    deals: int = 5000,
    seed: int = 0,
) -> Audit:
    """Score and test each cell; one with fewer than `smallest` items, or rest, has no figures and says so."""
    if measure not in RATIOS:
        raise ValueError(f"a gap is measured in one of {', '.join(RATIOS)}, not in {measure}")
    both, n = pairing(gold, predicted, codes), len(gold)
    columns = _columns(both)
    total = columns.sum(axis=0)[None, :]
    shown = [place for place, cell in enumerate(cells) if cell.n >= smallest]
    members = _members([cells[place] for place in shown], n)
    block, points = _within(members, columns), np.asarray(members.T @ columns).reshape(len(shown), 5)
    drawn = bootstrap_sums(block, shares=columns, resamples=resamples if n >= 2 else 0, seed=seed)
    drawn_cells, drawn_total = drawn[:, :-5].reshape(len(drawn), len(shown), 5), drawn[:, -5:]
    macro = _macro(both, members)
    above, below = _sides(columns, measure)
    p_values = chances(members, above, below, deals=deals, seed=seed + 1)
    crossed = [row for row, place in enumerate(shown) if cells[place].family == "crossed"]
    p_values = _refined(p_values, members, (above, below), crossed, deals=deals, seed=seed + 2)
    scores: list[SliceScore] = [_too_small(cell, smallest) for cell in cells]
    for row, place in enumerate(shown):
        cell = cells[place]
        wanted = (measure,) if cell.family == "crossed" else MEASURES
        figures = {
            name: estimate(
                float(_of(name, points[row])),
                _of(name, drawn_cells[:, row]),
                n=cell.n,
                reason=_why_undefined(name),
                alike=_alike(columns[cell.members], name),
            )
            for name in wanted
        }
        scores[place] = SliceScore(
            cell,
            figures,
            None if cell.family == "crossed" else _plain(macro[row], cell.n),
            _gap(
                measure,
                points[row],
                total[0],
                drawn_cells[:, row],
                drawn_total,
                n=cell.n,
                rest=n - cell.n,
                least=smallest,
                alike=_gap_alike(columns, cell, measure),
            ),
        )
        tested = scores[place].gap.value is not None and np.isfinite(p_values[row])
        if tested:
            scores[place] = _with(scores[place], p=float(p_values[row]))
    overall = {
        name: estimate(
            float(_of(name, total)[0]),
            _of(name, drawn_total),
            n=n,
            reason=_why_undefined(name),
            alike=_alike(columns, name),
        )
        for name in MEASURES
    }
    return Audit(
        items=n,
        overall=overall,
        slices=_corrected(scores, columns, measure, n),
        measure=measure,
        smallest=smallest,
        deals=deals,
        resampled=Resampled(resamples, seed),
    )


def _columns(both: Pairing) -> Floats:
    """(n items, 5): labels right, labels predicted, labels in gold, exactly right, and 1."""
    n = both.gold.shape[0]
    exact = item_scores(both)[:, 3]
    found: Floats = np.stack(
        [sums(both.hits, 1), sums(both.predicted, 1), sums(both.gold, 1), exact, np.ones(n)], axis=1
    )
    return found


def _refined(
    p_values: Floats,
    members: sparse.csr_matrix,
    sides: tuple[Floats, Floats],
    rows: list[int],
    *,
    deals: int,
    seed: int,
) -> Floats:
    """The smallest p of many tests from more deals: of 700 slices one alone needs a p that 5,000 deals cannot reach."""
    more = min(FINEST, MORE * len(rows))
    least = [row for row in rows if p_values[row] * (1 + deals) <= FEW]
    if more <= deals or not least:
        return p_values
    found = p_values.copy()
    found[least] = chances(members[:, least], *sides, deals=more, seed=seed)
    return found


def _sides(columns: Floats, measure: str) -> tuple[Floats, Floats]:
    """What each item adds above and below the line of the measure."""
    above, below = (columns @ np.array(one, dtype=np.float64) for one in RATIOS[measure])
    return above, below


def _members(cells: Sequence[Cell], n: int) -> sparse.csr_matrix:
    """(n items, cells) of 0 and 1."""
    rows = np.concatenate([cell.members for cell in cells]) if cells else np.zeros(0, dtype=np.intp)
    places = np.repeat(np.arange(len(cells)), [cell.n for cell in cells])
    return sparse.csr_matrix((np.ones(len(rows)), (rows, places)), shape=(n, len(cells)))


def _within(members: sparse.csr_matrix, columns: Floats) -> sparse.csr_matrix:
    """(n items, 5 x cells): the columns of each item, in the five places of each cell that it is in."""
    held = members.tocoo()
    values = columns[held.row]
    rows = np.repeat(held.row, 5)
    places = (5 * held.col[:, None] + np.arange(5)[None, :]).ravel()
    block = sparse.csr_matrix((values.ravel(), (rows, places)), shape=(members.shape[0], 5 * members.shape[1]))
    block.eliminate_zeros()
    return block


def _of(measure: str, counts: Floats) -> Floats:
    """The measure from sums of the five columns, which lie along the last axis."""
    above, below = RATIOS[measure]
    return ratio(counts @ np.array(above, dtype=np.float64), counts @ np.array(below, dtype=np.float64))


def _alike(columns: Floats, measure: str) -> Callable[[], Alike]:
    """How many of these items the measure is of: they have something below its line."""
    return lambda: Alike(int((columns @ np.array(RATIOS[measure][1], dtype=np.float64) > 0).sum()))


def _gap_alike(columns: Floats, cell: Cell, measure: str) -> Callable[[], Alike]:
    """A gap without spread is of two figures without spread, each as little known as the less known of them.

    With half the items u is 2u - u^2, which is what two independent shares of at most u can be off together.
    """

    def fewest() -> Alike:
        inside = np.zeros(len(columns), dtype=bool)
        inside[cell.members] = True
        units = min(_alike(part, measure)().units for part in (columns[inside], columns[~inside]))
        return Alike(units / 2, least=-1.0, most=1.0)

    return fewest


def _gap(
    measure: str,
    point: Floats,
    total: Floats,
    drawn: Floats,
    drawn_total: Floats,
    *,
    n: int,
    rest: int,
    least: int,
    alike: Callable[[], Alike],
) -> Estimate:
    if rest < least:
        return undefined(n, f"the rest has {rest} items, fewer than {least}")
    value = float(_of(measure, point) - _of(measure, total - point))
    repeated = _of(measure, drawn) - _of(measure, drawn_total - drawn)
    reason = f"{measure} is undefined in the slice or in the rest"
    return estimate(value, repeated, n=n, reason=reason, alike=alike)


def _macro(both: Pairing, members: sparse.csr_matrix) -> Floats:
    """Macro F1 of each cell: the mean of its labels' defined F1."""
    hits, guessed, there = (np.asarray((members.T @ one).todense()) for one in (both.hits, both.predicted, both.gold))
    return mean_of_defined(ratio(2 * hits, guessed + there))


def _plain(value: np.float64, n: int) -> Estimate:
    if not np.isfinite(value):
        return undefined(n, _why_undefined("f1"))
    return Estimate(float(value), None, None, n, "no interval is drawn for macro averages of slices")


def _corrected(scores: Sequence[SliceScore], columns: Floats, measure: str, n: int) -> list[SliceScore]:
    """The scores with their p corrected within their family, and the gap each test could see."""
    found = list(scores)
    for family, correction in CORRECTIONS.items():
        places = [place for place, one in enumerate(found) if one.cell.family == family and one.p is not None]
        adjust = holm if correction == "Holm" else benjamini_hochberg
        adjusted = adjust([found[place].p or 0.0 for place in places]) if places else []
        for place, p in zip(places, adjusted, strict=True):
            detectable = _detectable(found[place].cell, columns, measure, n, tests=len(places))
            found[place] = _with(found[place], p=found[place].p, p_adjusted=float(p), detectable=detectable)
    return found


def _detectable(cell: Cell, columns: Floats, measure: str, n: int, *, tests: int) -> float | None:
    """(z of the level over the number of tests + z of the power) x standard error, by the normal approximation."""
    above, below = _sides(columns, measure)
    inside: NDArray[np.bool_] = np.zeros(n, dtype=bool)
    inside[cell.members] = True
    variance = 0.0
    for part in (inside, ~inside):
        base = float(below[part].sum())
        if base == 0:
            return None
        residual = above[part] - above[part].sum() / base * below[part]
        variance += float((residual**2).sum()) / base**2
    reach = stats.norm.ppf(1 - LEVEL_OF_TESTS / (2 * tests)) + stats.norm.ppf(POWER)
    return float(reach * np.sqrt(variance)) or None


def _with(one: SliceScore, **more: Any) -> SliceScore:
    return SliceScore(one.cell, one.figures, one.macro_f1, one.gap, **more)


def _too_small(cell: Cell, smallest: int) -> SliceScore:
    reason = f"{cell.n} item{'' if cell.n == 1 else 's'}, fewer than {smallest}"
    return SliceScore(cell, {}, None, undefined(cell.n, reason))


def _why_undefined(measure: str) -> str:
    return {
        "precision": "nothing was predicted",
        "recall": "nothing is in gold",
        "exact_match": "there are no items",
    }.get(measure, "nothing was predicted and nothing is in gold")
