"""How far stated confidences are from how often they are right: reliability, ECE, MCE, Brier score, log loss.

    ECE = sum over bins of n_b / n * |share right in b - mean confidence in b|   (Naeini et al. 2015; Guo et al. 2017)
    MCE = the largest of those distances;  Brier = mean (confidence - right)^2;  log loss = -mean log(chance of what is)

Bins of equal width are [k / B, (k + 1) / B), the last with its upper end: 0.5 of two bins goes right. Those of equal
mass end at quantiles of the confidences; equal confidences share a bin, so there may be fewer. Items are what is
resampled, since the labels of one item are not independent; the bins stay where they are. A bin that is all right, or
all wrong, is so in every resample: it has Wilson's interval for its number of items instead.

ECE and MCE are never negative, so in small samples they are above 0 also for perfect confidences: `perfect` says how
far, by drawing right and wrong as the confidences promise (Broecker & Smith 2007).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.decisions import Decisions
from evaluation.stats.hierarchy import line
from evaluation.stats.intervals import Plan, estimate, wilson
from evaluation.stats.resampling import Floats, Places
from evaluation.stats.types import Estimate, undefined

CLIP = 1e-15  # log loss of a certainty that was wrong would have no end
PERFECT_DRAWS = 200
PERFECT_CELLS = 20_000_000
THIN = 50  # labels with fewer decisions are pooled
BINNINGS = ("width", "mass")


@dataclass(frozen=True)
class Bin:
    """Decisions with confidences from `low` to `high`."""

    low: float
    high: float
    n: int
    confidence: float | None  # their mean
    right: Estimate  # the share that is right

    def as_dict(self) -> dict[str, Any]:
        return {
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "confidence": self.confidence,
            "right": self.right.as_dict(),
        }


@dataclass(frozen=True)
class Calibration:
    """How well stated confidences hold."""

    n: int  # decisions
    items: int  # with at least one of them
    bins: dict[str, list[Bin]]  # by width, by mass
    measures: dict[str, Estimate]  # ece_width, ece_mass, mce_width, brier, log_loss, confidence, right, gap
    perfect: dict[str, dict[str, float] | None]  # what ece and mce would be if every confidence held: mean, low, high

    def as_dict(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "items": self.items,
            "bins": {name: [one.as_dict() for one in found] for name, found in self.bins.items()},
            "measures": {name: found.as_dict() for name, found in self.measures.items()},
            "perfect": self.perfect,
        }


def calibration(found: Decisions, *, bins: int = 10, plan: Plan | None = None) -> Calibration:
    """Measure the calibration of decisions in `bins` bins; ValueError unless there are 1 to 100."""
    if not 1 <= bins <= 100:
        raise ValueError("there are 1 to 100 bins")
    plan = plan or Plan()
    _, item = np.unique(found.item, return_inverse=True)
    items = int(item.max()) + 1 if found.count else 0
    places = {name: places_in(name, found.confidence, bins) for name in BINNINGS}
    if not found.count:
        none = undefined(0, "the run states no confidences")
        return Calibration(0, 0, {name: [] for name in BINNINGS}, dict.fromkeys(MEASURES, none), _no_perfect())
    columns = _columns(found, item, items, [placed for placed, _ in places.values()], bins)
    total = np.asarray(columns.sum(axis=0)).ravel()[None, :]
    obstacle = "" if items >= 2 else "an interval needs at least 2 items"
    drawn = plan.sums(columns) if items >= 2 else np.empty((0, columns.shape[1]))
    sums = _Sums(total, drawn, columns, bins, found.count, obstacle)
    return Calibration(
        n=found.count,
        items=items,
        bins={name: _bins(sums, offset, *places[name]) for offset, name in enumerate(BINNINGS)},
        measures=_measures(sums),
        perfect=_perfect(found, places, bins, plan.seed),
    )


MEASURES = ("ece_width", "ece_mass", "mce_width", "brier", "log_loss", "confidence", "right", "gap")


def places_in(binning: str, confidence: Floats, bins: int) -> tuple[Places, Floats]:
    """The bin of each confidence, and the edges of the bins (one more than bins)."""
    if binning == "width":
        edges = np.arange(bins + 1) / bins  # k / B as it is written: 0.3 starts a bin of ten
        return np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, bins - 1), edges
    if not len(confidence):
        return np.zeros(0, dtype=np.intp), np.zeros(1)
    ends = np.unique(np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:], method="inverted_cdf"))
    return np.searchsorted(ends, confidence, side="left"), np.concatenate([[confidence.min()], ends])


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over items, in all and in each resample."""

    total: Floats
    drawn: Floats
    columns: sparse.csr_matrix
    bins: int
    n: int
    obstacle: str

    def block(self, sums: Floats, offset: int, kind: int) -> Floats:
        """Of one binning: how many (0), how many right (1), the sum of confidences (2), by bin."""
        start = (3 * offset + kind) * self.bins
        return sums[:, start : start + self.bins]

    def ratio(self, above: int, below: int, *, n: int, reason: str, minus: int | None = None) -> Estimate:
        """(above - minus) / below with a BCa interval."""

        def value(sums: Floats) -> Floats:
            top = sums[:, above] - (0 if minus is None else sums[:, minus])
            out = np.full(len(sums), np.nan)
            np.divide(top, sums[:, below], out=out, where=sums[:, below] > 0)
            return out

        whole = float(value(self.total)[0])
        influence: Floats | None = None
        if np.isfinite(whole) and not self.obstacle:
            one = self.columns[:, [above, below]].toarray()
            top = one[:, 0] - (0 if minus is None else self.columns[:, [minus]].toarray()[:, 0])
            influence = (top - whole * one[:, 1]) / self.total[0, below]
        return estimate(whole, value(self.drawn), n=n, reason=reason, influence=influence, obstacle=self.obstacle)


def _columns(found: Decisions, item: Places, items: int, placed: list[Places], bins: int) -> sparse.csr_matrix:
    """By item: of each binning and bin how many, right, and confidence; then Brier, log loss, and the whole three."""
    chance = np.clip(np.where(found.right > 0, found.confidence, 1 - found.confidence), CLIP, 1.0)
    rows, columns, cells = [], [], []
    for offset, places in enumerate(placed):
        for kind, values in enumerate((np.ones(found.count), found.right, found.confidence)):
            rows.append(item)
            columns.append((3 * offset + kind) * bins + places)
            cells.append(values)
    last = 3 * len(placed) * bins
    wholes = ((found.confidence - found.right) ** 2, -np.log(chance), np.ones(found.count), found.right)
    for place, values in enumerate((*wholes, found.confidence)):
        rows.append(item)
        columns.append(np.full(found.count, last + place))
        cells.append(values)
    shape = (items, last + 5)
    return sparse.csr_matrix((np.concatenate(cells), (np.concatenate(rows), np.concatenate(columns))), shape=shape)


def _bins(sums: _Sums, offset: int, placed: Places, edges: Floats) -> list[Bin]:
    counts = np.bincount(placed, minlength=len(edges) - 1)
    found = []
    for place in range(len(edges) - 1):
        n, start = int(counts[place]), 3 * offset * sums.bins + place
        right = sums.ratio(start + sums.bins, start, n=n, reason="no decision has such a confidence")
        mean = float(sums.total[0, start + 2 * sums.bins] / n) if n else None
        if right.value in (0.0, 1.0):  # the same in every resample, which is not certainty
            items = int((sums.columns[:, [start]].toarray() > 0).sum())
            share = wilson(round(right.value * items), items)
            right = Estimate(share.value, share.low, share.high, n, method="wilson")
        found.append(Bin(float(edges[place]), float(edges[place + 1]), n, mean, right))
    return found


def _distances(sums: _Sums, rows: Floats, offset: int) -> tuple[Floats, Floats]:
    """ECE and MCE of each row."""
    many, right, said = (sums.block(rows, offset, kind) for kind in range(3))
    apart = np.abs(right - said)
    each = np.divide(apart, many, out=np.zeros_like(apart), where=many > 0)
    return apart.sum(axis=1) / np.maximum(many.sum(axis=1), 1e-300), each.max(axis=1)


def _measures(sums: _Sums) -> dict[str, Estimate]:
    last = 6 * sums.bins
    found: dict[str, Estimate] = {}
    for offset, name in enumerate(BINNINGS):
        point, drawn = _distances(sums, sums.total, offset), _distances(sums, sums.drawn, offset)
        for kind, measure in enumerate(("ece", "mce")):
            found[f"{measure}_{name}"] = estimate(
                float(point[kind][0]), drawn[kind], n=sums.n, reason="", obstacle=sums.obstacle
            )
    for place, measure in enumerate(("brier", "log_loss")):
        found[measure] = sums.ratio(last + place, last + 2, n=sums.n, reason="")
    found["right"] = sums.ratio(last + 3, last + 2, n=sums.n, reason="")
    found["confidence"] = sums.ratio(last + 4, last + 2, n=sums.n, reason="")
    found["gap"] = sums.ratio(last + 3, last + 2, n=sums.n, reason="", minus=last + 4)
    return {name: found[name] for name in MEASURES}


def _no_perfect() -> dict[str, dict[str, float] | None]:
    return {"ece_width": None, "ece_mass": None, "mce_width": None}


def _perfect(
    found: Decisions, places: Mapping[str, tuple[Places, Floats]], bins: int, seed: int
) -> dict[str, dict[str, float] | None]:
    """ECE and MCE of the same confidences if each held, as mean and middle 95% of what chance gives."""
    draw = np.random.default_rng(seed)
    times = max(20, min(PERFECT_DRAWS, PERFECT_CELLS // max(found.count, 1)))
    said = {name: np.bincount(placed, weights=found.confidence, minlength=bins) for name, (placed, _) in places.items()}
    many = {name: np.bincount(placed, minlength=bins) for name, (placed, _) in places.items()}
    drawn: dict[str, list[float]] = {"ece_width": [], "ece_mass": [], "mce_width": []}
    for _ in range(times):
        right = draw.random(found.count) < found.confidence
        for name, (placed, _) in places.items():
            apart = np.abs(np.bincount(placed, weights=right, minlength=bins) - said[name])
            drawn[f"ece_{name}"].append(float(apart.sum() / found.count))
            if name == "width":
                drawn["mce_width"].append(float((apart / np.maximum(many[name], 1)).max()))
    return {
        name: {
            "mean": float(np.mean(values)),
            "low": float(np.quantile(values, 0.025)),
            "high": float(np.quantile(values, 0.975)),
        }
        for name, values in drawn.items()
    }


def pooled_labels(found: Decisions, parents: Mapping[str, str | None], *, least: int = THIN) -> dict[str, list[str]]:
    """Which labels are looked at together: name of the group -> its labels, largest groups first.

    A label with `least` decisions stands alone. Thinner ones join their parent's group, that one its own parent's, and
    what is still thin at the top comes together as "" (all other labels).
    """
    counts = {str(code): int(n) for code, n in zip(*np.unique(found.label, return_counts=True), strict=True)}
    groups: dict[str, list[str]] = {code: [code] for code in counts}
    depth = {code: len(line(code, parents)) for code in {*counts, *parents}}
    rest: list[str] = []
    for code in sorted(depth, key=lambda one: (-depth[one], one)):
        members = groups.get(code, [])
        if not members or sum(counts[one] for one in members) >= least:
            continue
        del groups[code]
        above = parents.get(code)
        if above is None:
            rest += members
        else:
            groups.setdefault(above, []).extend(members)
    if rest:
        groups[""] = rest
    size = {name: sum(counts[one] for one in members) for name, members in groups.items()}
    return {name: sorted(groups[name]) for name in sorted(groups, key=lambda one: (not one, -size[one], one))}
