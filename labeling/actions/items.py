"""Writes items: new ones are added, changed ones keep their old content as a revision, equal ones are left alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction

from labeling import digest
from labeling.actions.tables import insert_many
from labeling.files.items import SET_APART, ItemRow
from labeling.models import Document, ImportJob, Item, ItemRevision, Project, SetApart
from labeling.queries.contents import contents_at


@dataclass(frozen=True)
class Written:
    """How many items a batch added, changed and found unchanged."""

    added: int
    updated: int
    unchanged: int


@transaction.atomic
def write_items(*, project: Project, rows: Sequence[ItemRow], job: ImportJob | None = None) -> Written:
    """Write a batch of rows with different ids; a fixed number of queries."""
    keys = [row.external_id for row in rows]
    known = {item.external_id: item for item in Item.objects.filter(project=project, external_id__in=keys)}
    new: list[tuple[ItemRow, Item]] = []
    changed: list[tuple[ItemRow, Item]] = []
    for row in rows:
        hashed = digest.item_digest(name=row.name, attributes=row.attributes, documents=row.documents)
        there = known.get(row.external_id)
        if there is not None and there.digest == hashed:
            continue
        item = Item(
            pk=there.pk if there else None,
            public_id=there.public_id if there else Item._meta.get_field("public_id").get_default(),
            project=project,
            external_id=row.external_id,
            name=row.name,
            attributes=row.attributes,
            revision=there.revision + 1 if there else 1,
            digest=hashed,
            text_digest=digest.text_digest(document["text"] for document in row.documents),
            added_by=there.added_by if there else job,
        )
        (changed if there else new).append((row, item))
    insert_many([item for _, item in new])
    if changed:
        _archive([known[row.external_id] for row, _ in changed], job)
        Item.objects.bulk_update(
            [item for _, item in changed], ["name", "attributes", "revision", "digest", "text_digest"]
        )
        Document.objects.filter(item__in=[item for _, item in changed]).delete()
    insert_many([Document(item=item, **document) for row, item in [*new, *changed] for document in row.documents])
    return Written(added=len(new), updated=len(changed), unchanged=len(rows) - len(new) - len(changed))


@transaction.atomic
def write_set_apart(*, project: Project, name: str, text: str, origin: str) -> Item:
    """Write a text that somebody made up as an item that is not of the collection; nothing changes it later."""
    document = {"position": 0, "kind": "text", "text": text, "source_url": "", "fetched_at": "", "page": None}
    key = f"{SET_APART}{uuid4()}"
    item = Item.and_set_apart.create(
        project=project, external_id=key, name=name,
        digest=digest.item_digest(name=name, attributes={}, documents=[document]),
        text_digest=digest.text_digest([text]),
    )  # fmt: skip
    Document.objects.create(item=item, **document)
    SetApart.objects.create(item=item, origin=origin)
    return item


def _archive(items: Sequence[Item], job: ImportJob | None) -> None:
    contents = contents_at((item, item.revision) for item in items)
    ItemRevision.objects.bulk_create(
        ItemRevision(
            item=item,
            number=item.revision,
            content=contents[item.pk].as_dict(),
            digest=item.digest,
            text_digest=item.text_digest,
            replaced_by=job,
        )
        for item in items
    )
