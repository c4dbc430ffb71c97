"""Hidden gold items in a round, and pausing whoever answers too few of them well."""

import random
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from labeling import rules
from labeling.accuracy import Pair, mean_likeness
from labeling.actions.audit import record_event
from labeling.actions.rounds import BAND_BITS
from labeling.actions.tables import analyze
from labeling.enums import Purpose, Role, RoundState, Split
from labeling.models import (
    GoldEntry,
    Item,
    ItemRevision,
    Label,
    RaterPause,
    Release,
    Revision,
    RevisionLabel,
    Round,
    Seat,
    Task,
    User,
)
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

SEEN_SPLITS = (Split.DEV, Split.FEWSHOT)  # never test: who labels a held-out item has seen it


@transaction.atomic
def add_checks(
    *,
    in_round: Round,
    release: Release,
    seed: int,
    by: User | None,
    share: float | None = None,
    number: int | None = None,
    operator: str = "",
) -> int:
    """Mix known items into an open round, as many as a share of its items or a number; how many were added.

    They get the round's number of seats at random places, and look like all others. Items the round already has, items
    of equal text, and the guidelines' worked examples are left out.
    """
    given = in_round
    in_round = Round.objects.select_for_update(of=("self",)).select_related("project", "guideline").get(pk=in_round.pk)
    if by:
        rules.check_role(by, in_round.project, Role.MANAGER)
    if in_round.state != RoundState.OPEN or in_round.purpose != Purpose.GOLDEN:
        raise NotAllowed("Hidden checks go into open rounds of labelling only.")
    if (share is None) == (number is None):
        raise Refused("Say how many checks: either a share of the round's items or a number.")
    if share is not None:
        if not 0 < share <= 1:
            raise Refused("The share of checks is above 0 and at most 1.")
        number = max(1, round(share * in_round.tasks.real().count()))
    picked = pick_gold(in_round=in_round, release=release, splits=SEEN_SPLITS, size=number or 0, seed=seed)
    tasks = Task.objects.bulk_create(
        Task(round=in_round, item=entry.item, item_revision=revision, gold=entry, reason="hidden check")
        for entry, revision in picked
    )
    _seat(in_round, tasks)
    # said on the round, so that a claim need not look for checks where there are none
    given.sampling = in_round.sampling = {**in_round.sampling, "checks": in_round.tasks.exclude(gold=None).count()}
    in_round.save(update_fields=["sampling"])
    record_event(
        kind="round.checks_added",
        project=in_round.project,
        by=by,
        operator=operator,
        target=f"round:{in_round.public_id}",
        after={"checks": len(tasks), "release": str(release), "seed": seed},
    )
    return len(tasks)


def _seat(in_round: Round, tasks: Sequence[Task]) -> None:
    """Seats at random places, in bands drawn from those the round's other items have, so that none stands out."""
    bands = [place >> BAND_BITS for place in in_round.seats.filter(number=1).values_list("place", flat=True)] or [0]
    places = [(secrets.choice(bands) << BAND_BITS) | secrets.randbits(BAND_BITS) for _ in tasks]
    Seat.objects.bulk_create(
        Seat(task=task, round=in_round, number=number, place=place)
        for task, place in zip(tasks, places, strict=True)
        for number in range(1, in_round.raters + 1)
    )
    analyze(Task, Seat)


def pick_gold(
    *, in_round: Round, release: Release, splits: Iterable[str], size: int, seed: int
) -> list[tuple[GoldEntry, int]]:
    """A random choice of the release's entries that the round can use, each with the revision its gold speaks of.

    A training tells the answers, so it uses nothing that an open round still asks its raters.
    """
    if release.golden_set.project_id != in_round.project_id:
        raise Refused("This release belongs to another project.")
    if size < 1:
        raise Refused("At least one item is needed.")
    usable = _usable(in_round, release, splits)
    if len(usable) < size:
        raise Refused(
            f"{release} has {len(usable)} items that this round can use, fewer than the {size} asked for. Held-out "
            "items, items the round already has and labels that the taxonomy no longer has are left out."
        )
    return random.Random(seed).sample(usable, size)  # noqa: S311 -- reproducible, and places are drawn separately


def _usable(in_round: Round, release: Release, splits: Iterable[str]) -> list[tuple[GoldEntry, int]]:
    entries = GoldEntry.objects.filter(release=release, split__in=[split for split in splits if split in SEEN_SPLITS])
    entries = entries.exclude(item__tasks__round=in_round).select_related("item").order_by("external_id")
    taken = set(Item.objects.filter(tasks__round=in_round).values_list("text_digest", flat=True))
    if in_round.purpose == Purpose.TRAINING:
        blind = Round.objects.filter(project=in_round.project_id, state=RoundState.OPEN).exclude(
            purpose=Purpose.TRAINING
        )
        asked = Item.objects.filter(tasks__round__in=blind)
        taken |= set(asked.values_list("text_digest", flat=True))
        entries = entries.exclude(item__in=asked.values("pk"))
    codes = set(Label.objects.filter(version=in_round.taxonomy_version_id).values_list("code", flat=True))
    guideline = in_round.guideline
    shown = {str(example.get("item")) for example in guideline.examples} if guideline else set()
    archived = {
        (item, digest): number
        for item, digest, number in ItemRevision.objects.filter(item__gold_entries__release=release).values_list(
            "item_id", "digest", "number"
        )
    }
    found = []
    for entry in entries:
        known = entry.item.digest == entry.item_digest
        revision = entry.item.revision if known else archived.get((entry.item_id, entry.item_digest))
        shows = {entry.external_id, str(entry.item.public_id)} & shown
        if revision and entry.text_digest not in taken and set(entry.labels) <= codes and not shows:
            found.append((entry, revision))
    return found


def review_open_rounds() -> int:
    """Review the checks of every open round that has a bar; the number of raters paused."""
    rounds = Round.objects.filter(state=RoundState.OPEN, check_bar__isnull=False).select_related("project")
    return sum(review_checks(in_round=one) for one in rounds)


@transaction.atomic
def review_checks(*, in_round: Round) -> int:
    """Pause each rater whose hidden checks fall below the round's bar; the number paused.

    Only answers that can no longer be taken back count, and after a lifted pause only newer ones. This runs from the
    sweep, never on an answer: a pause at once would tell which item was a check.
    """
    in_round = Round.objects.select_for_update(of=("self",)).select_related("project").get(pk=in_round.pk)
    bar = in_round.check_bar
    if bar is None or in_round.state != RoundState.OPEN:
        return 0
    now = clock.now()
    held = set(in_round.pauses.filter(lifted_at__isnull=True).values_list("rater_id", flat=True))
    paused = 0
    for rater, pairs in _final_checks(in_round, now=now).items():
        likeness = mean_likeness(pairs)
        if rater in held or likeness.value is None or len(pairs) < in_round.check_least or likeness.value >= bar:
            continue
        reason = f"Likeness {likeness.value:.3f} on {len(pairs)} hidden checks, below {bar:.3f}."
        pause = RaterPause.objects.create(round=in_round, rater_id=rater, reason=reason, paused_at=now)
        _record(pause, kind="rater.paused", by=None, after={"reason": reason})
        paused += 1
    return paused


def _final_checks(in_round: Round, *, now: datetime) -> dict[int, list[Pair]]:
    """The answers to hidden checks by rater, that count since their last lifted pause."""
    lifted = dict(
        in_round.pauses.filter(lifted_at__isnull=False).values_list("rater").annotate(Max("lifted_at")).order_by()
    )
    final = Revision.objects.newest().filter(
        annotation__task__round=in_round,
        annotation__task__gold__isnull=False,
        annotation__is_counted=True,
        annotation__taken_back_at__isnull=True,
        annotation__submitted_at__lte=now - timedelta(seconds=in_round.undo_seconds),
    )
    chosen: dict[int, set[str]] = defaultdict(set)
    for revision, code in RevisionLabel.objects.filter(revision__in=final).values_list("revision_id", "label__code"):
        chosen[revision].add(code)
    found: dict[int, list[Pair]] = defaultdict(list)
    rows = final.values_list("pk", "annotation__rater_id", "annotation__submitted_at", "annotation__task__gold__labels")
    for pk, rater, at, gold in rows:
        if rater not in lifted or at > lifted[rater]:
            found[rater].append(Pair(frozenset(chosen.get(pk, ())), frozenset(gold)))
    return found


@transaction.atomic
def lift_pause(*, pause: RaterPause, by: User) -> bool:
    """Let a paused rater go on; False if that was done before. Only their later answers are held against the bar."""
    rules.check_role(by, pause.round.project, Role.MANAGER)
    open_pauses = RaterPause.objects.filter(pk=pause.pk, lifted_at__isnull=True)
    if not open_pauses.update(lifted_at=clock.now(), lifted_by=by):
        return False
    _record(pause, kind="rater.pause_lifted", by=by, after={})
    return True


def _record(pause: RaterPause, *, kind: str, by: User | None, after: dict[str, str]) -> None:
    record_event(
        kind=kind,
        project=pause.round.project,
        by=by,
        target=f"user:{pause.rater.public_id}",
        after={"round": pause.round.name, **after},
    )
