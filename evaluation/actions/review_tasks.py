"""The reviewer's work: taking the next task, answering it, putting it off, and taking an answer back."""

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from evaluation.enums import PanelState, ReviewState, ReviewTaskState
from evaluation.models import PanelOutput, Review, ReviewRevision, ReviewTask
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.sights import note_sights
from labeling.enums import Purpose, Role, RoundState
from labeling.models import Label, Sight, Task, User
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed, Refused

TRIES, AT_ONCE = 10, 64  # so many people may ask in one moment
NOTE_MAX = 5000
LEFT_MOST = 1000  # tasks that are counted for one click
SECONDS_MAX = 6 * 60 * 60
PUT_OFF = 2**41  # behind every place that was drawn


def check_can_review(user: User, review: Review) -> None:
    """Adjudicators work the queue, while the review is open."""
    rules.check_role(user, review.project, Role.ADJUDICATOR)
    rules.check_not_archived(review.project)
    if review.project.paused_at:
        raise NotAllowed("This project is paused. What you did is kept.")
    if review.state != ReviewState.OPEN:
        raise NotAllowed("This review is not open.")


def for_person(tasks: QuerySet[ReviewTask], review: Review, user: User) -> QuerySet[ReviewTask]:
    """The tasks that a person may be shown.

    Who may rate or settle an item in an open round, or rule on it in an open panel, must not see what a model said of
    it. Who can see answers elsewhere, or was shown one on this item, gets no task that is shown without its prediction.
    """
    if rules.roles(user, review.project) & {str(role) for role in rules.SEES_ANSWERS}:
        return tasks.filter(is_blind=False)
    seen = Sight.objects.filter(user=user, item=OuterRef("item"))
    rounds = Task.objects.filter(item=OuterRef("item"), round__state=RoundState.OPEN)
    rounds = rounds.exclude(round__purpose=Purpose.IMPORTED)
    panels = PanelOutput.objects.filter(item=OuterRef("item"), panel__state=PanelState.OPEN)
    return tasks.filter(~Exists(rounds), ~Exists(panels), Q(is_blind=False) | ~Exists(seen))


def waiting(review: Review, user: User) -> QuerySet[ReviewTask]:
    """What is open for a person, in no order."""
    return for_person(review.tasks.filter(state=ReviewTaskState.OPEN), review, user)


def left_for(review: Review, user: User) -> int:
    """How many are open for a person, counted up to LEFT_MOST: a million are not counted at each click."""
    return waiting(review, user)[:LEFT_MOST].count()


def claim_task(*, review: Review, by: User) -> ReviewTask | None:
    """The task that the person holds, or the next one, noting that they see it; None where nothing is left for them."""
    check_can_review(by, review)
    now = clock.now()
    until = now + timedelta(seconds=review.lease_seconds)
    mine = review.tasks.filter(state=ReviewTaskState.LEASED, reviewer=by)
    held = for_person(mine, review, by).order_by("place").first()
    if held and mine.filter(pk=held.pk).update(leased_until=until):
        return _seen(held, by)
    ran_out = review.tasks.filter(state=ReviewTaskState.LEASED, leased_until__lt=now)
    for attempt in range(TRIES):
        among = AT_ONCE if attempt else 1  # whoever was beaten to the first takes any of the next
        free = list(waiting(review, by).order_by("place", "pk")[:among])
        free = free or list(for_person(ran_out, review, by).order_by("place", "pk")[:among])
        if not free:
            return None
        task = secrets.choice(free)
        same = Q(state=ReviewTaskState.OPEN) | Q(state=ReviewTaskState.LEASED, leased_until__lt=now)
        taken = ReviewTask.objects.filter(same, pk=task.pk)  # one statement: of two that ask at once, one gets it
        if taken.update(state=ReviewTaskState.LEASED, reviewer=by, leased_until=until):
            task.refresh_from_db()
            return _seen(task, by)
    raise Conflict("Many people ask for work at this moment. Try again.")


def _seen(task: ReviewTask, by: User) -> ReviewTask:
    """Whoever is shown what a model says of an item labels it in no round after that."""
    if not task.is_blind:
        note_sights(user=by, items=[task.item_id])
    return task


@transaction.atomic
def submit_review(
    *, task: ReviewTask, labels: Collection[str], after: int, by: User, note: str = "", seconds: float | None = None
) -> ReviewRevision:
    """Record what a person says of an item: all labels that apply. `after` is the revision their page was made from."""
    task = ReviewTask.objects.select_for_update(of=("self",)).select_related(
        "review__project", "review__run", "prediction"
    ).get(pk=task.pk)  # fmt: skip
    check_can_review(by, task.review)
    if task.reviewer_id != by.pk or task.revision != after or task.state == ReviewTaskState.DONE:
        raise Conflict("This task was answered or taken over meanwhile, on another page or by somebody else.")
    codes = sorted(set(labels))
    known = set(Label.objects.filter(version=task.review.run.taxonomy_version_id).values_list("code", flat=True))
    if unknown := [code for code in codes if code not in known]:
        raise Refused(f"“{unknown[0]}” is not a label of this taxonomy.")
    if len(note) > NOTE_MAX:
        raise Refused(f"A note has at most {NOTE_MAX:,} characters.")
    said = {label["code"] for label in task.prediction.labels} & known
    now = clock.now()
    made = ReviewRevision.objects.create(
        task=task, number=task.revision + 1, labels=codes, predicted=len(said), kept=len(said & set(codes)),
        added=len(set(codes) - said), was_blind=task.is_blind, note=note.strip(),
        seconds=_all_seconds(task, seconds), by=by, created_at=now,
    )  # fmt: skip
    task.state, task.leased_until, task.revision, task.done_at = ReviewTaskState.DONE, None, made.number, now
    task.save(update_fields=["state", "leased_until", "revision", "done_at"])
    return made


def _all_seconds(task: ReviewTask, seconds: float | None) -> float | None:
    """With those of an answer that was taken back: they were work on this item too."""
    if seconds is None or not 0 <= seconds <= SECONDS_MAX:
        return None
    before = task.revisions.order_by("-number").values_list("seconds", flat=True).first()
    return min(seconds + (before or 0), SECONDS_MAX)


@transaction.atomic
def put_off(*, task: ReviewTask, by: User) -> None:
    """Give the task back, behind all others."""
    check_can_review(by, task.review)
    mine = ReviewTask.objects.filter(pk=task.pk, state=ReviewTaskState.LEASED, reviewer=by)
    place = PUT_OFF + int(clock.now().timestamp())
    if not mine.update(state=ReviewTaskState.OPEN, leased_until=None, place=place):
        raise Conflict("This task was answered or taken over meanwhile, on another page or by somebody else.")


def last_answer(review: Review, by: User) -> ReviewTask | None:
    """The newest answer that the person can still take back."""
    since = clock.now() - timedelta(seconds=review.undo_seconds)
    mine = review.tasks.filter(state=ReviewTaskState.DONE, reviewer=by, done_at__gt=since)
    return mine.order_by("-done_at", "-pk").first()


@transaction.atomic
def take_back(*, task: ReviewTask, by: User) -> ReviewTask:
    """Hold a task again that one answered within the undo window; the revision stays and no longer counts."""
    check_can_review(by, task.review)
    task = ReviewTask.objects.select_for_update(of=("self",)).select_related("review__project").get(pk=task.pk)
    review, now = task.review, clock.now()
    if task.reviewer_id != by.pk or task.state != ReviewTaskState.DONE or task.done_at is None:
        raise Conflict("This answer was taken back already.")
    if (now - task.done_at).total_seconds() >= review.undo_seconds:
        raise NotAllowed("The time for taking this answer back is over. It stays as you gave it.")
    review.tasks.filter(state=ReviewTaskState.LEASED, reviewer=by).update(
        state=ReviewTaskState.OPEN, leased_until=None
    )  # one task a person: the one on the page goes back to its place
    task.state, task.done_at = ReviewTaskState.LEASED, None
    task.leased_until = now + timedelta(seconds=review.lease_seconds)
    task.save(update_fields=["state", "done_at", "leased_until"])
    record_event(
        kind="review.taken_back", project=review.project, by=by, target=f"review:{review.public_id}",
        after={"task": str(task.public_id), "revision": task.revision},
    )  # fmt: skip
    return task
