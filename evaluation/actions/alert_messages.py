"""Who is told of alerts, once each: those that fire together in one message, again to others if nobody saw to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from evaluation.actions.deliveries import queue_message
from evaluation.enums import DestinationKind, EventKind, IncidentState
from evaluation.models import Alert, AlertRule, Destination, Incident
from evaluation.outgoing.messages import CRITICAL, INFO, RESOLVE, TRIGGER, WARNING, Message
from evaluation.queries.alert_metrics import METRICS
from evaluation.queries.alert_words import condition_said, reading_said
from labeling.models import Project
from reviewapp.common import clock

Bundles = dict[Destination, list[Alert]]
CALM = timedelta(minutes=5)  # a rule is fine for so long before its alert is told as over: what flaps is told once
NAMED = 3  # rules in the title of a message about many


def projects_to_tell(project: Project | None = None) -> list[Project]:
    """The projects with alerts that are open, or over without a word; one query."""
    over = Q(resolved_at__isnull=False, told_at__isnull=False, end_told_at__isnull=True)
    waiting = Alert.objects.filter(Q(resolved_at__isnull=True) | over, rule__project__archived_at__isnull=True)
    found = Project.objects.filter(pk__in=waiting.values("rule__project")).order_by("pk")
    return list(found.filter(pk=project.pk) if project else found)


@transaction.atomic
def tell(*, project: Project) -> int:
    """Write the messages that are due; how many. What is snoozed or silenced waits, and is told if it lasts."""
    now = clock.now()
    rules = AlertRule.objects.filter(project=project)
    quiet = set(rules.filter(snoozed_until__gt=now).values_list("pk", flat=True))
    firing = Alert.objects.filter(rule__project=project, resolved_at__isnull=True, rule__is_active=True)
    quiet |= set(rules.filter(silenced_by__in=firing.values("rule")).values_list("pk", flat=True))
    open_ones = list(_loaded(firing).select_for_update(of=("self",)))
    fresh = [one for one in open_ones if _is_fresh(one, now) and one.rule_id not in quiet]
    late = [one for one in open_ones if _is_late(one, now) and one.rule_id not in quiet]
    ended = Alert.objects.filter(
        rule__project=project, resolved_at__lte=now - CALM, told_at__isnull=False, end_told_at__isnull=True
    )
    over = list(_loaded(ended).select_for_update(of=("self",)))
    if not fresh and not late and not over:
        return 0
    heard = list(Destination.objects.filter(project=project, is_active=True))
    written = _write(project, _bundles(fresh, heard, EventKind.ALERT_RAISED), EventKind.ALERT_RAISED, TRIGGER)
    written += _write(project, _bundles(over, heard, EventKind.ALERT_RESOLVED), EventKind.ALERT_RESOLVED, RESOLVE)
    escalated: Bundles = {}
    for one in late:
        if one.rule.escalate_to:
            escalated.setdefault(one.rule.escalate_to, []).append(one)
    written += _write(project, escalated, EventKind.ALERT_RAISED, TRIGGER, is_escalated=True)
    for some, field in ((fresh, "told_at"), (over, "end_told_at"), (late, "escalated_at")):
        Alert.objects.filter(pk__in=[one.pk for one in some]).update(**{field: now})
    return written


def tell_incident_keepers(alert: Alert, action: str) -> None:
    """PagerDuty keeps incidents, so it hears that somebody sees to one, or that its rule is watched no more."""
    alert = _loaded(Alert.objects.filter(pk=alert.pk)).get()
    if alert.told_at is None:
        return
    kind = EventKind.ALERT_RESOLVED if action == RESOLVE else EventKind.ALERT_RAISED
    heard = Destination.objects.filter(project=alert.rule.project, is_active=True, kind=DestinationKind.PAGERDUTY)
    for one in _bundles([alert], list(heard), EventKind.ALERT_RAISED):
        message = _message(alert.rule.project, [alert], kind, action, is_escalated=False)
        queue_message(destination=one, key=f"alert:{alert.public_id}:{action}", message=message)


def _is_fresh(alert: Alert, now: datetime) -> bool:
    """Nobody was told yet, or those who were told were then asked to wait, and the snooze is over."""
    if alert.told_at is None:
        return True
    slept = alert.rule.snoozed_until
    return alert.acknowledged_at is None and slept is not None and alert.told_at < slept <= now


def _is_late(alert: Alert, now: datetime) -> bool:
    minutes, to = alert.rule.escalate_minutes, alert.rule.escalate_to
    if alert.told_at is None or alert.acknowledged_at or alert.escalated_at or minutes is None:
        return False
    return to is not None and to.is_active and now >= alert.told_at + timedelta(minutes=minutes)


def _loaded(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    found = alerts.select_related("rule__project", "rule__prompt", "rule__escalate_to").order_by("raised_at", "pk")
    return found.prefetch_related("incidents")


def _bundles(alerts: Sequence[Alert], heard: Sequence[Destination], kind: str) -> Bundles:
    """For each destination the alerts it hears of: by its rule, as they were passed on to it, or since it gets all."""
    through = AlertRule.destinations.through.objects.filter(alertrule__in=[one.rule_id for one in alerts])
    named: dict[int, set[int]] = {}
    for rule, destination in through.values_list("alertrule", "destination"):
        named.setdefault(rule, set()).add(destination)
    for one in alerts:
        if one.escalated_at and one.rule.escalate_to_id:
            named.setdefault(one.rule_id, set()).add(one.rule.escalate_to_id)
    found: Bundles = {}
    for place in heard:
        if mine := [one for one in alerts if kind in place.events or place.pk in named.get(one.rule_id, ())]:
            found[place] = mine
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
    proposed = [incident for one in alerts for incident in _unanswered(one)]
    if len(alerts) == 1:
        title = f"{'Resolved' if over else 'Alert'}: {first.rule.name}"
        where = reverse("evaluation:alert-rule", args=[project.slug, first.rule.public_id])
        if not over and len(proposed) == 1:
            where = reverse("evaluation:incident", args=[project.slug, proposed[0].public_id])
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
        facts=(
            *((one.rule.name, f"{reading_said(one.rule, told)}. Fires: {condition_said(one.rule)}.")
              for one, told in readings),
            *(("Proposed incident", incident.title) for incident in proposed if not over),
        ),
        severity=INFO if over else CRITICAL if is_escalated else WARNING,
        action=action,
        dedup_key=f"assay-alert-{first.public_id}",
        data={"alerts": [_told(one, told) for one, told in readings]},
    )  # fmt: skip


def _unanswered(alert: Alert) -> list[Incident]:
    return [one for one in alert.incidents.all() if one.state == IncidentState.PROPOSED]


def _told(alert: Alert, told: dict[str, object]) -> dict[str, object]:
    rule = alert.rule
    return {
        "id": str(alert.public_id), "rule": rule.name, "metric": rule.metric, "title": METRICS[rule.metric].title,
        "prompt": rule.prompt.name if rule.prompt else None, "comparison": rule.comparison,
        "threshold": rule.threshold, "raised_at": alert.raised_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "incidents": [{"id": str(one.public_id), "title": one.title} for one in _unanswered(alert)],
        "figure": {name: told.get(name) for name in ("value", "low", "high", "n", "previous", "as_of")},
    }  # fmt: skip
