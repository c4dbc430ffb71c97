"""The calendar: which job is done when, by whom, and what came of it each time."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import schedules as actions
from evaluation.actions.schedule_jobs import JOBS
from evaluation.api.drift import SwitchIn
from evaluation.api.frame import MAKERS, READERS, AnyJson, EvaluationApi, Settings
from evaluation.enums import FiringOutcome, ScheduleJob
from evaluation.forms.schedules import owners
from evaluation.models import Schedule
from evaluation.queries.schedules import history_of
from labeling.api.views import Access, access
from labeling.enums import Scope
from labeling.models import User
from reviewapp.common.errors import Conflict, Refused

READ, CHANGE = access(Scope.READ, *READERS), access(Scope.EVALUATE, *MAKERS)


class ScheduleOut(serializers.Serializer[Any]):
    """A job of the calendar."""

    id = serializers.UUIDField(source="public_id")
    job = serializers.ChoiceField(ScheduleJob.choices)
    recurrence = serializers.CharField(allow_blank=True, help_text="a crontab; empty: whenever a release is frozen")
    zone = serializers.CharField()
    owner = serializers.UUIDField(source="owner.public_id", allow_null=True, default=None)
    parameters = serializers.DictField(child=AnyJson())
    is_on = serializers.BooleanField()
    next_due = serializers.DateTimeField(allow_null=True)


class FiringOut(serializers.Serializer[Any]):
    """One time that it was done; `outcome` is empty until it is over."""

    due_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(FiringOutcome.choices, allow_blank=True)
    said = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)


class ScheduleWhole(ScheduleOut):
    """With each time that it was done, the newest first."""

    firings = FiringOut(many=True)


class TimingIn(serializers.Serializer[Any]):
    """When, by whose clock, who answers for it, and what it is told; what is left out stays, or is as usual."""

    recurrence = serializers.CharField(max_length=80, required=False, allow_blank=True, help_text="like 0 2 * * 1-5")
    zone = serializers.CharField(max_length=64, required=False, help_text="like Europe/Berlin")
    owner = serializers.UUIDField(required=False, allow_null=True)
    parameters = Settings(required=False, help_text="size, budget_usd, days: those that the job knows")


class ScheduleIn(TimingIn):
    """A job that is not on the calendar yet."""

    job = serializers.ChoiceField(ScheduleJob.choices)


class SchedulesApi(EvaluationApi):
    """Finds schedules."""

    def schedules(self) -> QuerySet[Schedule]:
        return Schedule.objects.filter(project=self.project).select_related("project", "owner")

    def whole(self, found: Schedule, *, status: int = 200) -> Response:
        return Response(shown(found), status=status)

    def set(self, job: str, now: actions.Timing, told: dict[str, Any]) -> str:
        owner = self._owner(told["owner"]) if "owner" in told else now.owner
        timing = actions.Timing(
            told.get("recurrence", now.recurrence), told.get("zone", now.zone), owner,
            told.get("parameters", now.parameters),
        )  # fmt: skip
        return str(actions.set_schedule(project=self.project, job=job, timing=timing, by=self.me).public_id)

    def _owner(self, public_id: object) -> User | None:
        found: User | None = owners(self.project).filter(public_id=public_id).first() if public_id else None
        if public_id and found is None:
            raise Refused("The owner is an engineer, a manager or an analyst of this project.")
        return found


class Schedules(SchedulesApi):
    """What is on the calendar; and one more job."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = ScheduleOut

    @extend_schema(operation_id="schedules", responses=ScheduleOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.schedules(), ScheduleOut)

    @extend_schema(operation_id="new_schedule", request=ScheduleIn, responses={201: ScheduleWhole})
    def post(self, request: Request, project: str) -> Response:
        """What is not said is as usual for the job."""
        told = self.read(ScheduleIn)
        job = told["job"]
        usual = actions.Timing(JOBS[job].recurrence, self.me.time_zone, None, JOBS[job].parameters)

        def make() -> str:
            if self.schedules().filter(job=job).exists():
                raise Conflict("This job is on the calendar already. Change it there.")
            return self.set(job, usual, told)

        made = self.once(f"schedule:{self.project.slug}", told, make)
        return self.whole(self.schedules().get(public_id=made), status=201)


class UsualSchedules(SchedulesApi):
    """Puts every job that is missing on the calendar at its usual time, by your clock."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = ScheduleOut
    pagination_class = None

    @extend_schema(operation_id="usual_schedules", request=None, responses=ScheduleOut(many=True))
    def post(self, request: Request, project: str) -> Response:
        made = actions.offer_defaults(project=self.project, zone=self.me.time_zone, by=self.me)
        return Response(ScheduleOut(made, many=True).data)


class ScheduleApi(SchedulesApi):
    """A view of one schedule."""

    schedule: Schedule

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        self.schedule = get_object_or_404(self.schedules(), public_id=kwargs["schedule_id"])

    def again(self) -> Response:
        return self.whole(self.schedules().get(pk=self.schedule.pk))


class OneSchedule(ScheduleApi):
    """One schedule."""

    access: ClassVar = {"GET": READ, "PATCH": CHANGE}
    serializer_class = ScheduleWhole

    @extend_schema(operation_id="schedule", responses=ScheduleWhole)
    def get(self, request: Request, project: str, schedule_id: object) -> Response:
        return self.whole(self.schedule)

    @extend_schema(operation_id="change_schedule", request=TimingIn, responses=ScheduleWhole)
    def patch(self, request: Request, project: str, schedule_id: object) -> Response:
        """With `If-Match`, only if it is as you read it (else 412)."""
        told, now = self.read(TimingIn), self.schedule
        self.expect(shown(now))
        timing = actions.Timing(now.recurrence, now.zone, now.owner, now.parameters)
        self.once(f"schedule:{now.public_id}", told, lambda: self.set(now.job, timing, told))
        return self.again()


class SwitchSchedule(ScheduleApi):
    """On or off."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = ScheduleWhole

    @extend_schema(operation_id="switch_schedule", request=SwitchIn, responses=ScheduleWhole)
    def post(self, request: Request, project: str, schedule_id: object) -> Response:
        actions.switch_schedule(schedule=self.schedule, on=self.read(SwitchIn)["on"], by=self.me)
        return self.again()


class RunSchedule(ScheduleApi):
    """Does it once, now."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = ScheduleWhole

    @extend_schema(operation_id="run_schedule", request=None, responses={202: ScheduleWhole})
    def post(self, request: Request, project: str, schedule_id: object) -> Response:
        """One that waits already is not asked for twice."""
        self.once(
            f"run schedule:{schedule_id}", {},
            lambda: str(actions.run_now(schedule=self.schedule, by=self.me).public_id),
        )  # fmt: skip
        return self.whole(self.schedules().get(pk=self.schedule.pk), status=202)


def shown(found: Schedule) -> dict[str, Any]:
    return {**ScheduleOut(found).data, "firings": FiringOut(history_of(found), many=True).data}
