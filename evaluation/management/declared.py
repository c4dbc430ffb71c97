"""What a command is told to declare before it looks: labels and slices that matter too."""

from labeling.labelnames import AmbiguousLabel, NamedLabel, Resolver, UnknownLabel
from labeling.models import Release
from reviewapp.common.errors import Refused


def labels_named(release: Release, said: str) -> list[str]:
    """The codes of a list of labels, each a code, a path or a unique name."""
    labels = release.taxonomy_version.labels.order_by("position").values_list("code", "name", "parent__code")
    try:
        return Resolver(NamedLabel(*row) for row in labels).resolve_all(parts_of(said))
    except (UnknownLabel, AmbiguousLabel) as error:
        raise Refused(f"{error}.") from error


def slices_named(said: str) -> list[tuple[str, str]]:
    found = []
    for part in parts_of(said):
        attribute, separator, value = part.partition("=")
        if not separator:
            raise Refused(f"“{part}” is no slice: write attribute=value, for example region=Europe.")
        found.append((attribute.strip(), value.strip()))
    return found


def parts_of(said: str) -> list[str]:
    return [part.strip() for part in said.split(",") if part.strip()]
