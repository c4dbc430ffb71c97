"""What changed beside what moved, and what can be done about it with one click."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import quality_drops as actions
from evaluation.forms.incidents import AgainForm, RollBackForm, RunsForm, TimesForm
from evaluation.models import QualityDrop
from evaluation.queries import quality_drops as queries
from evaluation.queries.driftboard import said
from evaluation.views.frame import READERS, as_file
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def new_quality_drop(request: ProjectRequest) -> HttpResponse:
    """Two runs, or two times of production."""
    sent = request.POST.get("what", "")
    begun = {name: request.GET.get(name, "") for name in ("reference", "current")}
    runs = RunsForm(request.POST if sent == "runs" else None, project=request.project, initial=begun)
    times = TimesForm(request.POST if sent == "times" else None, project=request.project)
    form: RunsForm | TimesForm = times if sent == "times" else runs
    if request.method == "POST" and form.is_valid():
        try:
            return go_to(request, "evaluation:quality-drop", request.project.slug, _ask_once(request, form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_quality_drop.html", {"runs": runs, "times": times}, status=status)


def _ask_once(request: ProjectRequest, form: RunsForm | TimesForm) -> str:
    told = dict(form.cleaned_data)
    key = told.pop("idempotency_key")
    reference, current = form.windows()
    return once(
        user=request.user,
        key=key,
        action=f"quality-drop:{request.project.slug}",
        payload=told,
        do=lambda: str(
            actions.ask_what_changed(
                project=request.project, reference=reference, current=current, by=request.user
            ).public_id
        ),
    )


@require_GET
@project_page(*READERS)
def quality_drop(request: ProjectRequest, drop_id: UUID) -> HttpResponse:
    """One comparison, most telling change first, and the ways to act on it."""
    found = find_drop(request, drop_id)
    names = queries.run_names(request.project, (found.reference, found.current))
    context: dict[str, Any] = {"drop": found, "then": said(found.reference, names), "now": said(found.current, names)}
    if found.report:
        back, slice_of = queries.way_back(found), queries.worst_slice(found)
        version = queries.version_now(found)
        context |= {
            "board": queries.board_of(found.report),
            "again": queries.looked_again(found),
            "incidents": found.incidents.order_by("-pk")[:5],
            "slice": slice_of,
            "back": back,
            "version": version,
            "is_manager": Role.MANAGER in request.roles,
            "may_run": bool(request.roles & {Role.MANAGER, Role.ENGINEER}),
        }
        if version and context["may_run"]:
            context["again_form"] = AgainForm(version=version)
        if back and context["is_manager"]:
            reason = context["board"].sentence[:1900]
            context["back_form"] = RollBackForm(initial={"reason": reason, "expected": str(back.version)})
    return render_page(request, "evaluation/quality_drop.html", context, partial="state")


@require_POST
@project_page(*READERS)
def step_quality_drop(request: ProjectRequest, drop_id: UUID) -> HttpResponse:
    """Look at the slice again, or roll the prompt back; then the page with what came of it."""
    found = find_drop(request, drop_id)
    try:
        messages.success(request, _step(request, found))
    except (Refused, NotAllowed) as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:quality-drop", request.project.slug, found.public_id)


def _step(request: ProjectRequest, drop: QualityDrop) -> str:
    if request.POST.get("step") == "again":
        again = AgainForm(request.POST, version=queries.version_now(drop))
        run = actions.look_again(drop=drop, budget_usd=again.budget_usd, by=request.user)
        return f"{run.total:,} items are being asked again. The figures come here when they are answered."
    if request.POST.get("step") == "roll_back":
        form = RollBackForm(request.POST)
        if not form.is_valid():
            raise Refused(f"Write down why, in at least {actions.REASON_LEAST} characters.")
        made = actions.roll_back_after(drop=drop, by=request.user, **form.cleaned_data)
        return f"{made.version} is in production again."
    raise Refused("There is no such step.")


@require_GET
@project_page(*READERS)
def download_quality_drop(request: ProjectRequest, drop_id: UUID, form: str) -> HttpResponse:
    """The report as JSON, or what changed as CSV."""
    found = find_drop(request, drop_id)
    if found.report is None:
        raise Http404
    return as_file(form, f"what changed {found.created_at:%Y-%m-%d}", found.report, queries.table(found.report))


def find_drop(request: ProjectRequest, public_id: UUID) -> QualityDrop:
    mine = QualityDrop.objects.filter(project=request.project).select_related("project", "created_by")
    return get_object_or_404(mine, public_id=public_id)
