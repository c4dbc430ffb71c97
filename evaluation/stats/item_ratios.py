"""A ratio of sums over items, as a mean of ratings is, with an interval that draws whole items.

    value = sum(above) / sum(below)

All ratings of an item stand in one row, so those of several raters, and of several outputs, of an item are drawn
together: they are no independent evidence. The interval is BCa over items (m - 1 of m within strata, see `resampling`).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from evaluation.stats.alike import ALIKE, EXACT, interval_of_alike
from evaluation.stats.influence import accelerations
from evaluation.stats.intervals import estimate, ratio
from evaluation.stats.resampling import Floats, Plan
from evaluation.stats.types import Estimate, undefined

Parts = Mapping[str, tuple[float, float]]  # above and below, by item
NOTHING = "nothing was rated"


def ratio_over_items(
    parts: Parts,
    *,
    plan: Plan,
    strata: Mapping[str, Hashable] | None = None,
    between: tuple[float, float] | None = None,
) -> Estimate:
    """The ratio, n the number of items with something below; undefined where there is none.

    `strata` gives the stratum of each item; the plan's own strata and clusters are not looked at. Where all items have
    the same ratio every resample would repeat it: the interval is the exact one for values that lie `between` two ends,
    and where no ends are known there is none.
    """
    items = [item for item, (_, below) in sorted(parts.items()) if below > 0]
    if not items:
        return undefined(0, NOTHING)
    above, below = np.array([parts[item] for item in items], dtype=np.float64).T
    value = float(above.sum() / below.sum())
    if len(items) > 1 and np.ptp(above / below) < 1e-12:
        if between and (exact := interval_of_alike(value, len(items), least=between[0], most=between[1])):
            return Estimate(value, *exact, len(items), method=EXACT)
        return Estimate(value, None, None, len(items), ALIKE)
    drawn = of_items(plan, items, strata)
    obstacle = drawn.obstacle(len(items))
    if obstacle:
        return Estimate(value, None, None, len(items), obstacle)
    sums = drawn.sums(sparse.csr_matrix(np.column_stack([above, below])))
    replicates: Floats = ratio(sums[:, 0], sums[:, 1])
    influence = None
    if plan.method == "bca":
        influence = float(accelerations(((above - value * below) / below.sum())[:, None], drawn)[0])
    return estimate(value, replicates, n=len(items), reason=NOTHING, influence=influence)


def of_items(plan: Plan, items: Sequence[str], strata: Mapping[str, Hashable] | None) -> Plan:
    """The plan for these items, one row an item."""
    kinds = None if not strata or len({strata.get(item) for item in items}) < 2 else [strata.get(one) for one in items]
    return replace(plan, strata=kinds, clusters=None, weights=None, _known={})


def of_outputs(plan: Plan, items: Sequence[str], strata: Mapping[str, Hashable] | None) -> Plan:
    """The plan for rows that are outputs: those of an item are drawn together. Percentile, since BCa would take each
    row for a unit of its own."""
    drawn = of_items(plan, items, strata)
    return replace(drawn, clusters=list(items), method="percentile", _known={})
