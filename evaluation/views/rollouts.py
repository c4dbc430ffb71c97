"""Rollouts: a prompt version on its way from pilot to production."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import rollouts as actions
from evaluation.actions.prompts import find_version
from evaluation.enums import RolloutStep
from evaluation.forms.rollouts import RolloutForm, StepForm
from evaluation.models import DriftMonitor, Rollout
from evaluation.queries import rollouts as queries
from evaluation.queries.promotions import status_of
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

MAKERS = (Role.ENGINEER, Role.MANAGER)


@require_GET
@project_page(*READERS)
def rollouts(request: ProjectRequest) -> HttpResponse:
    """All rollouts and the step each is at."""
    context = {"rollouts": queries.rollouts_of(request.project), "can_make": bool(request.roles & set(MAKERS))}
    return render_page(request, "evaluation/rollouts.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_rollout(request: ProjectRequest) -> HttpResponse:
    """Plan the rollout of a prompt version and start its pilot."""
    initial = {"version": request.GET.get("prompt"), "strata": request.project.slices[:2]}
    form = RolloutForm(request.POST or None, project=request.project, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return go_to(request, "evaluation:rollout", request.project.slug, _start_once(request, form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_rollout.html", {"form": form}, status=status)


def _start_once(request: ProjectRequest, form: RolloutForm) -> str:
    told = form.cleaned_data

    def start() -> str:
        version = find_version(project=request.project, reference=told["version"], by=request.user)
        return str(actions.start_rollout(version=version, plan=form.plan(), by=request.user).public_id)

    payload = {name: value for name, value in told.items() if name != "idempotency_key"}
    action = f"rollout:{request.project.slug}"
    return once(user=request.user, key=told["idempotency_key"], action=action, payload=payload, do=start)


@require_GET
@project_page(*READERS)
def rollout(request: ProjectRequest, rollout_id: UUID) -> HttpResponse:
    """The path: where it stands, what was measured, and what opens the next step."""
    return _page(request, _rollout(request, rollout_id), StepForm())


@require_POST
@project_page(*MAKERS)
def step_rollout(request: ProjectRequest, rollout_id: UUID) -> HttpResponse:
    """On, more items, or back."""
    found, form = _rollout(request, rollout_id), StepForm(request.POST)
    if form.is_valid():
        try:
            _step_once(request, found, form)
            return go_to(request, "evaluation:rollout", request.project.slug, found.public_id)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, found, form, status=422)


def _step_once(request: ProjectRequest, found: Rollout, form: StepForm) -> None:
    step, reason = form.cleaned_data["step"], form.cleaned_data["reason"]

    def move() -> str:
        if step == "next":
            made = actions.open_next(rollout=found, reason=reason, by=request.user)
        elif step == "back":
            made = actions.go_back(rollout=found, reason=reason, by=request.user)
        else:
            made = actions.ask_more(rollout=found, by=request.user)
        return str(made.number)

    once(
        user=request.user, key=form.cleaned_data["idempotency_key"], action=f"rollout:{found.public_id}",
        payload={"step": step, "reason": reason}, do=move,
    )  # fmt: skip


def _page(request: ProjectRequest, found: Rollout, form: StepForm, status: int = 200) -> HttpResponse:
    path = queries.path_of(found)
    here = next(one for one in path if one.place == "here")
    steps = list(RolloutStep)
    place = steps.index(here.step)
    context = {
        "rollout": found,
        "path": path,
        "here": here,
        "next_step": steps[place + 1] if place + 1 < len(steps) else None,
        "previous_step": steps[place - 1] if place else None,
        "moves": queries.history(found),
        "form": form,
        "keys": [StepForm()["idempotency_key"] for _ in range(3)],
        "status_name": status_of(found.version),
        "monitors": DriftMonitor.objects.filter(prompt=found.version.prompt_id, is_active=True).order_by("name")[:5],
        "can_make": bool(request.roles & set(MAKERS)),
        "can_open": Role.MANAGER in request.roles,
    }
    return render_page(request, "evaluation/rollout.html", context, status=status)


def _rollout(request: ProjectRequest, public_id: UUID) -> Rollout:
    return get_object_or_404(queries.loaded().filter(project=request.project), public_id=public_id)
