"""The ratings that agreement is measured on: counted answers, one a rater and item, adjudicators' decisions never."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from labeling.models import Revision, RevisionLabel, Round
from labeling.models.annotations import RevisionQuerySet


def counted_answers(in_round: Round) -> RevisionQuerySet:
    """The revisions that agreement is measured on.

    An answer that was returned to its rater counts as it was before, whatever came after: if returned ones dropped out,
    agreement would rise by asking again. Hidden checks count not at all.
    """
    stands = Q(annotation__is_counted=True, annotation__taken_back_at__isnull=True)
    was_returned = Q(annotation__independent_revision__isnull=False)
    return Revision.objects.independent().filter(
        stands | was_returned, annotation__task__round=in_round, annotation__task__gold__isnull=True
    )


def ratings_of(in_round: Round) -> list[tuple[str, str, frozenset[str]]]:
    """(item, rater, labels) for each counted answer, in a fixed order; two queries.

    Raters are named by their public ids: agreement needs to tell them apart, not to know them.
    """
    newest = counted_answers(in_round)
    rows = newest.values_list("pk", "annotation__task__item__external_id", "annotation__rater__public_id")
    chosen: dict[int, set[str]] = defaultdict(set)
    for revision, code in RevisionLabel.objects.filter(revision__in=newest).values_list("revision_id", "label__code"):
        chosen[revision].add(code)
    return sorted(
        ((item, str(rater), frozenset(chosen.get(pk, ()))) for pk, item, rater in rows.iterator(chunk_size=5000)),
        key=lambda rating: rating[:2],
    )


def numbers_of_raters(ratings: Iterable[tuple[str, str, frozenset[str]]]) -> dict[str, str]:
    """Rater 1, Rater 2, ... by public id, for those who may not know names: the same for the same round."""
    return {rater: f"Rater {number}" for number, rater in enumerate(sorted({one for _, one, _ in ratings}), start=1)}
