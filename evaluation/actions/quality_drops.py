"""When quality drops: ask what changed, compute it once, look again at the slice that fell, roll the prompt back."""

import logging

from django.db import transaction

from evaluation import tasks
from evaluation.actions.promotions import roll_back
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.enums import RunOrigin
from evaluation.models import Promotion, QualityDrop, Run, TargetedRun
from evaluation.queries.drop_report import FORMAT, build_report
from evaluation.queries.promotions import in_production, is_paid
from evaluation.queries.quality_drops import affected_items, version_now, worst_slice
from evaluation.queries.streams import Window, check_comparable, fingerprint, window_of
from labeling import rules
from labeling.actions.audit import record_event
from labeling.digest import digest_of
from labeling.enums import Role
from labeling.models import Project, User
from labeling.tasks import nudge
from reviewapp import __version__
from reviewapp.common import clock
from reviewapp.common.errors import Refused

logger = logging.getLogger(__name__)
MAKERS = (Role.ENGINEER, Role.MANAGER, Role.ANALYST)
REASON_LEAST = 10  # characters of a reason to roll back


@transaction.atomic
def ask_what_changed(
    *,
    project: Project,
    reference: Window,
    current: Window,
    by: User | None,
    operator: str = "",
    in_background: bool = True,
) -> QualityDrop:
    """Ask for two runs, or two times of production, side by side; a worker computes it. Never over held-out items."""
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)
    for window in (reference, current):
        if window.run:
            if window.run.project_id != project.pk:
                raise Refused("The runs belong to another project.")
            check_comparable(window.run)
        elif window.start is None or window.end is None or window.start >= window.end:
            raise Refused("A window of time begins before it ends.")
    if reference == current:
        raise Refused("These are the same. Choose what it was before, and what it is now.")
    if bool(reference.run) != bool(current.run):
        raise Refused("Compare two runs, or two times, not one of each.")
    drop = QualityDrop.objects.create(
        project=project, reference=reference.as_json(), current=current.as_json(), created_at=clock.now(),
        created_by=by, operator="" if by else operator,
    )  # fmt: skip
    record_event(
        kind="quality_drop.asked", project=project, by=by, operator=operator, target=f"quality_drop:{drop.public_id}",
        after={"reference": drop.reference, "current": drop.current},
    )  # fmt: skip
    if in_background:
        transaction.on_commit(lambda: nudge(tasks.compute_quality_drop, drop.pk))
    return drop


def compute_drop(*, drop_id: int) -> QualityDrop:
    """Write the report, once; whoever comes second finds it there."""
    drop = QualityDrop.objects.select_related("project").get(pk=drop_id)
    if drop.report is None:
        windows = [window_of(drop.project, told) for told in (drop.reference, drop.current)]
        report = build_report(drop.project, *windows)
        marks = [fingerprint(drop.project, window) for window in windows]
        digest = digest_of(["quality drop", drop.reference, drop.current, marks, report["gold"], FORMAT])
        report |= {"inputs": {"digest": digest}, "versions": {"format": FORMAT, "code": __version__}}
        QualityDrop.objects.filter(pk=drop.pk, report__isnull=True).update(report=report)
        drop.refresh_from_db()
    return drop


def compute_due() -> int:
    """Compute what was asked for and not computed: the message was lost, or its worker died. How many."""
    done = 0
    for pk in QualityDrop.objects.filter(report__isnull=True).order_by("pk").values_list("pk", flat=True):
        try:
            compute_drop(drop_id=pk)
        except Exception:
            logger.exception("what changed could not be computed for %s", pk)  # the others are
        else:
            done += 1
    return done


@transaction.atomic
def look_again(*, drop: QualityDrop, by: User | None, budget_usd: float | None = None, operator: str = "") -> Run:
    """Have the version of the newer side answer the dev items of the slice that fell, afresh and not from the cache."""
    if by:
        rules.check_role(by, drop.project, Role.ENGINEER, Role.MANAGER)
    drop = QualityDrop.objects.select_for_update(of=("self",)).select_related("project").get(pk=drop.pk)
    version = version_now(drop)
    if version is None:
        raise Refused("The newer side was not made by one prompt version here, so it cannot be asked again.")
    if is_paid(version) and not budget_usd:
        raise Refused(f"Say what asking {version} again may cost: a budget in dollars, above 0.")
    if drop.targeted.filter(run__finished_at__isnull=True).exists():
        raise Refused("The slice is being looked at again already.")
    release, items = affected_items(drop)
    if release is None or not items:
        raise Refused("No item of the slice has gold on dev, so looking again would tell nothing.")
    attribute, value = worst_slice(drop)
    run = start_run(
        version=version, scope=Scope(release, "dev"), budget_usd=budget_usd, by=by, operator=operator,
        name=f"again {attribute} {value} {version}".replace("@", " v").replace(":", " ").replace("/", " "),
        setup=Setup(origin=RunOrigin.TARGETED, items=items, uses_cache=False),
    )  # fmt: skip
    TargetedRun.objects.create(drop=drop, run=run, attribute=attribute, value=value, created_at=clock.now())
    return run


@transaction.atomic
def roll_back_after(
    *, drop: QualityDrop, reason: str, by: User | None, expected: str = "", operator: str = ""
) -> Promotion:
    """The version that was in production before goes back there; the reason names what was seen.

    `expected` is the version that whoever asks saw named: the same request twice goes back once.
    """
    version = version_now(drop)
    if version is None:
        raise Refused("The newer side was not made by one prompt version here, so there is nothing to roll back.")
    now = in_production(version.prompt)
    if (now is None or now.version_id != version.pk) and str(now.version if now else "") != expected:
        raise Refused(f"{version} is not in production (any more), so rolling back would not undo it.")
    if len(reason.strip()) < REASON_LEAST:
        raise Refused(f"Write down why, in at least {REASON_LEAST} characters.")
    to = next((one for one in version.prompt.versions.all() if str(one) == expected), None) if expected else None
    return roll_back(prompt=version.prompt, to=to, reason=reason, by=by, operator=operator)
