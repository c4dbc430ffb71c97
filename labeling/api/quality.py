"""Trainings, hidden checks and qualifications: how raters do on known items, by name for managers and analysts."""

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions.checks import add_checks, lift_pause
from labeling.actions.training import grant_qualification, make_training_round, revoke_all
from labeling.api.forms import body_of, filled
from labeling.api.rounds import CHANGE, READ, AddedOut, RoundApi, RoundOut, shown
from labeling.api.views import ProjectApi
from labeling.forms.quality import ChecksForm, QualifyForm, TrainingForm
from labeling.models import Project, RaterPause, Round, User
from labeling.queries import quality as queries
from labeling.queries.golden import releases_of
from reviewapp.common.errors import Conflict


class MeasureOut(serializers.Serializer[Any]):
    """A figure with its 95% interval; null without a check."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


class RaterOut(serializers.Serializer[Any]):
    """One rater and how they do on known items."""

    id = serializers.UUIDField(source="user.public_id")
    email = serializers.CharField(source="user.email")
    group = serializers.CharField(allow_blank=True)
    answers = serializers.IntegerField()
    likeness = MeasureOut()
    exact = MeasureOut()
    qualification = serializers.CharField(source="standing.state", help_text="valid, expired, outdated or none")
    paused_in = serializers.SerializerMethodField()
    last_active = serializers.DateTimeField(allow_null=True)

    def get_paused_in(self, row: queries.RaterRow) -> list[str]:
        """Rounds by id."""
        return [str(one.public_id) for one in row.paused_in]


class RatersOut(serializers.Serializer[Any]):
    """Everybody who labels or labelled here, by name."""

    results = RaterOut(many=True)


TrainingIn = body_of(TrainingForm, "TrainingIn", release=serializers.UUIDField(help_text="of which release, by id"))
ChecksIn = body_of(ChecksForm, "ChecksIn", release=serializers.UUIDField(help_text="of which release, by id"))
QualifyIn = body_of(QualifyForm, "QualifyIn")


class Raters(ProjectApi):
    """How raters do."""

    access: ClassVar = {"GET": READ}
    serializer_class = RatersOut
    pagination_class = None

    @extend_schema(operation_id="raters", responses=RatersOut)
    def get(self, request: Request, project: str) -> Response:
        return Response(RatersOut({"results": queries.raters_of(self.project, viewer=self.me)}).data)


class Trainings(ProjectApi):
    """Makes a training round out of a release: known items, with feedback after each. Held-out gold is never used."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RoundOut

    @extend_schema(operation_id="new_training", request=TrainingIn, responses={201: RoundOut})
    def post(self, request: Request, project: str) -> Response:
        releases = releases_of(self.project)
        form, told = filled(self, TrainingIn, lambda sent: TrainingForm(sent, releases=releases))

        def make() -> str:
            said = {name: form.cleaned_data[name] for name in ("name", "split", "size", "bar", "seed")}
            made = make_training_round(project=self.project, release=form.chosen_release(), by=self.me, **said)
            return str(made.public_id)

        made = self.once(f"training:{self.project.slug}", told, make)
        return Response(shown(Round.objects.get(public_id=made)), status=201)


class HiddenChecks(RoundApi):
    """Mixes known items into an open round, which look like all others."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = AddedOut

    @extend_schema(operation_id="add_checks", request=ChecksIn, responses=AddedOut)
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        releases = releases_of(self.project)
        form, told = filled(self, ChecksIn, lambda sent: ChecksForm(sent, releases=releases))

        def mix() -> str:
            said = form.cleaned_data
            return str(
                add_checks(
                    in_round=self.in_round, release=form.chosen_release(), share=said["share"] / 100,
                    seed=said["seed"], by=self.me,
                )
            )  # fmt: skip

        return Response({"added": int(self.once(f"checks:{round_id}", told, mix))})


class Qualify(ProjectApi):
    """Grants a qualification, or ends those there are; what was submitted stays."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RatersOut

    @extend_schema(operation_id="qualify", request=QualifyIn, responses={204: None})
    def post(self, request: Request, project: str, user_id: UUID) -> Response:
        person = find_rater(self.project, user_id)
        form, told = filled(self, QualifyIn, QualifyForm)

        def change() -> str:
            if form.cleaned_data["how"] == "revoke":
                return str(revoke_all(project=self.project, user=person, by=self.me))
            return str(grant_qualification(project=self.project, user=person, by=self.me).expires_at)

        self.once(f"qualify:{self.project.slug}:{user_id}", told, change)
        return Response(status=204)


class LiftPause(RoundApi):
    """Lets a paused rater go on in a round. Only their later checks count towards the next pause."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RatersOut

    @extend_schema(operation_id="lift_pause", request=None, responses={204: None})
    def post(self, request: Request, project: str, round_id: UUID, user_id: UUID) -> Response:
        """Sent again it changes nothing; 409 if they were never paused in it."""
        person = find_rater(self.project, user_id)
        pauses = RaterPause.objects.filter(round=self.in_round, rater=person)
        pause = pauses.select_related("round__project", "rater").order_by("-pk").first()
        if pause is None:
            raise Conflict("This rater was not paused in this round.")
        lift_pause(pause=pause, by=self.me)
        return Response(status=204)


def find_rater(project: Project, public_id: UUID) -> User:
    """A member, or somebody who answered here once."""
    mine = User.objects.filter(memberships__project=project) | User.objects.filter(
        annotations__task__round__project=project
    )
    return get_object_or_404(mine.distinct(), public_id=public_id)
