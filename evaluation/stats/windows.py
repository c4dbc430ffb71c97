"""Which signals are looked at when two windows of a stream of predictions are compared.

Inputs: each attribute, the language and length of the text, and how much of it is new. Predictions: each label's
prevalence, how many labels, how sure, and how often there was no answer. Outcomes: the likeness to gold where it is
known, how often people who review answer otherwise, and how often what went through is wrong. Predictions and the
likeness to gold also within each cohort, where a change of a part hides in the whole.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evaluation.stats.drift import LEAST, Signal, classes, decide, means, numbers, share

COHORTS = 20  # the largest
LEAST_LABELLED = 10  # a label that both windows together hold less often is not looked at
BLANK = "(blank)"
INPUTS, PREDICTIONS, OUTCOMES = "inputs", "predictions", "outcomes"


@dataclass(frozen=True)
class Seen:
    """One prediction of a stream. `labels` None: there was no answer; `f1` None: no gold is known of it."""

    attributes: Mapping[str, str]
    labels: frozenset[str] | None
    confidence: float | None = None  # of its least certain label
    f1: float | None = None  # of its labels against gold


@dataclass(frozen=True)
class Texts:
    """What the texts of a window are like, a list for its items or a sample of them."""

    languages: list[str] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    new_words: list[float] = field(default_factory=list)  # the share of words that the reference did not know


@dataclass(frozen=True)
class Overruled:
    """What reviewers said in a window: tasks, those answered otherwise, and of an audit those that were wrong."""

    tasks: int = 0
    overridden: int = 0
    audited: int = 0
    wrong: int = 0

    def shares(self) -> dict[str, tuple[int, int]]:
        """Each figure as (hits, n)."""
        return {
            "answered otherwise by people": (self.overridden, self.tasks),
            "audited and wrong": (self.wrong, self.audited),
        }


@dataclass(frozen=True)
class Finding:
    """A signal with its place: of which kind, and in which cohort (empty: in the whole)."""

    kind: str
    cohort: str
    signal: Signal


def compare_windows(
    reference: Sequence[Seen],
    current: Sequence[Seen],
    *,
    texts: tuple[Texts, Texts] = (Texts(), Texts()),
    people: tuple[Overruled, Overruled] = (Overruled(), Overruled()),
    cohort: str = "",
    seed: int = 0,
) -> list[Finding]:
    """All signals of two windows, decided together, so that their number cannot make an alarm."""
    found: list[Finding] = []
    names = sorted({name for one in (*reference, *current) for name in one.attributes})
    for name in names:
        then, now = ([one.attributes.get(name, "") or BLANK for one in window] for window in (reference, current))
        found.append(Finding(INPUTS, "", classes(name, then, now, seed=seed)))
    found += [Finding(INPUTS, "", signal) for signal in _of_texts(*texts, seed=seed)]
    found += _of_answers(reference, current, "", seed=seed)
    found += [Finding(OUTCOMES, "", one) for one in _of_people(*people)]
    found += [Finding(PREDICTIONS, "", one) for one in _of_labels(reference, current)]
    for value in _cohorts(reference, current, cohort) if cohort else ():
        part = [[one for one in window if _value(one, cohort) == value] for window in (reference, current)]
        found += _of_answers(part[0], part[1], value, seed=seed)
    decided = decide([one.signal for one in found])
    return [Finding(one.kind, one.cohort, signal) for one, signal in zip(found, decided, strict=True)]


def _of_texts(then: Texts, now: Texts, *, seed: int) -> list[Signal]:
    if not then.words and not now.words:
        return []
    return [
        classes("language of the text", then.languages, now.languages, seed=seed),  # items may have such an attribute
        numbers("length in words", then.words, now.words, seed=seed),
        numbers("share of new words", then.new_words, now.new_words, seed=seed),
    ]


def _of_answers(then: Sequence[Seen], now: Sequence[Seen], cohort: str, *, seed: int) -> list[Finding]:
    answered = [[one for one in window if one.labels is not None] for window in (then, now)]
    sizes = [[float(len(one.labels or ())) for one in window] for window in answered]
    sure = [[one.confidence for one in window if one.confidence is not None] for window in answered]
    # an item without an answer counts as wrong where gold is known
    f1 = [[one.f1 for one in window if one.f1 is not None] for window in (then, now)]
    signals = [
        (PREDICTIONS, share("no answer", _hits(then, now, _failed), (len(then), len(now)))),
        (PREDICTIONS, share("no label", _hits(answered[0], answered[1], _empty), (len(answered[0]), len(answered[1])))),
        (PREDICTIONS, numbers("number of labels", *sizes, seed=seed)),
    ]
    signals += [(PREDICTIONS, numbers("confidence", *sure, seed=seed))] if any(sure) else []
    signals += [(OUTCOMES, means("F1 on gold", *f1))] if all(f1) else []
    return [Finding(kind, cohort, signal) for kind, signal in signals]


def _of_people(then: Overruled, now: Overruled) -> list[Signal]:
    """Where people reviewed in both windows."""
    return [
        share(name, (hits, now.shares()[name][0]), (n, now.shares()[name][1]))
        for name, (hits, n) in then.shares().items()
        if n and now.shares()[name][1]
    ]


def _of_labels(then: Sequence[Seen], now: Sequence[Seen]) -> list[Signal]:
    """The prevalence of each label that is not vanishingly rare."""
    answered = [[one.labels for one in window if one.labels is not None] for window in (then, now)]
    counts = [Counter(label for labels in window for label in labels) for window in answered]
    n = (len(answered[0]), len(answered[1]))
    labels = [one for one in sorted({*counts[0], *counts[1]}) if counts[0][one] + counts[1][one] >= LEAST_LABELLED]
    return [share(f"label {one}", (counts[0][one], counts[1][one]), n) for one in labels]


def _cohorts(then: Sequence[Seen], now: Sequence[Seen], cohort: str) -> list[str]:
    counts = [Counter(_value(one, cohort) for one in window) for window in (then, now)]
    both = {value: counts[0][value] + counts[1][value] for value in counts[0] if counts[1][value] >= LEAST}
    large = [value for value in both if counts[0][value] >= LEAST]
    return sorted(large, key=lambda value: (-both[value], value))[:COHORTS]


def _value(one: Seen, cohort: str) -> str:
    return one.attributes.get(cohort, "") or BLANK


def _hits(then: Sequence[Seen], now: Sequence[Seen], hit: Callable[[Seen], bool]) -> tuple[int, int]:
    return sum(map(hit, then)), sum(map(hit, now))


def _failed(one: Seen) -> bool:
    return one.labels is None


def _empty(one: Seen) -> bool:
    return not one.labels


@dataclass(frozen=True)
class Band:
    """One window on a control chart: its mean, and the limits that chance keeps it within."""

    value: float
    n: int
    low: float
    high: float

    @property
    def is_out(self) -> bool:
        return not self.low <= self.value <= self.high


def control_bands(reference: Sequence[float], windows: Sequence[Sequence[float]], *, sigmas: float = 3.0) -> list[Band]:
    """Shewhart's chart of means (1931): the reference's mean, and `sigmas` standard errors for each window's size.

    The reference's own error is added, so that a small reference does not alarm; empty windows are left out by the
    caller. A share is the mean of zeros and ones (p-chart). Raises ValueError for fewer than two reference values.
    """
    base = np.asarray(reference, float)
    if len(base) < 2:
        raise ValueError("limits need at least 2 values of reference")
    centre, spread = float(base.mean()), float(base.std(ddof=1))
    bands = []
    for window in windows:
        half = sigmas * spread * float(np.sqrt(1 / len(window) + 1 / len(base)))
        bands.append(Band(float(np.mean(window)), len(window), centre - half, centre + half))
    return bands


def levels(
    reference: Sequence[Seen],
    current: Sequence[Seen],
    people: tuple[Overruled, Overruled] = (Overruled(), Overruled()),
) -> dict[str, dict[str, Any]]:
    """The current mean of each figure that a control chart follows, with the limits that the reference sets.

    A figure that either window has fewer than LEAST values of is left out.
    """
    figures: dict[str, Callable[[Seen], float | None]] = {
        "F1 on gold": lambda one: one.f1,
        "no answer": lambda one: float(one.labels is None),
        "number of labels": lambda one: None if one.labels is None else float(len(one.labels)),
        "confidence": lambda one: one.confidence,
    }
    values = {
        name: [[value for one in window if (value := figure(one)) is not None] for window in (reference, current)]
        for name, figure in figures.items()
    }
    values |= {name: [_zeros_and_ones(*one.shares()[name]) for one in people] for name in people[0].shares()}
    found = {}
    for name, (then, now) in values.items():
        if min(len(then), len(now)) >= LEAST:
            (band,) = control_bands(then, [now])
            centre = float(np.mean(then))
            found[name] = {
                "value": band.value, "n": band.n, "low": band.low, "high": band.high, "centre": centre,
                "is_out": band.is_out,
            }  # fmt: skip
    return found


def _zeros_and_ones(hits: int, n: int) -> list[float]:
    return [1.0] * hits + [0.0] * (n - hits)
