"""A rater's own work in panels: what is next, blind to which run wrote it, and what the rater says of it."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.panel_pairs import LEFT, RIGHT, TIE, submit_choice
from evaluation.actions.panel_ratings import COMMENT_MAX, attempt_of, rate_anchor, submit_rating
from evaluation.actions.panel_standing import check_is_open, is_trained
from evaluation.api.frame import EvaluationApi, Number
from evaluation.enums import PanelKind, PanelState
from evaluation.models import Anchor, Panel, PanelOutput, PanelSeat
from evaluation.queries import panel_desk as desk
from evaluation.queries import panel_pairs as pairs
from evaluation.queries.panels import loaded, mine
from labeling.actions.sights import note_sights
from labeling.api.views import access
from labeling.enums import Role, Scope
from labeling.models import Item
from labeling.queries.contents import contents_at
from labeling.queries.sights import labelled_blind
from reviewapp.common.errors import NotAllowed

RATERS = (Role.ANNOTATOR, Role.ADJUDICATOR)
SECONDS_MAX = 6 * 60 * 60
WAITS = "The item of this anchor is being labelled. The training goes on when its round is closed."
STEPS = ("output", "anchor", "pair", "done")


class MyPanel(serializers.Serializer[Any]):
    """One's own part in a panel, and nobody else's."""

    id = serializers.UUIDField(source="panel.public_id")
    name = serializers.CharField(source="panel.name")
    kind = serializers.ChoiceField(PanelKind.choices, source="panel.kind")
    state = serializers.ChoiceField(PanelState.choices, source="panel.state")
    total = serializers.IntegerField()
    done = serializers.IntegerField()


class MyPanels(serializers.Serializer[Any]):
    """One's own panels, the newest first."""

    results = MyPanel(many=True)


class Text(serializers.Serializer[Any]):
    """One text of the item."""

    kind = serializers.CharField()
    text = serializers.CharField(allow_blank=True)


class Said(serializers.Serializer[Any]):
    """One label of an output, and the words quoted for it."""

    name = serializers.CharField()
    definition = serializers.CharField(allow_blank=True)
    quote = serializers.CharField(allow_blank=True)
    is_found = serializers.BooleanField()


class Criterion(serializers.Serializer[Any]):
    """What is scored from 1 to 5, and what each point means."""

    code = serializers.CharField()
    name = serializers.CharField()
    points = serializers.ListField(child=serializers.CharField(allow_blank=True))


class Next(serializers.Serializer[Any]):
    """The next step. `seat` is what the answer is sent to; in a pair, `left` and `right` are its two outputs."""

    step = serializers.ChoiceField(STEPS)
    seat = serializers.UUIDField(allow_null=True)
    name = serializers.CharField(allow_blank=True)
    texts = Text(many=True)
    labels = Said(many=True)
    left = Said(many=True)
    right = Said(many=True)
    criteria = Criterion(many=True)
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class ScoresIn(serializers.Serializer[Any]):
    """A score for each criterion, by its code."""

    scores = serializers.DictField(child=serializers.IntegerField(min_value=1, max_value=5))
    comment = serializers.CharField(max_length=COMMENT_MAX, required=False, default="", allow_blank=True)
    seconds = Number(min_value=0, max_value=SECONDS_MAX, required=False, allow_null=True, default=None)


class AnchorScores(serializers.Serializer[Any]):
    """What one scores an anchor, by the code of each criterion."""

    scores = serializers.DictField(child=serializers.IntegerField(min_value=1, max_value=5))


class ChoiceIn(serializers.Serializer[Any]):
    """Which side is better."""

    better = serializers.ChoiceField([LEFT, RIGHT, TIE])
    comment = serializers.CharField(max_length=COMMENT_MAX, required=False, default="", allow_blank=True)
    seconds = Number(min_value=0, max_value=SECONDS_MAX, required=False, allow_null=True, default=None)


class RatedOut(serializers.Serializer[Any]):
    """How often one has answered this seat: the newest counts."""

    number = serializers.IntegerField()


class AnchorOut(serializers.Serializer[Any]):
    """What was agreed for an anchor, and why; told once it is rated."""

    mine = serializers.DictField(child=serializers.IntegerField())
    agreed = serializers.DictField(child=serializers.IntegerField())
    why = serializers.CharField(allow_blank=True)
    is_trained = serializers.BooleanField()


class DeskApi(EvaluationApi):
    """Finds the panels in which the person has a part."""

    def panel(self, panel_id: object) -> Panel:
        own: QuerySet[Panel] = loaded().filter(project=self.project, raters__user=self.me).distinct()
        return get_object_or_404(own, public_id=panel_id)


class Mine(DeskApi):
    """The panels in which I have something to rate."""

    access: ClassVar = {"GET": access(Scope.LABEL, *RATERS)}
    serializer_class = MyPanels
    pagination_class = None

    @extend_schema(operation_id="my_panels", responses=MyPanels)
    def get(self, request: Request, project: str) -> Response:
        return Response(MyPanels({"results": mine(self.project, self.me)}).data)


class NextStep(DeskApi):
    """My next step in a panel. That I was shown it is written down first."""

    access: ClassVar = {"GET": access(Scope.LABEL, *RATERS)}
    serializer_class = Next
    pagination_class = None

    @extend_schema(operation_id="next_in_panel", responses=Next)
    def get(self, request: Request, project: str, panel_id: object) -> Response:
        panel = self.panel(panel_id)
        check_is_open(self.me, panel)
        return Response(Next(self._pair(panel) if panel.kind == PanelKind.PAIRS else self._output(panel)).data)

    def _output(self, panel: Panel) -> dict[str, Any]:
        seats = desk.own_seats(panel, self.me)
        seat = desk.next_seat(seats)
        if seat is None or seat.output is None:
            return step("done", seats)
        if not is_trained(self.me, panel.rubric_version):
            return self._anchor(panel, seats)
        note_sights(user=self.me, items=[seat.output.item_id])
        return step("output", seats) | self._judged(panel, seat.output, seat.public_id)

    def _judged(self, panel: Panel, what: PanelOutput | Anchor, seat: UUID) -> dict[str, Any]:
        found = desk.shown(project=self.project, item=what.item, revision=what.item_revision, labels=what.labels)
        return {
            "seat": seat, "name": found.name, "texts": texts_of(what.item, what.item_revision), "labels": found.labels,
            "criteria": criteria(panel),
        }  # fmt: skip

    def _anchor(self, panel: Panel, seats: Sequence[PanelSeat]) -> dict[str, Any]:
        left, _ = desk.anchors_left(panel, self.me, attempt_of(panel.rubric_version, self.me))
        anchor = left[0]
        check_may_show(anchor, self)
        note_sights(user=self.me, items=[anchor.item_id])
        return step("anchor", seats) | self._judged(panel, anchor, anchor.public_id)

    def _pair(self, panel: Panel) -> dict[str, Any]:
        seats = pairs.own_pairs(panel, self.me)
        seat = next((one for one in seats if not one.is_done), None)
        if seat is None:
            return step("done", seats)
        seat = pairs.whole(seat)
        assert seat.pair is not None
        output = seat.pair.a
        note_sights(user=self.me, items=[output.item_id])
        found = pairs.shown_pair(seat, self.project)
        return step("pair", seats) | {
            "seat": seat.public_id, "name": found.name, "texts": texts_of(output.item, output.item_revision),
            "left": found.left.labels, "right": found.right.labels, "criteria": criteria(panel),
        }  # fmt: skip


class RateOutput(DeskApi):
    """Scores of one of my seats. Sent again they are newer ones, until the item is settled."""

    access: ClassVar = {"POST": access(Scope.LABEL, *RATERS)}
    serializer_class = RatedOut

    @extend_schema(operation_id="rate_output", request=ScoresIn, responses=RatedOut)
    def post(self, request: Request, project: str, panel_id: object, panel_seat_id: object) -> Response:
        panel = self.panel(panel_id)
        seat = own(desk.own_seats(panel, self.me), panel_seat_id)
        told = self.read(ScoresIn)
        number = self.once(
            f"rate:{seat.public_id}", told, lambda: str(submit_rating(seat=seat, by=self.me, **told).number)
        )
        return Response(RatedOut({"number": int(number)}).data)


class RateAnchor(DeskApi):
    """Scores of an anchor, answered with what was agreed."""

    access: ClassVar = {"POST": access(Scope.LABEL, *RATERS)}
    serializer_class = AnchorOut

    @extend_schema(operation_id="rate_anchor", request=AnchorScores, responses=AnchorOut)
    def post(self, request: Request, project: str, panel_id: object, anchor_id: object) -> Response:
        panel = self.panel(panel_id)
        check_is_open(self.me, panel)
        anchors = Anchor.objects.select_related("item", "version__rubric").filter(version=panel.rubric_version_id)
        anchor = get_object_or_404(anchors, public_id=anchor_id)
        check_may_show(anchor, self)
        made = rate_anchor(panel=panel, anchor=anchor, scores=self.read(AnchorScores)["scores"], by=self.me)
        found = {
            "mine": made.scores, "agreed": anchor.scores, "why": anchor.why,
            "is_trained": is_trained(self.me, panel.rubric_version),
        }  # fmt: skip
        return Response(AnchorOut(found).data)


class ChoosePair(DeskApi):
    """Which side of a pair I find better. Sent again it is a newer choice, until the panel is closed."""

    access: ClassVar = {"POST": access(Scope.LABEL, *RATERS)}
    serializer_class = RatedOut

    @extend_schema(operation_id="choose_pair", request=ChoiceIn, responses=RatedOut)
    def post(self, request: Request, project: str, panel_id: object, pair_seat_id: object) -> Response:
        seat = own(pairs.own_pairs(self.panel(panel_id), self.me), pair_seat_id)
        told = self.read(ChoiceIn)
        number = self.once(
            f"choose:{seat.public_id}", told, lambda: str(submit_choice(seat=seat, by=self.me, **told).number)
        )
        return Response(RatedOut({"number": int(number)}).data)


def own(seats: Sequence[PanelSeat], public_id: object) -> PanelSeat:
    """Of one's own seats the one that is named, or Http404."""
    found = next((one for one in seats if one.public_id == public_id), None)
    if found is None:
        raise Http404
    return found


def check_may_show(anchor: Anchor, view: DeskApi) -> None:
    if labelled_blind(view.project).filter(item=anchor.item_id).exists():
        raise NotAllowed(WAITS)


def step(name: str, seats: Sequence[PanelSeat]) -> dict[str, Any]:
    """A step with nothing in it yet, and one's own count."""
    empty: dict[str, Any] = {"texts": [], "labels": [], "left": [], "right": [], "criteria": []}
    done = sum(one.is_done for one in seats)
    return {"step": name, "seat": None, "name": "", **empty, "done": done, "total": len(seats)}


def texts_of(item: Item, revision: int) -> list[dict[str, str]]:
    """The texts of an item as they were when its outputs were drawn."""
    documents = contents_at([(item, revision)])[item.pk].documents
    return [{"kind": str(one["kind"]), "text": str(one["text"])} for one in documents]


def criteria(panel: Panel) -> list[Any]:
    return list(panel.rubric_version.criteria.order_by("order"))
