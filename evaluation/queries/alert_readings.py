"""How each figure of evaluation/queries/alert_metrics.py is read, now and over its past."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from evaluation.enums import DeliveryState, PredictionState, RunOrigin, RunState
from evaluation.models import AgreementReport, Delivery, DriftCheck, Evaluation, Prediction, Prompt, Run, SpentDay
from evaluation.queries.alert_tallies import Tally, mean_of, rolled, share_of
from evaluation.queries.held_out import rounded, scores
from evaluation.queries.run_days import CALLS, ENDED, ERRORS, FAILED, PAID, SQUARES, USD, by_day
from evaluation.stats.alerting import Reading
from evaluation.stats.types import Estimate, undefined
from labeling.enums import Purpose, SeatState, Split
from labeling.models import Project, Seat
from reviewapp.common.days import UtcDay

ASIDE = (
    RunOrigin.TRIAL,
    RunOrigin.STRESS,
    RunOrigin.GRID,
    RunOrigin.BANK,
    RunOrigin.JUDGE,
    RunOrigin.CANARY,
    RunOrigin.ATTACK,
)
BESIDE = (RunOrigin.STRESS, RunOrigin.JUDGE, RunOrigin.ATTACK)  # whose costs and failures are not those of answers
GRACE = timedelta(minutes=5)  # the sweep frees a lease within one
MOST = 500  # readings of a past


@dataclass(frozen=True)
class Scope:
    """Of what a figure is taken."""

    project: Project
    prompt: Prompt | None = None
    split: str = Split.DEV
    attribute: str = ""
    value: str = ""
    days: int = 7


def micro_f1(scope: Scope, now: datetime) -> Reading:
    return _newest_f1(scope, "micro")


def macro_f1(scope: Scope, now: datetime) -> Reading:
    return _newest_f1(scope, "macro")


def past_micro_f1(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    return _past_f1(scope, "micro", since)


def past_macro_f1(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    return _past_f1(scope, "macro", since)


def _evaluations(scope: Scope) -> QuerySet[Evaluation]:
    """Of answers as the prompt gives them: no trials, disturbed texts, grids, banks or judges."""
    found = Evaluation.objects.filter(
        run__project=scope.project, split=scope.split, run__prompt_version__isnull=False, run__perturbation__isnull=True
    ).exclude(run__origin__in=ASIDE)
    if scope.prompt:
        found = found.filter(run__prompt_version__prompt=scope.prompt)
    return found.select_related("run__prompt_version__prompt", "release__golden_set")


def _newest_f1(scope: Scope, average: str) -> Reading:
    found = _evaluations(scope).order_by("-created_at", "-pk").first()
    if found is None:
        return Reading(undefined(0, f"Nothing was evaluated on {scope.split} yet."), None)
    before = (
        _evaluations(scope)
        .filter(run__prompt_version__prompt=_prompt_of(found), release__golden_set=found.release.golden_set_id)
        .exclude(run=found.run_id)
        .filter(created_at__lte=found.created_at)
        .order_by("-created_at", "-pk")
        .first()
    )
    previous = _figure(before, scope, average).value if before else None
    return _f1(found, previous, scope, average)


def _past_f1(scope: Scope, average: str, since: datetime) -> list[Reading]:
    found = list(_evaluations(scope).filter(created_at__gte=since).order_by("created_at", "pk")[:MOST])
    before: dict[tuple[Any, ...], list[tuple[int, float | None]]] = {}
    readings = []
    for one in found:
        told = before.setdefault((_prompt_of(one), one.release.golden_set_id), [])
        previous = next((value for run, value in reversed(told) if run != one.run_id), None)
        reading = _f1(one, previous, scope, average)
        told.append((one.run_id, reading.figure.value))
        readings.append(reading)
    return readings


def _prompt_of(evaluation: Evaluation) -> int | None:
    version = evaluation.run.prompt_version
    return version.prompt_id if version else None


def _f1(evaluation: Evaluation, previous: float | None, scope: Scope, average: str) -> Reading:
    simulated = ", simulated" if evaluation.run.is_simulated else ""
    note = f"{evaluation.run.prompt_version} on {evaluation.release}:{evaluation.split}{simulated}"
    return Reading(_figure(evaluation, scope, average), evaluation.created_at, previous, note)


def _figure(evaluation: Evaluation, scope: Scope, average: str) -> Estimate:
    """As pages may show it: held-out figures to three decimals, none of few items."""
    if scope.attribute:
        sliced = scores(evaluation)["slices"].get(scope.attribute, {}).get(scope.value)
        if sliced is None:
            return undefined(0, f"No item of it has {scope.attribute} = {scope.value or 'nothing'}.")
        return _estimate(sliced["f1"])
    told = evaluation.report[average]["f1"]
    return _estimate(rounded(told) if evaluation.split == Split.TEST else told)


def _estimate(told: Mapping[str, Any]) -> Estimate:
    return Estimate(told["value"], told["low"], told["high"], told["n"] or 0, told.get("reason", ""))


def agreement(scope: Scope, now: datetime) -> Reading:
    rows = _agreements(scope)
    newest = rows.first()
    if newest is None:
        return Reading(undefined(0, "No round has an agreement yet."), None)
    round_id, name, at, told = newest
    before = rows.exclude(round=round_id).first()
    return Reading(_estimate(told), at, before[3]["value"] if before else None, name)


def past_agreement(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    readings: list[Reading] = []
    before: list[tuple[int, float | None]] = []
    for round_id, name, at, told in reversed(list(_agreements(scope)[:MOST])):
        previous = next((value for other, value in reversed(before) if other != round_id), None)
        before.append((round_id, told["value"]))
        readings.append(Reading(_estimate(told), at, previous, name))
    return [one for one in readings if one.as_of and one.as_of >= since]


def _agreements(scope: Scope) -> "QuerySet[AgreementReport, tuple[int, str, datetime, dict[str, Any]]]":
    reports = AgreementReport.objects.filter(round__project=scope.project).exclude(round__purpose=Purpose.TRAINING)
    return reports.order_by("-created_at", "-pk").values_list(
        "round", "round__name", "created_at", "report__alpha__masi"
    )


def drift(scope: Scope, now: datetime) -> Reading:
    found = _drifts(scope, now - timedelta(days=365), most=2)
    return found[-1] if found else Reading(undefined(0, "No windows were compared yet."), None)


def past_drift(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    return _drifts(scope, since, most=MOST)


def _drifts(scope: Scope, since: datetime, *, most: int) -> list[Reading]:
    checks = DriftCheck.objects.filter(project=scope.project, report__isnull=False, created_at__gte=since)
    if scope.prompt:
        checks = checks.filter(monitor__prompt=scope.prompt)
    rows = checks.order_by("-created_at", "-pk").values_list("fired", "report__n", "created_at", "monitor__name")
    readings: list[Reading] = []
    for fired, n, at, name in reversed(list(rows[:most])):
        previous = readings[-1].figure.value if readings else None
        readings.append(Reading(Estimate(float(fired), None, None, n[1]), at, previous, name or "compared by hand"))
    return readings


def cost(scope: Scope, now: datetime) -> Reading:
    return mean_of(_costs(scope, now - timedelta(days=scope.days)), now)


def past_cost(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    return rolled(_costs(scope, since - timedelta(days=scope.days)), since, until, days=scope.days, of=mean_of)


def _costs(scope: Scope, since: datetime) -> list[Tally]:
    days = by_day(scope.project, since, prompt=scope.prompt, without=BESIDE)
    return [Tally(day, int(one[PAID]), one[USD], one[SQUARES]) for day, one in days.items() if one[PAID]]


def failures(scope: Scope, now: datetime) -> Reading:
    return share_of(_failures(scope, now - timedelta(days=scope.days)), now)


def past_failures(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    return rolled(_failures(scope, since - timedelta(days=scope.days)), since, until, days=scope.days, of=share_of)


def _failures(scope: Scope, since: datetime) -> list[Tally]:
    days = by_day(scope.project, since, prompt=scope.prompt, without=BESIDE)
    return [Tally(day, int(one[ENDED]), one[FAILED]) for day, one in days.items() if one[ENDED]]


def provider_errors(scope: Scope, now: datetime) -> Reading:
    return share_of(_errors(scope, now - timedelta(days=scope.days)), now)


def past_provider_errors(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    return rolled(_errors(scope, since - timedelta(days=scope.days)), since, until, days=scope.days, of=share_of)


def _errors(scope: Scope, since: datetime) -> list[Tally]:
    days = by_day(scope.project, since, prompt=scope.prompt)
    return [Tally(day, int(one[CALLS]), one[ERRORS]) for day, one in days.items() if one[CALLS]]


def budget(scope: Scope, now: datetime) -> Reading:
    found = _budgets(scope, now, now)
    return found[-1] if found else Reading(undefined(0, "There is no limit a day, or nothing was spent today."), None)


def past_budget(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    return _budgets(scope, since, until)


def _budgets(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    days = SpentDay.objects.filter(project=scope.project, limit_micro_usd__gt=0, day__gte=first, day__lte=last)
    readings: list[Reading] = []
    for one in days.order_by("day"):
        share = (one.spent_micro_usd + one.reserved_micro_usd) / (one.limit_micro_usd or 1)
        end = datetime(one.day.year, one.day.month, one.day.day, tzinfo=UTC) + timedelta(days=1)
        previous = readings[-1].figure.value if readings else None
        readings.append(Reading(Estimate(share, None, None, 1), min(end, until), previous))
    return readings


def waiting(scope: Scope, now: datetime) -> Reading:
    pending = Prediction.objects.filter(run=OuterRef("pk"), state=PredictionState.PENDING)
    going = Run.objects.filter(Exists(pending), project=scope.project, state__in=[RunState.QUEUED, RunState.RUNNING])
    told = going.aggregate(oldest=Min("created_at"), n=Count("pk"))
    minutes = (now - told["oldest"]).total_seconds() / 60 if told["oldest"] else 0.0
    return Reading(Estimate(minutes, None, None, told["n"]), now)


def overdue(scope: Scope, now: datetime) -> Reading:
    seats = Seat.objects.filter(round__project=scope.project, state=SeatState.LEASED)
    leased = Prediction.objects.filter(run__project=scope.project, state=PredictionState.LEASED)
    late = seats.filter(leased_until__lt=now - GRACE).count() + leased.filter(lease_until__lt=now - GRACE).count()
    return Reading(Estimate(float(late), None, None, seats.count() + leased.count()), now)


def unevaluated(scope: Scope, now: datetime) -> Reading:
    at = _evaluations(scope).order_by("-created_at").values_list("created_at", flat=True).first()
    return _age(at, now, scope)


def past_unevaluated(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    moments = sorted(_evaluations(scope).values_list("created_at", flat=True).order_by("-created_at")[:MOST])
    return [_age(_last(moments, day), day, scope) for day in _days(since, until)]


def _age(at: datetime | None, now: datetime, scope: Scope) -> Reading:
    if at is None:
        return Reading(undefined(0, f"Nothing was evaluated on {scope.split} yet."), now)
    return Reading(Estimate((now - at).total_seconds() / 86400, None, None, 1), now)


def _last(moments: Iterable[datetime], until: datetime) -> datetime | None:
    return max((one for one in moments if one <= until), default=None)


def _days(since: datetime, until: datetime) -> list[datetime]:
    return [since + timedelta(days=number) for number in range(1, (until - since).days + 1)]


def given_up(scope: Scope, now: datetime) -> Reading:
    ended = _ended(scope, now - timedelta(days=scope.days))
    return Reading(Estimate(sum(one.total for one in ended), None, None, sum(one.n for one in ended)), now)


def past_given_up(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    tallies = _ended(scope, since - timedelta(days=scope.days))

    def count(some: list[Tally], at: datetime) -> Reading:
        return Reading(Estimate(sum(one.total for one in some), None, None, sum(one.n for one in some)), at)

    return rolled(tallies, since, until, days=scope.days, of=count)


def _ended(scope: Scope, since: datetime) -> list[Tally]:
    ended = Delivery.objects.filter(destination__project=scope.project, ended_at__gte=since)
    days = ended.order_by().annotate(day=UtcDay("ended_at")).values_list("day")
    dead = Count("pk", filter=Q(state=DeliveryState.DEAD))
    return [Tally(day, n, float(total)) for day, n, total in days.annotate(n=Count("pk"), total=dead)]
