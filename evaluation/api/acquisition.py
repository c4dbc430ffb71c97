"""Active learning: what is labelled next and why, rounds made of it, and replays of such choices on gold."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.acquisition import make_round, start_acquisition
from evaluation.actions.acquisition_replays import start_replay
from evaluation.api.frame import MAKERS, READERS, AnyJson, EvaluationApi, Report
from evaluation.forms.acquisition import AcquisitionForm, LabelForm, ReplayForm
from evaluation.models import Acquisition, AcquisitionReplay
from evaluation.models.acquisitions import WORK
from evaluation.queries.acquisition import Ask, loaded, rounds_to_top_up, shown
from evaluation.queries.runs import find_run
from evaluation.stats.acquisition_replay import Design
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Role, Scope
from labeling.queries.golden import find_release

PAGE = 50
READ, MAKE = access(Scope.READ, *READERS), access(Scope.EVALUATE, *MAKERS)


class AcquisitionOut(serializers.Serializer[Any]):
    """A choice of what is labelled next."""

    id = serializers.UUIDField(source="public_id")
    run = serializers.CharField(source="run.name")
    mix = serializers.DictField(child=serializers.FloatField())
    size = serializers.IntegerField()
    random_share = serializers.FloatField()
    seed = serializers.IntegerField()
    state = serializers.ChoiceField(WORK)
    error = serializers.CharField(allow_blank=True)
    counts = serializers.DictField(child=AnyJson())
    round = serializers.UUIDField(source="round.public_id", allow_null=True, default=None)
    created_at = serializers.DateTimeField()


class ToLabel(serializers.Serializer[Any]):
    """A chosen item, and why. Whoever labels it sees neither."""

    item = serializers.CharField(source="item.external_id")
    by_lot = serializers.BooleanField(source="is_random")
    weight = serializers.FloatField()
    why = serializers.CharField()


class AcquisitionWhole(AcquisitionOut):
    """With a page of its items; `next` goes into `start`."""

    items = ToLabel(many=True)
    next = serializers.IntegerField(allow_null=True)


class PlaceAsked(serializers.Serializer[Any]):
    """From which place on."""

    start = serializers.IntegerField(min_value=0, max_value=99_999, required=False, default=0)


class ReplayOut(serializers.Serializer[Any]):
    """F1 against labels spent, by choice and by lot; the report is null until it is worked out."""

    id = serializers.UUIDField(source="public_id")
    release = serializers.CharField()
    design = serializers.DictField(child=AnyJson())
    state = serializers.ChoiceField(WORK)
    error = serializers.CharField(allow_blank=True)
    report = Report(allow_null=True)
    created_at = serializers.DateTimeField()


AcquisitionIn = body_of(
    AcquisitionForm,
    "AcquisitionIn",
    run=serializers.CharField(max_length=160, help_text="a finished run by name"),
    committee=serializers.ListField(
        child=serializers.CharField(max_length=160), max_length=50, default=list, help_text="other runs by name"
    ),
)
AcquiredIn = body_of(
    LabelForm,
    "AcquiredIn",
    round=serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True, help_text="an open round to top up, by id"
    ),
)
ReplayIn = body_of(
    ReplayForm, "ReplayIn", on=serializers.CharField(max_length=200, help_text="a release, like pilot@1")
)


class AcquisitionApi(EvaluationApi):
    """Finds choices."""

    def acquisitions(self) -> QuerySet[Acquisition]:
        return loaded().filter(project=self.project)

    def whole(self, public_id: object, *, start: int = 0, status: int = 200) -> Response:
        found = get_object_or_404(self.acquisitions(), public_id=public_id)
        following = start + PAGE if start + PAGE < len(found.chosen) else None
        items = ToLabel(shown(found, start=start, limit=PAGE), many=True).data
        return Response({**AcquisitionOut(found).data, "items": items, "next": following}, status=status)


class Acquisitions(AcquisitionApi):
    """Choices, the newest first; and a new one, which a worker makes."""

    access: ClassVar = {"GET": READ, "POST": MAKE}
    serializer_class = AcquisitionOut

    @extend_schema(operation_id="acquisitions", responses=AcquisitionOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.acquisitions().defer("chosen"), AcquisitionOut)

    @extend_schema(operation_id="acquire", request=AcquisitionIn, responses={202: AcquisitionWhole})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, AcquisitionIn, lambda sent: AcquisitionForm(sent, project=self.project))

        def start() -> str:
            said = form.cleaned_data
            runs = [find_run(self.project, name) for name in (said["run"], *said["committee"])]
            ask = Ask(runs[0], said["mix"], said["size"], said["random_share"], said["seed"], runs[1:])
            return str(start_acquisition(ask=ask, by=self.me).public_id)

        return self.whole(self.once(f"acquisition:{self.project.slug}", told, start), status=202)


class OneAcquisition(AcquisitionApi):
    """One choice with its items."""

    access: ClassVar = {"GET": READ}
    serializer_class = AcquisitionWhole
    pagination_class = None

    @extend_schema(operation_id="acquisition", parameters=[PlaceAsked], responses=AcquisitionWhole)
    def get(self, request: Request, project: str, acquisition_id: object) -> Response:
        return self.whole(acquisition_id, start=self.read(PlaceAsked, query=True)["start"])


class LabelAcquisition(AcquisitionApi):
    """Makes a round of it, or tops one up, once. Whoever labels in it sees no answer and no reason."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = AcquisitionWhole

    @extend_schema(operation_id="label_acquisition", request=AcquiredIn, responses={201: AcquisitionWhole})
    def post(self, request: Request, project: str, acquisition_id: object) -> Response:
        found = get_object_or_404(self.acquisitions(), public_id=acquisition_id)
        form, told = filled(self, AcquiredIn, lambda sent: LabelForm(sent, project=self.project))
        rounds = {str(one.public_id): one for one in rounds_to_top_up(self.project)}

        def label() -> str:
            top_up = rounds.get(form.cleaned_data["round"])
            made = make_round(acquisition=found, name=form.cleaned_data["name"], top_up=top_up, by=self.me)
            return str(made.public_id)

        self.once(f"label acquisition:{found.public_id}", told, label)
        return self.whole(acquisition_id, status=201)


class Replays(EvaluationApi):
    """Replays, the newest first; and a new one, which a worker works out."""

    access: ClassVar = {"GET": READ, "POST": MAKE}
    serializer_class = ReplayOut

    def replays(self) -> QuerySet[AcquisitionReplay]:
        return AcquisitionReplay.objects.filter(project=self.project).select_related("release__golden_set")

    @extend_schema(operation_id="acquisition_replays", responses=ReplayOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.replays(), ReplayOut)

    @extend_schema(operation_id="replay_acquisition", request=ReplayIn, responses={202: ReplayOut})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, ReplayIn, lambda sent: ReplayForm(sent, project=self.project))

        def start() -> str:
            said = form.cleaned_data
            named = ", ".join(f"{name} {share:.0%}" for name, share in said["mix"].items())
            design = Design(
                mixes={named: said["mix"]}, seeds=said["seeds"], start=said["start"], batch=said["batch"],
                budget=said["budget"], random_share=said["random_share"],
            )  # fmt: skip
            return str(
                start_replay(release=find_release(self.project, said["on"]), design=design, by=self.me).public_id
            )

        made = self.once(f"replay:{self.project.slug}", told, start)
        return Response(ReplayOut(self.replays().get(public_id=made)).data, status=202)
