"""What an item said at a revision: its current content, or the archived one if a later import changed it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from labeling.models import Document, Item, ItemRevision, Task


@dataclass(frozen=True)
class Content:
    """An item as it was at one revision."""

    name: str
    attributes: dict[str, Any]
    documents: tuple[dict[str, Any], ...]  # position, kind, text, source_url, fetched_at, page
    digest: str
    text_digest: str

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "attributes": self.attributes, "documents": list(self.documents)}


DOCUMENT_FIELDS = ("position", "kind", "text", "source_url", "fetched_at", "page")


def content_of(task: Task) -> Content:
    """What a task shows: the item at the revision pinned when the task was made."""
    return contents_at([(task.item, task.item_revision)])[task.item_id]


def contents_at(wanted: Iterable[tuple[Item, int]]) -> dict[int, Content]:
    """The contents of items at given revisions, by item id; two queries, however many items."""
    current: dict[int, Item] = {}
    archived: dict[int, int] = {}
    for item, revision in wanted:
        if revision == item.revision:
            current[item.pk] = item
        else:
            archived[item.pk] = revision
    documents: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Document.objects.filter(item__in=current.keys()).order_by("item_id", "position")
    for row in rows.values("item_id", *DOCUMENT_FIELDS):
        documents[row.pop("item_id")].append(row)
    found = {
        pk: Content(item.name, item.attributes, tuple(documents[pk]), item.digest, item.text_digest)
        for pk, item in current.items()
    }
    if archived:
        for old in ItemRevision.objects.filter(item__in=archived.keys()):
            if archived[old.item_id] == old.number:
                found[old.item_id] = Content(
                    old.content["name"],
                    old.content["attributes"],
                    tuple(old.content["documents"]),
                    old.digest,
                    old.text_digest,
                )
    return found
