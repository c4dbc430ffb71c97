"""Which attributes a project's items have, and how they are distributed."""

from collections import Counter

from labeling.models import Item, Project

SCANNED = 2000  # enough to see every attribute that is not vanishingly rare


def attribute_names(project: Project) -> list[str]:
    """The attribute names of the project's items, the most common first, from its first items."""
    rows = Item.objects.filter(project=project).order_by("pk").values_list("attributes", flat=True)[:SCANNED]
    seen = Counter(name for attributes in rows for name in attributes)
    return [name for name, _ in sorted(seen.items(), key=lambda pair: (-pair[1], pair[0]))]
