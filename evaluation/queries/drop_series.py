"""The series that a fall is dated by: runs scored on one release, or days of production."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from django.db.models import Q

from evaluation.enums import PredictionState
from evaluation.models import Evaluation, Run
from evaluation.queries.promotions import APART
from evaluation.queries.streams import CHUNK, Window, predictions_in
from evaluation.stats.alt_test import set_f1
from evaluation.stats.change_point import Began, Level, change_point, variance_of
from labeling.enums import Split
from labeling.models import Project, Release

MOST = 60  # points of a series, the newest
LEAST_OF_DAY = 5  # items with gold, below which a day is left out
NO_ANSWER = "share without an answer"


@dataclass(frozen=True)
class Dated:
    """One point as it is shown."""

    name: str
    mean: float
    low: float
    high: float
    n: int
    of: str = ""  # the run


@dataclass(frozen=True)
class Series:
    """Points in their order, with where their level changed."""

    points: list[Dated]
    began: Began
    measure: str
    of: str  # what the points are
    left_out: int = 0  # points that held too little


def of_runs(project: Project, first: Run, last: Run, release: Release | None) -> Series:
    """Micro F1 of the runs scored on the release's dev split, of the same prompts, from the first run to the last."""
    measure, of = "micro F1", "runs of the same prompt scored on the same gold"
    if release is None or first.finished_at is None or last.finished_at is None:
        return Series([], _nothing("no gold that both runs are scored on"), measure, of)
    early, late = sorted((first.finished_at, last.finished_at))
    lines = {run.prompt_version.prompt_id for run in (first, last) if run.prompt_version}
    mine = Q(run__prompt_version__prompt__in=lines) if lines else Q(run__prompt_version__isnull=True)
    scored = Evaluation.objects.filter(
        Q(run__in=[first, last]) | (mine & Q(run__finished_at__gte=early, run__finished_at__lte=late)),
        run__project=project, release=release, split=Split.DEV, run__perturbation__isnull=True,
    ).exclude(~Q(run__in=[first, last]) & Q(run__origin__in=APART))  # fmt: skip
    rows = scored.order_by("run__finished_at", "run", "pk").values_list(
        "run", "run__name", "run__finished_at", "report__micro__f1"
    )
    newest = {run: (name, at, f1) for run, name, at, f1 in rows}
    points = [
        Dated(f"{at:%d %b %H:%M}", f1["value"], f1["low"], f1["high"], f1["n"], name)
        for name, at, f1 in list(newest.values())[-MOST:]
        if f1 and f1["value"] is not None and f1["low"] is not None
    ]
    levels = [Level(one.name, one.mean, variance_of(one.low, one.high), one.n) for one in points]
    return Series(points, change_point(levels), measure, of, len(newest) - len(points))


def of_days(project: Project, reference: Window, current: Window, gold: Mapping[int, frozenset[str]]) -> Series:
    """Day by day from the first window's start to the last's end: closeness to gold, or failures without it."""
    starts = [one.start for one in (reference, current) if one.start]
    ends = [one.end for one in (reference, current) if one.end]
    if not starts or not ends:
        return Series([], _nothing("a run and a window of time have no series in common"), F1_OF_ITEM, "days")
    span = Window(start=min(starts), end=max(ends), prompt=current.prompt)
    rows = predictions_in(project, span).values_list("item_id", "state", "labels", "finished_at")
    days: dict[date, list[float]] = {}
    failures: dict[date, list[float]] = {}
    for item, state, labels, at in rows.iterator(chunk_size=CHUNK):
        assert at is not None  # the window has ends
        day = _day(at)
        is_done = state == PredictionState.DONE
        failures.setdefault(day, []).append(float(not is_done))
        if item in gold:
            said = frozenset(one["code"] for one in labels) if is_done else frozenset()
            days.setdefault(day, []).append(set_f1(said, gold[item]))
    has_gold = sum(len(one) >= LEAST_OF_DAY for one in days.values()) >= 2
    chosen, measure = (days, F1_OF_ITEM) if has_gold else (failures, NO_ANSWER)
    kept = [(day, values) for day, values in sorted(chosen.items())[-MOST:] if len(values) >= LEAST_OF_DAY]
    levels = [_level(f"{day:%d %b}", values) for day, values in kept]
    points = [Dated(one.name, one.mean, *_ends(one), one.n) for one in levels]
    return Series(points, change_point(levels), measure, "days", len(chosen) - len(points))


F1_OF_ITEM = "mean F1 of an item"


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _level(name: str, values: Sequence[float]) -> Level:
    """The mean of a day; a spread of nothing counts as that of one item in two hundred."""
    found = np.asarray(values, float)
    return Level(name, float(found.mean()), max(float(found.var(ddof=1)) / len(found), 0.005**2), len(found))


def _ends(one: Level) -> tuple[float, float]:
    half = 1.959964 * float(np.sqrt(one.variance))
    return max(one.mean - half, 0.0), min(one.mean + half, 1.0)


def _nothing(reason: str) -> Began:
    return Began(None, None, None, None, None, None, None, reason)
