"""The figure of reviews that alert rules may watch: how often what went through is right."""

from datetime import datetime, timedelta

from evaluation.queries.alert_readings import Scope
from evaluation.queries.alert_tallies import Tally, rolled, share_of
from evaluation.queries.reviews import override_by_day
from evaluation.stats.alerting import Reading


def audit_precision(scope: Scope, now: datetime) -> Reading:
    return share_of(_audited(scope, now - timedelta(days=scope.days)), now)


def past_audit_precision(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    return rolled(_audited(scope, since - timedelta(days=scope.days)), since, until, days=scope.days, of=share_of)


def _audited(scope: Scope, since: datetime) -> list[Tally]:
    """By the day on which people answered; each audited item counts the same."""
    prompt = scope.prompt.name if scope.prompt else ""
    days = override_by_day(scope.project, since=since, prompt=prompt)
    return [Tally(one.day, one.audited, float(one.audited - one.audited_wrong)) for one in days if one.audited]
