"""Guidelines: read by every member, written by managers; and what adjudicators ask them to make clear."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions import requests as asking
from labeling.actions.guidelines import QUOTE_MOST, WHY_MOST, Example, write_guideline
from labeling.api.forms import body_of, filled
from labeling.api.views import ProjectApi, access
from labeling.enums import Role, Scope
from labeling.forms.adjudication import AnswerRequestForm, RaiseRequestForm
from labeling.models import Guideline, GuidelineRequest
from labeling.queries.guidelines import showable
from labeling.queries.requests import requests_in

JUDGES = (Role.ADJUDICATOR, Role.MANAGER)
LONGEST = 100_000


class GuidelineOut(serializers.Serializer[Any]):
    """A version of the guidelines."""

    number = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class ExampleOut(serializers.Serializer[Any]):
    """A worked case from an adjudicated item."""

    item = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    quote = serializers.CharField(allow_blank=True)
    labels = serializers.ListField(child=serializers.CharField())
    why = serializers.CharField(allow_blank=True)


class GuidelineWhole(GuidelineOut):
    """With its text (Markdown) and those of its examples that may be shown now."""

    text = serializers.CharField()
    examples = ExampleOut(many=True)


class ExampleIn(serializers.Serializer[Any]):
    """An adjudicated task of a closed round as an example: its labels come from the decision."""

    task = serializers.UUIDField()
    quote = serializers.CharField(max_length=QUOTE_MOST, allow_blank=True, default="", help_text="of the item's text")
    why = serializers.CharField(max_length=WHY_MOST, allow_blank=True, default="")


class GuidelineIn(serializers.Serializer[Any]):
    """The next version. `keep` names the items of the examples that stay; without it all stay."""

    text = serializers.CharField(max_length=LONGEST)
    keep = serializers.ListField(
        child=serializers.CharField(max_length=255), max_length=500, required=False, allow_null=True, default=None
    )
    examples = ExampleIn(many=True, default=list)


class RequestOut(serializers.Serializer[Any]):
    """What somebody asks the guidelines to make clear. By name for managers, who alone see those of others."""

    id = serializers.UUIDField(source="public_id")
    text = serializers.CharField()
    label_code = serializers.CharField(allow_blank=True)
    item = serializers.CharField(source="task.item.external_id", allow_null=True, default=None)
    raised_by = serializers.CharField(source="raised_by.email")
    raised_at = serializers.DateTimeField()
    answer = serializers.CharField(allow_blank=True)
    closed_at = serializers.DateTimeField(allow_null=True)


RequestIn = body_of(RaiseRequestForm, "GuidelineRequestIn")
RequestAnswerIn = body_of(AnswerRequestForm, "GuidelineRequestAnswerIn")


class GuidelineApi(ProjectApi):
    """Finds versions."""

    def versions(self) -> QuerySet[Guideline]:
        return Guideline.objects.filter(project=self.project)

    def whole(self, number: int, *, status: int = 200) -> Response:
        found = get_object_or_404(self.versions(), number=number)
        told = {"text": found.text, "examples": ExampleOut(showable(found, self.project), many=True).data}
        return Response({**GuidelineOut(found).data, **told}, status=status)


class Guidelines(GuidelineApi):
    """The versions, the newest first; and the next one."""

    access: ClassVar = {"GET": access(Scope.READ), "POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = GuidelineOut
    ordering = "-number"

    @extend_schema(operation_id="guidelines", responses=GuidelineOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.versions(), GuidelineOut)

    @extend_schema(operation_id="write_guideline", request=GuidelineIn, responses={201: GuidelineWhole})
    def post(self, request: Request, project: str) -> Response:
        """Open rounds keep theirs until they adopt it. The same text with the same examples is the version there is."""
        told = self.read(GuidelineIn)
        examples = [Example(one["task"], one["quote"], one["why"]) for one in told["examples"]]

        def write() -> str:
            made = write_guideline(
                project=self.project, text=told["text"], examples=examples, keep=told["keep"], by=self.me
            )
            return str(made.number)

        return self.whole(int(self.once(f"guideline:{self.project.slug}", told, write)), status=201)


class OneGuideline(GuidelineApi):
    """One version with its text."""

    access: ClassVar = {"GET": access(Scope.READ)}
    serializer_class = GuidelineWhole

    @extend_schema(operation_id="guideline", responses=GuidelineWhole)
    def get(self, request: Request, project: str, number: int) -> Response:
        return self.whole(number)


class RequestApi(ProjectApi):
    """Finds requests: managers all, adjudicators their own."""

    def requests(self) -> QuerySet[GuidelineRequest]:
        return requests_in(self.project, raised_by=None if Role.MANAGER in self.roles else self.me)


class GuidelineRequests(RequestApi):
    """What was asked, the newest first; and asking for something."""

    access: ClassVar = {"GET": access(Scope.READ, *JUDGES), "POST": access(Scope.LABEL, *JUDGES)}
    serializer_class = RequestOut
    ordering = ("-raised_at", "public_id")

    @extend_schema(operation_id="guideline_requests", responses=RequestOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.requests(), RequestOut)

    @extend_schema(operation_id="raise_guideline_request", request=RequestIn, responses={201: RequestOut})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, RequestIn, RaiseRequestForm)

        def ask() -> str:
            made = asking.raise_request(project=self.project, task=None, by=self.me, **form.cleaned_data)
            return str(made.public_id)

        made = self.once(f"request:{self.project.slug}", told, ask)
        return Response(RequestOut(self.requests().get(public_id=made)).data, status=201)


class AnswerRequest(RequestApi):
    """Answers a request, or closes it without words; 409 if somebody did meanwhile."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = RequestOut

    @extend_schema(operation_id="answer_guideline_request", request=RequestAnswerIn, responses=RequestOut)
    def post(self, request: Request, project: str, request_id: UUID) -> Response:
        found = get_object_or_404(self.requests(), public_id=request_id)
        form, told = filled(self, RequestAnswerIn, AnswerRequestForm)

        def answer() -> str:
            asking.answer_request(request=found, text=form.cleaned_data["answer"], by=self.me)
            return ""

        self.once(f"answer request:{request_id}", told, answer)
        return Response(RequestOut(self.requests().get(pk=found.pk)).data)
