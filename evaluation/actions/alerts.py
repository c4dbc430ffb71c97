"""Alert rules as people make and steer them: set, switched, acknowledged, snoozed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from django.db import transaction

from evaluation.actions.alert_messages import tell_incident_keepers
from evaluation.enums import AlertComparison, NoData
from evaluation.models import Alert, AlertRule, Destination, Prompt
from evaluation.outgoing.messages import ACKNOWLEDGE, RESOLVE
from evaluation.queries.alert_metrics import FALL, IMPORTS, INCIDENTS, METRICS, SCHEDULES, SHARE, SLICE
from evaluation.queries.alert_words import RELATIVE, condition_said, figure_said
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role, Split
from labeling.models import Project, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

MAKERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
MOST = 100  # rules of a project
MOST_DAYS, MOST_HOLD = 90, 60 * 24 * 30  # of a window; minutes
LONGEST_SNOOZE = timedelta(days=30)
DEFAULTS = {  # figure: the rule that a project has until somebody changes it, and its threshold
    FALL: ("Micro F1 fell by a tenth", 0.1),
    INCIDENTS: ("An incident is past its 48 hours", 0),
    IMPORTS: ("The newest import is unusual", 0),
    SCHEDULES: ("A scheduled job is late or failed", 0),
}


@dataclass(frozen=True)
class RuleSpec:
    """All that a rule is asked for."""

    name: str
    metric: str
    comparison: str
    threshold: float
    prompt: Prompt | None = None
    split: str = Split.DEV
    attribute: str = ""
    value: str = ""
    days: int = 7
    hold_minutes: int = 0
    beyond_chance: bool = False
    no_data: str = NoData.OK
    destinations: Sequence[Destination] = ()
    escalate_to: Destination | None = None
    escalate_minutes: int | None = None
    silences: Sequence[AlertRule] = field(default=())


@transaction.atomic
def set_rule(
    *, project: Project, spec: RuleSpec, rule: AlertRule | None = None, by: User | None, operator: str = ""
) -> AlertRule:
    """Make a rule, or change one: its state begins anew, and an alert that was open is over."""
    rules.check_not_archived(project)
    _check(project, spec, rule, by)
    content = {name: getattr(spec, name) for name in SIMPLE}
    if rule is None:
        rule = AlertRule(project=project, created_at=clock.now(), created_by=by)
    else:
        rule = AlertRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
        _begin_anew(rule)
    for name, value in content.items():
        setattr(rule, name, value)
    is_new = rule.pk is None
    rule.save()
    rule.destinations.set(spec.destinations)
    rule.silences.set(spec.silences)
    after = {"figure": figure_said(rule), "fires": condition_said(rule)}
    _record(rule, "alert_rule.made" if is_new else "alert_rule.changed", by, operator, after)
    return rule


SIMPLE = (
    "name", "metric", "comparison", "threshold", "prompt", "split", "attribute", "value", "days", "hold_minutes",
    "beyond_chance", "no_data", "escalate_to", "escalate_minutes",
)  # fmt: skip


@transaction.atomic
def switch_rule(*, rule: AlertRule, on: bool, by: User | None, operator: str = "") -> None:
    """Stop watching, or go on. An open alert of a rule that is switched off is over, and nobody is told."""
    _check_maker(rule, by)
    locked = AlertRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if locked.is_active == on:
        return
    _begin_anew(locked)
    locked.is_active, locked.snoozed_until = on, None
    locked.save()
    _record(locked, "alert_rule.switched", by, operator, {"is_active": on})


@transaction.atomic
def acknowledge(*, rule: AlertRule, by: User | None, operator: str = "") -> Alert:
    """Somebody sees to it: no escalation, and the count in the header goes down."""
    _check_maker(rule, by)
    alert = Alert.objects.select_for_update(of=("self",)).filter(rule=rule, resolved_at__isnull=True).first()
    if alert is None:
        raise Refused(f"“{rule}” is not firing.")
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = clock.now(), by
        alert.save(update_fields=["acknowledged_at", "acknowledged_by"])
        _record(rule, "alert.acknowledged", by, operator, {"raised_at": alert.raised_at.isoformat()})
        tell_incident_keepers(alert, ACKNOWLEDGE)
    return alert


@transaction.atomic
def snooze(*, rule: AlertRule, until: datetime | None, by: User | None, operator: str = "") -> None:
    """Say nothing of this rule until then; None: speak again. It is watched meanwhile."""
    _check_maker(rule, by)
    now = clock.now()
    if until is not None and not now < until <= now + LONGEST_SNOOZE:
        raise Refused(f"A rule is snoozed for {LONGEST_SNOOZE.days} days at most, and into the future.")
    AlertRule.objects.filter(pk=rule.pk).update(snoozed_until=until)
    rule.snoozed_until = until
    _record(rule, "alert_rule.snoozed", by, operator, {"until": until.isoformat() if until else None})


def make_default_rule(project: Project, metric: str) -> AlertRule:
    """What every project has as soon as there is something to watch, until somebody changes it."""
    name, threshold = DEFAULTS[metric]
    spec = RuleSpec(name, metric, AlertComparison.ABOVE, threshold)
    return set_rule(project=project, spec=spec, by=None, operator="system")


def _check(project: Project, spec: RuleSpec, rule: AlertRule | None, by: User | None) -> None:
    metric = METRICS.get(spec.metric)
    if metric is None:
        raise Refused(f"There is no figure “{spec.metric}”. There are: {', '.join(METRICS)}.")
    if by:
        rules.check_role(by, project, *metric.readers)
        if rule is not None:
            _check_maker(rule, by)
    name = " ".join(spec.name.split())
    if not name or len(name) > 120 or name != spec.name:
        raise Refused("A rule needs a name of at most 120 characters.")
    named = AlertRule.objects.filter(project=project, name=spec.name)
    if (named.exclude(pk=rule.pk) if rule else named).exists():
        raise Refused(f"There is a rule “{spec.name}” already.")
    if rule is None and AlertRule.objects.filter(project=project).count() >= MOST:
        raise Refused(f"A project has at most {MOST} rules.")
    if not isfinite(spec.threshold):
        raise Refused("A threshold is a number.")
    if not 1 <= spec.days <= MOST_DAYS or not 0 <= spec.hold_minutes <= MOST_HOLD:
        raise Refused(f"A window has 1 to {MOST_DAYS} days, and a rule waits for 0 to {MOST_HOLD:,} minutes.")
    if spec.comparison in RELATIVE and not 0 < spec.threshold <= 10:
        raise Refused("A drop or rise is a share above 0: 0.1 for a tenth.")
    if spec.comparison == AlertComparison.DROP and spec.threshold >= 1:
        raise Refused("Nothing falls by more than all of itself: the share is below 1.")
    if spec.comparison not in RELATIVE and metric.unit == SHARE and not 0 <= spec.threshold <= 1:
        raise Refused("This figure is a share: the threshold is between 0 and 1.")
    if spec.attribute and SLICE not in metric.takes:
        raise Refused(f"“{metric.title}” is not taken by slice.")
    if (spec.escalate_to is None) != (spec.escalate_minutes is None):
        raise Refused("To escalate, say both to whom and after how many minutes.")
    if rule is not None and any(one.pk == rule.pk for one in spec.silences):
        raise Refused("A rule cannot silence itself.")
    if rule is not None and rule.pk in _silenced_by(project, [one.pk for one in spec.silences]):
        raise Refused("These rules would silence one another, and nobody would be told of any of them.")
    others: list[Destination | AlertRule] = [
        *spec.destinations,
        *([spec.escalate_to] if spec.escalate_to else []),
        *spec.silences,
    ]
    if any(one.project_id != project.pk for one in others) or (spec.prompt and spec.prompt.project_id != project.pk):
        raise Refused("What a rule names belongs to its project.")


def _silenced_by(project: Project, begin: Sequence[int]) -> set[int]:
    """The rules that are silent while one of these fires, and those that are while one of them does, and so on."""
    silences: dict[int, list[int]] = {}
    rows = AlertRule.silences.through.objects.filter(from_alertrule__project=project)
    for silencer, silent in rows.values_list("from_alertrule", "to_alertrule"):
        silences.setdefault(silencer, []).append(silent)
    found, waiting = set[int](), list(begin)
    while waiting:
        one = waiting.pop()
        fresh = [silent for silent in silences.get(one, ()) if silent not in found]
        found.update(fresh)
        waiting += fresh
    return found


def _begin_anew(rule: AlertRule) -> None:
    """The open alert is over, and nobody is told, save who keeps an incident of it that would stay open."""
    now = clock.now()
    told = Alert.objects.filter(rule=rule, told_at__isnull=False, end_told_at__isnull=True)
    for alert in told:
        tell_incident_keepers(alert, RESOLVE)
    told.update(end_told_at=now)
    Alert.objects.filter(rule=rule, resolved_at__isnull=True).update(resolved_at=now, end_told_at=now)
    rule.state, rule.state_since, rule.past_since, rule.reading, rule.checked_at = "ok", now, None, None, None


def _check_maker(rule: AlertRule, by: User | None) -> None:
    if by:
        readers = METRICS[rule.metric].readers
        rules.check_role(by, rule.project, *(role for role in MAKERS if role in readers))
    if rule.project.archived_at:
        raise NotAllowed("This project is archived. A manager can bring it back in its settings.")


def _record(rule: AlertRule, kind: str, by: User | None, operator: str, after: dict[str, Any]) -> None:
    record_event(
        kind=kind, project=rule.project, by=by, operator=operator, target=f"alert_rule:{rule.public_id}",
        after={"rule": rule.name, **after},
    )  # fmt: skip
