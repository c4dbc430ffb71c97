"""Runs: started, watched and steered."""

from dataclasses import dataclass
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import runs as actions
from evaluation.actions.budgets import resume_with_budget
from evaluation.actions.prompts import find_version
from evaluation.actions.trials import SAMPLE, checked_overrides
from evaluation.api.frame import MAKERS, READERS, AnyJson, Dollars, EvaluationApi, Micro, RunApi, Settings
from evaluation.enums import RunOrigin, RunState
from evaluation.models import Run
from evaluation.queries import run_board as board
from evaluation.queries.run_answers import shows_items
from evaluation.queries.runs import RunProgress, with_progress
from labeling.api.views import access
from labeling.enums import Scope
from labeling.queries.golden import find_release, find_scope
from reviewapp.common.errors import Refused


class RunOut(serializers.Serializer[Any]):
    """A run and how far it is."""

    id = serializers.UUIDField(source="run.public_id")
    name = serializers.CharField(source="run.name")
    state = serializers.ChoiceField(RunState.choices, source="run.state")
    state_reason = serializers.CharField(source="run.state_reason", allow_blank=True)
    origin = serializers.ChoiceField(RunOrigin.choices, source="run.origin")
    prompt = serializers.SerializerMethodField(help_text="name@number; null: made elsewhere")
    on = serializers.SerializerMethodField(help_text="a release and split, or items")
    total = serializers.IntegerField(source="run.total")
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    budget_usd = Micro(source="run.budget_micro_usd", allow_null=True)
    spent_usd = Micro(source="run.spent_micro_usd")
    is_simulated = serializers.BooleanField(source="run.is_simulated")
    created_at = serializers.DateTimeField(source="run.created_at")
    started_at = serializers.DateTimeField(source="run.started_at", allow_null=True)
    finished_at = serializers.DateTimeField(source="run.finished_at", allow_null=True)

    def get_prompt(self, row: "RunProgress | Watched") -> str | None:
        return str(row.run.prompt_version) if row.run.prompt_version else None

    def get_on(self, row: "RunProgress | Watched") -> str:
        return f"{row.run.release}:{row.run.split}" if row.run.release else "items"


class Failure(serializers.Serializer[Any]):
    """So many failures of one kind."""

    kind = serializers.CharField()
    count = serializers.IntegerField()
    example = serializers.CharField(allow_blank=True)


class RunWhole(RunOut):
    """A run with its pace, its money and what went wrong."""

    per_minute = serializers.FloatField(allow_null=True)
    seconds_left = serializers.FloatField(allow_null=True)
    item_usd = serializers.FloatField(allow_null=True, help_text="the mean of the items whose cost is known")
    overrides = serializers.DictField(source="run.overrides", child=AnyJson())
    inputs = serializers.DictField(source="run.inputs", child=AnyJson())
    shows_items = serializers.BooleanField(help_text="false on a held-out split: figures, no single answers")
    failures = Failure(many=True)


class RunsAsked(serializers.Serializer[Any]):
    """Which runs."""

    state = serializers.ChoiceField(RunState.choices, required=False)
    origin = serializers.ChoiceField([one for one in RunOrigin.choices if one[0] != RunOrigin.ATTACK], required=False)
    name = serializers.CharField(required=False, max_length=160)
    prompt = serializers.CharField(required=False, max_length=120, help_text="a prompt's name")


class RunIn(serializers.Serializer[Any]):
    """A run to start, as the page and `run_prompt` start one."""

    prompt = serializers.CharField(max_length=140, help_text="a prompt's name, or name@3; built in: baseline-zero")
    on = serializers.CharField(max_length=200, help_text="a release and split like pilot@1:dev, or items")
    name = serializers.CharField(max_length=110, required=False, default="", allow_blank=True)
    budget_usd = Dollars(required=False, allow_null=True, default=None)
    fewshot = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    trial = serializers.BooleanField(required=False, default=False, help_text=f"a dry run of {SAMPLE} items")
    sample = serializers.IntegerField(min_value=1, max_value=10**9, required=False, allow_null=True, default=None)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, default=0)
    priority = serializers.ChoiceField([-5, 0, 5], required=False, default=0)
    uses_cache = serializers.BooleanField(required=False, default=True)
    by_batch = serializers.BooleanField(required=False, default=False)
    overrides = Settings(required=False, default=dict)


class SteerIn(serializers.Serializer[Any]):
    """What to do with a run; `raise` sets a higher budget and resumes, which is for managers."""

    step = serializers.ChoiceField(["pause", "resume", "raise", "cancel"])
    budget_usd = Dollars(required=False, allow_null=True, default=None)


@dataclass(frozen=True)
class Watched:
    """A run as `RunWhole` shows it."""

    run: Run
    done: int
    failed: int
    per_minute: float | None
    seconds_left: float | None
    item_usd: float | None
    shows_items: bool
    failures: list[board.Group]


def shown(run: Run) -> Any:
    live = board.live(run)
    item_usd = None if live.item_micro_usd is None else float(live.item_micro_usd) / 1e6
    return RunWhole(
        Watched(
            run, live.progress.done, live.progress.failed, live.per_minute, live.seconds_left, item_usd,
            shows_items(run), board.failures(run),
        )
    ).data  # fmt: skip


class Runs(EvaluationApi):
    """Runs, the newest first."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = RunOut

    @extend_schema(operation_id="runs", parameters=[RunsAsked], responses=RunOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        asked = self.read(RunsAsked, query=True)
        found = self.runs().exclude(origin=RunOrigin.ATTACK)
        found = found.filter(**{name: asked[name] for name in ("state", "origin", "name") if name in asked})
        if "prompt" in asked:
            found = found.filter(prompt_version__prompt__name=asked["prompt"])
        rows = self.paginate_queryset(found) or []
        return self.get_paginated_response(RunOut(with_progress(rows), many=True).data)

    @extend_schema(operation_id="start_run", request=RunIn, responses={201: RunWhole})
    def post(self, request: Request, project: str) -> Response:
        told = self.read(RunIn)
        made = self.once(f"run:{self.project.slug}", told, lambda: str(self._start(told).public_id))
        return Response(shown(self.runs().get(public_id=made)), status=201)

    def _start(self, told: dict[str, Any]) -> Run:
        version = find_version(project=self.project, reference=told["prompt"], by=self.me)
        scope = actions.Scope() if told["on"] == "items" else actions.Scope(*find_scope(self.project, told["on"]))
        name, trial = told["name"], told["trial"]
        if trial:
            name = f"{name or f'{version} on {scope}'.replace('@', ' v').replace(':', ' ')}"[:96] + " (dry run)"
        return actions.start_run(
            version=version,
            scope=scope,
            name=name,
            budget_usd=told["budget_usd"],
            fewshot_release=find_release(self.project, told["fewshot"]) if told["fewshot"] else None,
            setup=actions.Setup(
                origin=RunOrigin.TRIAL if trial else RunOrigin.HAND,
                priority=told["priority"],
                uses_cache=told["uses_cache"],
                by_batch=told["by_batch"] and not trial,
                overrides=checked_overrides(version, told["overrides"]),
                sample=(told["sample"] or SAMPLE) if trial else told["sample"],
                seed=told["seed"],
            ),
            by=self.me,
        )


class OneRun(RunApi):
    """One run: its progress, cost and failures."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = RunWhole

    @extend_schema(operation_id="run", responses=RunWhole)
    def get(self, request: Request, project: str, run_id: object) -> Response:
        return Response(shown(self.run))


class SteerRun(RunApi):
    """Pause, resume, raise the budget of, or cancel a run."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = RunWhole

    @extend_schema(operation_id="steer_run", request=SteerIn, responses=RunWhole)
    def post(self, request: Request, project: str, run_id: object) -> Response:
        told = self.read(SteerIn)

        def step() -> str:
            self._step(told)
            return ""

        self.once(f"steer:{self.run.public_id}", told, step)
        return Response(shown(self.runs().get(pk=self.run.pk)))

    def _step(self, told: dict[str, Any]) -> None:
        if told["step"] == "pause":
            actions.pause_run(run=self.run, reason="paused through the API", by=self.me)
        elif told["step"] == "resume":
            actions.resume_run(run=self.run, by=self.me)
        elif told["step"] == "cancel":
            actions.cancel_run(run=self.run, by=self.me)
        elif told["budget_usd"] is None:
            raise Refused("Give the new budget in dollars as budget_usd.")
        else:
            resume_with_budget(run=self.run, budget_usd=told["budget_usd"], by=self.me)
