"""Two runs on the same items: differences with paired intervals, tests, and a verdict against a margin.

Intervals: BCa bootstrap over items, both runs on the same resamples; where no item tells the two apart, the exact bound
on the share of items that would (`alike`). p of F1-type figures: approximate randomization, swapping the two runs'
answers item by item (Noreen 1989), p = (1 + as extreme) / (1 + swaps). Labels: McNemar's test of their decisions. The
declared family is corrected by Holm's method and decides; all labels and all slices are corrected by Benjamini and
Hochberg's, to explore.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.alike import Alike
from evaluation.stats.changes import LEVEL_OF_TESTS, Change, Comparison, Difference, Family, Member, SliceChange
from evaluation.stats.counting import Group, slice_groups
from evaluation.stats.influence import accelerations
from evaluation.stats.intervals import TIE, Floats, Plan, estimate
from evaluation.stats.matrices import sums
from evaluation.stats.mcnemar import McNemar, mcnemar
from evaluation.stats.multiplicity import benjamini_hochberg, holm
from evaluation.stats.paired import A, Answers, B, Side, answers, influences
from evaluation.stats.power import outlook
from evaluation.stats.resampling import Places
from evaluation.stats.types import Estimate

MEASURES = ("micro_f1", "macro_f1", "exact_match")
VERDICTS = BETTER, NOT_WORSE, WORSE, CANNOT_TELL = ("better", "not_worse", "worse", "cannot_tell")
OVERALL, LABEL, SLICE = "overall", "label", "slice"
ONE_SIDED = "undefined in one of the two"

__all__ = ["MEASURES", "VERDICTS", "Comparison", "Family", "compare", "verdict"]


def compare(
    *,
    gold: Sequence[frozenset[str]],
    a: Sequence[frozenset[str] | None],
    b: Sequence[frozenset[str] | None],
    codes: Sequence[str],
    slices: Mapping[str, Sequence[str]] | None = None,
    family: Family | None = None,
    margin: float = 0.02,
    resamples: int = 1000,
    swaps: int | None = None,
    seed: int = 0,
    plan: Plan | None = None,
) -> Comparison:
    """Compare two runs on items in the same order; `margin` is the loss of F1 that would not matter.

    `slices` gives each item's value of each attribute; as many `swaps` as resamples unless said. A `plan` with strata
    and clusters takes the place of `resamples` and `seed`; clusters are swapped whole. KeyError for a label or slice of
    the family that is not there.
    """
    plan = plan or Plan(resamples, seed)
    family, slices, swaps = family or Family(), slices or {}, plan.resamples if swaps is None else swaps
    groups = slice_groups(slices, len(gold))
    both = answers(gold, a, b, codes, _members_of(groups, len(gold)))
    work = _Work(both, plan, swaps)
    diff = {name: Difference(work.overall(name), work.p_overall(name)) for name in MEASURES}
    labels, by_slice = _labels(work, codes), _slices(work, groups)
    members = _family(diff["micro_f1"], labels, by_slice, family)
    said, decided_by = _decided(members, margin)
    return Comparison(
        n=both.n,
        unanswered=(sum(one is None for one in a), sum(one is None for one in b)),
        a={name: work.run(A, name) for name in MEASURES},
        b={name: work.run(B, name) for name in MEASURES},
        diff=diff,
        labels=labels,
        slices={
            attribute: {value: found for (name, value), found in by_slice.items() if name == attribute}
            for attribute in slices
        },
        exact=work.exact(np.ones(both.n, dtype=bool)),
        both_right=int((both.exact[0] * both.exact[1]).sum()),
        family=members,
        decided_by=decided_by,
        verdict=said,
        margin=margin,
        outlook=outlook(
            verdict=said,
            difference=diff["micro_f1"].estimate.value,
            margin=margin,
            spread=work.spread("micro_f1"),
            items=both.n,
        ),
        swaps=swaps,
        resampled=work.plan.resampled(both.n),
    )


def verdict(difference: Estimate, margin: float, p: float | None = 0.0) -> str:
    """Better, not worse by more than the margin, worse, or nothing yet: the first that holds of B minus A.

    Better and worse need both the interval on one side of 0 and p, corrected for what was declared, at most 5%: with
    few items the interval alone says too much.
    """
    if difference.low is None or difference.high is None:
        return CANNOT_TELL
    is_shown = p is not None and p <= LEVEL_OF_TESTS
    if difference.low > 0 and is_shown:
        return BETTER
    if difference.low > -margin:
        return NOT_WORSE
    return WORSE if difference.high < 0 and is_shown else CANNOT_TELL


def _members_of(groups: Sequence[Group], n: int) -> sparse.csr_matrix:
    """(n items, slices) of 0 and 1."""
    rows = np.concatenate([members for _, _, members in groups]) if groups else np.zeros(0, dtype=np.intp)
    columns = np.repeat(np.arange(len(groups)), [len(members) for _, _, members in groups])
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(n, len(groups)))


class _Work:
    """The sums of both runs: themselves, resampled and swapped; figures are read off them."""

    def __init__(self, both: Answers, plan: Plan, swaps: int) -> None:
        self.both, self.plan = both, plan
        self.obstacle = plan.obstacle(both.n)
        self.point = both.point()
        self.drawn = both.resampled(replace(plan, resamples=0) if self.obstacle else plan)
        self.unit_of = plan.units(both.n).of_items
        self.swapped = both.swapped(
            swaps=swaps if both.n else 0,
            seed=plan.seed + 1,
            unit_of=None if plan.clusters is None else self.unit_of,
        )
        self.influences = influences(both, self.point)
        self.label_bends = accelerations(self.influences.labels, plan)
        self.slice_bends = accelerations(self.influences.slices, plan)

    def run(self, side: int, name: str) -> Estimate:
        """A measure of one run."""
        place = 0 if side == A else 1
        influence = self.influences.overall[name][place]
        values = [pair[place].measures[name] for pair in (self.point, self.drawn)]
        return self._estimate(values[0], values[1], influence, self.both.n, self._alike_in(name, least=0.0))

    def overall(self, name: str) -> Estimate:
        value, drawn = (_apart(pair, name) for pair in (self.point, self.drawn))
        return self._estimate(value, drawn, self.influences.difference(name), self.both.n, self._alike_in(name))

    def p_overall(self, name: str) -> float | None:
        return _p(float(_apart(self.point, name)[0]), _apart(self.swapped, name))

    def label(self, place: int) -> Estimate:
        value, drawn = (pair[1].labels[:, place] - pair[0].labels[:, place] for pair in (self.point, self.drawn))

        def alike() -> Alike:
            return self._alike(self.both.names(place))

        return self._estimate(value, drawn, float(self.label_bends[place]), self.both.n, alike)

    def slice(self, place: int, members: Places) -> Estimate:
        value, drawn = (pair[1].slices[:, place] - pair[0].slices[:, place] for pair in (self.point, self.drawn))

        def alike() -> Alike:
            return self._alike(self.both.named, members)

        found = self._estimate(value, drawn, float(self.slice_bends[place]), len(members), alike)
        if len(np.unique(self.unit_of[members])) < 2 and found.value is not None:  # redrawing one gives that one
            many = "items" if len(members) < 2 else "clusters"
            return Estimate(found.value, None, None, len(members), f"an interval needs at least 2 {many}")
        return found

    def p_slice(self, place: int) -> float | None:
        value, chance = (pair[1].slices[:, place] - pair[0].slices[:, place] for pair in (self.point, self.swapped))
        return _p(float(value[0]), chance)

    def exact(self, chosen: Any) -> McNemar:
        """Of the chosen items (places, or a mask), those that just one of the two had wholly right."""
        right_a, right_b = (side[chosen] > 0 for side in self.both.exact)
        return mcnemar(int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum()))

    def spread(self, name: str) -> float:
        """How far apart the items' parts in the difference lie (their standard deviation)."""
        influence, n = self.influences.difference(name), self.both.n
        units = self.plan.units(n).count
        if units < 2:
            return 0.0
        together = np.bincount(self.unit_of, weights=influence, minlength=units)
        found = float(np.sqrt(n * (together**2).sum() * units / (units - 1)))
        return found if found > TIE else 0.0

    def _alike(self, counts: Any, members: Places | None = None, least: float = -1.0) -> Alike:
        """How many items (clusters) a figure is of, among all or some: those that the mask says count in it."""
        chosen = np.flatnonzero(counts) if members is None else members[counts[members]]
        return Alike(len(np.unique(self.unit_of[chosen])), least=least, most=1.0)

    def _alike_in(self, name: str, least: float = -1.0) -> Callable[[], Alike] | None:
        """The same for a measure of all items; an item has no value of its own in a mean over labels."""
        if name == "macro_f1":
            return None
        return lambda: self._alike(self.both.named if name == "micro_f1" else np.ones(self.both.n, bool), least=least)

    def _estimate(
        self,
        value: Floats,
        drawn: Floats,
        influence: Floats | float,
        n: int,
        alike: Callable[[], Alike] | None = None,
    ) -> Estimate:
        reason = ONE_SIDED if n else "there are no items"
        if not isinstance(influence, float):
            influence = float(accelerations(influence[:, None], self.plan)[0])
        bends = influence if self.plan.method == "bca" else None
        return estimate(
            float(value[0]), drawn, n=n, reason=reason, influence=bends, obstacle=self.obstacle, alike=alike
        )


def _apart(pair: tuple[Side, Side], name: str) -> Floats:
    return pair[1].measures[name] - pair[0].measures[name]


def _p(value: float, chance: Floats) -> float | None:
    """The p of approximate randomization; an undefined difference among the swapped counts against one."""
    if not np.isfinite(value) or not len(chance):
        return None
    return float(1 + (~(np.abs(chance) < abs(value) - TIE)).sum()) / (1 + len(chance))


def _labels(work: _Work, codes: Sequence[str]) -> dict[str, Change]:
    """Each label; its decision on an item is right if gold has it and the run chose it, or neither did."""
    both = work.both
    hits, sizes = ([side(run) for run in (A, B)] for side in (both.hits, both.sizes))
    wrong = [(size - 2 * hit).tocsr() for size, hit in zip(sizes, hits, strict=True)]
    both_wrong = sums(wrong[0].multiply(wrong[1]).tocsr(), 0)
    only_a, only_b = (sums(wrong[place], 0) - both_wrong for place in (1, 0))
    support = sums(both.gold, 0)
    found = {}
    for place, code in enumerate(codes):
        a, b = (side.labels[0, place] for side in work.point)
        is_used = bool(np.isfinite(a) or np.isfinite(b))
        test = mcnemar(int(only_a[place]), int(only_b[place])) if is_used else None
        found[code] = Change(_known(a), _known(b), work.label(place), int(support[place]), test, None)
    p = {code: change.test.p for code, change in found.items() if change.test}
    adjusted = dict(zip(p, benjamini_hochberg(list(p.values())), strict=True))
    return {code: replace(change, p_adjusted=adjusted.get(code)) for code, change in found.items()}


def _slices(work: _Work, groups: Sequence[Group]) -> dict[tuple[str, str], SliceChange]:
    found = {}
    for place, (name, value, members) in enumerate(groups):
        a, b = (_known(side.slices[0, place]) for side in work.point)
        exact, p = work.exact(members), work.p_slice(place)
        found[name, value] = SliceChange(a, b, work.slice(place, members), exact, p, None)
    p_of = {key: change.p for key, change in found.items() if change.p is not None}
    adjusted = dict(zip(p_of, benjamini_hochberg(list(p_of.values())), strict=True))
    return {key: replace(change, p_adjusted=adjusted.get(key)) for key, change in found.items()}


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _family(
    overall: Difference,
    labels: Mapping[str, Change],
    slices: Mapping[tuple[str, str], SliceChange],
    family: Family,
) -> list[Member]:
    """Micro F1 first, then what was declared, with p corrected for their number; one without p says nothing."""
    members = [Member(OVERALL, "micro_f1", "", overall.estimate, overall.p)]
    for code in dict.fromkeys(family.labels):
        change = labels[code]
        members.append(Member(LABEL, code, "", change.estimate, change.test.p if change.test else None, change))
    for name, value in dict.fromkeys(family.slices):
        found = slices[name, value]
        members.append(Member(SLICE, name, value, found.estimate, found.p))
    adjusted = iter(holm([member.p for member in members if member.p is not None]))
    return [member if member.p is None else member.corrected(next(adjusted)) for member in members]


def _decided(family: Sequence[Member], margin: float) -> tuple[str, list[Member]]:
    """The verdict of the whole and the declared members that decided it.

    It is that of micro F1; but a declared label or slice that is worse, and by more than the margin for all we know,
    makes the whole worse.
    """
    worse = [
        member
        for member in family[1:]
        if member.finding == WORSE and (member.estimate.low is None or member.estimate.low <= -margin)
    ]
    overall = family[0]
    return (WORSE, worse) if worse else (verdict(overall.estimate, margin, overall.p_adjusted), [])
