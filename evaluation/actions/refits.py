"""Measures on a new release what was measured on the one before: runs, scores, calibrators, and what has changed."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from evaluation import tasks
from evaluation.actions.analyses import analyse
from evaluation.actions.promotions import BUDGET_USD
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, Setup, resume_run, start_run
from evaluation.analyses.asked import STANDARD
from evaluation.enums import RunOrigin, RunState
from evaluation.models import Evaluation, Prediction, Refit, RefitRun, Run
from evaluation.queries.both import both_of
from evaluation.queries.plans import plan_for
from evaluation.queries.promotions import is_paid
from evaluation.queries.refits import offer_of
from evaluation.stats import compare as stats
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role, Split
from labeling.models import Project, Release, User
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

FORMAT = 1
BY = "refit"
MAKERS = (Role.MANAGER, Role.ENGINEER)
LEAST = 5  # items of both, below which nothing is compared pair by pair
SWAPS = 999
PATHS = {"micro_f1": ("micro", "f1"), "macro_f1": ("macro", "f1"), "exact_match": ("exact_match",)}


@transaction.atomic
def start_refit(
    *, project: Project, release: Release, by: User | None, budget_usd: float | None = None, operator: str = ""
) -> Refit:
    """Run on a new release what was measured on the one before; asked for again it goes on where it stopped.

    The budget is of each run that is paid for.
    """
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)
    Project.objects.select_for_update().get(pk=project.pk)  # two clicks make one
    if found := Refit.objects.filter(release=release, project=project).first():
        _go_on(found, by, budget_usd, operator)
        return found
    offer = offer_of(project)
    if offer is None or offer.release.pk != release.pk:
        raise Refused(f"Nothing that is in use waits to be measured on {release}.")
    refit = Refit.objects.create(
        project=project, release=release, created_at=clock.now(), created_by=by, operator="" if by else operator
    )
    for one in offer.stale:
        assert one.run.prompt_version is not None
        RefitRun.objects.create(refit=refit, version=one.run.prompt_version, before=one)
    record_event(
        kind="refit.started", project=project, by=by, operator=operator, target=f"refit:{refit.public_id}",
        after={"release": str(release), "before": str(offer.before), "prompts": offer.names},
    )  # fmt: skip
    _go_on(refit, by, budget_usd, operator)
    return refit


def _go_on(refit: Refit, by: User | None, budget_usd: float | None, operator: str) -> None:
    """Start what has no run, take up what was paused, compare what is done."""
    for row in refit.rows.filter(report__isnull=True).select_related("version__prompt__project", "run__project"):
        if row.run is None or row.run.state == RunState.CANCELLED:
            _start(row, refit.release, by, budget_usd, operator)
        elif row.run.state == RunState.PAUSED:
            resume_run(run=row.run, by=by, operator=operator)
        elif row.run.state == RunState.DONE:
            transaction.on_commit(partial(nudge, tasks.settle_refit, row.pk))


def _start(row: RefitRun, release: Release, by: User | None, budget_usd: float | None, operator: str) -> None:
    budget = (BUDGET_USD if budget_usd is None else budget_usd) if is_paid(row.version) else None
    try:
        with transaction.atomic():
            row.run = start_run(
                version=row.version, scope=Scope(release, Split.DEV), by=by, budget_usd=budget, operator=operator,
                setup=Setup(origin=RunOrigin.REFIT),
            )  # fmt: skip
        row.obstacle = ""
    except (Refused, NotAllowed) as refusal:
        row.obstacle = str(refusal)[:500]
    row.save(update_fields=["run", "obstacle"])


def settle_waiting() -> int:
    """Nudge what is done and was not compared, since a message may be lost."""
    waiting = RefitRun.objects.filter(report__isnull=True, run__state=RunState.DONE)
    rows = list(waiting.values_list("pk", flat=True)[:50])
    for pk in rows:
        nudge(tasks.settle_refit, pk)
    return len(rows)


def settle(*, row_id: int) -> RefitRun:
    """Score a run that is done, refit its calibrators, and hold it against the release before. Once only."""
    row = RefitRun.objects.select_related(
        "run__project", "run__prompt_version__prompt", "run__taxonomy_version", "refit__release__golden_set",
        "refit__release__taxonomy_version", "before__run__project", "before__run__taxonomy_version",
        "before__run__prompt_version", "before__release__golden_set", "before__release__taxonomy_version",
    ).get(pk=row_id)  # fmt: skip
    if row.report is not None or row.run is None or row.run.state != RunState.DONE:
        return row
    release = row.refit.release
    made = evaluate_run(run=row.run, release=release, split=Split.DEV, by=None, operator=BY)
    now = Evaluation.objects.select_related(
        "run__project", "run__prompt_version__prompt", "release__golden_set", "release__taxonomy_version"
    ).get(pk=made.pk)
    calibrations = [analyse(evaluation=one, kind="calibration", by=None).report for one in (row.before, now)]
    measures = [
        {"code": code, "before": _pick(row.before.report, path), "now": _pick(now.report, path)}
        for code, path in PATHS.items()
    ]
    measures.append({"code": "ece"} | {
        side: found["measures"]["ece_width"] for side, found in zip(("before", "now"), calibrations, strict=True)
    })  # fmt: skip
    report = {
        "format": FORMAT,
        "measures": measures,
        "common": _common(row.before.run, row.run, release, row.before.release),
        "taxonomy": [row.before.release.taxonomy_version.number, release.taxonomy_version.number],
        "calibrator": {
            side: {"recommended": found["recalibration"]["recommended"], "reason": found["recalibration"]["reason"]}
            for side, found in zip(("before", "now"), calibrations, strict=True)
        },
    }
    RefitRun.objects.filter(pk=row.pk, report__isnull=True).update(report=report, evaluation=now)
    row.refresh_from_db()
    return row


def _pick(report: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = report
    for name in path:
        found = found[name]
    return found


def _common(before: Run, now: Run, release: Release, old: Release) -> dict[str, Any]:
    """The change on the items that both runs were asked for, pair by pair, against the gold of the new release."""
    counts = {
        "only_before": old.entries.filter(split=Split.DEV).exclude(item__in=_asked(now).values("item")).count(),
        "only_now": release.entries.filter(split=Split.DEV).exclude(item__in=_asked(before).values("item")).count(),
    }
    try:
        both = both_of(before, now, release, Split.DEV)
    except Refused as refusal:
        return {**counts, "n": 0, "diff": {}, "not_compared": [], "reason": str(refusal)}
    asked = set(_asked(before).values_list("item_id", flat=True))
    both = replace(both, places=[pair for pair in both.places if both.a.gold[pair[0]].item_id in asked])
    n = len(both.places)
    left_out = sorted(both.a.apart)
    if n < LEAST:
        reason = f"only {n} items are in both" if n else "no item is in both"
        return {**counts, "n": n, "diff": {}, "not_compared": left_out, "reason": reason}
    a, b = both.said
    found = stats.compare(
        gold=[entry.labels for entry in both.gold], a=a, b=b, codes=both.codes, slices={}, swaps=SWAPS,
        plan=plan_for(both.gold, STANDARD),
    ).as_dict()  # fmt: skip
    return {**counts, "n": n, "diff": found["diff"], "not_compared": left_out, "reason": ""}


def _asked(run: Run) -> QuerySet[Prediction]:
    return Prediction.objects.filter(run=run)
