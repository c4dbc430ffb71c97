"""Triage: the errors of a run on dev, sorted into clusters, and what people say of each."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.triage import NOTE, judge, start_triage, undo_last
from evaluation.actions.triage_proposals import propose_categories
from evaluation.api.frame import READERS, AnyJson, EvaluationApi
from evaluation.models import Evaluation, Triage
from evaluation.queries import triage_board as queries
from evaluation.queries.triage import categories
from labeling.api.views import Access, access
from labeling.enums import Scope, Split
from reviewapp.common.errors import Refused

READ, WORK = access(Scope.READ, *READERS), access(Scope.EVALUATE, *READERS)
LARGEST = 2**31 - 1


class TriageOut(serializers.Serializer[Any]):
    """A run's errors on the dev split of a release; `is_sorted` false: a worker is at it."""

    id = serializers.UUIDField(source="public_id")
    run = serializers.UUIDField(source="run.public_id")
    run_name = serializers.CharField(source="run.name")
    release = serializers.CharField()
    is_sorted = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class ClusterOut(serializers.Serializer[Any]):
    """Errors that are alike, by their commonest words."""

    number = serializers.IntegerField(source="cluster.number")
    words = serializers.ListField(child=AnyJson(), source="cluster.words")
    size = serializers.IntegerField(source="cluster.size")
    share = serializers.DictField(child=AnyJson(), source="cluster.share")
    first = serializers.IntegerField(help_text="the place of its first error")
    judged = serializers.IntegerField()
    given = serializers.SerializerMethodField()

    def get_given(self, row: queries.ClusterRow) -> dict[str, int]:
        """How often, by category."""
        return {category.code: number for category, number in row.given}


class TriageWhole(TriageOut):
    """With its clusters and what people said."""

    errors = serializers.IntegerField()  # type: ignore[assignment]
    judged = serializers.IntegerField()
    clusters = ClusterOut(many=True)
    categories = serializers.DictField(child=serializers.IntegerField(), help_text="of the judged errors")
    agreement = serializers.DictField(child=AnyJson(), allow_null=True)
    proposers = serializers.ListField(child=serializers.DictField(child=AnyJson()))


class TriageIn(serializers.Serializer[Any]):
    """Which errors: those of an evaluation on dev."""

    evaluation = serializers.UUIDField()


class ProposalOut(serializers.Serializer[Any]):
    """What is proposed. On the blind share none is ever shown."""

    id = serializers.IntegerField(source="pk", help_text="send it as `shown`")
    category = serializers.CharField(source="category.code")
    confidence = serializers.FloatField(allow_null=True)
    proposer = serializers.CharField()


class TriageErrorOut(serializers.Serializer[Any]):
    """One error with its item, gold and what the run said."""

    place = serializers.IntegerField(source="error.place")
    kind = serializers.CharField(source="error.kind")
    gold_label = serializers.CharField(source="error.gold", allow_blank=True)
    predicted_label = serializers.CharField(source="error.predicted", allow_blank=True)
    item = serializers.CharField(source="error.item.external_id")
    name = serializers.CharField(allow_blank=True)
    gold = serializers.ListField(child=serializers.CharField())
    said = serializers.ListField(child=serializers.CharField(), allow_null=True)
    quotes = serializers.SerializerMethodField()
    category = serializers.CharField(source="mine.category.code", allow_null=True, default=None)
    note = serializers.CharField(source="mine.note", allow_blank=True, default="")
    proposal = ProposalOut(allow_null=True)
    previous = serializers.IntegerField(allow_null=True)
    next = serializers.IntegerField(allow_null=True)

    def get_quotes(self, row: queries.Desk) -> list[list[str]]:
        """Label, gold or run, text."""
        return [list(one) for one in row.quotes]


class JudgedIn(serializers.Serializer[Any]):
    """Why it is an error; without a category the note alone. `shown` is the proposal that you saw."""

    category = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    note = serializers.CharField(max_length=NOTE, required=False, default="", allow_blank=True)
    shown = serializers.IntegerField(min_value=1, max_value=LARGEST, required=False, allow_null=True, default=None)


class UndoneOut(serializers.Serializer[Any]):
    """Whose judgement was taken back, by its place; null: you had none."""

    place = serializers.IntegerField(allow_null=True)


class ProposedOut(serializers.Serializer[Any]):
    """How many proposals were made."""

    proposals = serializers.IntegerField()


class TriagesApi(EvaluationApi):
    """Finds triages."""

    def triages(self) -> QuerySet[Triage]:
        return Triage.objects.filter(run__project=self.project).select_related(
            "run__project", "run__prompt_version__prompt", "release__golden_set__project", "release__taxonomy_version"
        )

    def whole(self, found: Triage, *, status: int = 200) -> Response:
        board = queries.board(found) if found.is_sorted else None
        told = {
            "errors": board.errors if board else 0, "judged": board.judged if board else 0,
            "clusters": ClusterOut(board.rows if board else [], many=True).data,
            "categories": {one.code: number for one, number, _ in board.categories} if board else {},
            "agreement": board.agreement.as_dict() if board else None,
            "proposers": [one.as_dict() for one in board.sources] if board else [],
        }  # fmt: skip
        return Response({**TriageOut(found).data, **told}, status=status)


class Triages(TriagesApi):
    """Triages, the newest first; and sorting the errors of an evaluation."""

    access: ClassVar = {"GET": READ, "POST": WORK}
    serializer_class = TriageOut

    @extend_schema(operation_id="triages", responses=TriageOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.triages(), TriageOut)

    @extend_schema(operation_id="start_triage", request=TriageIn, responses={201: TriageWhole})
    def post(self, request: Request, project: str) -> Response:
        """The same again is the triage there is."""
        mine = Evaluation.objects.filter(run__project=self.project, split=Split.DEV)
        loaded = mine.select_related("run__project", "release__golden_set__project")
        evaluation = loaded.filter(public_id=self.read(TriageIn)["evaluation"]).first()
        if evaluation is None:
            raise Refused("There is no such evaluation on dev in this project.")
        made = start_triage(run=evaluation.run, release=evaluation.release, by=self.me)
        return self.whole(self.triages().get(pk=made.pk), status=201)


class TriageApi(TriagesApi):
    """A view of one triage."""

    triage: Triage

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        self.triage = get_object_or_404(self.triages(), public_id=kwargs["triage_id"])

    def desk(self, place: int) -> queries.Desk:
        found = queries.desk(self.triage, place, self.me)
        if found is None:
            raise Http404
        found.error.triage = self.triage
        return found


class OneTriage(TriageApi):
    """One triage."""

    access: ClassVar = {"GET": READ}
    serializer_class = TriageWhole
    pagination_class = None

    @extend_schema(operation_id="triage", responses=TriageWhole)
    def get(self, request: Request, project: str, triage_id: object) -> Response:
        return self.whole(self.triage)


class OneTriageError(TriageApi):
    """One error, and what you say of it. Said again, the newest counts."""

    access: ClassVar = {"GET": READ, "POST": WORK}
    serializer_class = TriageErrorOut
    pagination_class = None

    @extend_schema(operation_id="triage_error", responses=TriageErrorOut)
    def get(self, request: Request, project: str, triage_id: object, place: int) -> Response:
        return Response(TriageErrorOut(self.desk(place)).data)

    @extend_schema(operation_id="judge_error", request=JudgedIn, responses=TriageErrorOut)
    def post(self, request: Request, project: str, triage_id: object, place: int) -> Response:
        desk, told = self.desk(place), self.read(JudgedIn)
        shown = desk.error.proposals.filter(pk=told["shown"]).first() if told["shown"] else None
        chosen = desk.mine.category if desk.mine else None
        if told["category"]:
            chosen = next((one for one in categories(self.project) if one.code == told["category"]), None)
            if chosen is None:
                raise Refused("This category is not offered.")

        def say() -> str:
            judge(error=desk.error, category=chosen, note=told["note"], shown=shown, by=self.me)
            return ""

        self.once(f"judge error:{self.triage.public_id}:{place}", told, say)
        return Response(TriageErrorOut(self.desk(place)).data)


class UndoJudgement(TriageApi):
    """Takes your newest judgement back."""

    access: ClassVar = {"POST": WORK}
    serializer_class = UndoneOut

    @extend_schema(operation_id="undo_judgement", request=None, responses=UndoneOut)
    def post(self, request: Request, project: str, triage_id: object) -> Response:
        def undo() -> str:
            error = undo_last(triage=self.triage, by=self.me)
            return str(error.place) if error else ""

        place = self.once(f"undo judgement:{self.triage.public_id}", {}, undo)
        return Response({"place": int(place) if place else None})


class ProposeCategories(TriageApi):
    """Has a category proposed for each error, out of what people said."""

    access: ClassVar = {"POST": WORK}
    serializer_class = ProposedOut

    @extend_schema(operation_id="propose_categories", request=None, responses=ProposedOut)
    def post(self, request: Request, project: str, triage_id: object) -> Response:
        return Response({"proposals": propose_categories(triage=self.triage, by=self.me)})
