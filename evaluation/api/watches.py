"""What is watched: drift checks, and alert rules with their state. Read only."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.api.frame import READERS, AnyJson, EvaluationApi, Report
from evaluation.enums import AlertState
from evaluation.models import DriftCheck
from evaluation.queries import alerts as queries
from evaluation.queries import driftboard
from evaluation.queries.alert_metrics import METRICS
from labeling.api.views import access
from labeling.enums import Scope


class DriftOut(serializers.Serializer[Any]):
    """Two windows compared; `fired` is null until it is computed."""

    id = serializers.UUIDField(source="public_id")
    monitor = serializers.CharField(source="monitor.name", allow_null=True, default=None)
    reference = serializers.DictField(child=AnyJson())
    current = serializers.DictField(child=AnyJson())
    cohort = serializers.CharField(allow_blank=True)
    fired = serializers.IntegerField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class DriftWhole(DriftOut):
    """A check with all its signals, and what came of it in a sentence."""

    sentence = serializers.SerializerMethodField()
    report = Report(allow_null=True)

    def get_sentence(self, row: DriftCheck) -> str:
        return driftboard.sentence(row.report) if row.report else "It is being computed."


class DriftAsked(serializers.Serializer[Any]):
    """Which checks."""

    monitor = serializers.CharField(required=False, max_length=120, help_text="a monitor's name")
    fired = serializers.BooleanField(required=False, allow_null=True, default=None)


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


class AlertWhole(AlertOut):
    """A rule with its newest changes of state."""

    changes = Change(many=True)


class Alerts(serializers.Serializer[Any]):
    """All rules, what fires first."""

    results = AlertOut(many=True)


class DriftApi(EvaluationApi):
    """Finds checks."""

    def checks(self) -> QuerySet[DriftCheck]:
        return DriftCheck.objects.filter(project=self.project).select_related("monitor")


class DriftChecks(DriftApi):
    """Checks, the newest first: of monitors, and asked for by hand."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = DriftOut

    @extend_schema(operation_id="drift_checks", parameters=[DriftAsked], responses=DriftOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        asked, found = self.read(DriftAsked, query=True), self.checks().defer("report")
        if "monitor" in asked:
            found = found.filter(monitor__name=asked["monitor"])
        if asked["fired"] is not None:
            found = found.filter(fired__gt=0) if asked["fired"] else found.filter(fired=0)
        return self.page(found, DriftOut)


class OneDriftCheck(DriftApi):
    """One check."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = DriftWhole

    @extend_schema(operation_id="drift_check", responses=DriftWhole)
    def get(self, request: Request, project: str, check_id: object) -> Response:
        return Response(DriftWhole(get_object_or_404(self.checks(), public_id=check_id)).data)


class AlertRules(EvaluationApi):
    """The rules whose figure one may see."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = Alerts
    pagination_class = None

    @extend_schema(operation_id="alerts", responses=Alerts)
    def get(self, request: Request, project: str) -> Response:
        return Response(Alerts({"results": queries.board(self.project, self.roles)}).data)


class OneAlertRule(EvaluationApi):
    """One rule."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = AlertWhole

    @extend_schema(operation_id="alert", responses=AlertWhole)
    def get(self, request: Request, project: str, rule_id: object) -> Response:
        rule = get_object_or_404(queries.visible_rules(self.project, self.roles), public_id=rule_id)
        row = AlertOut(queries.listed(rule, self.roles)).data
        changes = [
            {"at": one.at, "was": one.was, "now": one.now, "said": said} for one, _, said in queries.changes_of(rule)
        ]
        return Response({**row, "changes": Change(changes, many=True).data})
