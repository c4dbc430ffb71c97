"""What is held out, and what of a test split is so no longer."""

from dataclasses import dataclass

from django.db.models import Count, Min, OuterRef, Q, QuerySet

from labeling.enums import Split
from labeling.models import GoldEntry, Project, Release, RetiredTest
from labeling.queries.earlier_splits import worth_sentences


def held_out_entries(project: Project | int | OuterRef) -> QuerySet[GoldEntry]:
    """The entries of all test splits of a project, but for those that were retired."""
    return GoldEntry.objects.filter(
        release__golden_set__project=project, split=Split.TEST, release__retirement__isnull=True
    )


def alike_in_test(release: Release) -> list[int]:
    """The releases of the project with half or more of its test items in their test split, itself among them.

    A look at one of them is a look at the others: splits stick, so a later release mostly holds the same out.
    """
    mine = GoldEntry.objects.filter(release=release, split=Split.TEST)
    project = release.golden_set.project_id
    same = GoldEntry.objects.filter(
        release__golden_set__project=project, split=Split.TEST, text_digest__in=mine.values("text_digest")
    )
    shared = same.values("release").annotate(items=Count("pk")).order_by()
    size = release.counts["splits"]["test"]
    return [row["release"] for row in shared if 2 * row["items"] >= size]


@dataclass(frozen=True)
class Worth:
    """What a test split is still worth."""

    items: int  # in it
    read: int  # of them in dev or fewshot of a later release
    since: str  # the first of those
    retirement: RetiredTest | None
    notes: list[str]  # what makes its figures worth less from the start

    @property
    def obstacle(self) -> str:
        """Why figures on it prove little by now, as a sentence; empty if nothing speaks against them."""
        said = []
        if self.read:
            said.append(
                f"{self.read:,} of the {self.items:,} test items are no longer held out since {self.since}, which "
                "shows their gold."
            )
        if self.retirement:
            said.append(
                f"This test split was retired with {self.retirement.by_release}: {self.retirement.reason.rstrip('.')}."
            )
        return " ".join(said)

    @property
    def sentences(self) -> list[str]:
        """All of it."""
        return [one for one in (self.obstacle, *self.notes) if one]


def worth_of_test(release: Release) -> Worth:
    """What the test split of a release is worth; two queries, four where some of it is read."""
    items, project = release.counts["splits"]["test"], release.golden_set.project_id
    retirement = RetiredTest.objects.filter(release=release).select_related("by_release__golden_set").first()
    read, since = 0, ""
    mine = GoldEntry.objects.filter(release=release, split=Split.TEST)
    later = GoldEntry.objects.filter(
        release__golden_set__project=project, release__gt=release.pk, split__in=(Split.DEV, Split.FEWSHOT)
    )
    same = Q(item__in=mine.values("item")) | Q(text_digest__in=mine.values("text_digest"))
    first = later.filter(same).aggregate(first=Min("release"))["first"]
    if first is not None:
        read = mine.filter(Q(item__in=later.values("item")) | Q(text_digest__in=later.values("text_digest"))).count()
        since = str(Release.objects.select_related("golden_set").get(pk=first))
    return Worth(
        items=items, read=read, since=since, retirement=retirement,
        notes=worth_sentences(release.counts.get("earlier", {}), items),
    )  # fmt: skip
