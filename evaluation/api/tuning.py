"""A project's categories of errors, and its prompt-tuning tasks."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.triage_categories import offer_defaults, set_category
from evaluation.actions.triage_tuning import Plan, change_tuning_task, make_tuning_task
from evaluation.api.frame import EvaluationApi
from evaluation.api.triage import LARGEST, READ, WORK, TriageApi
from evaluation.enums import TuningState
from evaluation.forms.triage import CategoryForm, TuningForm
from evaluation.models import TuningTask
from evaluation.queries.triage import categories
from labeling.api.forms import body_of, checked, data_of, filled


class CategoryOut(serializers.Serializer[Any]):
    """Why something is an error."""

    code = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.CharField(allow_blank=True)
    key = serializers.CharField()
    order = serializers.IntegerField()
    is_retired = serializers.BooleanField()


class CategoriesOut(serializers.Serializer[Any]):
    """All categories, retired ones among them."""

    results = CategoryOut(many=True)


class TuningOut(serializers.Serializer[Any]):
    """What a prompt is to be mended for."""

    id = serializers.UUIDField(source="public_id")
    title = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    prompt = serializers.CharField(source="prompt.name", allow_null=True, default=None)
    owner = serializers.UUIDField(source="owner.public_id", allow_null=True, default=None)
    due_on = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(TuningState.choices)
    created_at = serializers.DateTimeField()


CategoryIn = body_of(CategoryForm, "CategoryIn", code=serializers.SlugField(max_length=60))


class TuningIn(serializers.Serializer[Any]):
    """What is to be done, for all errors of the cluster or those at these places."""

    title = serializers.CharField(max_length=160)
    errors = serializers.ListField(  # type: ignore[assignment]
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=10_000, required=False, default=list
    )


class TuningChange(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    title = serializers.CharField(max_length=160, required=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    owner = serializers.UUIDField(required=False, allow_null=True)
    due_on = serializers.DateField(required=False, allow_null=True)
    state = serializers.ChoiceField(TuningState.choices, required=False)


class CategoriesApi(EvaluationApi):
    """Shows the categories."""

    serializer_class = CategoriesOut
    pagination_class = None

    def shown(self) -> Response:
        found = categories(self.project, with_retired=True)
        return Response(CategoriesOut({"results": found}).data)


class ErrorCategories(CategoriesApi):
    """The categories; one added, or changed by its code."""

    access: ClassVar = {"GET": READ, "POST": WORK}

    @extend_schema(operation_id="error_categories", responses=CategoriesOut)
    def get(self, request: Request, project: str) -> Response:
        return self.shown()

    @extend_schema(operation_id="set_error_category", request=CategoryIn, responses=CategoriesOut)
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, CategoryIn, CategoryForm)

        def save() -> str:
            set_category(project=self.project, code=form.cleaned_data["code"], wording=form.wording, by=self.me)
            return ""

        self.once(f"category:{self.project.slug}", told, save)
        return self.shown()


class UsualCategories(CategoriesApi):
    """Takes over the categories that come with Assay."""

    access: ClassVar = {"POST": WORK}

    @extend_schema(operation_id="usual_error_categories", request=None, responses=CategoriesOut)
    def post(self, request: Request, project: str) -> Response:
        offer_defaults(project=self.project, by=self.me)
        return self.shown()


class TuningApi(EvaluationApi):
    """Finds tuning tasks."""

    def tasks(self) -> QuerySet[TuningTask]:
        return TuningTask.objects.filter(project=self.project).select_related("project", "owner", "prompt")


class TuningTasks(TuningApi):
    """Tuning tasks, the newest first."""

    access: ClassVar = {"GET": READ}
    serializer_class = TuningOut

    @extend_schema(operation_id="tuning_tasks", responses=TuningOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.tasks(), TuningOut)


class OneTuningTask(TuningApi):
    """One of them."""

    access: ClassVar = {"GET": READ, "PATCH": WORK}
    serializer_class = TuningOut

    def task(self, tuning_id: object) -> TuningTask:
        return get_object_or_404(self.tasks(), public_id=tuning_id)

    @extend_schema(operation_id="tuning_task", responses=TuningOut)
    def get(self, request: Request, project: str, tuning_id: object) -> Response:
        return Response(TuningOut(self.task(tuning_id)).data)

    @extend_schema(operation_id="change_tuning_task", request=TuningChange, responses=TuningOut)
    def patch(self, request: Request, project: str, tuning_id: object) -> Response:
        """With `If-Match`, only if it is as you read it (else 412)."""
        task, told = self.task(tuning_id), self.read(TuningChange)
        self.expect(TuningOut(task).data)
        now: dict[str, Any] = {name: getattr(task, name) for name in ("title", "note", "due_on", "state")}
        now |= {"owner": task.owner.public_id if task.owner else None, "prompt": task.prompt_id}
        form = checked(TuningForm(data_of(now | told), project=self.project))
        change_tuning_task(task=task, plan=form.plan, by=self.me)
        return Response(TuningOut(self.task(tuning_id)).data)


class TuneCluster(TriageApi):
    """Makes a tuning task of a cluster."""

    access: ClassVar = {"POST": WORK}
    serializer_class = TuningOut

    @extend_schema(operation_id="tune_cluster", request=TuningIn, responses={201: TuningOut})
    def post(self, request: Request, project: str, triage_id: object, number: int) -> Response:
        cluster, told = get_object_or_404(self.triage.clusters.filter(number=number)), self.read(TuningIn)
        version = self.triage.run.prompt_version
        plan = Plan(told["title"], prompt=version.prompt if version else None)

        def make() -> str:
            made = make_tuning_task(triage=self.triage, cluster=cluster, errors=told["errors"], plan=plan, by=self.me)
            return str(made.public_id)

        made = self.once(f"tune:{self.triage.public_id}:{number}", told, make)
        found = TuningTask.objects.select_related("owner", "prompt").get(public_id=made, project=self.project)
        return Response(TuningOut(found).data, status=201)
