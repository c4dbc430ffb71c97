"""Alerts: the rules and how they stand, made, changed, acknowledged and snoozed."""

from datetime import timedelta
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import alerts as actions
from evaluation.actions.alert_sweep import check_rule
from evaluation.api.frame import READERS, EvaluationApi
from evaluation.enums import AlertState
from evaluation.forms.alerts import RuleForm
from evaluation.models import AlertRule
from evaluation.queries import alerts as queries
from evaluation.queries.alert_metrics import METRICS
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Scope
from reviewapp.common import clock

STEPS = ("acknowledge", "snooze", "wake", "on", "off", "check")
LONGEST_HOURS = 24 * 30


class OpenAlert(serializers.Serializer[Any]):
    """Since when it fires, and whether somebody saw to it."""

    id = serializers.UUIDField(source="public_id")
    raised_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)


class AlertOut(serializers.Serializer[Any]):
    """A rule and how it stands."""

    id = serializers.UUIDField(source="rule.public_id")
    name = serializers.CharField(source="rule.name")
    metric = serializers.CharField(source="rule.metric")
    metric_name = serializers.SerializerMethodField()
    fires = serializers.CharField(help_text="its condition in words")
    state = serializers.ChoiceField(AlertState.choices, source="rule.state")
    said = serializers.CharField(allow_blank=True, help_text="its newest figure in words")
    is_active = serializers.BooleanField(source="rule.is_active")
    is_snoozed = serializers.BooleanField()
    checked_at = serializers.DateTimeField(source="rule.checked_at", allow_null=True)
    alert = OpenAlert(allow_null=True)

    def get_metric_name(self, row: queries.Listed) -> str:
        return METRICS[row.rule.metric].title


class Change(serializers.Serializer[Any]):
    """The rule took on another state."""

    at = serializers.DateTimeField()
    was = serializers.ChoiceField(AlertState.choices)
    now = serializers.ChoiceField(AlertState.choices)
    said = serializers.CharField(allow_blank=True)


class Alerts(serializers.Serializer[Any]):
    """All rules, what fires first."""

    results = AlertOut(many=True)


RuleIn = body_of(
    RuleForm, "AlertRuleIn", metric=serializers.ChoiceField(sorted(METRICS), help_text="the figure that is watched")
)


class AlertWhole(AlertOut):
    """A rule with its newest changes of state, and as a change takes it."""

    changes = Change(many=True)
    rule = RuleIn(help_text="what PUT replaces")


class AlertStepIn(serializers.Serializer[Any]):
    """What to do with a rule; `snooze` for so many hours."""

    step = serializers.ChoiceField(STEPS)
    hours = serializers.IntegerField(min_value=1, max_value=LONGEST_HOURS, required=False, default=1)


class AlertApi(EvaluationApi):
    """Finds the rules whose figure one may see."""

    def rule(self, rule_id: object) -> AlertRule:
        return get_object_or_404(queries.visible_rules(self.project, self.roles), public_id=rule_id)

    def shown(self, rule: AlertRule) -> dict[str, Any]:
        row = AlertOut(queries.listed(rule, self.roles)).data
        changes = [
            {"at": one.at, "was": one.was, "now": one.now, "said": said} for one, _, said in queries.changes_of(rule)
        ]
        asked = RuleIn(RuleForm.filled(rule)).data
        return {**row, "changes": Change(changes, many=True).data, "rule": asked}

    def whole(self, rule_id: object, *, status: int = 200) -> Response:
        return Response(self.shown(self.rule(rule_id)), status=status)

    def save(self, rule: AlertRule | None) -> str:
        form, told = filled(
            self, RuleIn, lambda sent: RuleForm(sent, project=self.project, roles=self.roles, rule=rule)
        )

        def save() -> str:
            if rule:
                self.expect(self.shown(locked(rule)))
            made = actions.set_rule(project=self.project, spec=form.spec(), rule=rule, by=self.me)
            return str(check_rule(rule=made).public_id)

        return self.once(f"alert:{rule.public_id if rule else self.project.slug}", told, save)


def locked(rule: AlertRule) -> AlertRule:
    """The rule as it is now, with nobody else changing it."""
    return AlertRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)


class AlertRules(AlertApi):
    """The rules whose figure one may see, what fires first; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = Alerts
    pagination_class = None

    @extend_schema(operation_id="alerts", responses=Alerts)
    def get(self, request: Request, project: str) -> Response:
        return Response(Alerts({"results": queries.board(self.project, self.roles)}).data)

    @extend_schema(operation_id="new_alert", request=RuleIn, responses={201: AlertWhole})
    def post(self, request: Request, project: str) -> Response:
        return self.whole(self.save(None), status=201)


class OneAlertRule(AlertApi):
    """One rule, and changing it: it is watched anew."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "PUT": access(Scope.EVALUATE, *READERS)}
    serializer_class = AlertWhole
    moving = ("state", "said", "is_snoozed", "checked_at", "alert", "changes")  # what the watch finds

    @extend_schema(operation_id="alert", responses=AlertWhole)
    def get(self, request: Request, project: str, rule_id: object) -> Response:
        return self.whole(rule_id)

    @extend_schema(operation_id="change_alert", request=RuleIn, responses=AlertWhole)
    def put(self, request: Request, project: str, rule_id: object) -> Response:
        """With `If-Match`, only if what is asked is as you read it (else 412)."""
        return self.whole(self.save(self.rule(rule_id)))


class SteerAlert(AlertApi):
    """Acknowledge, snooze, wake, switch on or off, or check now."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = AlertWhole

    @extend_schema(operation_id="steer_alert", request=AlertStepIn, responses=AlertWhole)
    def post(self, request: Request, project: str, rule_id: object) -> Response:
        rule, told = self.rule(rule_id), self.read(AlertStepIn)

        def step() -> str:
            self._step(rule, **told)
            return ""

        self.once(f"steer alert:{rule.public_id}", told, step)
        return self.whole(rule_id)

    def _step(self, rule: AlertRule, *, step: str, hours: int) -> None:
        if step == "acknowledge":
            actions.acknowledge(rule=rule, by=self.me)
        elif step == "snooze":
            actions.snooze(rule=rule, until=clock.now() + timedelta(hours=hours), by=self.me)
        elif step == "wake":
            actions.snooze(rule=rule, until=None, by=self.me)
        elif step == "check":
            check_rule(rule=rule)
        else:
            actions.switch_rule(rule=rule, on=step == "on", by=self.me)
