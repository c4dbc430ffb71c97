"""The one list of what waits for a person: what is on it, who does it by when, and closing what was opened here."""

from typing import Any, ClassVar
from uuid import uuid4

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import open_actions as actions
from evaluation.actions.planning import plan_row
from evaluation.api.frame import READERS, EvaluationApi
from evaluation.enums import ActionState
from evaluation.forms.open_actions import ActionForm, CloseForm, PlanForm
from evaluation.models import OpenAction
from evaluation.queries.open_actions import Asked, board, find_row
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Scope
from reviewapp.common import clock


class ToDoOut(serializers.Serializer[Any]):
    """One thing to do, whoever keeps it: `source` and `key` name it."""

    source = serializers.CharField(source="row.source")  # type: ignore[assignment]
    key = serializers.CharField(source="row.key")
    title = serializers.CharField(source="row.title")
    why = serializers.CharField(source="row.why", allow_blank=True)
    url = serializers.CharField(source="row.url", allow_blank=True, help_text="the page where it is done")
    owner = serializers.UUIDField(source="row.owner.public_id", allow_null=True, default=None)
    due_on = serializers.DateField(source="row.due_on", allow_null=True)
    is_overdue = serializers.BooleanField()
    opened_at = serializers.DateTimeField(source="row.opened_at")
    action = serializers.UUIDField(source="row.action.public_id", allow_null=True, default=None)


class Waiting(serializers.Serializer[Any]):
    """The list, what is due first, first; `total` and `overdue` count all of it."""

    results = ToDoOut(many=True, source="rows")
    total = serializers.IntegerField()
    overdue = serializers.IntegerField()


class WaitingAsked(serializers.Serializer[Any]):
    """Which part of the list."""

    source = serializers.CharField(max_length=30, required=False, default="")  # type: ignore[assignment]
    owner = serializers.CharField(max_length=36, required=False, default="", help_text="a public id, or nobody")
    overdue = serializers.BooleanField(required=False, default=False)


class ActionOut(serializers.Serializer[Any]):
    """Something that was opened here."""

    id = serializers.UUIDField(source="public_id")
    title = serializers.CharField()
    why = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(ActionState.choices)
    owner = serializers.UUIDField(source="owner.public_id", allow_null=True, default=None)
    due_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


ActionIn = body_of(ActionForm, "ActionIn")
CloseActionIn = body_of(CloseForm, "CloseActionIn")
PlanIn = body_of(
    PlanForm, "PlanIn", source=serializers.CharField(max_length=30), key=serializers.CharField(max_length=120)
)


class ActionsApi(EvaluationApi):
    """Shows what was opened here."""

    def opened(self, public_id: object) -> OpenAction:
        mine = OpenAction.objects.filter(project=self.project).select_related("project", "owner")
        return get_object_or_404(mine, public_id=public_id)


class OpenActions(ActionsApi):
    """What waits; and something put on the list by hand."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = Waiting
    pagination_class = None

    @extend_schema(operation_id="open_actions", parameters=[WaitingAsked], responses=Waiting)
    def get(self, request: Request, project: str) -> Response:
        asked = Asked(**self.read(WaitingAsked, query=True))
        today = timezone.localtime(clock.now()).date()
        return Response(Waiting(board(self.project, self.roles, today=today, asked=asked)).data)

    @extend_schema(operation_id="open_action", request=ActionIn, responses={201: ActionOut})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, ActionIn, lambda sent: ActionForm(sent, project=self.project))

        def make() -> str:
            work = form.work(f"hand:{uuid4()}")
            return str(actions.open_action(project=self.project, work=work, by=self.me).public_id)

        made = self.once(f"action:{self.project.slug}", told, make)
        return Response(ActionOut(self.opened(made)).data, status=201)


class OneAction(ActionsApi):
    """One of those that were opened here."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = ActionOut

    @extend_schema(operation_id="action", responses=ActionOut)
    def get(self, request: Request, project: str, action_id: object) -> Response:
        return Response(ActionOut(self.opened(action_id)).data)


class CloseAction(ActionsApi):
    """Done, or dropped; either with a note."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = ActionOut

    @extend_schema(operation_id="close_action", request=CloseActionIn, responses=ActionOut)
    def post(self, request: Request, project: str, action_id: object) -> Response:
        found = self.opened(action_id)
        form, told = filled(self, CloseActionIn, CloseForm)

        def close() -> str:
            return str(actions.close_action(action=found, by=self.me, **form.cleaned_data).state)

        self.once(f"close action:{found.public_id}", told, close)
        return Response(ActionOut(self.opened(action_id)).data)


class PlanAction(ActionsApi):
    """Who does it by when, of any row of the list."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = ToDoOut

    @extend_schema(operation_id="plan_action", request=PlanIn, responses={204: None})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, PlanIn, lambda sent: PlanForm(sent, project=self.project))
        row = find_row(self.project, self.roles, told["source"], told["key"])
        if row is None:
            raise Http404
        plan_row(project=self.project, row=row, by=self.me, **form.cleaned_data)
        return Response(status=204)
