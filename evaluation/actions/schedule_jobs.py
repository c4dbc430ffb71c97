"""What is done on a calendar. What code can do is done; for the rest an action waits for its owner."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from evaluation.actions import drift
from evaluation.actions.acquisition import start_acquisition
from evaluation.actions.open_actions import Work, open_action
from evaluation.actions.promotions import BUDGET_USD
from evaluation.actions.review_packs import make_review_pack
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.enums import FiringOutcome, PromptStatus, RunOrigin, ScheduleJob
from evaluation.models import DriftCheck, DriftMonitor, Firing, Promotion
from evaluation.queries.acquisition import Ask, runs_to_choose_from
from evaluation.queries.certificates import certificates_of
from evaluation.queries.promotions import is_paid, release_with
from labeling.actions.seats import free_expired_leases
from labeling.enums import Role, SeatState, Split
from labeling.models import Seat
from reviewapp.common import clock
from reviewapp.common.errors import Refused

OPERATOR = "schedule"
ENDS_SOON = timedelta(days=14)
QUARTERLY = "0 9 {day} 1,4,7,10 *"


@dataclass(frozen=True)
class Came:
    """What came of a job: the outcome, the reason or the figures in one sentence, and a link to what it made."""

    outcome: FiringOutcome
    said: str
    url: str = ""


@dataclass(frozen=True)
class Job:
    """A kind of work: what it is, when it usually is, what it may be told, who usually answers for it."""

    what: str
    recurrence: str  # the usual one; empty: at every release
    perform: Callable[[Firing], Came]
    role: Role = Role.MANAGER
    parameters: Mapping[str, float] = field(default_factory=dict)
    is_long: bool = False  # it keeps no transaction open, and does no harm if done twice
    code: str = ""

    @property
    def name(self) -> str:
        return ScheduleJob(self.code).label


def due_day(firing: Firing, days: float | None = None) -> date:
    """The day by which an action is to be done, by the schedule's own calendar."""
    after = firing.schedule.parameters.get("days", 14) if days is None else days
    return (clock.now().astimezone(ZoneInfo(firing.schedule.zone)) + timedelta(days=int(after))).date()


def _to(firing: Firing, name: str, *more: Any, **asked: Any) -> str:
    url = reverse(name, args=[firing.schedule.project.slug, *more])
    return f"{url}?{urlencode(asked)}" if asked else url


def _ask_owner(firing: Firing, key: str, title: str, why: str, url: str, days: float | None = None) -> Came:
    """Open an action for the schedule's owner; one that is open already is not opened again."""
    made = open_action(
        project=firing.schedule.project, firing=firing, by=None, operator=OPERATOR,
        work=Work(key=key, title=title, why=why, url=url, owner=firing.schedule.owner, due_on=due_day(firing, days)),
    )  # fmt: skip
    again = "" if made.firing_id == firing.pk else " It was open already."
    return Came(FiringOutcome.OPENED, f"{title}, by {made.due_on:%-d %b %Y}.{again}", url)


def _drift(firing: Firing) -> Came:
    project = firing.schedule.project
    if not DriftMonitor.objects.filter(project=project, is_active=True).exists():
        return Came(FiringOutcome.SKIPPED, "Nothing is watched for drift.", _to(firing, "evaluation:new-monitor"))
    before = Firing.objects.filter(schedule=firing.schedule, finished_at__isnull=False).order_by("-due_at").first()
    since = before.due_at if before else firing.due_at - timedelta(days=1)
    drift.sweep_drift(project=project)
    compared = DriftCheck.objects.filter(monitor__project=project, created_at__gt=since).order_by("-pk")
    rows = list(compared.values_list("public_id", "fired"))
    where = _to(firing, "evaluation:drift")
    if not rows:
        return Came(FiringOutcome.DONE, "No window has ended since.", where)
    moved = [public_id for public_id, fired in rows if fired]
    windows = "1 window" if len(rows) == 1 else f"{len(rows)} windows"
    if not moved:
        return Came(FiringOutcome.DONE, f"{windows} compared, nothing moved.", where)
    return _ask_owner(
        firing, f"drift:{moved[0]}", "Look at what moved", f"Of {windows} compared, something moved in {len(moved)}.",
        _to(firing, "evaluation:drift-check", moved[0]), 2,
    )  # fmt: skip


def _nightly(firing: Firing) -> Came:
    """Every prompt in production, anew and out of no cache; the run is scored when it is done."""
    project = firing.schedule.project
    rows = Promotion.objects.filter(prompt__project=project, is_current=True, status=PromptStatus.PRODUCTION)
    versions = [row.version for row in rows.select_related("version__prompt__project").order_by("pk")]
    if not versions:
        return Came(FiringOutcome.SKIPPED, "No prompt is in production.", _to(firing, "evaluation:prompts"))
    release = release_with(project, Split.DEV)
    if release is None:
        return Came(FiringOutcome.SKIPPED, "No release has a dev split.", _to(firing, "evaluation:releases"))
    budget = firing.schedule.parameters.get("budget_usd", BUDGET_USD)
    runs = [
        start_run(
            version=version, scope=Scope(release, Split.DEV), by=None, operator=OPERATOR,
            budget_usd=budget if is_paid(version) else None,
            setup=Setup(origin=RunOrigin.SCHEDULE, uses_cache=False),
        )
        for version in versions
    ]  # fmt: skip
    named = ", ".join(str(version) for version in versions)
    url = _to(firing, "evaluation:run", runs[0].public_id) if len(runs) == 1 else _to(firing, "evaluation:runs")
    return Came(FiringOutcome.DONE, f"{named} on {release}, {runs[0].total} items. Scored when done.", url)


def _leases(firing: Firing) -> Came:
    stale = Seat.objects.filter(
        round__project=firing.schedule.project, state=SeatState.LEASED,
        leased_until__lt=clock.now() - timedelta(seconds=60),
    ).count()  # fmt: skip
    free_expired_leases()
    return Came(FiringOutcome.DONE, f"{stale} leases had run out and were freed." if stale else "No lease was stale.")


def _certificates(firing: Firing) -> Came:
    """Certificates in use that have ended, end soon, or that something has overtaken; a newer one replaces them."""
    now = clock.now()
    standings = certificates_of(firing.schedule.project, now=now)
    seen: set[Any] = set()
    due = []
    for one in standings:  # newest first: of each prompt only the newest matters
        version = one.certificate.evaluation.run.prompt_version
        prompt = version.prompt_id if version else one.certificate.evaluation.run_id
        if prompt in seen or one.state == "suspended":
            continue
        seen.add(prompt)
        if one.state != "valid" or one.certificate.expires_at < now + ENDS_SOON:
            due.append(one)
    if not seen:
        return Came(FiringOutcome.SKIPPED, "There is no certificate.", _to(firing, "evaluation:certificates"))
    if not due:
        return Came(FiringOutcome.DONE, f"{len(seen)} in force.", _to(firing, "evaluation:certificates"))
    for one in due:
        run = one.certificate.evaluation.run
        came = _ask_owner(
            firing, f"certificate:{one.certificate.public_id}", f"Audit the certificate of {run.name}"[:160],
            f"It is {one.name}: {one.why}", _to(firing, "evaluation:certificate", one.certificate.public_id), 7,
        )  # fmt: skip
    return came if len(due) == 1 else Came(
        FiringOutcome.OPENED, f"{len(due)} certificates to audit.", _to(firing, "evaluation:open-actions")
    )  # fmt: skip


def _expansion(firing: Firing) -> Came:
    """Propose what is labelled next; a manager makes the round of it with one click."""
    project, size = firing.schedule.project, int(firing.schedule.parameters.get("size", 100))
    month = f"{due_day(firing, 0):%Y-%m}"
    runs = runs_to_choose_from(project)
    over_items = next((run for run in runs if run.release_id is None), None)
    by_hand = _to(firing, "labeling:new-round", size=size)
    title = f"Draw {size} more items to label"
    if over_items is None:
        why = "No finished run covers the project's items, so they are drawn by lot instead of by a model's answers."
        return _ask_owner(firing, f"expansion:{month}", title, why, by_hand)
    try:
        made = start_acquisition(
            ask=Ask(over_items, {"diversity": 1.0}, size=size, random_share=0.3), by=None, operator=OPERATOR
        )
    except Refused as refusal:
        return _ask_owner(firing, f"expansion:{month}", title, str(refusal), by_hand)
    return _ask_owner(
        firing, f"expansion:{month}", f"Make a round of {size} proposed items",
        f"Chosen from what “{over_items.name}” answered: 30% by lot, the others unlike what is labelled.",
        _to(firing, "evaluation:acquisition", made.public_id),
    )  # fmt: skip


def _by_hand(title: str, why: str, page: str, **asked: Any) -> Callable[[Firing], Came]:
    """A job that only people can do: an action with a link to the page where it is done."""

    def perform(firing: Firing) -> Came:
        quarter = due_day(firing, 0)
        key = f"{firing.schedule.job}:{quarter:%Y}-{(quarter.month - 1) // 3 + 1}"
        return _ask_owner(firing, key, title, why, _to(firing, page, **asked))

    return perform


def _review(firing: Firing) -> Came:
    """The pack of the month that is over is made; its owner goes through it."""
    month = (due_day(firing, 0).replace(day=1) - timedelta(days=1)).replace(day=1)
    pack = make_review_pack(project=firing.schedule.project, month=month, by=None, operator=OPERATOR, firing=firing)
    return _ask_owner(
        firing, f"review:{month:%Y-%m}", f"Review {month:%B %Y}",
        "Agreement, F1, drift, top failures, cost, open actions and incidents, against the month before.",
        _to(firing, "evaluation:review-pack", pack.public_id),
    )  # fmt: skip


def _validation(firing: Firing) -> Came:
    """People judge outputs on the new release blind: whether what is promised of it holds for them too."""
    release = firing.release or release_with(firing.schedule.project, Split.DEV)
    if release is None:
        return Came(FiringOutcome.SKIPPED, "No release is frozen yet.", _to(firing, "evaluation:releases"))
    validated = "" if release.is_blindly_validated else " Its gold came from a file, so nobody has validated it blind."
    return _ask_owner(
        firing, f"validation:{release.public_id}", f"Validate {release} blind"[:160],
        f"Have raters judge outputs on it without knowing who wrote them.{validated}",
        _to(firing, "evaluation:new-panel"),
    )  # fmt: skip


def _named(jobs: Mapping[ScheduleJob, Job]) -> dict[str, Job]:
    return {code.value: Job(**(vars(job) | {"code": code.value})) for code, job in jobs.items()}


TASK = {"days": 14}
JOBS: dict[str, Job] = _named({
    ScheduleJob.DRIFT: Job(
        "Compare the windows that have ended with their reference.", "0 6 * * *", _drift, Role.ENGINEER, is_long=True
    ),
    ScheduleJob.NIGHTLY: Job(
        "Run every prompt in production on dev again and score it.", "0 2 * * *", _nightly, Role.ENGINEER,
        {"budget_usd": BUDGET_USD},
    ),
    ScheduleJob.LEASES: Job("Free seats whose lease has run out.", "30 5 * * *", _leases),
    ScheduleJob.CERTIFICATES: Job(
        "Ask for an audit of certificates that have ended, end soon or were overtaken.", "0 8 * * 1", _certificates
    ),
    ScheduleJob.EXPANSION: Job(
        "Propose fresh items to label.", "0 9 1 * *", _expansion, parameters={"size": 100, **TASK}
    ),
    ScheduleJob.REVIEW: Job(
        "Make the pack of the month before: agreement, F1, drift, failures, cost, actions.", "0 9 2 * *", _review,
        parameters=TASK, is_long=True,
    ),
    ScheduleJob.SELECTION: Job(
        "Look where the golden set is thin.", QUARTERLY.format(day=3),
        _by_hand("Choose what the golden set lacks", "Cells of the coverage map with too few items tell nothing.",
                 "evaluation:coverage"), parameters=TASK,
    ),
    ScheduleJob.RELABELLING: Job(
        "Have labelled items labelled once more.", QUARTERLY.format(day=4),
        _by_hand("Relabel a sample of the golden set", "Whether people still say of items what they said then.",
                 "labeling:new-round"), parameters=TASK,
    ),
    ScheduleJob.ROTATION: Job(
        "Change who labels what.", QUARTERLY.format(day=5),
        _by_hand("Rotate the raters", "Whoever labels the same kind for long drifts with nobody beside them.",
                 "labeling:quality"), parameters=TASK,
    ),
    ScheduleJob.BIAS: Job(
        "Look for groups that are treated worse.", QUARTERLY.format(day=6),
        _by_hand("Audit for bias", "Counterfactual copies show what changes with swapped genders or names.",
                 "evaluation:new-suite"), Role.ANALYST, TASK,
    ),
    ScheduleJob.PROMPTS: Job(
        "Read the prompts in use again.", QUARTERLY.format(day=7),
        _by_hand("Review the prompts in use", "Guidelines, labels and failures have moved on since they were written.",
                 "evaluation:prompts"), Role.ENGINEER, TASK,
    ),
    ScheduleJob.VALIDATION: Job("Have people judge outputs on a new release.", "", _validation, parameters=TASK),
})  # fmt: skip
