"""Upkeep of the golden set: what is planned and due, items whose text changed, and fresh items to label."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions import upkeep as actions
from labeling.actions.expansions import label_expansion, start_expansion
from labeling.api.forms import body_of, filled
from labeling.api.rounds import CHANGE, READ, RoundOut
from labeling.api.rounds import shown as round_shown
from labeling.api.views import ProjectApi, access
from labeling.enums import DutyKind, Repeats, Role, Scope
from labeling.forms.upkeep import DutyForm, ExpansionForm, NameForm
from labeling.models import Duty, ExpansionPlan, Round
from labeling.queries.attributes import attribute_names
from labeling.queries.expansion import ChosenRow, shown
from labeling.queries.upkeep_items import StalePage, stale_page

PAGE = 50
OVERSEE = access(Scope.ADMIN, Role.MANAGER, Role.ANALYST)
STATES = ("queued", "running", "done", "failed")


class DutyOut(serializers.Serializer[Any]):
    """One thing to do for gold."""

    id = serializers.UUIDField(source="public_id")
    title = serializers.CharField()
    kind = serializers.ChoiceField(DutyKind.choices)
    owner = serializers.UUIDField(source="owner.public_id")
    due_on = serializers.DateField()
    repeats = serializers.ChoiceField(Repeats.choices)
    done_at = serializers.DateTimeField(allow_null=True)


class DutyEndIn(serializers.Serializer[Any]):
    """Done, or off the plan."""

    how = serializers.ChoiceField(["done", "drop"])


class NextDutyOut(serializers.Serializer[Any]):
    """What comes of a duty that is done and repeats."""

    next = DutyOut(allow_null=True)


class StaleOut(serializers.Serializer[Any]):
    """A gold item whose text is another by now. Neither its labels nor its split."""

    item = serializers.CharField(source="entry.external_id")
    release = serializers.CharField(source="entry.release")
    is_asked = serializers.BooleanField(help_text="with raters already")
    changed = serializers.SerializerMethodField()

    def get_changed(self, row: Any) -> list[str]:
        """Which of its texts, by kind."""
        return [kind for kind, _ in row.documents]


class StalesOut(serializers.Serializer[Any]):
    """A page of them; `next` goes into `from`."""

    results = StaleOut(many=True, source="rows")
    total = serializers.IntegerField()
    asked = serializers.IntegerField()
    next = serializers.IntegerField(allow_null=True)


class FromAsked(serializers.Serializer[Any]):
    """From which place on."""

    start = serializers.IntegerField(min_value=0, max_value=999_999, required=False, default=0)


class ExpansionOut(serializers.Serializer[Any]):
    """A plan of fresh items, worked out in a job."""

    id = serializers.UUIDField(source="public_id")
    size = serializers.IntegerField()
    by = serializers.ListField(child=serializers.CharField())
    novelty_share = serializers.FloatField()
    seed = serializers.IntegerField()
    state = serializers.ChoiceField(STATES)
    error = serializers.CharField(allow_blank=True)
    round = serializers.UUIDField(source="round.public_id", allow_null=True, default=None)
    created_at = serializers.DateTimeField()


class ChosenOut(serializers.Serializer[Any]):
    """A chosen item, and why."""

    item = serializers.CharField(source="item.external_id")
    is_novel = serializers.BooleanField()
    distance = serializers.FloatField(allow_null=True)
    weight = serializers.FloatField()
    why = serializers.CharField()


class ExpansionWhole(ExpansionOut):
    """With a page of its items, those unlike gold first; `next` goes into `start`."""

    items = ChosenOut(many=True)
    next = serializers.IntegerField(allow_null=True)


DutyIn = body_of(DutyForm, "DutyIn", owner=serializers.UUIDField(help_text="a manager's or an analyst's id"))
RoundNameIn = body_of(NameForm, "RoundNameIn")
ExpansionIn = body_of(ExpansionForm, "ExpansionIn")


class DutyApi(ProjectApi):
    """Finds duties."""

    def duties(self) -> QuerySet[Duty]:
        return Duty.objects.filter(project=self.project).select_related("owner", "project")


class Duties(DutyApi):
    """The plan, the newest first; and one more thing to do."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = DutyOut

    @extend_schema(operation_id="duties", responses=DutyOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.duties(), DutyOut)

    @extend_schema(operation_id="add_duty", request=DutyIn, responses={201: DutyOut})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, DutyIn, lambda sent: DutyForm(sent, project=self.project))
        said = {name: form.cleaned_data[name] for name in ("title", "kind", "owner", "due_on", "repeats")}

        def add() -> str:
            return str(actions.add_duty(project=self.project, by=self.me, **said).public_id)

        made = self.once(f"duty:{self.project.slug}", told, add)
        return Response(DutyOut(self.duties().get(public_id=made)).data, status=201)


class UsualDuties(DutyApi):
    """The usual plan, all of it yours."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = DutyOut
    pagination_class = None

    @extend_schema(operation_id="usual_duties", request=None, responses=DutyOut(many=True))
    def post(self, request: Request, project: str) -> Response:
        made = actions.add_usual_duties(project=self.project, owner=self.me, by=self.me)
        return Response(DutyOut(made, many=True).data)


class EndDuty(DutyApi):
    """Done, or off the plan."""

    access: ClassVar = {"POST": OVERSEE}
    serializer_class = NextDutyOut

    @extend_schema(operation_id="end_duty", request=DutyEndIn, responses=NextDutyOut)
    def post(self, request: Request, project: str, duty_id: UUID) -> Response:
        duty, how = get_object_or_404(self.duties(), public_id=duty_id), self.read(DutyEndIn)["how"]

        def end() -> str:
            if how == "drop":
                actions.drop_duty(duty=duty, by=self.me)
                return ""
            coming = actions.finish_duty(duty=duty, by=self.me)
            return str(coming.public_id) if coming else ""

        made = self.once(f"end duty:{duty_id}", how, end)
        return Response({"next": DutyOut(self.duties().get(public_id=made)).data if made else None})


class StaleItems(ProjectApi):
    """Gold items whose text changed; and the round in which raters see the new text and no earlier answer."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = StalesOut
    pagination_class = None

    @extend_schema(operation_id="stale_items", parameters=[FromAsked], responses=StalesOut)
    def get(self, request: Request, project: str) -> Response:
        page: StalePage = stale_page(self.project, start=self.read(FromAsked, query=True)["start"])
        return Response(StalesOut(page).data)

    @extend_schema(operation_id="relabel_stale", request=RoundNameIn, responses={201: RoundOut})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, RoundNameIn, NameForm)

        def make() -> str:
            name = form.cleaned_data["name"]
            return str(actions.relabel_stale(project=self.project, name=name, by=self.me).public_id)

        made = self.once(f"stale:{self.project.slug}", told, make)
        return Response(round_shown(Round.objects.get(public_id=made)), status=201)


class ExpansionApi(ProjectApi):
    """Finds plans."""

    def plans(self) -> QuerySet[ExpansionPlan]:
        return ExpansionPlan.objects.filter(project=self.project).select_related("project", "round")

    def whole(self, public_id: object, *, start: int = 0, status: int = 200) -> Response:
        found = get_object_or_404(self.plans(), public_id=public_id)
        rows: list[ChosenRow] = shown(found, start=start, limit=PAGE)
        following = start + PAGE if start + PAGE < len(found.chosen) else None
        items = ChosenOut(rows, many=True).data
        return Response({**ExpansionOut(found).data, "items": items, "next": following}, status=status)


class Expansions(ExpansionApi):
    """Plans, the newest first; and a new one, which a worker works out."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = ExpansionOut

    @extend_schema(operation_id="expansions", responses=ExpansionOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.plans().defer("chosen"), ExpansionOut)

    @extend_schema(operation_id="start_expansion", request=ExpansionIn, responses={202: ExpansionWhole})
    def post(self, request: Request, project: str) -> Response:
        attributes = attribute_names(self.project)
        form, told = filled(
            self, ExpansionIn, lambda sent: ExpansionForm(sent, project=self.project, attributes=attributes)
        )

        def start() -> str:
            said = form.cleaned_data
            made = start_expansion(
                project=self.project, size=said["size"], by_attributes=said["by"],
                novelty_share=said["novelty_share"] / 100, seed=said["seed"], by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        return self.whole(self.once(f"expansion:{self.project.slug}", told, start), status=202)


class OneExpansion(ExpansionApi):
    """One plan with its items."""

    access: ClassVar = {"GET": READ}
    serializer_class = ExpansionWhole
    pagination_class = None

    @extend_schema(operation_id="expansion", parameters=[FromAsked], responses=ExpansionWhole)
    def get(self, request: Request, project: str, expansion_id: UUID) -> Response:
        return self.whole(expansion_id, start=self.read(FromAsked, query=True)["start"])


class LabelExpansion(ExpansionApi):
    """Makes the plan a round, once. Whoever labels in it sees no reason."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RoundOut

    @extend_schema(operation_id="label_expansion", request=RoundNameIn, responses={201: RoundOut})
    def post(self, request: Request, project: str, expansion_id: UUID) -> Response:
        found = get_object_or_404(self.plans(), public_id=expansion_id)
        form, told = filled(self, RoundNameIn, NameForm)

        def make() -> str:
            return str(label_expansion(found=found, name=form.cleaned_data["name"], by=self.me).public_id)

        made = self.once(f"label expansion:{expansion_id}", told, make)
        return Response(round_shown(Round.objects.get(public_id=made)), status=201)
