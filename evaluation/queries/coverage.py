"""The coverage map: where gold stands for the collection and where it does not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

from evaluation.models import Evaluation
from labeling.enums import Split
from labeling.models import GoldEntry, Item, Project, Release
from labeling.queries.attributes import attribute_text, value_counts
from labeling.queries.golden import with_label
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
    """Count items and gold in each cell; a fixed number of queries. `round_url` starts a round, empty for who may not.

    With a label gold is that of dev only: which held-out items have a label is nobody's to see.
    """
    release = Release.objects.filter(golden_set__project=project).select_related("golden_set", "taxonomy_version")
    newest = release.order_by("-frozen_at", "-pk").first()
    names = dict(newest.taxonomy_version.labels.values_list("code", "name")) if newest else {}
    counted: dict[str, Counter[str]] = {name: Counter() for name in attributes}
    for one in value_counts(project, attributes):
        counted[one.name][one.value] += one.items
    kept = {name: {value for value, _ in _ranked(counted[name])[:MOST]} for name in counted}
    axes = [name for name in (rows_by, columns_by) if name]
    population: Counter[tuple[str, ...]] = Counter()
    gold: Counter[tuple[str, ...]] = Counter()
    for values, number, with_gold in _grouped(project, axes, only, _gold(newest, label)):
        key = tuple(value if value in kept[name] else OTHER for name, value in zip(axes, values, strict=True))
        population[key] += number
        gold[key] += with_gold
    cells = [_cell(key, number, gold[key], axes, only, round_url) for key, number in sorted(population.items())]
    starts = sorted((one for one in cells if one.gold < wanted), key=lambda one: (-one.population, one.row, one.column))
    on_dev = _on_dev(newest)
    support = {code: on_dev[code] for code in names}
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


def _grouped(
    project: Project, axes: Sequence[str], only: tuple[str, str] | None, gold: QuerySet[GoldEntry]
) -> list[tuple[tuple[str, ...], int, int]]:
    """The items by their values on the axes: (values, how many, how many with gold); one query."""
    items = Item.objects.filter(project=project).order_by()
    if only:
        items = items.annotate(only=_value(only[0])).filter(only=only[1])
    named = {f"axis_{place}": _value(name) for place, name in enumerate(axes)}
    rows = items.annotate(**named).values("project", *named)
    counted = rows.annotate(number=Count("pk"), gold=Count("pk", filter=Exists(gold.filter(item=OuterRef("pk")))))
    found = counted.values_list(*named, "number", "gold")
    return [(tuple(values), number, with_gold) for *values, number, with_gold in found]


def _value(name: str) -> Coalesce:
    return Coalesce(attribute_text(name), Value("", TextField()))


def _gold(release: Release | None, label: str) -> QuerySet[GoldEntry]:
    """What counts as gold; of a label what has it on dev."""
    found = GoldEntry.objects.filter(release=release).exclude(split=Split.FEWSHOT)
    return with_label(found.filter(split=Split.DEV), label) if label else found


def _on_dev(release: Release | None) -> Counter[str]:
    """How often each label is in gold on dev."""
    alike = GoldEntry.objects.filter(release=release, split=Split.DEV).order_by().values("labels")
    on_dev: Counter[str] = Counter()
    for labels, number in alike.annotate(number=Count("pk")).values_list("labels", "number"):
        on_dev.update(dict.fromkeys(labels, number))
    return on_dev


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
