"""Ruling on what raters of a panel left open, blind; and anchors made of what a closed one settled."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.panel_anchors import recalibrate
from evaluation.actions.panel_ratings import COMMENT_MAX
from evaluation.actions.panel_settling import REASON_MAX, open_criteria, rule_on_output
from evaluation.actions.panel_standing import check_can_rule
from evaluation.actions.rubrics import ANCHORS_MAX, WRITERS
from evaluation.api.frame import EvaluationApi
from evaluation.api.panel_desk import Criterion, Said, Text, criteria, texts_of
from evaluation.api.rubrics import RubricApi, RubricWhole
from evaluation.enums import PanelKind, PanelState
from evaluation.models import Panel
from evaluation.queries import panel_desk as desk
from evaluation.queries.panels import loaded
from labeling.actions.sights import note_sights
from labeling.api.views import access
from labeling.enums import Role, Scope
from reviewapp.common.errors import Conflict, Refused

RULE = access(Scope.LABEL, Role.ADJUDICATOR)


class ToRule(serializers.Serializer[Any]):
    """Outputs that wait for a ruling, in an order that tells nothing."""

    results = serializers.ListField(child=serializers.UUIDField())


class OpinionOut(serializers.Serializer[Any]):
    """What one rater said, under a letter that is nobody's."""

    letter = serializers.CharField()
    scores = serializers.DictField(child=serializers.IntegerField())
    comment = serializers.CharField(allow_blank=True)


class OutputToRule(serializers.Serializer[Any]):
    """An output that raters left open, and which criteria are to be ruled on."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    texts = Text(many=True)
    labels = Said(many=True)
    opinions = OpinionOut(many=True)
    open = serializers.ListField(child=serializers.CharField(), help_text="the codes of the criteria to rule on")
    criteria = Criterion(many=True)


class RulingIn(serializers.Serializer[Any]):
    """A score for each open criterion, by its code, and why."""

    scores = serializers.DictField(child=serializers.IntegerField(min_value=1, max_value=5))
    reason = serializers.CharField(max_length=REASON_MAX)


class AnchorsIn(serializers.Serializer[Any]):
    """Which settled outputs become anchors, each with why, and what changes."""

    chosen = serializers.DictField(
        child=serializers.CharField(max_length=COMMENT_MAX, allow_blank=True), help_text="why, by the output's id"
    )
    note = serializers.CharField(max_length=500)


class RulingApi(EvaluationApi):
    """Finds panels of scores."""

    def panel(self, panel_id: object) -> Panel:
        found = get_object_or_404(loaded().filter(project=self.project, kind=PanelKind.SCORES), public_id=panel_id)
        check_can_rule(self.me, found)
        return found


class Rulings(RulingApi):
    """What waits for an adjudicator who has no part in the panel."""

    access: ClassVar = {"GET": RULE}
    serializer_class = ToRule
    pagination_class = None

    @extend_schema(operation_id="rulings", responses=ToRule)
    def get(self, request: Request, project: str, panel_id: object) -> Response:
        return Response({"results": [one.public_id for one in desk.waiting_for_ruling(self.panel(panel_id))]})


class OneRuling(RulingApi):
    """One output; that you were shown it is written down first."""

    access: ClassVar = {"GET": RULE, "POST": RULE}
    serializer_class = OutputToRule
    pagination_class = None

    @extend_schema(operation_id="output_to_rule", responses=OutputToRule)
    def get(self, request: Request, project: str, panel_id: object, output_id: object) -> Response:
        panel = self.panel(panel_id)
        output = get_object_or_404(desk.ruled(panel).select_related("item", "panel"), public_id=output_id)
        note_sights(user=self.me, items=[output.item_id])
        seen = desk.shown_output(output, self.project)
        found = {
            "id": output.public_id, "name": seen.name, "texts": texts_of(output.item, output.item_revision),
            "labels": seen.labels, "opinions": desk.opinions(output),
            "open": [one.code for one in open_criteria(output)], "criteria": criteria(panel),
        }  # fmt: skip
        return Response(OutputToRule(found).data)

    @extend_schema(operation_id="rule_on_output", request=RulingIn, responses={204: None})
    def post(self, request: Request, project: str, panel_id: object, output_id: object) -> Response:
        panel, told = self.panel(panel_id), self.read(RulingIn)
        output = get_object_or_404(panel.outputs.select_related("item", "panel"), public_id=output_id)

        def rule() -> str:
            get_object_or_404(desk.ruled(panel), pk=output.pk)
            rule_on_output(output=output, scores=told["scores"], reason=told["reason"], by=self.me)
            return ""

        self.once(f"ruling:{output.public_id}", told, rule)
        return Response(status=204)


class Recalibrate(RubricApi):
    """Makes anchors of a closed panel's settled outputs: a new version of its rubric."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *WRITERS)}
    serializer_class = RubricWhole

    @extend_schema(operation_id="recalibrate", request=AnchorsIn, responses={201: RubricWhole})
    def post(self, request: Request, project: str, panel_id: object) -> Response:
        """409 while the panel is open."""
        panel = get_object_or_404(loaded().filter(project=self.project), public_id=panel_id)
        if panel.state != PanelState.CLOSED:
            raise Conflict("The panel is open: its scores are not settled. Close it first.")
        told = self.read(AnchorsIn)
        if len(told["chosen"]) > ANCHORS_MAX:
            raise Refused(f"A rubric has at most {ANCHORS_MAX} anchors.")
        ids = serializers.ListField(child=serializers.UUIDField()).run_validation(list(told["chosen"]))
        chosen = dict(zip(ids, told["chosen"].values(), strict=True))

        def write() -> str:
            return str(recalibrate(panel=panel, chosen=chosen, note=told["note"], by=self.me).public_id)

        made = self.once(f"recalibrate:{panel.public_id}", told, write)
        return self.whole(self.versions().get(public_id=made), status=201)
