"""What a run may know: the taxonomy, and examples from the fewshot split only. Nothing here reads dev or test gold."""

from collections.abc import Collection, Iterable

from evaluation.enums import RunOrigin
from evaluation.llm.protocol import DocText, Example, ItemText, LabelSpec
from evaluation.models import CaseText, Run
from evaluation.queries.disturbed import disturbed
from labeling.enums import Split
from labeling.models import Document, GoldEntry, Item, Label, Release, TaxonomyVersion


def label_specs(version: TaxonomyVersion) -> tuple[LabelSpec, ...]:
    labels = Label.objects.filter(version=version).select_related("parent").order_by("position")
    return tuple(
        LabelSpec(
            code=label.code,
            name=label.name,
            definition=label.definition,
            parent_code=label.parent.code if label.parent else None,
            examples=tuple(label.examples),
        )
        for label in labels
    )


def examples(release: Release | None) -> tuple[Example, ...]:
    """The fewshot split of a release, in a fixed order."""
    if release is None:
        return ()
    entries = release.entries.filter(split=Split.FEWSHOT).order_by("external_id")
    return tuple(Example(item=_text(entry.external_id, entry.content), labels=tuple(entry.labels)) for entry in entries)


def _text(external_id: str, content: dict) -> ItemText:  # type: ignore[type-arg]
    documents = tuple(DocText(kind=document["kind"], text=document["text"]) for document in content["documents"])
    return ItemText(external_id=external_id, name=content["name"], documents=documents)


def texts_for(run: Run, items: Collection[int]) -> dict[int, ItemText]:
    """What a run reads of some items: as its release froze them, or else as they are now. Never a label.

    A run on the edge-case bank reads what its cases said when they were put in. The texts of a run of a stress suite
    are disturbed as it says.
    """
    if run.release_id is None:
        found = item_texts(Item.and_set_apart.filter(pk__in=items))
        if run.origin == RunOrigin.BANK:
            found |= _case_texts(run, items)
    else:
        found = frozen_texts(run.release_id, items)
    return disturbed(found, run) if run.perturbation else found


def frozen_texts(release_id: int, items: Collection[int]) -> dict[int, ItemText]:
    """The texts of items as a release froze them, by their id; one query."""
    entries = GoldEntry.objects.filter(release=release_id, item__in=items)
    rows = entries.values_list("item_id", "external_id", "content")
    return {item: _text(key, content) for item, key, content in rows}


def _case_texts(run: Run, items: Collection[int]) -> dict[int, ItemText]:
    """The texts of the cases that were in the bank when a run on it was started, by their item's id; one query."""
    frozen = CaseText.objects.filter(case__item__in=items, case__created_at__lte=run.created_at).order_by("case_id")
    rows = frozen.values_list("case__item_id", "case__item__external_id", "content")
    return {item: _text(key, content) for item, key, content in rows}


def item_texts(items: Iterable[Item]) -> dict[int, ItemText]:
    """The current texts of items, by their id; one query."""
    items = list(items)
    documents: dict[int, list[DocText]] = {item.pk: [] for item in items}
    rows = Document.objects.filter(item__in=items).order_by("item_id", "position")
    for item_id, kind, text in rows.values_list("item_id", "kind", "text"):
        documents[item_id].append(DocText(kind=kind, text=text))
    return {
        item.pk: ItemText(external_id=item.external_id, name=item.name, documents=tuple(documents[item.pk]))
        for item in items
    }
