"""Runs: starting them, watching and steering them."""

from math import ceil
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import prompts as prompt_actions
from evaluation.actions import runs as actions
from evaluation.actions.budgets import resume_with_budget
from evaluation.actions.retries import ON_THE_WAY, retry_failures
from evaluation.actions.reviews import is_reviewable
from evaluation.actions.right_costs import ask_costs
from evaluation.actions.trials import SAMPLE, checked_overrides, run_whole
from evaluation.enums import RunOrigin, RunState
from evaluation.forms.runs import BudgetForm, RetryForm, RunForm
from evaluation.models import Run
from evaluation.queries import run_board as board
from evaluation.queries import runs as queries
from evaluation.queries.edge_cases import sees_open_only
from evaluation.queries.json_counts import counted
from evaluation.queries.projections import forecast
from evaluation.queries.run_answers import shows_items
from evaluation.queries.run_costs import right_costs
from evaluation.queries.tellings import tellings_of
from evaluation.stats.spending import cache_hits
from evaluation.views.run_charts import run_charts
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role, Split
from labeling.queries.golden import find_scope, releases_of
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
MAKERS = (Role.ENGINEER, Role.MANAGER)


@require_GET
@project_page(*READERS)
def runs(request: ProjectRequest) -> HttpResponse:
    """The newest runs and how far each is."""
    context = {"runs": queries.runs_of(request.project), "can_make": bool(request.roles & set(MAKERS))}
    return render_page(request, "evaluation/runs.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_run(request: ProjectRequest) -> HttpResponse:
    """Start a prompt version over a split, or over all items."""
    releases = releases_of(request.project)
    scopes = [(f"{one}:{split}", f"{one} · {split} ({one.counts['splits'][split]})")
              for one in releases for split in (Split.DEV, Split.TEST)]  # fmt: skip
    form = RunForm(request.POST or None, project=request.project, scopes=[*scopes, ("items", "All items")])
    if request.method == "POST" and form.is_valid():
        try:
            return go_to(request, "evaluation:run", request.project.slug, _start_once(request, form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_run.html", {"form": form}, status=status)


def _start_once(request: ProjectRequest, form: RunForm) -> str:
    """The public id of the run; the same form sent twice starts one."""
    payload = {name: value for name, value in form.cleaned_data.items() if name != "idempotency_key"}
    return once(
        user=request.user,
        key=form.cleaned_data["idempotency_key"],
        action=f"run:{request.project.slug}",
        payload=payload,
        do=lambda: str(_start(request, form).public_id),
    )


def _start(request: ProjectRequest, form: RunForm) -> Run:
    cleaned = form.cleaned_data
    wanted = cleaned["on"]
    version = prompt_actions.find_version(project=request.project, reference=cleaned["prompt"], by=request.user)
    is_trial = request.POST.get("step") == "try"
    name = cleaned["name"]
    if is_trial:
        name = f"{name or f'{version} on {wanted}'.replace('@', ' v').replace(':', ' ')}"[:96] + " (dry run)"
    return actions.start_run(
        version=version,
        scope=actions.Scope() if wanted == "items" else actions.Scope(*find_scope(request.project, wanted)),
        name=name,
        budget_usd=cleaned["budget"],
        setup=actions.Setup(
            origin=RunOrigin.TRIAL if is_trial else RunOrigin.HAND,
            priority=int(cleaned["priority"] or 0),
            uses_cache=cleaned["uses_cache"],
            by_batch=bool(cleaned.get("by_batch")) and not is_trial,
            overrides=checked_overrides(version, form.overrides),
            sample=(cleaned["sample"] or SAMPLE) if is_trial else cleaned["sample"],
            seed=cleaned["seed"] or 0,
        ),
        by=request.user,
    )


@require_GET
@project_page(*READERS)
def run(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """One run. While it is going, htmx asks for the part that changes every two seconds."""
    found = find_run(request, run_id)
    now = board.live(found)
    context = {
        "run": found,
        "live": now,
        "progress": now.progress,
        "can_make": bool(request.roles & set(MAKERS)),
        "can_manage": Role.MANAGER in request.roles,
        "suggested_budget": _suggested_budget(found),
    }
    asks_for_state = getattr(request, "htmx", None) and not request.htmx.boosted
    if not asks_for_state:
        context |= _details(request, found, now)
    response = render_page(request, "evaluation/run.html", context, partial="state")
    if asks_for_state and not now.progress.is_going:
        response["HX-Refresh"] = "true"  # it has ended: the whole page says more
    return response


def _details(request: ProjectRequest, found: Run, now: board.Live) -> dict[str, object]:
    """What the page says below the part that changes."""
    made = board.calls(found)
    needs_person, reasons = board.reviews(found)
    costs = right_costs(found)
    ask_costs(costs)
    return {
        "calls": made,
        "cache": cache_hits(made.cached, made.asked),
        "failures": board.failures(found),
        "problems": counted(found, "problems"),
        "routes": counted(found, "routes"),
        "needs_person": needs_person,
        "reasons": reasons,
        "charts": run_charts(found),
        "costs": costs,
        "forecast": forecast(found),
        "shows_items": shows_items(found),
        "can_retry": found.prompt_version_id is not None and found.state in (*queries.FINISHED, RunState.PAUSED),
        "retry_kinds": ON_THE_WAY if found.state == RunState.PAUSED else None,
        "retry_form": RetryForm(),
        "whole_form": BudgetForm(),
        "releases": releases_of(request.project),
        "evaluations": found.evaluations.select_related("release__golden_set").order_by("-created_at")[:20],
        "is_finished": found.state in queries.FINISHED,
        "review": getattr(found, "review", None),
        "is_reviewable": is_reviewable(found),
        "tellings": tellings_of(found),
    }


def _suggested_budget(found: Run) -> float | None:
    """Half as much again as a stopped run's budget."""
    if found.state != RunState.PAUSED or found.budget_micro_usd is None:
        return None
    return max(ceil(found.budget_micro_usd * 1.5 / 10_000) / 100, 0.01)


@require_POST
@project_page(*MAKERS)
def steer_run(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """Pause, resume (a manager may raise the budget with it) or cancel."""
    found, step = find_run(request, run_id), request.POST.get("step", "")
    if step == "pause":
        actions.pause_run(run=found, reason="paused by hand", by=request.user)
    elif step == "resume":
        actions.resume_run(run=found, by=request.user)
    elif step == "raise":
        form = BudgetForm(request.POST)
        if not form.is_valid() or form.cleaned_data["budget"] is None:
            raise Refused("Give the new budget in dollars.")
        resume_with_budget(run=found, budget_usd=form.cleaned_data["budget"], by=request.user)
    elif step == "cancel":
        actions.cancel_run(run=found, by=request.user)
    else:
        raise Http404
    return go_to(request, "evaluation:run", request.project.slug, found.public_id)


@require_POST
@project_page(*MAKERS)
def retry(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """Ask again what failed."""
    found, form = find_run(request, run_id), RetryForm(request.POST)
    if not form.is_valid():
        raise Refused("There is no such kind of failure.")
    kind = form.cleaned_data["kind"]
    public_id = once(
        user=request.user,
        key=form.cleaned_data["idempotency_key"],
        action=f"retry:{found.public_id}",
        payload=kind,
        do=lambda: str(retry_failures(run=found, kind=kind, by=request.user).public_id),
    )
    return go_to(request, "evaluation:run", request.project.slug, public_id)


@require_POST
@project_page(*MAKERS)
def whole(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """Run all that a dry run was a sample of."""
    found, form = find_run(request, run_id), BudgetForm(request.POST)
    if not form.is_valid():
        raise Refused("Give the budget in dollars, or leave it empty.")
    budget = form.cleaned_data["budget"]
    public_id = once(
        user=request.user,
        key=form.cleaned_data["idempotency_key"],
        action=f"whole:{found.public_id}",
        payload=budget,
        do=lambda: str(run_whole(trial=found, budget_usd=budget, by=request.user).public_id),
    )
    return go_to(request, "evaluation:run", request.project.slug, public_id)


def find_run(request: ProjectRequest, public_id: UUID) -> Run:
    mine = Run.objects.filter(project=request.project).select_related(
        "project", "prompt_version__prompt", "release__golden_set", "release__guideline", "taxonomy_version",
        "created_by", "repeat_of", "fewshot_release__golden_set", "review",
    )  # fmt: skip
    if sees_open_only(request.user, request.project):  # a held-out text may be behind it: its round's page decides
        mine = mine.exclude(origin=RunOrigin.ATTACK)
    return get_object_or_404(mine, public_id=public_id)
