"""Comparisons: which runs can be compared, which were, and the items on which two runs differ."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models.fields.json import KT

from evaluation.models import Comparison, Evaluation, Run
from evaluation.queries.both import both_of
from evaluation.queries.held_out import rounded
from evaluation.queries.small_cells import hidden_values
from evaluation.queries.veiled import quiet
from labeling.enums import Split
from labeling.models import GoldEntry, Item, Project, Release

PAGE = 50
MOST_EVALUATIONS = 1000


@dataclass(frozen=True)
class Ground:
    """A split of a release, and the runs that were scored on it: newest first."""

    release: Release
    split: str
    runs: list[Run]

    @property
    def reference(self) -> str:
        return f"{self.release.public_id}:{self.split}"

    @property
    def is_held_out(self) -> bool:
        return self.split == Split.TEST

    def __str__(self) -> str:
        return f"{self.release} · {self.split}"


def grounds_of(project: Project) -> list[Ground]:
    """Where at least two runs were scored, the latest scored first; one query."""
    scored = Evaluation.objects.filter(run__project=project).select_related(
        "run__project", "release__golden_set", "release__taxonomy_version"
    )
    grounds: dict[tuple[int, str], Ground] = {}
    for one in scored.defer("report").order_by("-created_at", "-pk")[:MOST_EVALUATIONS]:
        ground = grounds.setdefault((one.release_id, one.split), Ground(one.release, one.split, []))
        if one.run not in ground.runs:
            ground.runs.append(one.run)
    return [ground for ground in grounds.values() if len(ground.runs) > 1]


def slices_of(project: Project, ground: Ground) -> list[tuple[str, str, int]]:
    """(attribute, value, items) of a split, by attribute; of a held-out one only those that may be shown."""
    entries = GoldEntry.objects.filter(release=ground.release, split=ground.split)
    rows = list(entries.values_list("content__attributes", flat=True).iterator(chunk_size=2000))
    found: list[tuple[str, str, int]] = []
    for name in project.slices:
        counted = Counter(str((row or {}).get(name, "")) for row in rows)
        hidden = hidden_values(counted) if ground.is_held_out else frozenset()
        found += [(name, value, n) for value, n in sorted(counted.items()) if value not in hidden]
    return found


@dataclass(frozen=True)
class Listed:
    """A stored comparison in the list."""

    comparison: Comparison
    verdict: str
    difference: dict[str, Any]


def comparisons_of(project: Project, *, before: int | None = None, limit: int = PAGE) -> list[Listed]:
    """The newest first, without their reports; `before` is the key of the last one seen."""
    rows = Comparison.objects.filter(run_a__project=project).select_related(
        "run_a", "run_b", "release__golden_set", "created_by"
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    rows = rows.defer("report").annotate(said=KT("report__verdict"), apart=KT("report__diff__micro_f1"))
    return [Listed(one, one.said, _apart(one.split, json.loads(one.apart))) for one in rows.order_by("-pk")[:limit]]


def _apart(split: str, found: dict[str, Any]) -> dict[str, Any]:
    veiled: dict[str, Any] = rounded(quiet(found)) if split == Split.TEST else found
    return veiled


FLIPS = {
    "only_b": "B right, A wrong",
    "only_a": "A right, B wrong",
    "moved": "one of the two right",
    "both": "both right",
    "neither": "both wrong",
}


@dataclass(frozen=True)
class Said:
    """What one run said of an item, beside gold."""

    is_answered: bool
    hits: list[str]
    missing: list[str]
    extra: list[str]


@dataclass(frozen=True)
class Flip:
    """One item, and what the two runs said of it."""

    item: Item
    a: Said
    b: Said
    is_gold_empty: bool


def flips(
    comparison: Comparison, *, kind: str, code: str = "", attribute: str = "", value: str = "", limit: int = 200
) -> tuple[list[Flip], int]:
    """The items of a dev split that a number of a comparison counts, and how many; nothing of a held-out split.

    With a code, right is its decision; without, the whole set of labels.
    """
    if comparison.split != Split.DEV:
        return [], 0
    both = both_of(comparison.run_a, comparison.run_b, comparison.release, comparison.split)
    found = []
    for entry, a, b in zip(both.gold, *both.said, strict=True):
        if attribute and str(entry.attributes.get(attribute, "")) != value:
            continue
        right = [_is_right(entry.labels, said, code) for said in (a, b)]
        if _counts(kind, *right):
            found.append((entry.item_id, entry.labels, a, b))
    items = Item.objects.in_bulk([row[0] for row in found[:limit]])
    rows = [Flip(items[pk], _said(gold, a), _said(gold, b), not gold) for pk, gold, a, b in found[:limit]]
    return rows, len(found)


def _is_right(gold: frozenset[str], said: frozenset[str] | None, code: str) -> bool:
    return (code in gold) == (code in (said or ())) if code else gold == said


def _counts(kind: str, is_a_right: bool, is_b_right: bool) -> bool:
    return {
        "only_a": is_a_right and not is_b_right,
        "only_b": is_b_right and not is_a_right,
        "moved": is_a_right != is_b_right,
        "both": is_a_right and is_b_right,
        "neither": not is_a_right and not is_b_right,
    }.get(kind, False)


def _said(gold: frozenset[str], said: frozenset[str] | None) -> Said:
    def codes(some: Iterable[str]) -> list[str]:
        return sorted(some)

    answer = said or frozenset()
    return Said(said is not None, codes(gold & answer), codes(gold - answer), codes(answer - gold))


def table(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the CSV: averages, labels, slices."""
    names = ("value", "low", "high", "n", "p")
    declared = {(one["kind"], one["name"], one["of"]): one for one in report["family"]["members"]}
    rows: list[dict[str, Any]] = []
    for name, one in report["diff"].items():
        a, b = (report[side][name]["value"] for side in "ab")
        rows.append({"kind": "average", "name": name, "of": "", "a": a, "b": b} | {key: one[key] for key in names})
    for code, one in report["labels"].items():
        rows.append({"kind": "label", "name": code, "of": ""} | _cells(one))
    for name, values in report["slices"].items():
        rows += [{"kind": "slice", "name": name, "of": value} | _cells(one) for value, one in values.items()]
    for row in rows:
        kind = "overall" if row["name"] == "micro_f1" and row["kind"] == "average" else row["kind"]
        member = declared.get((kind, row["name"], row["of"]))
        row |= {
            "declared": "yes" if member else "no",
            "p_holm": member["p_adjusted"] if member else None,
            "finding": member["finding"] if member else "",
        }
    return rows


def _cells(one: dict[str, Any]) -> dict[str, Any]:
    names = ("a", "b", "value", "low", "high", "n", "p")
    return {
        **{name: one[name] for name in names},
        "p_benjamini_hochberg": one["p_adjusted"],
        "only_a_right": one["broke"],
        "only_b_right": one["fixed"],
    }


def scores_of_b(comparison: Comparison) -> Evaluation | None:
    """The newest scores of run B on the same split, which the page holds against the objective."""
    scored = Evaluation.objects.filter(
        run=comparison.run_b, release=comparison.release, split=comparison.split
    ).select_related("run__project", "release")
    return scored.order_by("-created_at", "-pk").first()
