"""Replays of choosing on gold that is there: started, worked out in the background with progress, kept as a report."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from evaluation import tasks
from evaluation.actions.acquisition import DUE, LEASE
from evaluation.models import Acquisition, AcquisitionReplay
from evaluation.stats.acquisition import KINDS
from evaluation.stats.acquisition_replay import Design, replay
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role, Split
from labeling.models import Release, User
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MOST_FITS = 5000


@transaction.atomic
def start_replay(
    *, release: Release, design: Design, by: User | None, operator: str = "", at_once: bool = False
) -> AcquisitionReplay:
    """Write down what is replayed on the dev split of a release; held-out gold is never used."""
    project = release.golden_set.project
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(project)
    _check(design, release.entries.filter(split=Split.DEV).count())
    made = AcquisitionReplay.objects.create(
        project=project, release=release, design={**asdict(design), "mixes": dict(design.mixes)}, created_by=by
    )
    record_event(
        kind="replay.started", project=project, by=by, operator=operator, target=f"replay:{made.public_id}",
        after={"release": str(release), "curves": list(design.mixes), "seeds": design.seeds},
    )  # fmt: skip
    if not at_once:
        transaction.on_commit(partial(nudge, tasks.work_on_replay, made.pk))
    return made


def _check(design: Design, items: int) -> None:
    if wrong := [name for mix in design.mixes.values() for name in mix if KINDS[name].needs == "committee"]:
        raise Refused(f"“{wrong[0]}” holds several runs together, and a replay has one model.")
    if not design.mixes or not 1 <= design.seeds <= 50 or design.start < 2 or design.batch < 1:
        raise Refused("A replay needs a strategy, 1 to 50 seeds, a start of at least 2 items and a batch.")
    if not 0 < design.aside < 1 or not 0 <= design.random_share <= 1:
        raise Refused("Shares are between 0 and 1.")
    pool = items - max(1, round(items * design.aside))
    if pool < design.start + design.batch:
        raise Refused(f"The dev split leaves {max(pool, 0)} items to choose from, too few to start and choose a batch.")
    if design.budget < design.start + design.batch:
        raise Refused(f"A budget of {design.budget:,} items leaves no batch after a start of {design.start:,}.")
    fits = design.seeds * (1 + len(design.mixes)) * (1 + (min(design.budget, pool) - design.start) // design.batch)
    if fits > MOST_FITS:
        raise Refused(
            f"This asks for {fits:,} models, and {MOST_FITS:,} are the most. Take larger batches or fewer seeds."
        )


def work_on_replay(*, replay_id: int) -> None:
    """Work one out; each step moves the lease on."""
    now = clock.now()
    free = DUE & (Q(lease_until__isnull=True) | Q(lease_until__lt=now))
    mine = AcquisitionReplay.objects.filter(pk=replay_id)
    if not mine.filter(free).update(state="running", lease_until=now + LEASE):
        return
    found = mine.select_related("release").get()
    entries = found.release.entries.filter(split=Split.DEV).order_by("external_id").values_list("content", "labels")
    texts, gold = [], []
    for content, labels in entries.iterator(chunk_size=1000):
        texts.append(" ".join([content["name"], *(document["text"] for document in content["documents"])]))
        gold.append(frozenset(labels))

    def on_progress(done: int, total: int) -> None:
        if done % 10 == 0 or done == total:
            mine.update(done=done, total=total, lease_until=clock.now() + LEASE)

    result: Mapping[str, Any]
    try:
        report = replay(texts, gold, Design(**found.design), on_progress=on_progress).report()
        result = {"state": "done", "report": report}
    except ValueError as error:
        result = {"state": "failed", "error": str(error)[:500]}
    mine.filter(state="running").update(lease_until=None, **result)


def resume_stalled() -> int:
    """Nudge what nobody works on: a message was lost, or a worker died."""
    free = DUE & (Q(lease_until__isnull=True) | Q(lease_until__lt=clock.now()))
    choices = list(Acquisition.objects.filter(free).values_list("pk", flat=True))
    replays = list(AcquisitionReplay.objects.filter(free).values_list("pk", flat=True))
    for pk in choices:
        nudge(tasks.work_on_acquisition, pk)
    for pk in replays:
        nudge(tasks.work_on_replay, pk)
    return len(choices) + len(replays)
