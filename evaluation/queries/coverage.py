"""The coverage map: where gold stands for the collection and where it does not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from evaluation.models import Evaluation
from labeling.enums import Split
from labeling.models import Item, Project, Release
from reviewapp.common.charts import Chart, Plot, coverage_grid

MOST = 16  # values of an axis; the rest are put together
OTHER = "other values"
BLANK = "(blank)"
THIN_LABEL = 10
STARTS, LABELS = 12, 40


@dataclass(frozen=True)
class Cell:
    """The items with one value of each axis: how many there are, and how many have gold."""

    row: str
    column: str
    population: int
    gold: int
    url: str  # starts a round there, for managers

    @property
    def share(self) -> float:
        return self.gold / self.population


@dataclass(frozen=True)
class ThinLabel:
    """A label with few gold items on dev."""

    code: str
    name: str
    support: int


@dataclass(frozen=True)
class Coverage:
    """The map of a project against its newest release."""

    release: Release | None
    rows_by: str
    columns_by: str
    only: tuple[str, str] | None
    label: str
    wanted: int
    items: int
    gold: int
    cells: list[Cell]
    chart: Chart | None
    starts: list[Cell]  # population, but less gold than wanted: the largest first
    thin: int
    labels: list[ThinLabel]
    thin_labels: int
    scored: Evaluation | None  # the newest on dev
    values: dict[str, list[str]]  # of each attribute, the most common first


def coverage(
    project: Project,
    *,
    attributes: Sequence[str],
    rows_by: str,
    columns_by: str,
    only: tuple[str, str] | None = None,
    label: str = "",
    wanted: int = 5,
    round_url: str = "",
) -> Coverage:
    """Count items and gold in each cell; five queries. `round_url` starts a round, empty for who may not.

    With a label gold is that of dev only: which held-out items have a label is nobody's to see.
    """
    release = Release.objects.filter(golden_set__project=project).select_related("golden_set", "taxonomy_version")
    newest = release.order_by("-frozen_at", "-pk").first()
    has_gold, on_dev = _gold(newest, label)
    names = dict(newest.taxonomy_version.labels.values_list("code", "name")) if newest else {}
    seen = dict(Item.objects.filter(project=project).values_list("pk", "attributes").iterator(chunk_size=5000))
    counted = {name: Counter(str(one.get(name, "")) for one in seen.values()) for name in attributes}
    kept = {name: {value for value, _ in _ranked(counted[name])[:MOST]} for name in counted}
    axes = [name for name in (rows_by, columns_by) if name]
    population: Counter[tuple[str, ...]] = Counter()
    gold: Counter[tuple[str, ...]] = Counter()
    for pk, found in seen.items():
        if only and str(found.get(only[0], "")) != only[1]:
            continue
        key = tuple(value if (value := str(found.get(name, ""))) in kept[name] else OTHER for name in axes)
        population[key] += 1
        gold[key] += pk in has_gold
    cells = [_cell(key, number, gold[key], axes, only, round_url) for key, number in sorted(population.items())]
    starts = sorted((one for one in cells if one.gold < wanted), key=lambda one: (-one.population, one.row, one.column))
    support = {code: on_dev.get(code, 0) for code in names}
    thin = sorted((number, names[code], code) for code, number in support.items() if number < THIN_LABEL)
    return Coverage(
        release=newest,
        rows_by=rows_by,
        columns_by=columns_by,
        only=only,
        label=label,
        wanted=wanted,
        items=sum(population.values()),
        gold=sum(gold.values()),
        cells=cells,
        chart=_chart(cells, counted, axes, wanted) if cells and axes else None,
        starts=starts[:STARTS],
        thin=len(starts),
        labels=[ThinLabel(code, name, number) for number, name, code in thin[:LABELS]],
        thin_labels=len(thin),
        scored=_newest_scores(newest),
        values={name: [value for value, _ in _ranked(counter)[: 2 * MOST]] for name, counter in counted.items()},
    )


def _gold(release: Release | None, label: str) -> tuple[set[int], Counter[str]]:
    """Items with gold (of a label: on dev), and how often each label is in gold on dev."""
    if release is None:
        return set(), Counter()
    has_gold: set[int] = set()
    on_dev: Counter[str] = Counter()
    rows = release.entries.exclude(split=Split.FEWSHOT).values_list("item_id", "split", "labels")
    for item, split, labels in rows.iterator(chunk_size=5000):
        if split == Split.DEV:
            on_dev.update(labels)
        if not label or (split == Split.DEV and label in labels):
            has_gold.add(item)
    return has_gold, on_dev


def _newest_scores(release: Release | None) -> Evaluation | None:
    if release is None:
        return None
    scored = Evaluation.objects.filter(release=release, split=Split.DEV).select_related("run")
    return scored.defer("report").order_by("-created_at", "-pk").first()


def _ranked(counter: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))


def _cell(
    key: tuple[str, ...], population: int, gold: int, axes: Sequence[str], only: tuple[str, str] | None, url: str
) -> Cell:
    row, column = [*key, "", ""][:2]
    pairs = [*zip(axes, key, strict=True), *([only] if only else [])]
    start = ""
    if url and OTHER not in key:
        where = "\n".join(f"{name}={value}" for name, value in pairs)
        start = f"{url}?{urlencode({'where': where, 'size': min(population, 50)})}"
    return Cell(row, column, population, gold, start)


def _chart(cells: Sequence[Cell], counted: Mapping[str, Counter[str]], axes: Sequence[str], wanted: int) -> Chart:
    def named(name: str, values: set[str]) -> list[str]:
        ranked = [value for value, _ in _ranked(counted[name]) if value in values]
        return [*ranked, *([OTHER] if OTHER in values else [])]

    rows = named(axes[0], {one.row for one in cells})
    columns = named(axes[1], {one.column for one in cells}) if len(axes) > 1 else [""]
    return coverage_grid(
        {(one.row, one.column): Plot(one.gold, one.population, one.url if one.gold < wanted else "") for one in cells},
        rows=rows,
        columns=columns,
        names={"": BLANK} if len(axes) > 1 else {},
        title="Gold items and all items in each group",
        wanted=wanted,
    )
