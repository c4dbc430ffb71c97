"""Would choosing have saved labels? Gold that is there is labelled again, by choice and by lot, and the two compared.

Gold is dealt once into a pool and a part that is held aside. For each seed: the same random start, then batch after
batch by each strategy, gold looked up for the batch, a one-vs-rest logistic regression on TF-IDF fitted anew, and F1
taken on the part held aside. A strategy sees only what a stored prediction would hold: the labels that the model names,
with their confidences. Settles 2009, section 6; Settles & Craven 2008.

Intervals are over seeds: they say how much the luck of the draw moves a curve, on this gold and with this model. Of a
mean: Student's t. Of the labels needed to reach what random labelling has in the end: percentile bootstrap over seeds,
2,000 resamples; a bound that a curve never reached is None.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats import acquisition
from evaluation.stats.acquisition import Floats
from evaluation.stats.acquisition_choice import choose
from evaluation.stats.acquisition_texts import vectors_of
from evaluation.stats.types import Estimate, undefined

RANDOM = "random"
MEASURES = ("micro_f1", "macro_f1")
RESAMPLES = 2000
FEWER, MORE, CANNOT_TELL = "fewer", "not fewer", "cannot tell"
NOT_REACHED = "random labelling's final F1 was not reached within the budget"


@dataclass(frozen=True)
class Design:
    """What is replayed."""

    mixes: Mapping[str, Mapping[str, float]]  # name of a curve -> weights of its strategies
    seeds: int = 10
    start: int = 50
    batch: int = 50
    budget: int = 500
    aside: float = 0.3  # share of gold that F1 is taken on
    random_share: float = 0.3  # of each batch that a strategy chooses
    split_seed: int = 0


@dataclass
class Replay:
    """F1 by strategy, seed and labels spent."""

    labels: list[int]
    pool: int
    aside: int
    curves: dict[str, dict[str, Floats]] = field(default_factory=dict)  # measure -> curve -> (seeds, points)

    def report(self) -> dict[str, Any]:
        """Each curve with intervals, the labels needed, and what that says."""
        found: dict[str, Any] = {"labels": self.labels, "pool": self.pool, "aside": self.aside, "measures": {}}
        for measure, curves in self.curves.items():
            by_lot = curves[RANDOM]
            found["measures"][measure] = {
                "target": over_seeds(by_lot[:, -1]).as_dict(),
                "curves": {
                    name: {
                        "points": [over_seeds(values[:, place]).as_dict() for place in range(len(self.labels))],
                        **({} if name == RANDOM else compared(self.labels, values, by_lot)),
                    }
                    for name, values in curves.items()
                },
            }
        return found


def over_seeds(values: Floats) -> Estimate:
    """The mean over seeds with Student's t interval; n is the number of seeds."""
    from scipy.stats import t  # noqa: PLC0415 -- slow to load

    n = len(values)
    if not n:
        return undefined(0, "no seed was replayed")
    mean = float(np.mean(values))
    if n < 2:
        return Estimate(mean, None, None, n, "one seed has no spread")
    half = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return Estimate(mean, mean - half, mean + half, n, method="Student's t over seeds")


def labels_needed(labels: Sequence[int], curve: Floats, target: float) -> float | None:
    """Where a curve first reaches the target, between points on a straight line; None: never.

    >>> labels_needed([10, 20, 30], np.array([0.1, 0.3, 0.5]), 0.4)
    25.0
    """
    reached = np.flatnonzero(curve >= target - 1e-12)
    if not len(reached):
        return None
    place = int(reached[0])
    if place == 0:
        return float(labels[0])
    low, high = float(curve[place - 1]), float(curve[place])
    return labels[place - 1] + (labels[place] - labels[place - 1]) * (target - low) / (high - low)


def compared(labels: Sequence[int], values: Floats, by_lot: Floats) -> dict[str, Any]:
    """A strategy's curves (seeds, points) against random labelling's: labels needed, gain over the curve, verdict."""
    seeds = len(values)
    needed = labels_needed(labels, values.mean(axis=0), float(by_lot[:, -1].mean()))
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(RESAMPLES if seeds > 1 else 0):
        places = rng.integers(0, seeds, seeds)
        again = labels_needed(labels, values[places].mean(axis=0), float(by_lot[places, -1].mean()))
        drawn.append(np.inf if again is None else again)
    low, high = (None, None)
    if drawn:
        ordered = np.sort(np.array(drawn))
        bounds = ordered[int(0.025 * len(ordered))], ordered[min(len(ordered) - 1, int(0.975 * len(ordered)))]
        low, high = (None if np.isinf(bound) else float(bound) for bound in bounds)
    estimate = Estimate(
        needed, low, high, seeds, "" if needed is not None else NOT_REACHED, "percentile bootstrap over seeds"
    )
    gain = over_seeds((values - by_lot).mean(axis=1))
    budget = labels[-1]
    verdict = CANNOT_TELL
    if high is not None and high < budget and needed is not None:
        verdict = FEWER
    elif gain.high is not None and gain.high < 0:
        verdict = MORE
    return {"needed": estimate.as_dict(), "gain": gain.as_dict(), "verdict": verdict}


def replay(
    texts: Sequence[str],
    gold: Sequence[frozenset[str]],
    design: Design,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Replay:
    """Replay every curve of the design. ValueError where gold is too small for it."""
    if design.seeds < 1 or design.start < 2 or design.batch < 1 or not 0 < design.aside < 1 or not design.mixes:
        raise ValueError("a replay needs a seed, a start of 2 items, a batch, a share held aside and a strategy")
    codes = sorted({code for labels in gold for code in labels})
    order = np.random.default_rng(design.split_seed).permutation(len(texts))
    cut = len(texts) - max(1, round(len(texts) * design.aside))
    pool, aside = order[:cut], order[cut:]
    if design.start + design.batch > len(pool) or not codes:
        raise ValueError(f"the pool has {len(pool)} items with labels, too few to start and choose a batch")
    budget = min(design.budget, len(pool))
    spent = list(range(design.start, budget + 1, design.batch))
    vectors, _ = vectors_of(texts)
    place_of = {code: place for place, code in enumerate(codes)}
    truth = np.zeros((len(texts), len(codes)), dtype=bool)
    for row, labels in enumerate(gold):
        truth[row, [place_of[code] for code in labels]] = True
    names = [RANDOM, *design.mixes]
    found = Replay(spent, len(pool), len(aside))
    found.curves = {measure: {name: np.zeros((design.seeds, len(spent))) for name in names} for measure in MEASURES}
    total, done = design.seeds * len(names) * len(spent), 0
    for seed in range(design.seeds):
        for name in names:
            labelled = pool[np.random.default_rng([seed, 1]).permutation(len(pool))[: design.start]]
            for step in range(len(spent)):
                model = Model(vectors[labelled], truth[labelled])
                micro, macro = f1s(model.named(vectors[aside]) > 0, truth[aside])
                found.curves["micro_f1"][name][seed, step] = micro
                found.curves["macro_f1"][name][seed, step] = macro
                done += 1
                on_progress(done, total)
                if step + 1 < len(spent):
                    rest = np.setdiff1d(pool, labelled)
                    mix = design.mixes.get(name)
                    share = 1.0 if mix is None else design.random_share
                    batch = _batch(vectors, truth, labelled, rest, model, mix or {}, share, design.batch, [seed, step])
                    labelled = np.concatenate([labelled, batch])
    return found


def _batch(
    vectors: sparse.csr_matrix,
    truth: np.ndarray[Any, Any],
    labelled: np.ndarray[Any, Any],
    rest: np.ndarray[Any, Any],
    model: "Model",
    mix: Mapping[str, float],
    random_share: float,
    size: int,
    seed: Sequence[int],
) -> np.ndarray[Any, Any]:
    lot = int(np.random.default_rng([*seed, 2]).integers(2**31))
    named = sparse.csr_matrix(model.named(vectors[rest]))
    counts = truth[labelled].sum(axis=0).astype(np.float64)
    by_name: dict[str, Callable[[sparse.csr_matrix], Floats]] = {
        "least": acquisition.least, "margin": acquisition.margin, "entropy": acquisition.entropy,
        "rarity": lambda one: acquisition.rarity(one, counts),
    }  # fmt: skip
    if unknown := [one for one in mix if one not in by_name and one != acquisition.DIVERSITY]:
        raise ValueError(f"{unknown[0]} cannot be replayed: it needs several runs")
    choice = choose(
        scores={one: by_name[one](named) for one in mix if one in by_name}, mix=mix, texts=[str(one) for one in rest],
        vectors=vectors[rest], size=size, random_share=random_share, seed=lot, covered=vectors[labelled],
    )  # fmt: skip
    taken = [one.place for one in choice.chosen]
    if len(taken) < min(size, len(rest)):  # only copies are left: the batch is filled by lot, so that labels compare
        left = np.setdiff1d(np.arange(len(rest)), taken)
        taken += np.random.default_rng(lot).choice(left, min(size, len(rest)) - len(taken), replace=False).tolist()
    return rest[taken]


class Model:
    """One logistic regression a label that has examples; what is at least as likely as not is named, or the best."""

    def __init__(self, vectors: sparse.csr_matrix, truth: np.ndarray[Any, Any]) -> None:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 -- slow to load

        self.places = [place for place in range(truth.shape[1]) if 0 < truth[:, place].sum() < len(truth)]
        self.width = truth.shape[1]
        self.always = truth.all(axis=0)
        slopes, self.bias = np.zeros((len(self.places), vectors.shape[1])), np.zeros(len(self.places))
        for row, place in enumerate(self.places):
            fitted = LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=0).fit(
                vectors, truth[:, place]
            )
            slopes[row], self.bias[row] = fitted.coef_[0], fitted.intercept_[0]
        self.slopes = slopes.T

    def named(self, vectors: sparse.csr_matrix) -> Floats:
        """(items, labels): the confidence of each label named, 0 of the others."""
        found = np.zeros((vectors.shape[0], self.width))
        found[:, self.always] = 1.0
        if self.places:
            chance = 1.0 / (1.0 + np.exp(-(vectors @ self.slopes + self.bias)))
            best = chance.max(axis=1, keepdims=True)
            found[:, self.places] = np.where((chance >= 0.5) | (chance == best), chance, 0.0)
        return found


def f1s(said: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Micro F1, and macro F1 over labels that come up at all; 0 where nothing was said and nothing is true."""
    tp = (said & truth).sum(axis=0).astype(float)
    both = (said.sum(axis=0) + truth.sum(axis=0)).astype(float)
    there = both > 0
    micro = float(2 * tp.sum() / both.sum()) if both.sum() else 0.0
    return micro, float((2 * tp[there] / both[there]).mean()) if there.any() else 0.0
