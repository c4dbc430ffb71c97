"""Scores runs against releases and keeps what was computed, keyed by everything that went in."""

from importlib.metadata import version as package_version
from typing import Any

from django.db import transaction

from evaluation.actions.analyses import analyse_all
from evaluation.actions.looks import check_may_look
from evaluation.analyses.asked import STANDARD, Resampling
from evaluation.enums import WITHOUT_LABELS
from evaluation.models import Evaluation, Run
from evaluation.queries.pairing import Paired, pair
from evaluation.queries.plans import plan_for
from evaluation.stats import scores as score_stats
from labeling import rules
from labeling.actions.golden import record_look
from labeling.digest import digest_of
from labeling.enums import Role, Split
from labeling.models import Release, User
from reviewapp.common.errors import Refused

REPORT_FORMAT = 2


def evaluate_run(
    *,
    run: Run,
    release: Release,
    split: str,
    by: User | None,
    resampling: Resampling = STANDARD,
    operator: str = "",
) -> Evaluation:
    """Score a run on a split, or return the evaluation stored for the same inputs.

    A new evaluation on test is a look at held-out gold and goes into the ledger; opening a stored one is none.
    """
    if by:
        rules.check_role(by, run.project, Role.MANAGER, Role.ENGINEER, Role.ANALYST)
    if run.origin in WITHOUT_LABELS:
        raise Refused(f"“{run.name}” judged what other runs said: it has no labels, so there is nothing to score.")
    paired = pair(run, release, split)
    slices = {name: [str(entry.attributes.get(name, "")) for entry in paired.gold] for name in run.project.slices}
    how = [resampling.resamples, resampling.seed, resampling.method, resampling.clusters, versions_of(release)]
    digest = digest_of(["evaluation", str(run.public_id), release.digest, split, inputs_of(paired), slices, how])
    if stored := Evaluation.objects.filter(input_digest=digest).first():
        return stored
    if split == Split.TEST:
        check_may_look(run, release=release, by=by)
    report = score_stats.evaluate(
        gold=[entry.labels for entry in paired.gold],
        predicted=paired.predicted,
        codes=paired.codes,
        slices=slices,
        parents=paired.parents,
        plan=plan_for(paired.gold, resampling),
    ).as_dict()
    report |= {
        "run": run.name,
        "golden": str(release),
        "split": split,
        "excluded": paired.excluded,
        "clustered_by": ["text", *([resampling.clusters] if resampling.clusters else [])],
        "versions": versions_of(release),
        "inputs": {"digest": digest, "release": release.digest},
        **({"taxonomy_change": paired.taxonomy_change} if paired.taxonomy_change else {}),
    }
    with transaction.atomic():
        evaluation, is_new = Evaluation.objects.get_or_create(
            input_digest=digest,
            defaults={"run": run, "release": release, "split": split, "report": report, "created_by": by},
        )
        if is_new and split == Split.TEST:
            record_look(release=release, kind="evaluation", subject=run.name, by=by, operator=operator)
            analyse_all(evaluation)
    return evaluation


def inputs_of(paired: Paired) -> list[Any]:
    """What a hash of an evaluation's or comparison's inputs covers of gold and answers."""
    rows = [
        [entry.external_id, sorted(entry.labels), None if answer is None else sorted(answer)]
        for entry, answer in zip(paired.gold, paired.predicted, strict=True)
    ]
    return [rows, paired.parents, paired.excluded]


def versions_of(release: Release) -> dict[str, Any]:
    """What a report says of the versions it was made with."""
    return {
        "taxonomy": release.taxonomy_version.number,
        "format": REPORT_FORMAT,
        **{name: package_version(name) for name in ("numpy", "scipy", "scikit-learn")},
    }
