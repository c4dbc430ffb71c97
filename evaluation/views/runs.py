"""Runs: starting them, watching and steering them."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import prompts as prompt_actions
from evaluation.actions import runs as actions
from evaluation.enums import PredictionState
from evaluation.forms.runs import RunForm
from evaluation.models import Run
from evaluation.queries import runs as queries
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role, Split
from labeling.queries.golden import find_scope, releases_of
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
MAKERS = (Role.ENGINEER, Role.MANAGER)
PAGE = 50


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
    return actions.start_run(
        version=prompt_actions.find_version(project=request.project, reference=cleaned["prompt"], by=request.user),
        scope=actions.Scope() if wanted == "items" else actions.Scope(*find_scope(request.project, wanted)),
        name=cleaned["name"],
        budget_usd=cleaned["budget"],
        by=request.user,
    )


@require_GET
@project_page(*READERS)
def run(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """One run: progress, failures, and where to score it."""
    found = _run(request, run_id)
    progress = queries.progress_of(found)
    failed = found.predictions.filter(state=PredictionState.FAILED).select_related("item").order_by("pk")
    context = {
        "run": found,
        "progress": progress,
        "failed": failed[:PAGE],
        "answers": found.predictions.filter(state=PredictionState.DONE).select_related("item").order_by("pk")[:20],
        "releases": releases_of(request.project),
        "evaluations": found.evaluations.select_related("release__golden_set").order_by("-created_at")[:20],
        "can_make": bool(request.roles & set(MAKERS)),
    }
    return render_page(request, "evaluation/run.html", context, partial="state")


@require_POST
@project_page(*MAKERS)
def steer_run(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """Pause, resume or cancel."""
    found, step = _run(request, run_id), request.POST.get("step", "")
    if step == "pause":
        actions.pause_run(run=found, reason="paused by hand", by=request.user)
    elif step == "resume":
        actions.resume_run(run=found, by=request.user)
    elif step == "cancel":
        actions.cancel_run(run=found, by=request.user)
    else:
        raise Http404
    return go_to(request, "evaluation:run", request.project.slug, found.public_id)


def _run(request: ProjectRequest, public_id: UUID) -> Run:
    mine = Run.objects.filter(project=request.project).select_related(
        "project", "prompt_version__prompt", "release__golden_set", "taxonomy_version", "created_by"
    )
    return get_object_or_404(mine, public_id=public_id)
