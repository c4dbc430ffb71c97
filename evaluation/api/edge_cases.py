"""The edge-case bank: its cases, and what a run made of them."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.edge_cases import LONGEST, MAKERS, add_case, retire_case, set_labels, start_bank_run
from evaluation.actions.prompts import find_version
from evaluation.api.frame import MAKERS as STARTERS
from evaluation.api.frame import READERS, Dollars, EvaluationApi, RunApi
from evaluation.api.runs import RunWhole, shown
from evaluation.enums import CaseReason, LabelSource
from evaluation.models import EdgeCase
from evaluation.queries import edge_cases as queries
from evaluation.queries.edge_cases import Listed
from labeling.api.views import Access, access
from labeling.enums import Role, Scope
from labeling.models import Item
from reviewapp.common.errors import Refused


class CaseOut(serializers.Serializer[Any]):
    """A case; `labels` is null where what is right is not for this reader."""

    id = serializers.UUIDField(source="case.public_id")
    item = serializers.CharField(source="case.item.external_id")
    reason = serializers.ChoiceField(CaseReason.choices, source="case.reason")
    note = serializers.CharField(source="case.note", allow_blank=True)
    labels = serializers.ListField(child=serializers.CharField(), allow_null=True)
    labels_from = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="case.created_at")
    retired_at = serializers.DateTimeField(source="case.retired_at", allow_null=True)

    def get_labels_from(self, row: Listed) -> str | None:
        """Whether gold or a person says so."""
        return None if row.labels is None else str(LabelSource(row.source))


class CasesAsked(serializers.Serializer[Any]):
    """Which cases."""

    reason = serializers.ChoiceField(CaseReason.choices, required=False)
    retired = serializers.BooleanField(required=False, default=False)


class CaseIn(serializers.Serializer[Any]):
    """An item to put in. Without `labels` they are taken from its gold on dev."""

    item = serializers.CharField(max_length=255, help_text="its external id")
    reason = serializers.ChoiceField(CaseReason.choices)
    labels = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=2000, required=False, allow_null=True, default=None
    )
    note = serializers.CharField(max_length=LONGEST, required=False, default="", allow_blank=True)


class BankRunIn(serializers.Serializer[Any]):
    """Which prompt answers the bank."""

    prompt = serializers.CharField(max_length=140, help_text="a prompt's name, or name@3")
    budget_usd = Dollars(required=False, allow_null=True, default=None)


class CaseLabelsIn(serializers.Serializer[Any]):
    """Other labels are right, and why; none says that none applies."""

    labels = serializers.ListField(child=serializers.CharField(max_length=200), max_length=2000)
    why = serializers.CharField(max_length=LONGEST)


class CaseEndIn(serializers.Serializer[Any]):
    """Why a case is of no more use."""

    why = serializers.CharField(max_length=LONGEST)


class EdgeCases(EvaluationApi):
    """The cases one may see, the newest first; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ, *MAKERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = CaseOut

    @extend_schema(operation_id="edge_cases", parameters=[CasesAsked], responses=CaseOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        asked = self.read(CasesAsked, query=True)
        found = queries.cases_for(self.me, self.project).filter(retired_at__isnull=not asked["retired"])
        if "reason" in asked:
            found = found.filter(reason=asked["reason"])
        rows = list(self.paginate_queryset(found) or [])
        listed = queries.with_labels(rows, self.me, self.project)
        return self.get_paginated_response(CaseOut(listed, many=True).data)

    @extend_schema(operation_id="add_edge_case", request=CaseIn, responses={201: CaseOut})
    def post(self, request: Request, project: str) -> Response:
        told = self.read(CaseIn)
        item = Item.objects.filter(project=self.project, external_id=told["item"]).select_related("project").first()
        if item is None:
            raise Refused(f"There is no item “{told['item']}” in this project.")

        def add() -> str:
            made = add_case(item=item, reason=told["reason"], labels=told["labels"], note=told["note"], by=self.me)
            return str(made.public_id)

        made = self.once(f"case:{self.project.slug}", told, add)
        cases = list(queries.cases_for(self.me, self.project).filter(public_id=made))
        if not cases:
            raise Refused("This item is in the bank already, as a case that is not for your role.")
        return Response(CaseOut(queries.with_labels(cases, self.me, self.project)[0]).data, status=201)


class CaseApi(EvaluationApi):
    """A view of one case that one may see."""

    case: EdgeCase

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        mine = queries.cases_for(self.me, self.project).select_related("project", "item__project")
        self.case = get_object_or_404(mine, public_id=kwargs["case_id"])

    def shown(self) -> Response:
        found = list(queries.cases_for(self.me, self.project).filter(pk=self.case.pk))
        return Response(CaseOut(queries.with_labels(found, self.me, self.project)[0]).data)


class OneEdgeCase(CaseApi):
    """One case."""

    access: ClassVar = {"GET": access(Scope.READ, *MAKERS)}
    serializer_class = CaseOut
    pagination_class = None

    @extend_schema(operation_id="edge_case", responses=CaseOut)
    def get(self, request: Request, project: str, case_id: object) -> Response:
        return self.shown()


class LabelEdgeCase(CaseApi):
    """Says anew what is right; what was said before stays on record."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, Role.MANAGER, Role.ANALYST, Role.ADJUDICATOR)}
    serializer_class = CaseOut

    @extend_schema(operation_id="label_edge_case", request=CaseLabelsIn, responses=CaseOut)
    def post(self, request: Request, project: str, case_id: object) -> Response:
        told = self.read(CaseLabelsIn)

        def label() -> str:
            set_labels(case=self.case, labels=told["labels"], why=told["why"], by=self.me)
            return ""

        self.once(f"label case:{self.case.public_id}", told, label)
        return self.shown()


class RetireEdgeCase(CaseApi):
    """Takes a case out of use; it stays on record."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = CaseOut

    @extend_schema(operation_id="retire_edge_case", request=CaseEndIn, responses=CaseOut)
    def post(self, request: Request, project: str, case_id: object) -> Response:
        told = self.read(CaseEndIn)

        def retire() -> str:
            retire_case(case=self.case, why=told["why"], by=self.me)
            return ""

        self.once(f"retire case:{self.case.public_id}", told, retire)
        return self.shown()


class BankRuns(EvaluationApi):
    """Has a prompt version answer the bank."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *STARTERS)}
    serializer_class = RunWhole

    @extend_schema(operation_id="run_edge_cases", request=BankRunIn, responses={201: RunWhole})
    def post(self, request: Request, project: str) -> Response:
        told = self.read(BankRunIn)

        def begin() -> str:
            version = find_version(project=self.project, reference=told["prompt"], by=self.me)
            return str(start_bank_run(version=version, budget_usd=told["budget_usd"], by=self.me).public_id)

        made = self.once(f"bank:{self.project.slug}", told, begin)
        return Response(shown(self.runs().get(public_id=made)), status=201)


class BankOfRun(RunApi):
    """A finished run held against the cases one may see."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    pagination_class = None

    @extend_schema(operation_id="edge_cases_of_run", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, project: str, run_id: object) -> Response:
        return Response(queries.board_of(self.run, viewer=self.me).as_dict())
