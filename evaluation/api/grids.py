"""Grids: a prompt version tried with many parameters on dev."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.grid_figures import measure_grid
from evaluation.actions.grids import start_grid, write_winner
from evaluation.actions.prompts import find_version
from evaluation.api.frame import MAKERS, READERS, AnyJson, EvaluationApi
from evaluation.forms.grids import GridForm
from evaluation.models import Grid
from evaluation.queries import grids as queries
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Scope, Split
from labeling.queries.golden import find_release, releases_of


class GridOut(serializers.Serializer[Any]):
    """What is tried, on what, how often."""

    id = serializers.UUIDField(source="public_id")
    prompt = serializers.CharField(source="prompt_version", help_text="name@number")
    release = serializers.CharField()
    axes = serializers.DictField(child=serializers.ListField(child=AnyJson()))
    repeats = serializers.IntegerField()
    sample = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class CombinationOut(serializers.Serializer[Any]):
    """One combination with what was measured by now."""

    place = serializers.IntegerField()
    settings = serializers.DictField(child=AnyJson())
    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    figures = serializers.DictField(child=AnyJson())
    cost_usd = serializers.FloatField(source="cost", allow_null=True, help_text="an item")
    standing = serializers.CharField(allow_blank=True)
    runs = serializers.SerializerMethodField()

    def get_runs(self, row: queries.Row) -> list[str]:
        """The first, then its repeats, by id."""
        return [str(one.public_id) for one in row.runs]


class GridWhole(GridOut):
    """With its combinations."""

    combinations = CombinationOut(many=True)


class WinnerIn(serializers.Serializer[Any]):
    """Which combination."""

    place = serializers.IntegerField(min_value=0, max_value=10_000)


class WinnerOut(serializers.Serializer[Any]):
    """The prompt's next version."""

    id = serializers.UUIDField(source="public_id")
    prompt = serializers.SerializerMethodField()

    def get_prompt(self, row: Any) -> str:
        """name@number"""
        return str(row)


GridIn = body_of(
    GridForm,
    "GridIn",
    prompt=serializers.CharField(max_length=140, help_text="a prompt version like name@3, or a built-in one"),
    on=serializers.CharField(max_length=200, help_text="a release like pilot@1; its dev split"),
)


class GridApi(EvaluationApi):
    """Finds grids."""

    def grids(self) -> QuerySet[Grid]:
        return Grid.objects.filter(project=self.project).select_related(
            "project", "prompt_version__prompt", "release__golden_set"
        )

    def whole(self, public_id: object, *, status: int = 200) -> Response:
        found = get_object_or_404(self.grids(), public_id=public_id)
        measure_grid(found)
        rows = CombinationOut(queries.board(found).rows, many=True).data
        return Response({**GridOut(found).data, "combinations": rows}, status=status)


class Grids(GridApi):
    """Grids, the newest first; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = GridOut

    @extend_schema(operation_id="grids", responses=GridOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.grids(), GridOut)

    @extend_schema(operation_id="start_grid", request=GridIn, responses={201: GridWhole})
    def post(self, request: Request, project: str) -> Response:
        releases = [(str(one), str(one)) for one in releases_of(self.project) if one.counts["splits"].get(Split.DEV)]
        form, told = filled(self, GridIn, lambda sent: GridForm(sent, project=self.project, releases=releases))

        def start() -> str:
            said = form.cleaned_data
            made = start_grid(
                version=find_version(project=self.project, reference=said["prompt"], by=self.me),
                release=find_release(self.project, said["on"]), axes=said["axes"], repeats=said["repeats"],
                sample=said["sample"], seed=said["seed"], budget_usd=said["budget"], by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        return self.whole(self.once(f"grid:{self.project.slug}", told, start), status=201)


class OneGrid(GridApi):
    """One grid."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = GridWhole
    pagination_class = None

    @extend_schema(operation_id="grid", responses=GridWhole)
    def get(self, request: Request, project: str, grid_id: object) -> Response:
        return self.whole(grid_id)


class WriteGrid(GridApi):
    """Writes the prompt's next version with the settings of one combination."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = WinnerOut

    @extend_schema(operation_id="write_grid", request=WinnerIn, responses=WinnerOut)
    def post(self, request: Request, project: str, grid_id: object) -> Response:
        """Written once: the same again is the version there is."""
        found = get_object_or_404(self.grids(), public_id=grid_id)
        return Response(WinnerOut(write_winner(grid=found, place=self.read(WinnerIn)["place"], by=self.me)).data)
