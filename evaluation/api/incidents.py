"""Incidents: proposed by the rule or opened by hand, and each step of the work on one."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import incidents as actions
from evaluation.actions.quality_drops import look_again, roll_back_after
from evaluation.api.frame import READERS, Dollars, EvaluationApi, Figure
from evaluation.enums import IncidentState, Severity
from evaluation.forms.incidents import AgainForm, EntryForm, IncidentForm, RecoverForm, RollBackForm
from evaluation.models import Incident, QualityDrop
from evaluation.queries import incidents as queries
from evaluation.queries.quality_drops import version_now
from labeling.api.forms import body_of, checked, data_of, filled
from labeling.api.views import Access, access
from labeling.enums import Scope
from reviewapp.common.errors import Refused

NO_DROP = "This incident was opened without a comparison, so no slice is known."


class IncidentOut(serializers.Serializer[Any]):
    """An incident with its clock."""

    id = serializers.UUIDField(source="incident.public_id")
    title = serializers.CharField(source="incident.title")
    severity = serializers.ChoiceField(Severity.choices, source="incident.severity")
    state = serializers.ChoiceField(IncidentState.choices, source="incident.state")
    owner = serializers.UUIDField(source="incident.owner.public_id", allow_null=True, default=None)
    cause = serializers.CharField(source="incident.cause", allow_blank=True)
    clock = serializers.CharField(allow_blank=True, help_text="what is left of the 48 hours, in words")
    is_late = serializers.BooleanField()
    cases = serializers.IntegerField(help_text="in the edge-case bank")
    created_at = serializers.DateTimeField(source="incident.created_at")
    opened_at = serializers.DateTimeField(source="incident.opened_at", allow_null=True)
    due_at = serializers.DateTimeField(source="incident.due_at", allow_null=True)
    recovered_at = serializers.DateTimeField(source="incident.recovered_at", allow_null=True)


class EntryOut(serializers.Serializer[Any]):
    """One line of the timeline."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    text = serializers.CharField()
    by = serializers.CharField(allow_null=True)


class FigureOf(serializers.Serializer[Any]):
    """Micro F1 of one evaluation of the story."""

    name = serializers.CharField()
    evaluation = serializers.UUIDField()
    micro_f1 = Figure()


class IncidentWhole(IncidentOut):
    """An incident with its timeline, figures, and the evaluations that could show that it is over."""

    what_changed = serializers.UUIDField(allow_null=True)
    figures = FigureOf(many=True)
    timeline = EntryOut(many=True)
    may_show_recovery = serializers.ListField(child=serializers.UUIDField())


class Incidents(serializers.Serializer[Any]):
    """Proposed and open ones first."""

    results = IncidentOut(many=True)


IncidentIn = body_of(
    IncidentForm, "IncidentIn", drop=serializers.UUIDField(required=False, allow_null=True, default=None)
)


class IncidentStepIn(serializers.Serializer[Any]):
    """A step: accept, dismiss (`why`), change (`title`, `severity`, `owner`, `cause`), note (`kind`, `text`), again
    (`budget`), roll_back (`reason`, `expected`), cases, recover (`evaluation`)."""

    step = serializers.ChoiceField(["accept", "dismiss", "change", "note", "again", "roll_back", "cases", "recover"])
    why = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    title = serializers.CharField(max_length=160, required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    owner = serializers.UUIDField(required=False, allow_null=True)
    cause = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    kind = serializers.ChoiceField(["action", "note"], required=False)
    text = serializers.CharField(max_length=2000, required=False)
    budget = Dollars(required=False, allow_null=True)
    reason = serializers.CharField(max_length=2000, required=False)
    expected = serializers.CharField(max_length=200, required=False, allow_blank=True)
    evaluation = serializers.UUIDField(required=False)


class IncidentsApi(EvaluationApi):
    """Shows incidents."""

    moving = ("clock", "is_late")  # the time left

    def shown(self, public_id: object) -> dict[str, Any]:
        found = get_object_or_404(queries.loaded().filter(project=self.project), public_id=public_id)
        board = queries.board_of(found, viewer=self.me)
        row = IncidentOut(board.listed).data
        figures = [{"name": name, "evaluation": one.public_id, "micro_f1": told} for name, one, told in board.figures]
        offered = [one.public_id for one in queries.may_show_recovery(found)] if found.state == "open" else []
        return {
            **row,
            "what_changed": found.drop.public_id if found.drop else None,
            "figures": FigureOf(figures, many=True).data,
            "timeline": EntryOut(board.entries, many=True).data,
            "may_show_recovery": offered,
        }

    def whole(self, public_id: object, *, status: int = 200) -> Response:
        return Response(self.shown(public_id), status=status)


class AllIncidents(IncidentsApi):
    """Incidents; and one opened by hand, of a comparison or of something seen elsewhere."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = Incidents
    pagination_class = None

    @extend_schema(operation_id="incidents", responses=Incidents)
    def get(self, request: Request, project: str) -> Response:
        return Response(Incidents({"results": queries.incidents_of(self.project)}).data)

    @extend_schema(operation_id="open_incident", request=IncidentIn, responses={201: IncidentWhole})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, IncidentIn, lambda sent: IncidentForm(sent, project=self.project))
        drop = QualityDrop.objects.filter(project=self.project, public_id=told["drop"]).first()
        if told["drop"] and drop is None:
            raise Refused("There is no such comparison in this project.")

        def begin() -> str:
            made = actions.open_incident(project=self.project, plan=form.plan, drop=drop, by=self.me)
            return str(made.public_id)

        return self.whole(self.once(f"incident:{self.project.slug}", told, begin), status=201)


class IncidentApi(IncidentsApi):
    """A view of one incident."""

    incident: Incident

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        mine = queries.loaded().filter(project=self.project)
        self.incident = get_object_or_404(mine, public_id=kwargs["incident_id"])


class OneIncident(IncidentApi):
    """One incident."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = IncidentWhole

    @extend_schema(operation_id="incident", responses=IncidentWhole)
    def get(self, request: Request, project: str, incident_id: object) -> Response:
        return self.whole(incident_id)


class StepIncident(IncidentApi):
    """One step of the work on an incident."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = IncidentWhole

    @extend_schema(operation_id="step_incident", request=IncidentStepIn, responses=IncidentWhole)
    def post(self, request: Request, project: str, incident_id: object) -> Response:
        """With `If-Match`, only if the incident is as you read it (else 412)."""
        told = self.read(IncidentStepIn)

        def step() -> str:
            if request.headers.get("If-Match"):
                self.incident = queries.loaded().select_for_update(of=("self",)).get(pk=self.incident.pk)
                self.expect(self.shown(incident_id))
            STEPS[told["step"]](self, told)
            return ""

        self.once(f"incident:{self.incident.public_id}", told, step)
        return self.whole(incident_id)

    def accept(self, told: dict[str, Any]) -> None:
        actions.answer_proposal(incident=self.incident, is_one=True, why=told["why"], by=self.me)

    def dismiss(self, told: dict[str, Any]) -> None:
        actions.answer_proposal(incident=self.incident, is_one=False, why=told["why"], by=self.me)

    def change(self, told: dict[str, Any]) -> None:
        """What is left out stays as it is."""
        now: dict[str, Any] = {name: getattr(self.incident, name) for name in ("title", "severity", "cause")}
        now["owner"] = self.incident.owner.public_id if self.incident.owner else None
        sent = {name: told[name] for name in now if name in told}
        form = checked(IncidentForm(data_of(now | sent), project=self.project))
        actions.change_incident(incident=self.incident, plan=form.plan, by=self.me)

    def note(self, told: dict[str, Any]) -> None:
        form = checked(EntryForm(data_of({"kind": "note"} | told)))
        actions.add_entry(incident=self.incident, by=self.me, **form.cleaned_data)

    def again(self, told: dict[str, Any]) -> None:
        if self.incident.drop is None:
            raise Refused(NO_DROP)
        form = AgainForm(data_of(told), version=version_now(self.incident.drop))
        run = look_again(drop=self.incident.drop, budget_usd=form.budget_usd, by=self.me)
        text = f"{run.total} items of the slice are asked again in “{run.name}”."
        actions.add_entry(incident=self.incident, kind="targeted", text=text, run=run, by=self.me)

    def roll_back(self, told: dict[str, Any]) -> None:
        if self.incident.drop is None:
            raise Refused(NO_DROP)
        said = checked(RollBackForm(data_of(told))).cleaned_data
        made = roll_back_after(drop=self.incident.drop, by=self.me, **said)
        text = f"{made.version} is in production again: {said['reason']}"
        actions.add_entry(incident=self.incident, kind="rollback", text=text[:2000], promotion=made, by=self.me)

    def cases(self, told: dict[str, Any]) -> None:
        actions.join_cases(incident=self.incident, by=self.me)

    def recover(self, told: dict[str, Any]) -> None:
        form = checked(RecoverForm(data_of(told), offered=queries.may_show_recovery(self.incident)))
        shown = form.offered[form.cleaned_data["evaluation"]]
        actions.recover(incident=self.incident, evaluation=shown, by=self.me)


STEPS: dict[str, Callable[[StepIncident, dict[str, Any]], None]] = {
    "accept": StepIncident.accept,
    "dismiss": StepIncident.dismiss,
    "change": StepIncident.change,
    "note": StepIncident.note,
    "again": StepIncident.again,
    "roll_back": StepIncident.roll_back,
    "cases": StepIncident.cases,
    "recover": StepIncident.recover,
}
