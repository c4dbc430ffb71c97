"""Every stored hash against what it should be."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from evaluation.actions.prompts import Recipe
from evaluation.models import PromptVersion
from labeling import digest
from labeling.actions.golden import recompute_digest
from labeling.actions.taxonomy import digest_of_version
from labeling.enums import VersionStatus
from labeling.models import Item, Release, TaxonomyVersion
from labeling.queries.contents import contents_at

BATCH = 2000


@dataclass
class Checked:
    """How many of each were recomputed, and which differ."""

    checked: dict[str, int] = field(default_factory=dict)
    mismatches: list[str] = field(default_factory=list)

    def note(self, kind: str, name: str, *, stored: str, found: str) -> None:
        self.checked[kind] = self.checked.get(kind, 0) + 1
        if stored != found:
            self.mismatches.append(f"{kind} {name}: stored {stored[:12]}, recomputed {found[:12]}")


def check_hashes() -> Checked:
    """Recompute the hashes of items, taxonomy versions, releases with their entries, and prompt versions."""
    checked = Checked(checked=dict.fromkeys(("items", "taxonomies", "releases", "entries", "prompts"), 0))
    for items in _items():
        contents = contents_at((item, item.revision) for item in items)
        for item in items:
            content = contents[item.pk]
            found = digest.item_digest(name=content.name, attributes=content.attributes, documents=content.documents)
            checked.note("items", item.external_id, stored=item.digest, found=found)
    published = TaxonomyVersion.objects.filter(status=VersionStatus.PUBLISHED).select_related("project")
    for version in published:
        name = f"{version.project.slug} v{version.number}"
        checked.note("taxonomies", name, stored=version.digest, found=digest_of_version(version))
    for release in Release.objects.select_related("golden_set__project", "taxonomy_version", "guideline"):
        name = f"{release.golden_set.project.slug} {release}"
        checked.note("releases", name, stored=release.digest, found=recompute_digest(release))
        entries = release.entries.values_list("external_id", "content", "item_digest")
        for key, content, stored in entries.iterator(chunk_size=BATCH):
            checked.note("entries", f"{name} {key}", stored=stored, found=digest.item_digest(**content))
    for prompt in PromptVersion.objects.select_related("prompt__project"):
        recipe = Recipe(prompt.strategy, prompt.model, prompt.template, prompt.parameters)
        checked.note("prompts", f"{prompt.prompt.project.slug} {prompt}", stored=prompt.digest, found=recipe.digest())
    return checked


def _items() -> Iterator[list[Item]]:
    last = 0
    while items := list(Item.and_set_apart.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield items
        last = items[-1].pk
