"""A run's errors as triage needs them: found, described, and those of them that may be shown."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from evaluation.models import ErrorCategory, Triage, TriageError, TriageJudgement, TriageProposal
from evaluation.queries.pairing import Paired
from evaluation.stats.error_clusters import LETTERS, Described
from evaluation.stats.errors import errors_of
from labeling.enums import Split
from labeling.models import GoldEntry, Project
from labeling.queries.held_out import held_out_entries


@dataclass(frozen=True)
class Found:
    """One error: the place of its item in the pairing, and what stands for what ("" for nothing)."""

    at: int
    kind: str
    gold: str
    predicted: str


@dataclass(frozen=True)
class Standing:
    """What people say of one error now: each person's newest judgement that names a category."""

    given: tuple[TriageJudgement, ...]

    @property
    def category(self) -> int:
        """Of several people the newest counts."""
        return max(self.given, key=lambda one: one.pk).category_id or 0


def errors_in(paired: Paired, *, without: Collection[int] = ()) -> list[Found]:
    """Every error of a pairing once, in the order of gold; none of the items in `without`."""
    found = []
    errors = errors_of([entry.labels for entry in paired.gold], paired.predicted, paired.parents)
    for at, one in enumerate(errors):
        if paired.gold[at].item_id in without:
            continue
        found += [Found(at, "omission", code, "") for code in one.omissions]
        found += [Found(at, "hallucination", "", code) for code in one.hallucinations]
        found += [Found(at, how, gold, said) for gold, said, how in one.wrong]
    return found


def described(error: Found, paired: Paired) -> Described:
    """An error with its text: what was quoted for its labels first, then the item's own words."""
    entry, said = paired.gold[error.at], paired.said[error.at]
    quotes = [one["text"] for one in entry.evidence if one.get("code") == error.gold and one.get("text")]
    if said and error.predicted in said.quotes:
        quotes.append(said.quotes[error.predicted])
    texts = [str(document["text"]) for document in entry.documents]
    return Described("\n".join([*quotes, *texts])[:LETTERS], error.kind, error.gold, error.predicted)


def held_out_items(triage: Triage) -> set[int]:
    """Items of a triage's dev split that are, or whose text is, in the test split of any release of the project."""
    test = held_out_entries(triage.release.golden_set.project_id)
    mine = GoldEntry.objects.filter(release=triage.release, split=Split.DEV)
    same, twin = test.filter(item=OuterRef("item")), test.filter(text_digest=OuterRef("text_digest"))
    return set(mine.filter(Exists(same) | Exists(twin)).values_list("item_id", flat=True))


def visible(triage: Triage) -> QuerySet[TriageError]:
    """The errors that may be looked at: an item that was held out later is gone."""
    dev = GoldEntry.objects.filter(release=triage.release, split=Split.DEV)
    return TriageError.objects.filter(triage=triage, item__in=dev.values("item")).exclude(
        item__in=held_out_items(triage)
    )


def categories(project: Project, *, with_retired: bool = False) -> list[ErrorCategory]:
    """A project's categories in their order."""
    found = ErrorCategory.objects.filter(project=project)
    return list(found if with_retired else found.filter(is_retired=False))


def standings(errors: Iterable[int] | QuerySet[Any, Any]) -> dict[int, Standing]:
    """What people say of each error that somebody has judged."""
    newest: dict[tuple[int, int | None, str], TriageJudgement] = {}
    rows = TriageJudgement.objects.filter(error__in=errors).select_related("proposal", "error").order_by("pk")
    for one in rows.iterator(chunk_size=2000):
        newest[one.error_id, one.by_id, one.operator] = one
    by_error: dict[int, list[TriageJudgement]] = defaultdict(list)
    for (error, _, _), one in newest.items():
        if one.category_id:
            by_error[error].append(one)
    return {error: Standing(tuple(given)) for error, given in by_error.items()}


def newest_proposals(errors: QuerySet[TriageError]) -> dict[int, TriageProposal]:
    """The newest proposal for each error that has one."""
    rows = TriageProposal.objects.filter(error__in=errors).select_related("category").order_by("pk")
    return {one.error_id: one for one in rows.iterator(chunk_size=2000)}
