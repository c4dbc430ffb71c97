"""Canaries: a candidate beside production on a share of the new items, judged by people who see neither."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions.canaries import draw_canary, read_canary, start_canary
from evaluation.forms.canaries import CanaryForm, DrawForm
from evaluation.models import Canary
from evaluation.queries.canaries import canaries_of, loaded, standing_of
from evaluation.queries.recipes import version_named
from evaluation.views.frame import READERS, as_file
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from reviewapp.common.charts.forest import Gap, forest
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

MAKERS = (Role.ENGINEER, Role.MANAGER)
MEASURES = {"micro_f1": "Micro F1", "exact_match": "Exact match"}


@require_GET
@project_page(*READERS)
def canaries(request: ProjectRequest) -> HttpResponse:
    """All canaries, newest first."""
    context = {"canaries": canaries_of(request.project), "can_make": bool(request.roles & set(MAKERS))}
    return render_page(request, "evaluation/canaries.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_canary(request: ProjectRequest) -> HttpResponse:
    """Start one for a candidate."""
    form = CanaryForm(request.POST or None, project=request.project, initial={"candidate": request.GET.get("prompt")})
    if request.method == "POST" and form.is_valid():
        try:
            return go_to(request, "evaluation:canary", request.project.slug, _start_once(request, form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_canary.html", {"form": form}, status=status)


def _start_once(request: ProjectRequest, form: CanaryForm) -> str:
    cleaned = form.cleaned_data
    payload = {name: cleaned[name] for name in ("candidate", "share", "seed", "budget")}

    def start() -> str:
        candidate = version_named(request.project, cleaned["candidate"])
        made = start_canary(
            candidate=candidate,
            share=cleaned["share"],
            seed=cleaned["seed"],
            budget_usd=cleaned["budget"],
            by=request.user,
        )
        return str(made.public_id)

    return once(
        user=request.user, key=cleaned["idempotency_key"], action=f"canary:{request.project.slug}", payload=payload,
        do=start,
    )  # fmt: skip


@require_GET
@project_page(*READERS)
def canary(request: ProjectRequest, canary_id: UUID) -> HttpResponse:
    """Where it is, what is to be done next, and in the end what people's labels say."""
    return _page(request, _canary(request, canary_id), DrawForm())


@require_POST
@project_page(*READERS)
def step_canary(request: ProjectRequest, canary_id: UUID) -> HttpResponse:
    """Draw its sample, or read its result."""
    found, step, form = _canary(request, canary_id), request.POST.get("step", ""), DrawForm(request.POST)
    try:
        if step == "draw" and form.is_valid():
            drawn = draw_canary(
                canary=found, size=form.cleaned_data["size"], share_of_disagreements=form.cleaned_data["share"],
                by=request.user,
            )  # fmt: skip
            messages.success(request, f"The round “{drawn.round}” is open. Whoever labels in it sees no answer.")
        elif step == "read":
            read_canary(canary=found, by=request.user)
        elif step != "draw":
            raise Http404
        else:
            return _page(request, found, form, status=422)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, form, status=422)
    return go_to(request, "evaluation:canary", request.project.slug, found.public_id)


@require_GET
@project_page(*READERS)
def download_canary(request: ProjectRequest, canary_id: UUID, form: str) -> HttpResponse:
    """The result as a file."""
    found = _canary(request, canary_id)
    if found.report is None:
        raise Http404
    rows = [
        {"measure": name, "what": what, **found.report[what][name]}
        for what in ("production", "candidate", "difference")
        for name in MEASURES
    ]
    return as_file(form, f"canary {found.candidate}", found.report, rows)


def _page(request: ProjectRequest, found: Canary, form: DrawForm, status: int = 200) -> HttpResponse:
    context = {
        "canary": found,
        "standing": standing_of(found),
        "form": form,
        "rows": [(title, name) for name, title in MEASURES.items()],
        "chart": _chart(found),
        "is_manager": Role.MANAGER in request.roles,
        "run": found.candidate_run,
    }
    return render_page(request, "evaluation/canary.html", context, partial="state", status=status)


def _chart(found: Canary) -> object | None:
    if found.report is None or found.report["difference"]["micro_f1"]["value"] is None:
        return None
    differences = found.report["difference"]
    rows = [
        Gap(title, one["value"], one["low"], one["high"], f"n {one['n']}", name == "micro_f1")
        for name, title in MEASURES.items()
        if (one := differences[name])["value"] is not None
    ]
    return forest(
        rows, title="Candidate minus production", measure="difference", worse="the candidate is worse",
        better="the candidate is better", tolerance=found.report["margin"],
    )  # fmt: skip


def _canary(request: ProjectRequest, public_id: UUID) -> Canary:
    return get_object_or_404(loaded().filter(project=request.project), public_id=public_id)
