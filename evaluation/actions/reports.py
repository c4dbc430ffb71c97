"""Scores runs against releases and keeps what was computed, keyed by everything that went in."""

from collections.abc import Mapping
from importlib.metadata import version as package_version
from typing import Any

from django.db import IntegrityError, transaction

from evaluation.actions.analyses import analyse_all
from evaluation.analyses.asked import STANDARD, Resampling
from evaluation.models import AgreementReport, Evaluation, Run
from evaluation.queries.pairing import Paired, pair
from evaluation.queries.plans import plan_for
from evaluation.queries.ratings import ratings_of
from evaluation.stats import agreement as agreement_stats
from evaluation.stats import compare as compare_stats
from evaluation.stats import scores as score_stats
from labeling import rules
from labeling.actions.golden import record_look
from labeling.digest import digest_of
from labeling.enums import Role, Split
from labeling.models import Label, Release, Round, User

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
    paired = pair(run, release, split)
    slices = {name: [str(entry.attributes.get(name, "")) for entry in paired.gold] for name in run.project.slices}
    how = [resampling.resamples, resampling.seed, resampling.method, resampling.clusters, _versions(release)]
    digest = digest_of(["evaluation", str(run.public_id), release.digest, split, _inputs(paired), slices, how])
    if stored := Evaluation.objects.filter(input_digest=digest).first():
        return stored
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
        "versions": _versions(release),
        "inputs": {"digest": digest, "release": release.digest},
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


def _inputs(paired: Paired) -> list[Any]:
    rows = [
        [entry.external_id, sorted(entry.labels), None if answer is None else sorted(answer)]
        for entry, answer in zip(paired.gold, paired.predicted, strict=True)
    ]
    return [rows, paired.parents, paired.excluded]


def _versions(release: Release) -> dict[str, Any]:
    return {
        "taxonomy": release.taxonomy_version.number,
        "format": REPORT_FORMAT,
        **{name: package_version(name) for name in ("numpy", "scipy", "scikit-learn")},
    }


def compare_runs(
    *,
    run_a: Run,
    run_b: Run,
    release: Release,
    split: str,
    by: User | None,
    margin: float = 0.02,
    resampling: Resampling = STANDARD,
    operator: str = "",
) -> dict[str, Any]:
    """Score two runs on the same items, paired; items that either learned from are left out."""
    if by:
        rules.check_role(by, run_a.project, Role.MANAGER, Role.ENGINEER, Role.ANALYST)
    a, b = pair(run_a, release, split), pair(run_b, release, split)
    answers_b = {entry.item_id: answer for entry, answer in zip(b.gold, b.predicted, strict=True)}
    both = [
        (entry, answer, answers_b[entry.item_id])
        for entry, answer in zip(a.gold, a.predicted, strict=True)
        if entry.item_id in answers_b
    ]
    codes = list({**a.parents, **b.parents})
    report = compare_stats.compare(
        gold=[entry.labels for entry, _, _ in both],
        a=[answer for _, answer, _ in both],
        b=[answer for _, _, answer in both],
        codes=codes,
        margin=margin,
        resamples=resampling.resamples,
        seed=resampling.seed,
    ).as_dict()
    if split == Split.TEST:
        subject = f"{run_a.name} against {run_b.name}"
        record_look(release=release, kind="comparison", subject=subject, by=by, operator=operator)
    return report | {
        "run_a": run_a.name,
        "run_b": run_b.name,
        "golden": str(release),
        "split": split,
        "versions": _versions(release),
        "inputs": {"release": release.digest, "a": digest_of([_inputs(a)]), "b": digest_of([_inputs(b)])},
    }


def measure_agreement(
    *,
    in_round: Round,
    resampling: Resampling = STANDARD,
) -> AgreementReport:
    """The agreement of a round's counted ratings, or the report stored for the same ratings."""
    ratings = ratings_of(in_round)
    codes = list(
        Label.objects.filter(version=in_round.taxonomy_version).order_by("position").values_list("code", flat=True)
    )
    total = in_round.tasks.count()
    rows = [[item, rater, sorted(labels)] for item, rater, labels in ratings]
    how = [resampling.resamples, resampling.seed, REPORT_FORMAT]
    digest = digest_of(["agreement", in_round.pk, rows, codes, total, how])
    if stored := AgreementReport.objects.filter(input_digest=digest).first():
        return stored
    report: Mapping[str, Any] = agreement_stats.agreement(
        ratings=ratings, codes=codes, items_total=total, resamples=resampling.resamples, seed=resampling.seed
    ).as_dict()
    content = {
        **report,
        "round": in_round.name,
        "versions": {"taxonomy": in_round.taxonomy_version.number, "format": REPORT_FORMAT},
        "inputs": {"digest": digest},
    }
    try:
        with transaction.atomic():
            return AgreementReport.objects.create(round=in_round, input_digest=digest, report=content)
    except IntegrityError:  # somebody opened the same page at the same time
        return AgreementReport.objects.get(input_digest=digest)
