"""The report of what changed beside what moved; figures and names, no ids of items."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from evaluation.analyses.asked import STANDARD
from evaluation.models import Evaluation, Run
from evaluation.queries.both import both_of
from evaluation.queries.drop_changes import (
    LEAST_CELL,
    Sides,
    fingerprints_changed,
    lies,
    measured,
    said_of,
    settings_changed,
    value_of,
    values_of,
)
from evaluation.queries.drop_facts import FACTS, Answered, fingerprints, gold_of, read_side
from evaluation.queries.drop_series import Series, of_days, of_runs
from evaluation.queries.plans import plan_for
from evaluation.queries.streams import Window, newest_release, read_texts
from evaluation.stats import compare as compare_stats
from evaluation.stats.drift import ALPHA, LEAST, decide, means
from evaluation.stats.quality_drop import RULE, rank
from evaluation.stats.windows import INPUTS, OUTCOMES, Finding, compare_windows
from labeling.enums import Split
from labeling.models import Project, Release

FORMAT = 2
SWAPS = 999
F1 = "F1 on gold"


def common_release(reference: Window, current: Window) -> Release | None:
    """The newest release on whose dev split both runs are scored."""
    if not reference.run or not current.run:
        return None
    scored = Evaluation.objects.filter(run=current.run, split=Split.DEV)
    both = scored.filter(release__evaluations__run=reference.run, release__evaluations__split=Split.DEV)
    found = both.select_related("release__golden_set", "release__taxonomy_version").order_by("-release__frozen_at")
    first = found.first()
    return first.release if first else None


def build_report(project: Project, reference: Window, current: Window) -> dict[str, Any]:
    """Everything that the page shows. Gold is that of a dev split, never of test."""
    release = common_release(reference, current)
    is_paired = release is not None
    release = release or newest_release(project)
    gold = gold_of(release)
    then, now = (read_side(project, window, gold) for window in (reference, current))
    slices = list(project.slices)
    moved, fell = (
        _paired(reference.run, current.run, release)
        if is_paired and reference.run and current.run and release
        else _unpaired(then, now, slices)
    )
    worst = next((one for one in fell if one["fell"]), None)
    within = worst["attribute"] if worst else (slices[0] if slices else "")
    signals = _signals((then, now), within, is_paired)
    losses = _losses(then, now, within)
    prints = [fingerprints(project, window) for window in (reference, current)]
    changes = settings_changed((then, now)) + fingerprints_changed(*prints) + measured((then, now), signals)
    by_name = {one.part.name: one for one in changes}
    ranked = rank([one.part for one in changes], losses)
    series = (
        of_runs(project, reference.run, current.run, release)
        if reference.run and current.run
        else of_days(project, reference, current, gold)
    )
    return {
        "format": FORMAT,
        "n": [len(then), len(now)],
        "items_with_gold": sum(loss is not None for loss in losses),
        "gold": f"{release}:dev" if release else "",
        "release": str(release.public_id) if release else "",
        "paired": is_paired,
        "simulated": [_is_simulated(window) for window in (reference, current)],
        "alpha": ALPHA,
        "least": LEAST,
        "rule": RULE,
        "changed": [
            one.as_dict() | said_of(by_name[one.name]) | {"lies": lies(by_name[one.name].part, now, slices)}
            for one in ranked
        ],
        "unchanged": [title for title in (*FACTS.values(), "System fingerprint") if title not in by_name],
        "fingerprinted": [sum(one.values()) for one in prints],
        "moved": moved,
        "signals": [
            {"kind": one.kind, "cohort": one.cohort} | one.signal.as_dict()
            for one in signals
            if not (is_paired and one.kind == OUTCOMES)
        ],
        "within": within,
        "slices": fell,
        "series": _series(series),
    }


def _is_simulated(window: Window) -> bool:
    return bool(window.run and window.run.is_simulated)


def _paired(run_a: Run, run_b: Run, release: Release) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The differences item by item: whole, by label, and by slice, those that fell most first."""
    both = both_of(run_a, run_b, release, Split.DEV)
    a, b = both.said
    found = compare_stats.compare(
        gold=[entry.labels for entry in both.gold], a=a, b=b, codes=both.codes, slices=both.slices, swaps=SWAPS,
        plan=plan_for(both.gold, STANDARD),
    ).as_dict()  # fmt: skip
    overall = {
        name: {"then": found["a"][name], "now": found["b"][name], "difference": found["diff"][name]}
        for name in ("micro_f1", "macro_f1", "exact_match")
    }
    labels = {
        code: {**one, "then": one["a"], "now": one["b"]}
        for code, one in found["labels"].items()
        if one["a"] is not None or one["b"] is not None
    }
    fell = [
        _fallen(name, value, one, one["a"], one["b"], [one["n"], one["n"]], "micro F1")
        for name, values in found["slices"].items()
        for value, one in values.items()
        if one["value"] is not None
    ]
    names = dict(release.taxonomy_version.labels.values_list("code", "name"))
    moved = {
        "n": found["n"], "overall": overall, "labels": labels, "names": names, "interval": found["interval"],
        "verdict": found["verdict"],
    }  # fmt: skip
    return moved, _sorted(fell)


def _unpaired(
    then: Sequence[Answered], now: Sequence[Answered], slices: Sequence[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The closeness to gold of two different sets of items, whole and by slice; items, not label decisions."""
    f1 = [[one.seen.f1 for one in side if one.seen.f1 is not None] for side in (then, now)]
    named = [(name, value) for name in slices for value in values_of(now, name)]
    signals = [means(F1, *f1)]
    for name, value in named:
        mine = [
            [one.seen.f1 for one in side if one.seen.f1 is not None and value_of(one, name) == value]
            for side in (then, now)
        ]
        signals.append(means(value, *mine))
    whole, *parts = decide(signals)
    fell = [
        _fallen(name, value, one.effect.as_dict() | {"p_adjusted": one.adjusted}, one.reference, one.current,
                list(one.n), "F1 of an item")
        for (name, value), one in zip(named, parts, strict=True)
        if one.effect.value is not None
    ]  # fmt: skip
    return {"n": len(f1[1]), "closeness": whole.as_dict() | {"adjusted": whole.adjusted}}, _sorted(fell)


def _fallen(
    attribute: str, value: str, difference: Mapping[str, Any], then: float | None, now: float | None, n: list[int],
    measure: str,
) -> dict[str, Any]:  # fmt: skip
    adjusted = difference["p_adjusted"]
    is_fall = difference["value"] < 0 and adjusted is not None and adjusted <= ALPHA
    return {
        "attribute": attribute, "value": value, "then": then, "now": now, "n": n, "measure": measure, "fell": is_fall,
        "p_adjusted": adjusted,
        "difference": {name: difference.get(name) for name in ("value", "low", "high", "n")},
    }  # fmt: skip


def _sorted(fell: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(fell, key=lambda one: (not one["fell"], one["difference"]["value"], one["attribute"], one["value"]))


def _signals(sides: Sides, within: str, is_paired: bool) -> list[Finding]:
    """Drift's signals; texts are not read where both sides are of the same items."""
    items = [[one.item for one in side] for side in sides]
    seen = [[one.seen for one in side] for side in sides]
    if is_paired and items[0] == items[1]:
        return [one for one in compare_windows(*seen, cohort=within) if one.kind != INPUTS]
    return compare_windows(*seen, texts=read_texts(*items, seed=0), cohort=within)


def _losses(then: Sequence[Answered], now: Sequence[Answered], within: str) -> list[float | None]:
    """How much less close to gold each item is than it was; one that is new, than items of its kind were."""
    before = {one.item: one.seen.f1 for one in then if one.seen.f1 is not None}
    by_value: dict[str, list[float]] = {}
    for one in then:
        if one.seen.f1 is not None:
            by_value.setdefault(value_of(one, within), []).append(one.seen.f1)
    whole = [f1 for some in by_value.values() for f1 in some]
    if not whole:
        return [None] * len(now)

    def expected(one: Answered) -> float:
        alike = by_value.get(value_of(one, within), [])
        return float(np.mean(alike if len(alike) >= LEAST_CELL else whole))

    return [
        None if one.seen.f1 is None else before.get(one.item, expected(one)) - one.seen.f1 for one in now
    ]  # fmt: skip


def _series(series: Series) -> dict[str, Any]:
    return {
        "points": [asdict(one) for one in series.points], "began": series.began.as_dict(), "measure": series.measure,
        "of": series.of, "left_out": series.left_out,
    }  # fmt: skip
