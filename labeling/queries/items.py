"""Items for browsing: pages by key, search, and one item with what uses it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from labeling.enums import ImportKind
from labeling.models import ImportJob, Item, Project, Round
from labeling.queries.contents import contents_at
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
        items = items.annotate(_attribute=KeyTextTransform(attribute, "attributes")).filter(_attribute=value)
    if not text and not attribute:
        total = items.count()
    page = list(items.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    more = len(page) > PAGE
    return Found(items=page[:PAGE], total=total, next=page[PAGE - 1].pk if more else None)


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
