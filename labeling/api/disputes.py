"""Adjudication: what waits, opened on the record, settled by somebody who did not label it.

Answers are called A, B, ... in an order drawn for the task and the judge; no name is among them.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling import rules
from labeling.actions import adjudication
from labeling.actions.requests import raise_request
from labeling.actions.returns import return_to_rater
from labeling.api.queue import ShownItemOut
from labeling.api.views import Access, ProjectApi, access, complaint
from labeling.enums import ReturnReason, Role, RoundState, RulingReason, Scope
from labeling.forms.adjudication import DecisionForm
from labeling.models import Decision, Task
from labeling.queries import adjudication as queries
from reviewapp.common.errors import Conflict

JUDGES = (Role.ADJUDICATOR, Role.MANAGER)
READ, JUDGE = access(Scope.READ, *JUDGES), access(Scope.LABEL, *JUDGES)
MOST = 50


class WaitingOut(serializers.Serializer[Any]):
    """A task that waits for a judge."""

    id = serializers.UUIDField(source="public_id")
    item = serializers.CharField(source="item.external_id")
    name = serializers.CharField(source="item.name")
    round = serializers.UUIDField(source="round.public_id")
    state = serializers.CharField()


class WaitingListOut(serializers.Serializer[Any]):
    """The first 50 of all that wait for you; `escalated` is for managers."""

    total = serializers.IntegerField()
    waiting = WaitingOut(many=True)
    escalated = WaitingOut(many=True)


class SeenAnswerOut(serializers.Serializer[Any]):
    who = serializers.CharField()
    labels = serializers.SerializerMethodField()
    certainty = serializers.CharField()
    comment = serializers.CharField()
    is_flagged = serializers.BooleanField()
    evidence = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))
    before_return = serializers.ListField(child=serializers.CharField(), allow_null=True)

    def get_labels(self, answer: Any) -> list[str]:
        return sorted(answer.labels)


class DecisionOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    kind = serializers.CharField()
    labels = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField()
    rationale = serializers.CharField()
    decided_at = serializers.DateTimeField()

    def get_labels(self, decision: Decision) -> list[str]:
        return sorted(entry.label.code for entry in decision.chosen.all())

    def get_reasons(self, decision: Decision) -> dict[str, str]:
        return {one.label.code: one.reason for one in decision.rulings.all() if one.reason}


class DisputeOut(serializers.Serializer[Any]):
    """A task you opened: the answers, and what they differ in."""

    id = serializers.UUIDField(source="task.public_id")
    state = serializers.CharField(source="task.state")
    round = serializers.UUIDField(source="task.round.public_id")
    taxonomy = serializers.IntegerField(source="task.round.taxonomy_version.number")
    external_id = serializers.CharField(source="task.item.external_id")
    item = ShownItemOut(source="content")
    has_changed_since = serializers.BooleanField()
    answers = SeenAnswerOut(many=True)
    disputed = serializers.SerializerMethodField()
    agreed = serializers.SerializerMethodField()
    decisions_made = serializers.IntegerField(source="task.decisions_made")
    history = DecisionOut(many=True)

    def get_disputed(self, dispute: queries.Dispute) -> list[str]:
        return [row.choice.code for row in dispute.disputed]

    def get_agreed(self, dispute: queries.Dispute) -> list[str]:
        return [row.choice.code for row in dispute.agreed]


class DecisionIn(serializers.Serializer[Any]):
    """The settled answer."""

    labels = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=500, help_text="All that apply; none is an answer too."
    )
    rationale = serializers.CharField(max_length=5000, allow_blank=True, default="")
    reasons = serializers.DictField(
        child=serializers.ChoiceField(choices=RulingReason.choices), default=dict, help_text="By disputed label."
    )
    after_decision = serializers.IntegerField(min_value=0, help_text="`decisions_made` as you saw it.")
    request_text = serializers.CharField(
        max_length=2000, allow_blank=True, default="", help_text="What the guidelines should make clear, if anything."
    )
    request_label = serializers.CharField(max_length=100, allow_blank=True, default="")


class DecidedOut(serializers.Serializer[Any]):
    decision = serializers.IntegerField()


class RationaleIn(serializers.Serializer[Any]):
    rationale = serializers.CharField(max_length=5000)


class ReturnIn(serializers.Serializer[Any]):
    """Whose answer goes back, and for which of the fixed reasons."""

    who = serializers.CharField(max_length=1)
    reason = serializers.ChoiceField(choices=ReturnReason.choices)


class AskedOut(serializers.Serializer[Any]):
    asked = serializers.BooleanField(help_text="False: the item has as many raters as its round allows.")


class Disputes(ProjectApi):
    """What waits for you."""

    access: ClassVar = {"GET": READ}
    serializer_class = WaitingListOut
    pagination_class = None

    @extend_schema(operation_id="disputes", responses=WaitingListOut)
    def get(self, request: Request, project: str) -> Response:
        """The first 50, in the order they are to be settled; none that you rated or that somebody else has open."""
        waiting = queries.waiting_for(self.me, self.project)
        is_manager = Role.MANAGER in self.roles
        escalated = queries.escalated(self.project)[:MOST] if is_manager else []
        found = {"total": waiting.count(), "waiting": waiting[:MOST], "escalated": escalated}
        return Response(WaitingListOut(found).data)


class TaskApi(ProjectApi):
    """A view of one task."""

    task: Task

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        tasks = Task.objects.filter(round__project=self.project)
        tasks = tasks.select_related("item", "round__project", "round__taxonomy_version", "round__guideline")
        self.task = get_object_or_404(tasks, public_id=kwargs["task_id"])

    def seen(self) -> dict[str, Any]:
        return dict(DisputeOut(queries.dispute(self.task, self.me)).data)


class OneDispute(TaskApi):
    """A task you opened."""

    access: ClassVar = {"GET": READ}
    serializer_class = DisputeOut

    @extend_schema(operation_id="dispute", responses=DisputeOut)
    def get(self, request: Request, project: str, task_id: UUID) -> Response:
        """403 before you opened it; 409 while somebody else has it open."""
        has_opened, is_over = rules.has_opened(self.me, self.task), self.task.round.state != RoundState.OPEN
        if not (is_over and has_opened and not rules.is_kept_blind(self.me, self.task)):
            adjudication.check_opened(task=self.task, by=self.me)
            check_not_held(self.task, self)
        return Response(self.seen())


class OpenDispute(TaskApi):
    """Opening a task on the record."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = DisputeOut

    @extend_schema(operation_id="open_dispute", request=None, responses=DisputeOut)
    def post(self, request: Request, project: str, task_id: UUID) -> Response:
        """From here on you can settle it and no longer label it. Kept for you for half an hour."""
        try:
            adjudication.open_for_adjudication(task=self.task, by=self.me)
        except adjudication.HeldByAnother as held:
            raise Conflict(str(held)) from held
        return Response(self.seen())


class Decide(TaskApi):
    """The settled answer."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = DecidedOut

    @extend_schema(operation_id="decide", request=DecisionIn, responses={201: DecidedOut})
    def post(self, request: Request, project: str, task_id: UUID) -> Response:
        """Appended; the raters' own answers stay as they are. 409 if somebody settled it since `after_decision`."""
        sent = self.read(DecisionIn)
        adjudication.check_opened(task=self.task, by=self.me)
        dispute = queries.dispute(self.task, self.me)
        form = DecisionForm(as_form(sent, dispute), dispute=dispute)
        if not form.is_valid():
            raise complaint(form, whole="labels")

        def do() -> str:
            decision = adjudication.decide(
                task=self.task, labels=form.chosen(), rationale=sent["rationale"], reasons=form.reasons(),
                after_decision=sent["after_decision"], by=self.me,
            )  # fmt: skip
            if sent["request_text"]:
                about = {"task": self.task, "label_code": sent["request_label"]}
                raise_request(project=self.project, text=sent["request_text"], by=self.me, **about)
            return str(decision.number)

        return Response({"decision": int(self.once(f"decide:{task_id}", form.payload(), do))}, status=201)


class Escalate(TaskApi):
    """Passing a task to the manager."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = DecidedOut

    @extend_schema(operation_id="escalate", request=RationaleIn, responses={201: DecidedOut})
    def post(self, request: Request, project: str, task_id: UUID) -> Response:
        why = self.read(RationaleIn)["rationale"]

        def do() -> str:
            return str(adjudication.escalate(task=self.task, rationale=why, by=self.me).number)

        return Response({"decision": int(self.once(f"escalate:{task_id}", why, do))}, status=201)


class AskAnother(TaskApi):
    """One more rater."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = AskedOut

    @extend_schema(operation_id="ask_another", request=None, responses=AskedOut)
    def post(self, request: Request, project: str, task_id: UUID) -> Response:
        """The task comes back when they have answered."""

        def do() -> str:
            return "asked" if adjudication.ask_one_more(task=self.task, by=self.me) else ""

        return Response({"asked": bool(self.once(f"another:{task_id}", {}, do))})


class ReturnAnswer(TaskApi):
    """An answer sent back to its rater."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = ReturnIn

    @extend_schema(operation_id="return_answer", request=ReturnIn, responses={204: None})
    def post(self, request: Request, project: str, task_id: UUID) -> Response:
        sent = self.read(ReturnIn)

        def do() -> str:
            return_to_rater(task=self.task, by=self.me, **sent)
            return ""

        self.once(f"return:{task_id}", sent, do)
        return Response(status=204)


def check_not_held(task: Task, view: ProjectApi) -> None:
    if adjudication.is_held_by_another(task=task, by=view.me):
        raise Conflict("Another adjudicator is working on this item.")


def as_form(sent: Mapping[str, Any], dispute: queries.Dispute) -> QueryDict:
    """The same as the page's form sends it: a yes or no for each disputed label, and the others that apply."""
    data = QueryDict(mutable=True)
    for name in ("rationale", "after_decision", "request_text", "request_label"):
        data[name] = str(sent[name])
    disputed = [row.choice.code for row in dispute.disputed]
    data.setlist("labels", [code for code in sent["labels"] if code not in disputed])
    for code in disputed:
        data[f"rule-{code}"] = "yes" if code in sent["labels"] else "no"
        data[f"reason-{code}"] = sent["reasons"].get(code, "")
    return data
