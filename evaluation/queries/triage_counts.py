"""How often each category was given: by label, by kind, by a slice, and of several runs side by side."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.models import ErrorCategory, Triage
from evaluation.queries.triage import standings, visible
from evaluation.stats.error_clusters import shares
from evaluation.stats.types import Estimate
from labeling.enums import Split
from labeling.models import GoldEntry

RESAMPLES = 1000
BY = {"label": "Label", "kind": "Kind", "run": "Run and prompt version"}


@dataclass(frozen=True)
class Cell:
    """Of the judged errors of one group: how many are of one category."""

    count: int
    share: Estimate | None


@dataclass(frozen=True)
class Group:
    """A label, a kind, a value of an attribute, or a run."""

    key: str
    errors: int
    judged: int
    cells: list[Cell]


@dataclass(frozen=True)
class Counts:
    """Groups by categories."""

    by: str
    categories: list[ErrorCategory]
    groups: list[Group]

    def as_dict(self) -> dict[str, Any]:
        return {
            "by": self.by,
            "groups": {
                one.key: {
                    "errors": one.errors,
                    "judged": one.judged,
                    "categories": {
                        category.code: {"count": cell.count, "share": cell.share.as_dict() if cell.share else None}
                        for category, cell in zip(self.categories, one.cells, strict=True)
                    },
                }
                for one in self.groups
            },
        }


def choices(triage: Triage) -> dict[str, str]:
    """What counts can be grouped by."""
    return BY | {f"slice:{name}": name for name in triage.run.project.slices}


def counts(triages: Sequence[Triage], *, by: str) -> Counts:
    """Counts with intervals over items. With several triages groups are by run, whatever was asked."""
    if len(triages) > 1:
        by = "run"
    all_errors: Counter[str] = Counter()
    given: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for triage in triages:
        found = visible(triage)
        said = standings(found.values("pk"))
        values = _values(triage, by.removeprefix("slice:")) if by.startswith("slice:") else {}
        for one in found.order_by("place"):
            group = {
                "label": one.gold or one.predicted, "kind": one.kind,
                "run": f"{triage.run.name} ({triage.run.prompt_version or 'imported'})",
            }.get(by, values.get(one.item_id, ""))  # fmt: skip
            all_errors[group] += 1
            if one.pk in said:
                given[group].append((one.item_id, said[one.pk].category))
    used = {category for rows in given.values() for _, category in rows}
    named = list(ErrorCategory.objects.filter(pk__in=used))
    ranked = sorted(all_errors, key=lambda key: (-len(given[key]), -all_errors[key], key))
    return Counts(by, named, [_group(key, all_errors[key], given[key], named) for key in ranked])


def _group(key: str, errors: int, given: Sequence[tuple[int, int]], named: Sequence[ErrorCategory]) -> Group:
    share: Mapping[Any, Estimate] = shares(given, resamples=RESAMPLES, seed=0) if given else {}
    often = Counter(category for _, category in given)
    return Group(key, errors, len(given), [Cell(often[one.pk], share.get(one.pk)) for one in named])


def _values(triage: Triage, attribute: str) -> dict[int, str]:
    rows = GoldEntry.objects.filter(release=triage.release, split=Split.DEV).values_list("item_id", "content")
    return {item: str(content["attributes"].get(attribute, "")) for item, content in rows}
