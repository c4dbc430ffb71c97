"""Runs made of a run: what failed asked again, the whole of a dry run, and repeats that show how steady it is."""

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.repeats import repeat_run
from evaluation.actions.retries import retry_failures
from evaluation.actions.trials import run_whole
from evaluation.api.frame import MAKERS, READERS, Dollars, Report, RunApi
from evaluation.api.runs import RunWhole, shown
from evaluation.enums import RunOrigin
from evaluation.forms.repeats import RepeatForm
from evaluation.queries.repeats import repeated, report
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Scope

MAKE = access(Scope.EVALUATE, *MAKERS)


class RetryIn(serializers.Serializer[Any]):
    """Which failures; all if it says none."""

    kind = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)


class WholeIn(serializers.Serializer[Any]):
    """What the whole run may cost."""

    budget_usd = Dollars(required=False, allow_null=True, default=None)


class RepeatsOut(serializers.Serializer[Any]):
    """The repeats that were started, by id."""

    runs = serializers.ListField(child=serializers.UUIDField())


class StabilityOut(serializers.Serializer[Any]):
    """How often answers changed over a run and its finished repeats."""

    report = Report()


RepeatIn = body_of(RepeatForm, "RepeatIn")


class RetryRun(RunApi):
    """Asks again what failed, in a run of its own."""

    access: ClassVar = {"POST": MAKE}
    serializer_class = RunWhole

    @extend_schema(operation_id="retry_run", request=RetryIn, responses={201: RunWhole})
    def post(self, request: Request, project: str, run_id: object) -> Response:
        kind = self.read(RetryIn)["kind"]

        def retry() -> str:
            return str(retry_failures(run=self.run, kind=kind, by=self.me).public_id)

        made = self.once(f"retry:{self.run.public_id}", kind, retry)
        return Response(shown(self.runs().get(public_id=made)), status=201)


class WholeRun(RunApi):
    """Runs all that a dry run was a sample of."""

    access: ClassVar = {"POST": MAKE}
    serializer_class = RunWhole

    @extend_schema(operation_id="run_whole", request=WholeIn, responses={201: RunWhole})
    def post(self, request: Request, project: str, run_id: object) -> Response:
        budget = self.read(WholeIn)["budget_usd"]

        def start() -> str:
            return str(run_whole(trial=self.run, budget_usd=budget, by=self.me).public_id)

        made = self.once(f"whole:{self.run.public_id}", budget, start)
        return Response(shown(self.runs().get(public_id=made)), status=201)


class Repeats(RunApi):
    """Repeats of a finished run, and how steady its answers are."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": MAKE}
    serializer_class = StabilityOut
    pagination_class = None

    @extend_schema(operation_id="stability", responses=StabilityOut)
    def get(self, request: Request, project: str, run_id: object) -> Response:
        if self.run.origin == RunOrigin.ATTACK:
            raise Http404
        return Response({"report": report(repeated(self.run))})

    @extend_schema(operation_id="repeat_run", request=RepeatIn, responses={201: RepeatsOut})
    def post(self, request: Request, project: str, run_id: object) -> Response:
        if self.run.origin == RunOrigin.ATTACK:
            raise Http404
        form, told = filled(self, RepeatIn, RepeatForm)

        def start() -> str:
            said = {name: form.cleaned_data[name] for name in ("times", "sample", "seed")}
            made = repeat_run(run=self.run, **said, budget_usd=form.cleaned_data["budget"], by=self.me)
            return " ".join(str(one.public_id) for one in made)

        return Response({"runs": self.once(f"repeat:{self.run.public_id}", told, start).split()}, status=201)
