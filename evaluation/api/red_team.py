"""Red-team rounds: people write texts to break a prompt version. Guests are invited, and see their own texts alone."""

from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import red_team_rounds as actions
from evaluation.actions.edge_cases import MAKERS as BANKERS
from evaluation.actions.prompts import find_version
from evaluation.api.frame import AnyJson, EvaluationApi
from evaluation.enums import AttackKind
from evaluation.forms.red_team_rounds import RedTeamRoundForm
from evaluation.models import RedTeamAttempt, RedTeamRound
from evaluation.queries import red_team_rounds as queries
from labeling.api.forms import body_of, filled
from labeling.api.views import Access, access
from labeling.enums import Role, Scope
from labeling.models import Item
from labeling.visibility import may_see_names
from reviewapp.common.errors import NotAllowed, Refused

STATES = (queries.WAITING, queries.HELD, queries.BROKE, queries.UNANSWERED)


class RateOut(serializers.Serializer[Any]):
    """How many of the attempts that one may see broke the model."""

    name = serializers.CharField()
    attempts = serializers.IntegerField()
    breaks = serializers.IntegerField()
    share = serializers.DictField(child=AnyJson())


class RedTeamOut(serializers.Serializer[Any]):
    """A round, with the figures of what one may see."""

    id = serializers.UUIDField(source="round.public_id")
    name = serializers.CharField(source="round.name")
    goal = serializers.CharField(source="round.goal", allow_blank=True)
    prompt = serializers.CharField(source="round.prompt_version", help_text="name@number")
    opens_at = serializers.DateTimeField(source="round.opens_at")
    closes_at = serializers.DateTimeField(source="round.closes_at")
    is_open = serializers.BooleanField()
    rate = RateOut()


class RedTeamsOut(serializers.Serializer[Any]):
    """The rounds one may see, the newest first; none while one is handed blind work."""

    results = RedTeamOut(many=True)


class AttemptOut(serializers.Serializer[Any]):
    """A text, and what the model made of it."""

    number = serializers.IntegerField(source="attempt.number")
    kind = serializers.ChoiceField(AttackKind.choices, source="attempt.kind")
    labels = serializers.ListField(child=serializers.CharField(), source="attempt.labels")
    why = serializers.CharField(source="attempt.why")
    state = serializers.ChoiceField(STATES)
    said = serializers.ListField(child=serializers.CharField(), allow_null=True)
    problem = serializers.CharField(allow_blank=True)
    case = serializers.UUIDField(source="case_id", allow_null=True)
    created_at = serializers.DateTimeField(source="attempt.created_at")


class RedTeamWhole(RedTeamOut):
    """With the attempts that one may see."""

    attempts = AttemptOut(many=True)


class AttemptWhole(AttemptOut):
    """With its text and who wrote it, as far as one may know."""

    text = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True)


RedTeamIn = body_of(
    RedTeamRoundForm,
    "RedTeamIn",
    prompt=serializers.CharField(max_length=140, help_text="a prompt version like name@3"),
    first_day=serializers.DateField(),
    last_day=serializers.DateField(help_text="This day included."),
)


class AttackIn(serializers.Serializer[Any]):
    """A text to break the model with, and what would be right for it; none says that none applies."""

    name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    text = serializers.CharField(max_length=actions.MOST_TEXT, trim_whitespace=False)
    labels = serializers.ListField(child=serializers.CharField(max_length=200), max_length=2000)
    kind = serializers.ChoiceField(AttackKind.choices)
    why = serializers.CharField(max_length=2000)
    altered_from = serializers.CharField(
        max_length=255, required=False, default="", allow_blank=True, help_text="an item's external id; not for guests"
    )


class RedTeams(EvaluationApi):
    """The rounds one may see; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ), "POST": access(Scope.EVALUATE, *actions.MAKERS)}
    serializer_class = RedTeamsOut
    pagination_class = None

    @extend_schema(operation_id="red_team_rounds", responses=RedTeamsOut)
    def get(self, request: Request, project: str) -> Response:
        return Response(RedTeamsOut({"results": queries.list_of(self.me, self.project)}).data)

    @extend_schema(operation_id="open_red_team_round", request=RedTeamIn, responses={201: RedTeamOut})
    def post(self, request: Request, project: str) -> Response:
        """Inviting annotators or adjudicators is for managers."""
        form, told = filled(
            self, RedTeamIn, lambda sent: RedTeamRoundForm(sent, project=self.project, roles=self.roles)
        )
        said = form.cleaned_data
        if told["invited"] and Role.MANAGER not in self.roles:
            raise NotAllowed("Inviting others is for managers.")
        opens_at, closes_at = form.window()

        def begin() -> str:
            version = find_version(project=self.project, reference=said["prompt"], by=self.me)
            plan = actions.Plan(
                name=said["name"], version=version, opens_at=opens_at, closes_at=closes_at, goal=said["goal"],
                budget_usd=said["budget"], invited=said.get("invited", ()),
            )  # fmt: skip
            return str(actions.open_round(plan=plan, by=self.me).public_id)

        made = self.once(f"red team:{self.project.slug}", told, begin)
        row = next(one for one in queries.list_of(self.me, self.project) if str(one.round.public_id) == made)
        return Response(RedTeamOut(row).data, status=201)


class RedTeamApi(EvaluationApi):
    """A view of one round that one may see."""

    team: RedTeamRound

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        seen = queries.rounds_for(self.me, self.project)
        found = next((one for one in seen if one.public_id == kwargs["red_team_id"]), None)
        if found is None:
            raise Http404
        self.team = found

    def whole(self, found: RedTeamRound) -> Response:
        board = queries.board_of(found, self.me)
        told = {"round": found, "is_open": board.is_open, "rate": board.all, "attempts": board.results}
        return Response(RedTeamWhole(told).data)

    def attempt(self, number: int) -> RedTeamAttempt:
        return get_object_or_404(queries.attempts_for(self.me, self.project), round=self.team, number=number)

    def attempted(self, number: int, *, status: int = 200) -> Response:
        page = queries.page_of(self.attempt(number))
        who = queries.person(page.result.attempt, self.me, sees_names=may_see_names(self.me, self.project))
        return Response({**AttemptOut(page.result).data, "text": page.text, "by": who}, status=status)


class OneRedTeam(RedTeamApi):
    """What was tried, and what broke; and trying a text."""

    access: ClassVar = {"GET": access(Scope.READ), "POST": access(Scope.LABEL)}
    serializer_class = RedTeamWhole
    pagination_class = None

    @extend_schema(operation_id="red_team_round", responses=RedTeamWhole)
    def get(self, request: Request, project: str, red_team_id: object) -> Response:
        return self.whole(self.team)

    @extend_schema(operation_id="try_attack", request=AttackIn, responses={201: AttemptWhole})
    def post(self, request: Request, project: str, red_team_id: object) -> Response:
        """The prompt answers it at once: look after the attempt."""
        told = self.read(AttackIn)
        origin = None
        if told["altered_from"]:
            if queries.is_guest(self.me, self.project):
                raise NotAllowed("Texts of your own alone.")
            origin = Item.objects.filter(project=self.project, external_id=told["altered_from"]).first()
            if origin is None:
                raise Refused(f"There is no item “{told['altered_from']}” in this project.")
        said = {name: told[name] for name in ("name", "text", "labels", "kind", "why")}

        def attack() -> str:
            text = actions.Text(altered_from=origin, **said)
            return str(actions.make_attempt(found=self.team, text=text, by=self.me).number)

        return self.attempted(int(self.once(f"attack:{self.team.public_id}", told, attack)), status=201)


class CloseRedTeam(RedTeamApi):
    """Ends it before its time; what was tried stays."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *actions.MAKERS)}
    serializer_class = RedTeamWhole

    @extend_schema(operation_id="close_red_team_round", request=None, responses=RedTeamWhole)
    def post(self, request: Request, project: str, red_team_id: object) -> Response:
        actions.close_round(found=self.team, by=self.me)
        self.team.refresh_from_db()
        return self.whole(self.team)


class OneAttempt(RedTeamApi):
    """Whether it broke the model, and how."""

    access: ClassVar = {"GET": access(Scope.READ)}
    serializer_class = AttemptWhole
    pagination_class = None

    @extend_schema(operation_id="red_team_attempt", responses=AttemptWhole)
    def get(self, request: Request, project: str, red_team_id: object, number: int) -> Response:
        return self.attempted(number)


class BankAttack(RedTeamApi):
    """Puts what broke the model into the edge-case bank."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *BANKERS)}
    serializer_class = AttemptWhole

    @extend_schema(operation_id="bank_attack", request=None, responses=AttemptWhole)
    def post(self, request: Request, project: str, red_team_id: object, number: int) -> Response:
        actions.bank_attempt(attempt=self.attempt(number), by=self.me)
        return self.attempted(number)
