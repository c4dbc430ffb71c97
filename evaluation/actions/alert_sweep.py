"""Asks every alert rule for its figure, moves its state, and has the right people told."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from evaluation.actions.agreement import measure_agreement
from evaluation.actions.alert_messages import projects_to_tell, tell
from evaluation.actions.alerts import DEFAULTS, make_default_rule
from evaluation.actions.incidents import ask_about_falls, propose_incidents
from evaluation.actions.run_tallies import tally_runs
from evaluation.enums import AlertState
from evaluation.models import AgreementReport, Alert, AlertChange, AlertRule, Evaluation, Incident, Schedule
from evaluation.queries.alert_metrics import FALL, IMPORTS, INCIDENTS, METRICS, SCHEDULES
from evaluation.queries.alert_words import condition_of, reading_dict, scope_of
from evaluation.stats.alerting import Reading, Standing, step
from labeling.actions.audit import record_event
from labeling.enums import Purpose
from labeling.models import Annotation, ImportProfile, Project, Round
from reviewapp.common import clock

logger = logging.getLogger(__name__)
OF_RUNS = {"cost", "failures", "provider_errors"}
MEASURED_EVERY = timedelta(minutes=15)  # a round's agreement, while answers come in


def sweep_alerts(*, project: Project | None = None) -> int:
    """Check all rules that are on, of one project (then nothing is left to a worker) or of all; how many."""
    _give_default_rules()
    found = AlertRule.objects.filter(is_active=True, project__archived_at__isnull=True)
    if project:
        found = found.filter(project=project)
    rules = list(found.select_related("project", "prompt").order_by("project", "pk"))
    for one, mine in groupby(rules, key=lambda rule: rule.project):
        try:
            _prepare(one, list(mine), in_background=project is None)
        except Exception:
            logger.exception("what the alert rules of %s read could not be measured", one.slug)
    for rule in rules:
        try:
            check_rule(rule=rule)
        except Exception:
            logger.exception("the alert rule %s could not be checked", rule.public_id)  # the others are
    for one in projects_to_tell(project):
        try:
            tell(project=one)
        except Exception:
            logger.exception("what the alerts of %s say could not be written", one.slug)
    return len(rules)


def _prepare(project: Project, rules: Sequence[AlertRule], *, in_background: bool) -> None:
    """Measure what some figures read, where that is due."""
    if any(rule.metric == "agreement" for rule in rules):
        _measure_newest(project)
    if any(rule.metric in OF_RUNS for rule in rules):
        tally_runs(project=project)
    if lines := [rule.threshold for rule in rules if rule.metric == FALL]:
        ask_about_falls(project=project, least=min(lines), in_background=in_background)


def check_rule(*, rule: AlertRule) -> AlertRule:
    """Read its figure outside the transaction, then move its state, on the record."""
    now = clock.now()
    reading = METRICS[rule.metric].read(scope_of(rule), now)
    moved = _move(rule, reading, now)
    if moved.metric == FALL and moved.state == AlertState.FIRING:
        _open_incidents(moved)
    return moved


@transaction.atomic
def _open_incidents(rule: AlertRule) -> None:
    """Propose what the alert fires for. Where it was told already, a fall that is new is told as well."""
    alert = Alert.objects.select_for_update(of=("self",)).filter(rule=rule, resolved_at__isnull=True).first()
    if alert is None:
        return
    alert.rule = rule
    if propose_incidents(alert=alert) and alert.told_at:
        alert.reading, alert.told_at, alert.escalated_at = rule.reading, None, None
        alert.acknowledged_at = alert.acknowledged_by = None
        alert.save(update_fields=["reading", "told_at", "escalated_at", "acknowledged_at", "acknowledged_by"])


@transaction.atomic
def _move(rule: AlertRule, reading: Reading, now: datetime) -> AlertRule:
    locked = AlertRule.objects.select_for_update(of=("self",)).select_related("project", "prompt").get(pk=rule.pk)
    if not locked.is_active or (locked.checked_at and locked.checked_at > now):
        return locked  # switched off or checked by another worker meanwhile
    condition, was = condition_of(locked), locked.state
    after = step(Standing(was, locked.past_since), condition, condition.is_met(reading), now)
    told = reading_dict(reading, condition)
    locked.state, locked.past_since, locked.reading, locked.checked_at = after.state, after.past_since, told, now
    if after.state != was or locked.state_since is None:
        locked.state_since = now
    locked.save(update_fields=["state", "state_since", "past_since", "reading", "checked_at"])
    if after.state != was:
        AlertChange.objects.create(rule=locked, at=now, was=was, now=after.state, reading=told)
        _raise_or_resolve(locked, was, told, now)
    return locked


def _raise_or_resolve(rule: AlertRule, was: str, told: dict[str, object], now: datetime) -> None:
    if rule.state == AlertState.FIRING:
        calming = Alert.objects.filter(rule=rule, told_at__isnull=False, end_told_at__isnull=True)
        if calming.update(resolved_at=None):  # nobody has been told that it was over: it is the same alert
            alert, kind = Alert.objects.get(rule=rule, resolved_at__isnull=True), "alert.reopened"
        else:
            alert, kind = Alert.objects.create(rule=rule, raised_at=now, reading=told), "alert.raised"
    elif was == AlertState.FIRING:
        alert = Alert.objects.get(rule=rule, resolved_at__isnull=True)
        alert.resolved_at = now
        alert.save(update_fields=["resolved_at"])
        kind = "alert.resolved"
    else:
        return
    record_event(
        kind=kind, project=rule.project, by=None, target=f"alert:{alert.public_id}",
        after={"rule": rule.name, "value": told["value"], "n": told["n"]},
    )  # fmt: skip


def _give_default_rules() -> None:
    """Once a project and figure: whoever switches such a rule off or changes it is not given it again."""
    watched = {
        FALL: Evaluation.objects.filter(run__project=OuterRef("pk")),
        INCIDENTS: Incident.objects.filter(project=OuterRef("pk")),
        IMPORTS: ImportProfile.objects.filter(job__project=OuterRef("pk")),
        SCHEDULES: Schedule.objects.filter(project=OuterRef("pk")),
    }
    for metric, something in watched.items():
        known = AlertRule.objects.filter(Q(metric=metric) | Q(name=DEFAULTS[metric][0]), project=OuterRef("pk"))
        for project in Project.objects.filter(~Exists(known), Exists(something), archived_at__isnull=True):
            make_default_rule(project, metric)


def _measure_newest(project: Project) -> None:
    """Keep the agreement of the newest round that has answers up to date, so that a rule on it can tell."""
    answered = Annotation.objects.filter(task__round=OuterRef("pk"), is_counted=True)
    newest = (
        Round.objects.filter(Exists(answered), project=project)
        .exclude(purpose=Purpose.TRAINING)
        .order_by("-pk")
        .first()
    )
    if newest is None:
        return
    measured = AgreementReport.objects.filter(round=newest).aggregate(at=Max("created_at"))["at"]
    if measured and clock.now() - measured < MEASURED_EVERY:
        return
    last = Annotation.objects.filter(task__round=newest).aggregate(at=Max("submitted_at"))["at"]
    if measured is None or (last and last > measured):
        measure_agreement(in_round=newest)
