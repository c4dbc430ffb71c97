"""Which items of gold have another text by now, and which are with raters already."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from labeling.enums import RoundState, TaskState
from labeling.models import GoldEntry, Project, Release, Task, TaxonomyVersion
from labeling.queries.contents import contents_at
from labeling.textdiff import Line, diff, with_words

PAGE = 20
# Of a gold entry: its item as it is now is in a round that is open, or settled and not yet in a release.
IS_ASKED_ANEW = Exists(
    Task.objects.real()
    .filter(item=OuterRef("item"), item_revision=OuterRef("item__revision"))
    .exclude(round__state=RoundState.CANCELLED)
)


@dataclass(frozen=True)
class StaleRow:
    """A gold item whose text changed: what was labelled against what is there. Neither its labels nor its split."""

    entry: GoldEntry
    is_asked: bool  # with raters already
    documents: tuple[tuple[str, list[Line]], ...]  # (kind, what changed)


@dataclass(frozen=True)
class StalePage:
    rows: list[StaleRow]
    total: int
    asked: int
    next: int | None


def newest_releases(project: Project) -> list[Release]:
    """The newest release of each golden set, the last frozen first."""
    found = Release.objects.filter(golden_set__project=project).select_related(
        "golden_set__project", "taxonomy_version", "round", "guideline"
    )
    newest: dict[int, Release] = {}
    for release in found.order_by("-number"):
        newest.setdefault(release.golden_set_id, release)
    return sorted(newest.values(), key=lambda one: -one.pk)


def being_asked(version: TaxonomyVersion) -> set[int]:
    """Items that are in an open round on this taxonomy version: answers on an older one do not say what is asked."""
    tasks = Task.objects.real().filter(round__taxonomy_version=version, round__state=RoundState.OPEN)
    return set(tasks.exclude(state=TaskState.CANCELLED).values_list("item_id", flat=True))


def stale_entries(releases: Iterable[Release]) -> QuerySet[GoldEntry]:
    """Entries whose item's normalised text differs from the one that was labelled; compared by the stored hashes."""
    return (
        GoldEntry.objects.filter(release__in=list(releases))
        .exclude(text_digest=F("item__text_digest"))
        .order_by("external_id", "-release_id")
    )


def stale_page(project: Project, *, start: int = 0) -> StalePage:
    """A page of changed items with what changed; a fixed number of queries."""
    entries = stale_entries(newest_releases(project))
    first: dict[int, tuple[int, bool]] = {}  # an item in two golden sets is one row
    for pk, item, is_asked in entries.annotate(is_asked=IS_ASKED_ANEW).values_list("pk", "item_id", "is_asked"):
        first.setdefault(item, (pk, is_asked))
    order = list(first.values())
    shown = order[start : start + PAGE]
    found = entries.select_related("item", "release__golden_set").in_bulk([pk for pk, _ in shown])
    now = contents_at((entry.item, entry.item.revision) for entry in found.values())
    rows = [
        StaleRow(
            entry=found[pk],
            is_asked=is_asked,
            documents=tuple(_differences(found[pk].content["documents"], now[found[pk].item_id].documents)),
        )
        for pk, is_asked in shown
    ]
    return StalePage(
        rows=rows,
        total=len(order),
        asked=sum(is_asked for _, is_asked in order),
        next=start + PAGE if start + PAGE < len(order) else None,
    )


def _differences(old: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]]) -> Iterator[tuple[str, list[Line]]]:
    """Document by document, by place; one that is gone or new is all removed or all added."""
    before, after = list(old), list(new)
    for place in range(max(len(before), len(after))):
        one = before[place] if place < len(before) else None
        other = after[place] if place < len(after) else None
        lines = diff(one["text"] if one else "", other["text"] if other else "")
        if lines:
            yield str((other or one or {})["kind"]), with_words(lines)
