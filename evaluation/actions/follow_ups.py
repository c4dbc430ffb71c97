"""What happens by itself when a run is done: what the product started is scored, a changed model is noticed."""

from datetime import timedelta

from django.db.models import Q

from evaluation import tasks
from evaluation.actions.edge_cases import record_verdicts
from evaluation.actions.judges import collect_judged
from evaluation.actions.promotions import BUDGET_USD
from evaluation.actions.refits import settle
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.actions.suites import settle_suite_of
from evaluation.actions.triage_asking import collect_asked
from evaluation.enums import AttemptOutcome, RunOrigin, RunState, Strategy
from evaluation.models import Attempt, FollowUp, RefitRun, Run
from evaluation.queries.promotions import release_with
from labeling.actions.audit import record_event
from labeling.enums import Split
from labeling.models import AuditEvent
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

BY = "follow-up"
CHANGED = "model.changed"
LOOKED_BACK = timedelta(days=2)  # at runs that ended
AT_FIRST, STALLED = timedelta(minutes=1), timedelta(minutes=30)  # a message's time, and a worker's
MOST_TRIES = 3
AT_ONCE = 50


def follow_up(*, run_id: int) -> None:
    """Do what follows from a finished run, and keep that it was done; doing it again changes nothing."""
    run = (
        Run.objects.select_related("project", "release", "prompt_version__prompt__project", "created_by")
        .filter(pk=run_id, state=RunState.DONE)
        .first()
    )
    if run is None:
        return
    kept, _ = FollowUp.objects.get_or_create(run=run, defaults={"begun_at": clock.now()})
    kept.begun_at, kept.tries = clock.now(), kept.tries + 1
    kept.save(update_fields=["begun_at", "tries"])
    _follow(run)
    FollowUp.objects.filter(pk=kept.pk, done_at__isnull=True).update(done_at=clock.now())


def resume_follow_ups() -> int:
    """Nudge what a lost message or a worker that died left: proposals, ratings, scores; how many."""
    now = clock.now()
    ended = Run.objects.filter(
        state=RunState.DONE, prompt_version__isnull=False, project__archived_at__isnull=True,
        finished_at__gte=now - LOOKED_BACK, finished_at__lt=now - AT_FIRST,
    )  # fmt: skip
    stalled = Q(follow_up__done_at__isnull=True, follow_up__begun_at__lt=now - STALLED, follow_up__tries__lt=MOST_TRIES)
    lost = ended.filter(Q(follow_up__isnull=True) | stalled)
    found = list(lost.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    for pk in found:
        nudge(tasks.follow_up_run, pk)
    return len(found)


def _follow(run: Run) -> None:
    """Score what nobody started by hand. Test is looked at only where a look was asked for."""
    if run.origin == RunOrigin.JUDGE:  # its answers are scores
        collect_judged(run)
        return
    if run.origin == RunOrigin.TRIAGE:  # its answers are categories
        collect_asked(run)
        return
    notice_model(run)
    if run.origin == RunOrigin.STRESS:  # its texts are not those of the gold, so its scores are not the prompt's
        settle_suite_of(run)
        return
    record_verdicts(run=run)
    if run.release is None or run.origin in (RunOrigin.HAND, RunOrigin.TRIAL):
        return
    if run.origin == RunOrigin.REFIT:
        for row in RefitRun.objects.filter(run=run):
            settle(row_id=row.pk)
    elif run.split == Split.DEV:
        if run.total < run.release.entries.filter(split=Split.DEV).count():
            return  # of a sample the other items are not wrong, they were not asked
        evaluate_run(run=run, release=run.release, split=run.split, by=None, operator=BY)
    elif run.split == Split.TEST and run.origin == RunOrigin.PROMOTION:
        try:
            evaluate_run(run=run, release=run.release, split=run.split, by=run.created_by, operator=BY)
        except NotAllowed:
            return  # whoever asked for the look has no role here any more: it is not made


def notice_model(run: Run) -> Run | None:
    """Put on record that the provider answered by another model than before, and measure it on dev; the run of that."""
    version, target = run.prompt_version, f"run:{run.public_id}"
    if version is None or version.strategy != Strategy.CHAT or AuditEvent.objects.filter(kind=CHANGED, target=target):
        return None
    now = models_returned(run)
    before = _before(run)
    if not now or before is None or not now - models_returned(before):
        return None
    started, why = None, ""
    release = release_with(run.project, Split.DEV)
    if run.origin == RunOrigin.MODEL:
        why = "this run is the measuring itself"
    elif release is None:
        why = "no release has a dev split"
    else:
        try:
            started = start_run(
                version=version, scope=Scope(release, Split.DEV), budget_usd=BUDGET_USD, by=None, operator=BY,
                setup=Setup(origin=RunOrigin.MODEL, uses_cache=False),
            )  # fmt: skip
        except (Refused, NotAllowed) as refusal:
            why = str(refusal)
    record_event(
        kind=CHANGED,
        project=run.project,
        by=None,
        operator=BY,
        target=target,
        before={"models": sorted(models_returned(before)), "run": before.name},
        after={
            "models": sorted(now), "run": run.name, "prompt": str(version), "asked_for": version.model,
            "measured_by": started.name if started else "", "not_measured": why,
        },
    )  # fmt: skip
    return started


def models_returned(run: Run) -> set[str]:
    """Which models the provider says have answered this run's calls for its version's model; none out of the cache."""
    assert run.prompt_version is not None
    fresh = Attempt.objects.filter(
        prediction__run=run, outcome=AttemptOutcome.OK, model=run.prompt_version.model, stage="classify"
    )
    return set(fresh.exclude(model_returned="").values_list("model_returned", flat=True).distinct())


def _before(run: Run) -> Run | None:
    """The last finished run of the same version that was answered by the same provider, and not out of the cache."""
    known = Run.objects.filter(
        prompt_version=run.prompt_version, state=RunState.DONE, provider=run.provider, is_simulated=run.is_simulated,
        finished_at__lt=run.finished_at,
    ).exclude(pk=run.pk).select_related("prompt_version")  # fmt: skip
    return next((one for one in known.order_by("-finished_at", "-pk")[:20] if models_returned(one)), None)
