"""Computes the parts of an evaluation and keeps them, keyed by the evaluation's inputs and their own parameters."""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction

from evaluation import tasks
from evaluation.analyses import NAMES, kind_called
from evaluation.analyses.asked import Asked, Resampling, settled
from evaluation.models import Analysis, Evaluation
from evaluation.queries.pairing import Paired, pair
from labeling import rules
from labeling.digest import digest_of
from labeling.enums import Role, Split
from labeling.models import User
from labeling.tasks import nudge
from reviewapp.common.errors import Refused

logger = logging.getLogger(__name__)
LARGE = 5_000  # items from which on it takes longer than anybody waits for a page
PATIENCE = 300  # seconds that a worker has for it, before whoever asks computes it


class Underway(Refused):
    """A worker is at it; whoever asks again finds it."""


def analysis_soon(
    *, evaluation: Evaluation, kind: str, parameters: Mapping[str, Any] | None = None, by: User | None
) -> Analysis:
    """For a page: the part as `analyse` finds it, but over many items computed by a worker. Underway until then."""
    items = evaluation.report["items"]
    if evaluation.split != Split.TEST and items >= LARGE:
        wanted, digest = _identity(evaluation, kind, parameters)
        key, now = f"analysis:{digest}", time.time()
        if (
            not Analysis.objects.filter(input_digest=digest).exists()
            and now - (cache.get_or_set(key, now, 3600) or now) < PATIENCE
        ):
            if cache.add(f"{key}:asked", True, PATIENCE):
                nudge(tasks.analyse_evaluation, evaluation.pk, kind, wanted)
            if not Analysis.objects.filter(input_digest=digest).exists():
                raise Underway(f"This is being computed over {items:,} items, which takes a minute or two.")
    return analyse(evaluation=evaluation, kind=kind, parameters=parameters, by=by)


def analyse(
    *, evaluation: Evaluation, kind: str, parameters: Mapping[str, Any] | None = None, by: User | None
) -> Analysis:
    """One part of an evaluation, stored or computed now.

    Of a held-out split only what was computed together with the evaluation can be read: one look, all figures.
    """
    if by:
        rules.check_role(by, evaluation.run.project, Role.MANAGER, Role.ENGINEER, Role.ANALYST)
    wanted, digest = _identity(evaluation, kind, parameters)
    if stored := Analysis.objects.filter(input_digest=digest).first():
        return stored
    if evaluation.split == Split.TEST:
        raise Refused(
            "This was not computed when the held-out split was looked at, and computing it now would be another look. "
            "Score the run on test again to see it."
        )
    paired = pair(evaluation.run, evaluation.release, evaluation.split, with_texts=True)
    return _stored(evaluation, kind, wanted, digest, paired)


def analyse_asked(*, evaluation_id: int, kind: str, parameters: Mapping[str, Any]) -> None:
    """What a page asked a worker for; why it cannot be computed is said to whoever asks when the time is over."""
    evaluation = Evaluation.objects.select_related(
        "run__project", "run__prompt_version", "release__golden_set", "release__taxonomy_version"
    ).get(pk=evaluation_id)
    try:
        analyse(evaluation=evaluation, kind=kind, parameters=parameters, by=None)
    except Refused as refusal:
        logger.info("%s of evaluation %s was refused: %s", kind, evaluation_id, refusal)


def analyse_all(evaluation: Evaluation, kinds: Iterable[str] = NAMES) -> list[Analysis]:
    """Every part with its default parameters; of a held-out split this belongs to the look that is being recorded."""
    paired = pair(evaluation.run, evaluation.release, evaluation.split, with_texts=True)
    found = []
    for kind in kinds:
        wanted, digest = _identity(evaluation, kind, None)
        stored = Analysis.objects.filter(input_digest=digest).first()
        found.append(stored or _stored(evaluation, kind, wanted, digest, paired))
    return found


def _identity(evaluation: Evaluation, kind: str, parameters: Mapping[str, Any] | None) -> tuple[dict[str, Any], str]:
    try:
        module = kind_called(kind)
    except KeyError as error:
        raise Refused(f"There is no analysis “{kind}”. There are: {', '.join(NAMES)}.") from error
    wanted = settled(module, parameters)
    return wanted, digest_of(["analysis", evaluation.input_digest, kind, module.FORMAT, wanted])


def _stored(evaluation: Evaluation, kind: str, wanted: dict[str, Any], digest: str, paired: Paired) -> Analysis:
    interval = evaluation.report["interval"]
    resampling = Resampling(interval["resamples"], interval["seed"])
    report = kind_called(kind).compute(Asked(paired, wanted, resampling))
    report |= {
        "kind": kind,
        "run": evaluation.run.name,
        "golden": str(evaluation.release),
        "split": evaluation.split,
        "parameters": wanted,
        "versions": evaluation.report["versions"],
        "inputs": {"digest": digest, "evaluation": evaluation.input_digest, "release": evaluation.release.digest},
    }
    try:
        with transaction.atomic():
            Analysis.objects.create(
                evaluation=evaluation, kind=kind, parameters=wanted, input_digest=digest, report=report
            )
    except IntegrityError:  # somebody opened the same page at the same time
        logger.info("%s of evaluation %s was computed twice at once", kind, evaluation.pk)
    # read again, since PostgreSQL orders the keys of JSON in its own way: the first reader sees what all others see
    return Analysis.objects.select_related("evaluation").get(input_digest=digest)
