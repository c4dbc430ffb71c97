"""Items for browsing: pages by key, search, and one item with what uses it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.enums import ImportKind
from labeling.models import ImportJob, Item, ItemRevision, Project, Round
from labeling.queries.attributes import attribute_text
from labeling.queries.contents import DOCUMENT_FIELDS, contents_at
from labeling.segments import Segment, sentences

PAGE = 50


@dataclass(frozen=True)
class Found:
    """A page of items and the key of the next one."""

    items: list[Item]
    total: int | None  # known where it costs little
    next: int | None


def search_items(project: Project, *, text: str = "", attribute: str = "", value: str = "", after: int = 0) -> Found:
    """Items by id or name, and by one attribute that the caller has checked; 50 a page."""
    items = Item.objects.filter(project=project)
    total = None
    if text:
        items = items.filter(Q(external_id__startswith=text) | Q(name__icontains=text))
    if attribute:
        items = items.annotate(_attribute=attribute_text(attribute)).filter(_attribute=value)
    if not text and not attribute:
        total = items.count()
    page = list(items.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    more = len(page) > PAGE
    return Found(items=page[:PAGE], total=total, next=page[PAGE - 1].pk if more else None)


def find_items(
    project: Project,
    *,
    external_id: str = "",
    attribute: str = "",
    value: str = "",
    changed_since: datetime | None = None,
) -> QuerySet[Item]:
    """Items by exact values; the caller has checked the attribute's name. An item changed when an import that was
    finished then, or is still at work, replaced what it said."""
    items = Item.objects.filter(project=project)
    if external_id:
        items = items.filter(external_id=external_id)
    if attribute:
        items = items.annotate(_attribute=attribute_text(attribute)).filter(_attribute=value)
    if changed_since is not None:
        late = Q(replaced_by__finished_at__gte=changed_since) | Q(replaced_by__finished_at__isnull=True)
        changed = ItemRevision.objects.filter(late, item=OuterRef("pk"))
        items = items.filter(Q(created_at__gte=changed_since) | Exists(changed))
    return items


ROWS_AT_ONCE = 500


def item_rows(items: QuerySet[Item]) -> Iterator[dict[str, Any]]:
    """The items as rows that an import reads, by external id, read from the database as they are taken."""
    whole = items.order_by("external_id").prefetch_related("documents")
    for item in whole.iterator(chunk_size=ROWS_AT_ONCE):
        documents = sorted(item.documents.all(), key=lambda document: document.position)
        yield {
            "external_id": item.external_id,
            "name": item.name,
            "attributes": item.attributes,
            "documents": [{name: getattr(one, name) for name in DOCUMENT_FIELDS} for one in documents],
        }


@dataclass(frozen=True)
class ItemPage:
    """An item with its documents in sentences, and the rounds it is in."""

    item: Item
    documents: list[tuple[dict[str, Any], list[Segment]]]
    rounds: list[Round]
    revisions: int


def item_page(item: Item) -> ItemPage:
    content = contents_at([(item, item.revision)])[item.pk]
    return ItemPage(
        item=item,
        documents=[(document, sentences(document["text"])) for document in content.documents],
        rounds=list(Round.objects.filter(tasks__item=item).order_by("-created_at")),
        revisions=item.revisions.count(),
    )


def imports_of(project: Project, kind: ImportKind = ImportKind.ITEMS, *, limit: int = 30) -> list[ImportJob]:
    return list(
        ImportJob.objects.filter(project=project, kind=kind)
        .select_related("created_by")
        .order_by("-created_at")[:limit]
    )
