"""Which attributes a project's items have, and how they are distributed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count, Exists, Max, OuterRef, Sum, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from labeling.digest import digest_of
from labeling.models import GoldEntry, Item, Project, Release
from reviewapp import __version__

LARGE = 10_000  # items from which on it is worth it
KEPT = 3600  # seconds
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
    """A value of an attribute, blank where an item has none: how many items have it, and how many of them gold."""

    name: str
    value: str
    items: int
    gold: int


def value_counts(project: Project, names: Sequence[str], releases: Sequence[Release] = ()) -> list[ValueCount]:
    """The values of these attributes and the gold of the releases among them. Those of many items are kept for an hour
    or until the next import."""
    if not names:
        return []
    seen = Item.and_set_apart.filter(project=project).aggregate(number=Count("pk"), newest=Max("pk"))
    if seen["number"] < LARGE:
        return _counted(project, names, releases)
    imports = project.imports.aggregate(number=Count("pk"), rows=Sum("rows_read"), ended=Max("finished_at"))
    mark = [project.slug, *map(str, (*seen.values(), *imports.values())), *names, *(one.digest for one in releases)]
    key = f"values:{__version__}:{digest_of(mark)}"
    found: list[ValueCount] | None = cache.get(key)
    if found is None:
        found = _counted(project, names, releases)
        cache.set(key, found, KEPT)
    return found


def _counted(project: Project, names: Sequence[str], releases: Sequence[Release]) -> list[ValueCount]:
    """One query."""
    in_gold = Exists(GoldEntry.objects.filter(item=OuterRef("pk"), release__in=releases))
    items = Item.objects.filter(project=project).order_by()
    first, *rest = (
        items.annotate(attribute=Value(name, TextField()), value=Coalesce(attribute_text(name), Value("", TextField())))
        .values("attribute", "value")
        .annotate(items=Count("pk"), gold=Count("pk", filter=in_gold) if releases else Value(0))
        for name in names
    )
    rows = first.union(*rest, all=True).values_list("attribute", "value", "items", "gold")
    return [ValueCount(*row) for row in rows]
