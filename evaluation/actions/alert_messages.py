"""Who is told of alerts, once each: those that fire together in one message, again to others if nobody saw to them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from evaluation.actions.deliveries import queue_message
from evaluation.enums import DestinationKind, EventKind
from evaluation.models import Alert, AlertRule, Destination
from evaluation.outgoing.messages import ACKNOWLEDGE, CRITICAL, INFO, RESOLVE, TRIGGER, WARNING, Message
from evaluation.queries.alert_metrics import METRICS
from evaluation.queries.alert_words import condition_said, reading_said
from labeling.models import Project
from reviewapp.common import clock

Bundles = dict[Destination, list[Alert]]
NAMED = 3  # rules in the title of a message about many


@transaction.atomic
def tell(*, project: Project) -> int:
    """Write the messages that are due; how many. What is snoozed or silenced waits, and is told if it lasts."""
    now = clock.now()
    rules = AlertRule.objects.filter(project=project)
    quiet = set(rules.filter(snoozed_until__gt=now).values_list("pk", flat=True))
    firing = Alert.objects.filter(rule__project=project, resolved_at__isnull=True, rule__is_active=True)
    quiet |= set(rules.filter(silenced_by__in=firing.values("rule")).values_list("pk", flat=True))
    open_ones = list(_loaded(firing).select_for_update(of=("self",)))
    fresh = [one for one in open_ones if one.told_at is None and one.rule_id not in quiet]
    late = [one for one in open_ones if _is_late(one) and one.rule_id not in quiet]
    over = list(
        _loaded(
            Alert.objects.filter(
                rule__project=project, resolved_at__isnull=False, told_at__isnull=False, end_told_at__isnull=True
            )
        ).select_for_update(of=("self",))
    )
    if not fresh and not late and not over:
        return 0
    heard = list(Destination.objects.filter(project=project, is_active=True))
    written = _write(project, _bundles(fresh, heard, EventKind.ALERT_RAISED), EventKind.ALERT_RAISED, TRIGGER)
    written += _write(project, _bundles(over, heard, EventKind.ALERT_RESOLVED), EventKind.ALERT_RESOLVED, RESOLVE)
    escalated: Bundles = {}
    for one in late:
        if one.rule.escalate_to and one.rule.escalate_to.is_active:
            escalated.setdefault(one.rule.escalate_to, []).append(one)
    written += _write(project, escalated, EventKind.ALERT_RAISED, TRIGGER, is_escalated=True)
    for some, field in ((fresh, "told_at"), (over, "end_told_at"), (late, "escalated_at")):
        Alert.objects.filter(pk__in=[one.pk for one in some]).update(**{field: now})
    return written


def tell_acknowledged(alert: Alert) -> None:
    """PagerDuty keeps incidents, so it hears that somebody sees to one."""
    alert = _loaded(Alert.objects.filter(pk=alert.pk)).get()
    if alert.told_at is None:
        return
    heard = Destination.objects.filter(project=alert.rule.project, is_active=True, kind=DestinationKind.PAGERDUTY)
    mine = Q(alert_rules=alert.rule) | Q(pk=alert.rule.escalate_to_id if alert.escalated_at else None)
    for one in {*heard.filter(mine), *(one for one in heard if EventKind.ALERT_RAISED in one.events)}:
        message = _message(alert.rule.project, [alert], EventKind.ALERT_RAISED, ACKNOWLEDGE, is_escalated=False)
        queue_message(destination=one, key=f"alert:{alert.public_id}:acknowledged", message=message)


def _is_late(alert: Alert) -> bool:
    minutes = alert.rule.escalate_minutes
    if alert.told_at is None or alert.acknowledged_at or alert.escalated_at or minutes is None:
        return False
    return clock.now() >= alert.told_at + timedelta(minutes=minutes)


def _loaded(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    return alerts.select_related("rule__project", "rule__prompt", "rule__escalate_to").order_by("raised_at", "pk")


def _bundles(alerts: Sequence[Alert], heard: Sequence[Destination], kind: str) -> Bundles:
    """For each destination the alerts it hears of: by its rule, or since it gets all of the project's."""
    through = AlertRule.destinations.through.objects.filter(alertrule__in=[one.rule_id for one in alerts])
    named: dict[int, set[int]] = {}
    for rule, destination in through.values_list("alertrule", "destination"):
        named.setdefault(rule, set()).add(destination)
    found: Bundles = {}
    for one in heard:
        if mine := [alert for alert in alerts if kind in one.events or one.pk in named.get(alert.rule_id, ())]:
            found[one] = mine
    return found


def _write(project: Project, bundles: Bundles, kind: str, action: str, *, is_escalated: bool = False) -> int:
    count = 0
    for destination, alerts in bundles.items():
        alone = destination.kind == DestinationKind.PAGERDUTY  # it groups by itself and closes one by one
        for some in [[one] for one in alerts] if alone else [list(alerts)]:
            message = _message(project, some, kind, action, is_escalated=is_escalated)
            queue_message(destination=destination, key=f"alerts:{uuid4().hex}", message=message)
            count += 1
    return count


def _message(project: Project, alerts: list[Alert], kind: str, action: str, *, is_escalated: bool) -> Message:
    first, over = alerts[0], action == RESOLVE
    readings = [(one, one.rule.reading or one.reading if over else one.reading) for one in alerts]
    if len(alerts) == 1:
        title = f"{'Resolved' if over else 'Alert'}: {first.rule.name}"
        where = reverse("evaluation:alert-rule", args=[project.slug, first.rule.public_id])
    else:
        names = ", ".join(one.rule.name for one in alerts[:NAMED])
        more = f" and {len(alerts) - NAMED} more" if len(alerts) > NAMED else ""
        title = f"{len(alerts)} alerts {'resolved' if over else 'raised'}: {names}{more}"
        where = reverse("evaluation:alerts", args=[project.slug])
    if is_escalated:
        title = f"Nobody has seen to it yet. {title}"
    return Message(
        kind=kind,
        title=title,
        at=clock.now().isoformat(),
        project=project.slug,
        url=settings.BASE_URL + where,
        facts=tuple((one.rule.name, f"{reading_said(one.rule, told)}. Fires: {condition_said(one.rule)}.")
                    for one, told in readings),
        severity=INFO if over else CRITICAL if is_escalated else WARNING,
        action=action,
        dedup_key=f"assay-alert-{first.public_id}",
        data={"alerts": [_told(one, told) for one, told in readings]},
    )  # fmt: skip


def _told(alert: Alert, told: dict[str, object]) -> dict[str, object]:
    rule = alert.rule
    return {
        "id": str(alert.public_id), "rule": rule.name, "metric": rule.metric, "title": METRICS[rule.metric].title,
        "prompt": rule.prompt.name if rule.prompt else None, "comparison": rule.comparison,
        "threshold": rule.threshold, "raised_at": alert.raised_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "figure": {name: told.get(name) for name in ("value", "low", "high", "n", "previous", "as_of")},
    }  # fmt: skip
