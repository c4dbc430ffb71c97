"""Training rounds: known items with feedback after each, and the qualification that comes from passing."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Max

from labeling import rules
from labeling.accuracy import likeness
from labeling.actions.audit import record_event
from labeling.actions.checks import SEEN_SPLITS, pick_gold
from labeling.actions.rounds import RoundOptions, create_round, published_taxonomy
from labeling.enums import Purpose, Role, SeatState
from labeling.models import (
    Cursor,
    Guideline,
    Project,
    Qualification,
    Release,
    Round,
    Seat,
    Skip,
    Task,
    User,
)
from labeling.visibility import training_pairs
from reviewapp.common import clock
from reviewapp.common.errors import Refused

QUALIFIED_DAYS = 90


@transaction.atomic
def make_training_round(
    *,
    project: Project,
    name: str,
    release: Release,
    split: str,
    size: int,
    bar: float,
    seed: int,
    by: User | None,
    operator: str = "",
) -> Round:
    """A round of known items that everybody answers alone, with feedback after each. Held-out gold is never used."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    if split not in SEEN_SPLITS:
        raise Refused(
            "A training uses the dev or fewshot split: whoever trains on a held-out item has seen its answer."
        )
    if not 0 <= bar <= 1:
        raise Refused("The bar is a likeness between 0 and 1.")
    made = create_round(
        project=project,
        name=name,
        by=by,
        raters=1,
        purpose=Purpose.TRAINING,
        sampling={"release": str(release), "split": str(split), "seed": seed},
        options=RoundOptions(training_bar=bar),
        operator=operator,
    )
    picked = pick_gold(in_round=made, release=release, splits=[split], size=size, seed=seed)
    Task.objects.bulk_create(
        Task(round=made, item=entry.item, item_revision=revision, gold=entry, reason="training")
        for entry, revision in picked
    )
    return made


def is_guided(in_round: Round) -> bool:
    """Whether a round is a training with known answers: seats are made on demand, and feedback follows each answer."""
    return in_round.purpose == Purpose.TRAINING and in_round.tasks.filter(gold__isnull=False).exists()


@transaction.atomic
def seat_for_trainee(*, in_round: Round, by: User) -> Seat | None:
    """The trainee's seat to work on: the one they hold, or a new one on the next item of their own random order.

    None once they have answered or skipped every item; then it is decided whether they passed.
    """
    rules.check_can_label(by, in_round)
    _lock(in_round, by)
    until = clock.now() + timedelta(seconds=in_round.lease_seconds)
    if held := in_round.seats.filter(rater=by, state=SeatState.LEASED).order_by("pk").first():
        return held
    waiting = _unanswered(in_round, by)
    if not waiting:
        qualify_if_passed(in_round=in_round, by=by)
        return None
    task = Task.objects.select_for_update().get(pk=min(waiting, key=lambda task: _key(in_round, task, by)).pk)
    if free := task.seats.filter(state=SeatState.OPEN).order_by("number").first():  # given back by somebody
        free.state, free.rater, free.leased_until = SeatState.LEASED, by, until
        free.save(update_fields=["state", "rater", "leased_until"])
        return free
    last = task.seats.aggregate(last=Max("number"))["last"] or 0
    return Seat.objects.create(
        task=task, round=in_round, number=last + 1, place=0, state=SeatState.LEASED, rater=by, leased_until=until
    )


def _lock(in_round: Round, trainee: User) -> None:
    """One tab of a person after the other, as in a claim."""
    Cursor.objects.select_for_update().get_or_create(round=in_round, rater=trainee)


def _unanswered(in_round: Round, trainee: User) -> list[Task]:
    tasks = in_round.tasks.filter(gold__isnull=False)
    return list(tasks.exclude(annotations__rater=trainee).exclude(skips__rater=trainee).only("pk", "public_id"))


def _key(in_round: Round, task: Task, trainee: User) -> bytes:
    """The place of a task in this person's order, which nobody else shares."""
    return hashlib.sha256(f"{in_round.public_id}:{trainee.public_id}:{task.public_id}".encode()).digest()


@transaction.atomic
def qualify_if_passed(*, in_round: Round, by: User) -> Qualification | None:
    """The qualification of somebody who has been through the whole training at or above its bar, else None.

    A skipped item counts as an answer that is all wrong, or skipping what is hard would be a way to pass.
    """
    _lock(in_round, by)
    if existing := Qualification.objects.filter(round=in_round, user=by).first():
        return existing
    scores = training_scores(in_round=in_round, trainee=by)
    if scores is None or sum(scores) / len(scores) < in_round.training_bar - 1e-9:
        return None
    now = clock.now()
    made = Qualification.objects.create(
        project=in_round.project,
        user=by,
        round=in_round,
        taxonomy_version=in_round.taxonomy_version,
        guideline=in_round.guideline,
        accuracy=sum(scores) / len(scores),
        items=len(scores),
        passed_at=now,
        expires_at=now + timedelta(days=QUALIFIED_DAYS),
    )
    _record(made, kind="qualification.passed", by=by)
    return made


def training_scores(*, in_round: Round, trainee: User) -> list[float] | None:
    """The likeness of each answer of a finished training, 0 for a skipped item; None while items are waiting."""
    if _unanswered(in_round, trainee):
        return None
    pairs = training_pairs(trainee, in_round).values()
    skipped = Skip.objects.filter(task__round=in_round, rater=trainee).exclude(task__annotations__rater=trainee).count()
    return [*(likeness(pair.chosen, pair.gold) for pair in pairs), *([0.0] * skipped)] or None


@transaction.atomic
def grant_qualification(*, project: Project, user: User, by: User) -> Qualification:
    """A manager vouches for a rater on the newest taxonomy and guidelines; `items` 0 says that nothing was measured."""
    rules.check_role(by, project, Role.MANAGER)
    if not rules.roles(user, project) & {Role.ANNOTATOR, Role.ADJUDICATOR}:
        raise Refused(f"{user} does not label in this project.")
    now = clock.now()
    made = Qualification.objects.create(
        project=project,
        user=user,
        taxonomy_version=published_taxonomy(project),
        guideline=Guideline.objects.filter(project=project).order_by("-number").first(),
        accuracy=0.0,
        items=0,
        passed_at=now,
        expires_at=now + timedelta(days=QUALIFIED_DAYS),
        granted_by=by,
    )
    _record(made, kind="qualification.granted", by=by)
    return made


@transaction.atomic
def revoke_all(*, project: Project, user: User, by: User) -> int:
    """End whatever qualifications somebody has in the project; the number ended."""
    held = Qualification.objects.filter(project=project, user=user, expires_at__gt=clock.now())
    return sum(revoke_qualification(qualification=one, by=by) for one in held.select_related("project", "user"))


@transaction.atomic
def revoke_qualification(*, qualification: Qualification, by: User) -> bool:
    """End a qualification now; False if it was over before. What its holder submitted stays."""
    rules.check_role(by, qualification.project, Role.MANAGER)
    now = clock.now()
    if not Qualification.objects.filter(pk=qualification.pk, expires_at__gt=now).update(expires_at=now):
        return False
    qualification.expires_at = now
    _record(qualification, kind="qualification.revoked", by=by)
    return True


def _record(qualification: Qualification, *, kind: str, by: User) -> None:
    record_event(
        kind=kind,
        project=qualification.project,
        by=by,
        target=f"user:{qualification.user.public_id}",
        after={
            "accuracy": round(qualification.accuracy, 4) if qualification.items else None,
            "items": qualification.items,
            "expires_at": qualification.expires_at.isoformat(),
        },
    )
