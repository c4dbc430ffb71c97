"""Second looks, blind to how the task was settled; and disputes that are alike, each decided by itself."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling import rules
from labeling.actions import adjudication
from labeling.actions import rechecks as actions
from labeling.api.disputes import JUDGE, READ, DecidedOut, DisputeOut, SeenAnswerOut, TaskApi, as_form
from labeling.api.forms import body_of, checked, filled
from labeling.api.queue import ShownItemOut
from labeling.api.views import ProjectApi, access
from labeling.enums import Role, Scope
from labeling.forms.adjudication import AlikeForm, DecisionForm
from labeling.models import Label, Task
from labeling.queries import adjudication as queries
from labeling.queries import patterns
from reviewapp.common.errors import Conflict, NotAllowed

LOOK = access(Scope.LABEL, Role.ADJUDICATOR)
TRIES = 10


class RecheckOut(serializers.Serializer[Any]):
    """A task to judge again: the answers, and nothing of what was decided."""

    id = serializers.UUIDField(source="task.public_id")
    taxonomy = serializers.IntegerField(source="task.round.taxonomy_version.number")
    external_id = serializers.CharField(source="task.item.external_id")
    item = ShownItemOut(source="content")
    answers = SeenAnswerOut(many=True)
    disputed = serializers.SerializerMethodField()
    agreed = serializers.SerializerMethodField()

    def get_disputed(self, dispute: queries.Dispute) -> list[str]:
        return [row.choice.code for row in dispute.disputed]

    def get_agreed(self, dispute: queries.Dispute) -> list[str]:
        return [row.choice.code for row in dispute.agreed]


class JudgementIn(serializers.Serializer[Any]):
    """All labels that apply; none is an answer too."""

    labels = serializers.ListField(child=serializers.CharField(max_length=100), max_length=500)
    rationale = serializers.CharField(max_length=5000, allow_blank=True, default="")


class NextRecheck(ProjectApi):
    """Opens the oldest second look that you may take."""

    access: ClassVar = {"POST": LOOK}
    serializer_class = RecheckOut

    @extend_schema(operation_id="next_recheck", request=None, responses={200: RecheckOut, 204: None})
    def post(self, request: Request, project: str) -> Response:
        """204 if none waits for you. From here on you can no longer label the item."""
        for recheck in queries.rechecks_for(self.me, self.project)[:TRIES]:
            try:
                actions.open_for_recheck(task=recheck.task, by=self.me)
            except (NotAllowed, Conflict):
                continue
            tasks = Task.objects.select_related("item", "round__project", "round__taxonomy_version", "round__guideline")
            task = tasks.get(pk=recheck.task_id)
            return Response(RecheckOut(queries.dispute(task, self.me, is_blind=True)).data)
        return Response(status=204)


class JudgeAgain(TaskApi):
    """Your second judgement. It is not told whether it is that of the first."""

    access: ClassVar = {"POST": LOOK}
    serializer_class = RecheckOut

    @extend_schema(operation_id="judge_again", request=JudgementIn, responses={204: None})
    def post(self, request: Request, project: str, task_id: UUID) -> Response:
        told = self.read(JudgementIn)

        def judge() -> str:
            waiting = actions.waiting_recheck(task=self.task, by=self.me)
            if not rules.has_opened(self.me, self.task):
                raise NotAllowed("Open the next second look first, so that it is on the record.")
            dispute = queries.dispute(self.task, self.me, is_blind=True)
            sent = {**told, "after_decision": 0, "request_text": "", "request_label": "", "reasons": {}}
            form = checked(DecisionForm(as_form(sent, dispute), dispute=dispute))
            actions.judge_again(recheck=waiting, labels=form.chosen(), rationale=told["rationale"], by=self.me)
            return str(waiting.pk)

        self.once(f"recheck:{task_id}", told, judge)
        return Response(status=204)


class PatternOut(serializers.Serializer[Any]):
    """A label on which alone so many waiting disputes turn."""

    label = serializers.CharField(source="code")  # type: ignore[assignment]
    name = serializers.CharField()
    tasks = serializers.SerializerMethodField()

    def get_tasks(self, row: patterns.Pattern) -> int:
        return len(row.tasks)


class PatternsOut(serializers.Serializer[Any]):
    """The most frequent first; fewer than three alike are no pattern."""

    results = PatternOut(many=True)


class AlikeOut(serializers.Serializer[Any]):
    """One task of a pattern that you opened."""

    task = serializers.UUIDField(source="task.public_id")
    name = serializers.CharField()
    snippet = serializers.CharField(allow_blank=True)
    quotes = serializers.SerializerMethodField()
    agreed = serializers.ListField(child=serializers.CharField())
    decisions_made = serializers.IntegerField(source="task.decisions_made", help_text="send it as after_decision")

    def get_quotes(self, row: patterns.Alike) -> list[list[str]]:
        """Who, and which words."""
        return [list(one) for one in row.quotes]


class AlikesOut(serializers.Serializer[Any]):
    """Those of a pattern that you hold for half an hour."""

    results = AlikeOut(many=True)


class PatternIn(serializers.Serializer[Any]):
    """Which pattern."""

    label = serializers.CharField(max_length=100, help_text="the code of its label")  # type: ignore[assignment]


AlikeIn = body_of(AlikeForm, "AlikeIn")


class Patterns(ProjectApi):
    """What the disputes that wait for you have in common."""

    access: ClassVar = {"GET": READ}
    serializer_class = PatternsOut
    pagination_class = None

    @extend_schema(operation_id="patterns", responses=PatternsOut)
    def get(self, request: Request, project: str) -> Response:
        return Response(PatternsOut({"results": patterns.patterns(self.me, self.project)}).data)


class OpenPattern(ProjectApi):
    """Opens up to twenty disputes that are alike, each on the record."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = AlikesOut

    @extend_schema(operation_id="open_pattern", request=PatternIn, responses=AlikesOut)
    def post(self, request: Request, project: str) -> Response:
        """Sent again it gives those that you still hold, and opens others of the pattern."""
        code = self.read(PatternIn)["label"]
        found = patterns.pattern_of(self.me, self.project, code)
        held = patterns.alike(self.me, self.project, code)
        if found is None and not held:
            raise Http404
        for task in Task.objects.filter(pk__in=found.tasks[: patterns.AT_ONCE] if found else ()):
            try:
                adjudication.open_for_adjudication(task=task, by=self.me)
            except NotAllowed:
                continue
        return Response(AlikesOut({"results": patterns.alike(self.me, self.project, code)}).data)


class DecideAlike(ProjectApi):
    """Settles one of them: what all chose, with the label or without it."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = DecidedOut

    @extend_schema(operation_id="decide_alike", request=AlikeIn, responses={201: DecidedOut})
    def post(self, request: Request, project: str) -> Response:
        """Never by itself: each task is a decision of its own. 409 if somebody settled it since `after_decision`."""
        form, told = filled(self, AlikeIn, AlikeForm)
        sent = form.cleaned_data
        tasks = Task.objects.filter(round__project=self.project).select_related("round__project")
        task = get_object_or_404(tasks, public_id=sent["task"])
        adjudication.check_opened(task=task, by=self.me)

        def decide() -> str:
            held = patterns.alike(self.me, self.project, sent["label"])
            one = next((one for one in held if one.task == task), None)
            if one is None:
                raise NotAllowed("This item no longer belongs to the pattern. Open it among the disputes.")
            codes = {*one.agreed, sent["label"]} if sent["rule"] == "yes" else set(one.agreed)
            labels = list(Label.objects.filter(version=task.round.taxonomy_version, code__in=codes))
            decided = adjudication.decide(
                task=task, labels=labels, rationale="", by=self.me, after_decision=sent["after_decision"]
            )
            return str(decided.number)

        number = self.once(f"alike:{task.public_id}", told, decide)
        return Response({"decision": int(number)}, status=201)


class NextDispute(ProjectApi):
    """Opens the first dispute that waits for you."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = DisputeOut

    @extend_schema(operation_id="next_dispute", request=None, responses={200: DisputeOut, 204: None})
    def post(self, request: Request, project: str) -> Response:
        """204 if none waits."""
        for task in queries.waiting_for(self.me, self.project)[:TRIES]:
            try:
                adjudication.open_for_adjudication(task=task, by=self.me)
            except (NotAllowed, Conflict, adjudication.HeldByAnother):
                continue
            tasks = Task.objects.select_related("item", "round__project", "round__taxonomy_version", "round__guideline")
            return Response(DisputeOut(queries.dispute(tasks.get(pk=task.pk), self.me)).data)
        return Response(status=204)
