"""Watches for drift: monitors, the comparisons they ask for, and the one place that computes them."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from evaluation import tasks
from evaluation.models import DriftCheck, DriftMonitor, Prompt
from evaluation.queries.streams import (
    Window,
    check_comparable,
    fingerprint,
    newest_release,
    read_overruled,
    read_texts,
    read_window,
    window_of,
)
from evaluation.stats.drift import ALPHA, LEAST
from evaluation.stats.windows import compare_windows, levels
from labeling import rules
from labeling.actions.audit import record_event
from labeling.digest import digest_of
from labeling.enums import Role
from labeling.models import Project, User
from labeling.tasks import nudge
from reviewapp import __version__
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MAKERS = (Role.ENGINEER, Role.MANAGER, Role.ANALYST)
FORMAT = 3
SEED = 0
CATCH_UP = 14  # windows that one sweep makes up for at most, the newest
MOST_DAYS = 366


@transaction.atomic
def make_monitor(
    *,
    project: Project,
    name: str,
    prompt: Prompt | None,
    reference: tuple[datetime, datetime],
    days: int,
    cohort: str,
    by: User | None,
    operator: str = "",
) -> DriftMonitor:
    """Watch the predictions of a prompt (None: of any) for items outside a release, against a reference in time."""
    _check_maker(project, by)
    start, end = reference
    if not name.strip():
        raise Refused("A monitor needs a name.")
    if DriftMonitor.objects.filter(project=project, name=name).exists():
        raise Refused(f"There is a monitor “{name}” already.")
    if start >= end:
        raise Refused("The reference ends before it begins.")
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"A window is 1 to {MOST_DAYS} days long.")
    found, _, _ = fingerprint(project, Window(start=start, end=end, prompt=prompt.name if prompt else ""))
    if found < LEAST:
        raise Refused(f"The reference holds {found} predictions; at least {LEAST} are needed to say anything.")
    monitor = DriftMonitor.objects.create(
        project=project, name=name, prompt=prompt, cohort=cohort, reference_from=start, reference_until=end, days=days,
        created_by=by,
    )  # fmt: skip
    after = {"name": name, "prompt": prompt.name if prompt else "", "days": days, "cohort": cohort, "reference": found}
    _record("monitor.made", monitor, by, operator, after)
    return monitor


@transaction.atomic
def switch_monitor(*, monitor: DriftMonitor, on: bool, by: User | None, operator: str = "") -> None:
    """Stop watching, or go on. Windows that passed meanwhile are made up for, up to CATCH_UP."""
    _check_maker(monitor.project, by)
    if monitor.is_active != on:
        monitor.is_active = on
        monitor.save(update_fields=["is_active"])
        _record("monitor.switched", monitor, by, operator, {"is_active": on})


@transaction.atomic
def ask_check(
    *, project: Project, reference: Window, current: Window, cohort: str, by: User | None, operator: str = ""
) -> DriftCheck:
    """Ask for the comparison of two windows; a worker computes it."""
    _check_maker(project, by)
    for window in (reference, current):
        if window.run:
            if window.run.project_id != project.pk:
                raise Refused("The runs belong to another project.")
            check_comparable(window.run)
        elif window.start is None or window.end is None or window.start >= window.end:
            raise Refused("A window begins before it ends.")
    if reference == current:
        raise Refused("These are the same window.")
    check = DriftCheck.objects.create(
        project=project, reference=reference.as_json(), current=current.as_json(), cohort=cohort, created_by=by
    )
    record_event(
        kind="drift.asked", project=project, by=by, operator=operator, target=f"drift:{check.public_id}",
        after={"reference": check.reference, "current": check.current, "cohort": cohort},
    )  # fmt: skip
    transaction.on_commit(lambda: nudge(tasks.compute_drift, check.pk))
    return check


def compute_check(*, check_id: int) -> DriftCheck:
    """Compare the two windows and write the report, once; whoever comes second finds it there."""
    check = DriftCheck.objects.select_related("project", "monitor").get(pk=check_id)
    if check.report is not None:
        return check
    report = _report(check)
    fired = sum(one["fired"] for one in report["signals"])
    with transaction.atomic():
        written = DriftCheck.objects.filter(pk=check.pk, report__isnull=True).update(report=report, fired=fired)
        if written and fired:
            record_event(
                kind="drift.fired", project=check.project, by=None, target=f"drift:{check.public_id}",
                after={"signals": fired, "monitor": check.monitor.name if check.monitor else ""},
            )  # fmt: skip
    check.refresh_from_db()
    return check


def sweep_drift(*, project: Project | None = None) -> int:
    """Ask for the windows of active monitors (of one project) that have ended, compute what is due; how many."""
    now = clock.now()
    mine = {"project": project} if project else {}
    active = DriftMonitor.objects.filter(is_active=True, **mine)
    for monitor in active.select_related("prompt", "project").order_by("pk"):
        _ask_ended_windows(monitor, now)
    due = list(DriftCheck.objects.filter(report__isnull=True, **mine).order_by("pk").values_list("pk", flat=True))
    for pk in due:
        compute_check(check_id=pk)
    return len(due)


def _ask_ended_windows(monitor: DriftMonitor, now: datetime) -> None:
    """One check for each whole window since the reference that has none, the newest CATCH_UP of them."""
    length = timedelta(days=monitor.days)
    ended = int((now - monitor.reference_until) / length)
    ends = [monitor.reference_until + length * number for number in range(max(1, ended - CATCH_UP + 1), ended + 1)]
    known = set(monitor.checks.filter(until__in=ends).values_list("until", flat=True))
    prompt = monitor.prompt.name if monitor.prompt else ""
    reference = Window(start=monitor.reference_from, end=monitor.reference_until, prompt=prompt)
    for end in ends:
        if end not in known:
            current = Window(start=end - length, end=end, prompt=prompt)
            DriftCheck.objects.get_or_create(
                monitor=monitor,
                until=end,
                defaults={
                    "project": monitor.project, "reference": reference.as_json(), "current": current.as_json(),
                    "cohort": monitor.cohort,
                },
            )  # fmt: skip


def _report(check: DriftCheck) -> dict[str, Any]:
    project = check.project
    windows = [window_of(project, told) for told in (check.reference, check.current)]
    release = newest_release(project)
    read = [read_window(project, window, release) for window in windows]
    (then, items), (now, other_items) = read
    texts = read_texts(items, other_items, seed=SEED)
    people = (read_overruled(project, windows[0]), read_overruled(project, windows[1]))
    found = compare_windows(then, now, texts=texts, people=people, cohort=check.cohort, seed=SEED)
    marks = [[*fingerprint(project, window), asdict(one)] for window, one in zip(windows, people, strict=True)]
    inputs = [check.reference, check.current, check.cohort, marks, release.digest if release else "", FORMAT]
    return {
        "n": [len(then), len(now)],
        "alpha": ALPHA,
        "least": LEAST,
        "gold": str(release) if release else "",
        "cohort": check.cohort,
        "levels": levels(then, now, people),
        "signals": [{"kind": one.kind, "cohort": one.cohort} | one.signal.as_dict() for one in found],
        "inputs": {"digest": digest_of(inputs)},
        "versions": {"format": FORMAT, "code": __version__},
    }


def _check_maker(project: Project, by: User | None) -> None:
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)


def _record(kind: str, monitor: DriftMonitor, by: User | None, operator: str, after: dict[str, Any]) -> None:
    target = f"monitor:{monitor.public_id}"
    record_event(kind=kind, project=monitor.project, by=by, operator=operator, target=target, after=after)
