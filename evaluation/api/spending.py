"""What a project may spend, what it spent today, and what models cost."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import spending as actions
from evaluation.api.frame import READERS, Dollars, EvaluationApi, Micro
from evaluation.forms.spending import PriceForm, SpendingForm
from evaluation.queries import spending as queries
from labeling.api.forms import body_of, checked, data_of, filled
from labeling.api.views import access
from labeling.enums import Role, Scope
from labeling.models import Project

CHANGE = access(Scope.ADMIN, Role.MANAGER)


class LimitsOut(serializers.Serializer[Any]):
    """The limits in dollars; a day without one is null."""

    day = serializers.FloatField(allow_null=True)
    item = serializers.FloatField()
    item_aim = serializers.FloatField()


class PriceOut(serializers.Serializer[Any]):
    """A price in dollars for a million tokens."""

    model = serializers.CharField()
    provider = serializers.CharField(allow_blank=True)
    scope = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    inward = Micro(source="micro_usd_in")
    outward = Micro(source="micro_usd_out")
    cached = Micro(source="micro_usd_cached", allow_null=True)
    note = serializers.CharField(allow_blank=True)
    is_ahead = serializers.BooleanField(help_text="it holds from a later day")


class DayOut(serializers.Serializer[Any]):
    """What was spent on one day (UTC)."""

    day = serializers.DateField()
    usd = serializers.FloatField()


class SpendingOut(serializers.Serializer[Any]):
    """Limits, the last thirty days, and prices."""

    limits = LimitsOut()
    days = DayOut(many=True)
    prices = PriceOut(many=True)
    unpriced = serializers.ListField(child=serializers.CharField(), help_text="models in prompts that have no price")


class LimitsIn(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    day = Dollars(required=False, allow_null=True, help_text="null: no limit")
    item = Dollars(required=False)
    item_aim = Dollars(required=False)


PriceIn = body_of(PriceForm, "PriceIn")


class SpendingApi(EvaluationApi):
    """Shows the page of spending."""

    def shown(self) -> dict[str, Any]:
        page = queries.spending_page(self.project)
        found = {
            "limits": queries.limits_of(self.project),
            "days": [{"day": day, "usd": spent / 1e6} for day, spent in page.days],
            "prices": page.prices, "unpriced": page.unpriced,
        }  # fmt: skip
        return dict(SpendingOut(found).data)


class SpendingOfProject(SpendingApi):
    """What was spent, and the limits."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "PATCH": CHANGE}
    serializer_class = SpendingOut
    pagination_class = None
    moving = ("days", "prices", "unpriced")  # what is spent, and prices, which are added and never changed

    @extend_schema(operation_id="spending", responses=SpendingOut)
    def get(self, request: Request, project: str) -> Response:
        return Response(self.shown())

    @extend_schema(operation_id="set_limits", request=LimitsIn, responses=SpendingOut)
    def patch(self, request: Request, project: str) -> Response:
        """With `If-Match`, only if the limits are as you read them (else 412)."""
        told = self.read(LimitsIn)

        def change() -> str:
            Project.objects.select_for_update().get(pk=self.project.pk)
            self.expect(self.shown())
            now = SpendingForm.filled(queries.limits_of(self.project))
            form = checked(SpendingForm(data_of(now | told)))
            actions.set_spending(project=self.project, limits=form.limits(), by=self.me)
            return ""

        self.once(f"limits:{self.project.slug}", told, change)
        return Response(self.shown())


class Prices(SpendingApi):
    """Adds a price from a day on; there is no changing one."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = SpendingOut
    pagination_class = None

    @extend_schema(operation_id="add_price", request=PriceIn, responses={201: SpendingOut})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, PriceIn, PriceForm)

        def add() -> str:
            actions.set_price(project=self.project, tariff=form.tariff(), by=self.me)
            return ""

        self.once(f"price:{self.project.slug}", told, add)
        return Response(self.shown(), status=201)
