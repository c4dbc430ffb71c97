"""Comparisons of two runs on the same items."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.comparisons import MARGIN, MOST_DECLARED, compare_runs
from evaluation.api.evaluations import SCORED, HowDrawn, drawn
from evaluation.api.frame import READERS, EvaluationApi, Number, Report
from evaluation.models import Comparison
from evaluation.queries.comparisons import Ground, slices_of
from evaluation.queries.veiled import shown
from labeling.api.views import access
from labeling.enums import Scope, Split
from labeling.models import Release
from reviewapp.common.errors import Refused

VERDICTS = ("better", "not_worse", "worse", "cannot_tell")


class ComparisonOut(serializers.Serializer[Any]):
    """A comparison of run b against run a."""

    id = serializers.UUIDField(source="public_id")
    a = serializers.UUIDField(source="run_a.public_id")
    b = serializers.UUIDField(source="run_b.public_id")
    release = serializers.CharField()
    split = serializers.ChoiceField(SCORED)
    verdict = serializers.ChoiceField(VERDICTS, source="report.verdict")
    created_at = serializers.DateTimeField()


class ComparisonWhole(ComparisonOut):
    """A comparison with its report."""

    report = Report()


class ComparisonsAsked(serializers.Serializer[Any]):
    """Which comparisons."""

    a = serializers.UUIDField(required=False)
    b = serializers.UUIDField(required=False)
    split = serializers.ChoiceField(SCORED, required=False)


class Slice(serializers.Serializer[Any]):
    """One value of an attribute."""

    attribute = serializers.CharField(max_length=120)
    value = serializers.CharField(max_length=2000, allow_blank=True)


class CompareIn(HowDrawn):
    """Two runs, and which labels and slices are declared to matter before looking."""

    a = serializers.CharField(max_length=160, help_text="the run to compare with: its id or name")
    b = serializers.CharField(max_length=160, help_text="the run in question: its id or name")
    release = serializers.CharField(max_length=200, help_text="like pilot@1")
    split = serializers.ChoiceField(SCORED)
    margin = Number(min_value=0, max_value=1, required=False, default=MARGIN)
    labels = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=MOST_DECLARED, required=False, default=list
    )
    slices = Slice(many=True, required=False, default=list)


class Compared(EvaluationApi):
    """Finds comparisons."""

    def comparisons(self) -> QuerySet[Comparison]:
        mine = Comparison.objects.filter(run_a__project=self.project)
        return mine.select_related("run_a__project", "run_b", "release__golden_set", "release__taxonomy_version")

    def shown(self, found: Comparison) -> Any:
        return {**ComparisonOut(found).data, "report": shown(found)}


class Comparisons(Compared):
    """Comparisons, the newest first; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = ComparisonOut

    @extend_schema(operation_id="comparisons", parameters=[ComparisonsAsked], responses=ComparisonOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        asked, found = self.read(ComparisonsAsked, query=True), self.comparisons()
        for side in ("a", "b"):
            if side in asked:
                found = found.filter(**{f"run_{side}__public_id": asked[side]})
        if "split" in asked:
            found = found.filter(split=asked["split"])
        return self.page(found, ComparisonOut)

    @extend_schema(
        operation_id="compare", request=CompareIn, responses=ComparisonWhole,
        description="On test this is a look; the same inputs again give the comparison that is stored.",
    )  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        told = self.read(CompareIn)
        release = self.release_named(told["release"])
        made = compare_runs(
            run_a=self.run_named(told["a"]), run_b=self.run_named(told["b"]), release=release, split=told["split"],
            margin=told["margin"], labels=told["labels"], slices=self._slices(told, release), resampling=drawn(told),
            by=self.me,
        )  # fmt: skip
        return Response(self.shown(self.comparisons().get(pk=made.pk)))

    def _slices(self, told: dict[str, Any], release: Release) -> list[tuple[str, str]]:
        """As declared; on test only those that its pages offer, since others would tell of few items."""
        wanted = [(one["attribute"], one["value"]) for one in told["slices"]]
        if wanted and told["split"] == Split.TEST:
            offered = {one[:2] for one in slices_of(self.project, Ground(release, told["split"], []))}
            if hidden := [one for one in wanted if one not in offered]:
                raise Refused(f"“{hidden[0][0]} = {hidden[0][1]}” is no slice of the test split that may be shown.")
        return wanted


class OneComparison(Compared):
    """A comparison with its report; of a held-out split what its page shows."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = ComparisonWhole

    @extend_schema(operation_id="comparison", responses=ComparisonWhole)
    def get(self, request: Request, project: str, comparison_id: object) -> Response:
        return Response(self.shown(get_object_or_404(self.comparisons(), public_id=comparison_id)))
