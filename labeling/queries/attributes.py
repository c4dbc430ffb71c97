"""Which attributes a project's items have, and how they are distributed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from labeling.models import GoldEntry, Item, Project, Release

SCANNED = 2000  # enough to see every attribute that is not vanishingly rare


def attribute_names(project: Project) -> list[str]:
    """The attribute names of the project's items, the most common first, from its first items."""
    rows = Item.objects.filter(project=project).order_by("pk").values_list("attributes", flat=True)[:SCANNED]
    seen = Counter(name for attributes in rows for name in attributes)
    return [name for name, _ in sorted(seen.items(), key=lambda pair: (-pair[1], pair[0]))]


def attribute_text(name: str) -> Cast:
    """An attribute's value as text: of what SQLite takes out of JSON, a comparison would expect JSON again."""
    return Cast(KeyTextTransform(name, "attributes"), TextField())


@dataclass(frozen=True)
class ValueCount:
    """A value of an attribute: how many items have it, and how many of these are in gold."""

    name: str
    value: str
    items: int
    gold: int


def value_counts(project: Project, names: Sequence[str], releases: Sequence[Release]) -> list[ValueCount]:
    """The values of these attributes that are not blank, counted by the database; one query."""
    if not names:
        return []
    in_gold = Exists(GoldEntry.objects.filter(item=OuterRef("pk"), release__in=releases))
    first, *rest = (_counted(project, name).annotate(gold=Count("pk", filter=in_gold)) for name in names)
    rows = first.union(*rest, all=True).values_list("attribute", "value", "items", "gold")
    return [ValueCount(*row) for row in rows if row[1]]


def _counted(project: Project, name: str) -> "QuerySet[Item, dict[str, object]]":
    items = Item.objects.filter(project=project).annotate(
        attribute=Value(name, TextField()), value=attribute_text(name)
    )
    return items.order_by().values("attribute", "value").annotate(items=Count("pk"))
