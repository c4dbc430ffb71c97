"""Answers as the API lists them: a round's by name for those who may know names, and one's own."""

from django.db.models import Prefetch, QuerySet

from labeling import visibility
from labeling.models import Annotation, Revision, RevisionLabel, Round, User
from reviewapp.common.errors import NotAllowed

CHOSEN = Prefetch("chosen", RevisionLabel.objects.select_related("label").order_by("label__position"))


def answers_in(in_round: Round, *, viewer: User) -> QuerySet[Revision]:
    """The newest revision of each answer that counts, for managers and analysts; without hidden checks."""
    if not visibility.may_see_names(viewer, in_round.project):
        raise NotAllowed("Your role in this project does not include seeing who answered what.")
    newest = Revision.objects.newest().filter(
        annotation__task__round=in_round,
        annotation__task__gold__isnull=True,
        annotation__is_counted=True,
        annotation__taken_back_at__isnull=True,
    )
    return newest.select_related("annotation__task__item", "annotation__rater").prefetch_related(CHOSEN)


def own_in(in_round: Round, user: User) -> QuerySet[Annotation]:
    """One's own answers in a round, as they stand."""
    mine = visibility.own_annotations(user).filter(task__round=in_round, taken_back_at__isnull=True)
    newest = Prefetch("revisions", Revision.objects.newest().prefetch_related(CHOSEN))
    return mine.select_related("task__item", "task__round").prefetch_related(newest)
