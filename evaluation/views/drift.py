"""Drift: what is watched, what moved, and two runs compared once."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import drift as actions
from evaluation.forms.drift import CompareForm, MonitorForm
from evaluation.models import DriftCheck, DriftMonitor, Prompt
from evaluation.queries import driftboard
from evaluation.views.frame import READERS, as_file
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(*READERS)
def drift(request: ProjectRequest) -> HttpResponse:
    """The monitors with their newest state, and the comparisons people asked for."""
    context = {
        "monitors": driftboard.monitors_of(request.project),
        "checks": driftboard.recent_checks(request.project),
    }
    return render_page(request, "evaluation/drift.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def new_monitor(request: ProjectRequest) -> HttpResponse:
    """Watch a stream."""
    form = MonitorForm(request.POST or None, project=request.project)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        prompt = Prompt.objects.get(project=request.project, name=told["prompt"]) if told["prompt"] else None
        try:
            made = actions.make_monitor(
                project=request.project, name=told["name"], prompt=prompt, reference=form.span(), days=told["days"],
                cohort=told["cohort"], by=request.user,
            )  # fmt: skip
            return go_to(request, "evaluation:monitor", request.project.slug, made.public_id)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_monitor.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def new_check(request: ProjectRequest) -> HttpResponse:
    """Compare two runs once."""
    form = CompareForm(request.POST or None, project=request.project)
    if request.method == "POST" and form.is_valid():
        try:
            return go_to(request, "evaluation:drift-check", request.project.slug, _ask_once(request, form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_drift_check.html", {"form": form}, status=status)


def _ask_once(request: ProjectRequest, form: CompareForm) -> str:
    told = form.cleaned_data
    reference, current = form.windows()
    return once(
        user=request.user,
        key=told["idempotency_key"],
        action=f"drift:{request.project.slug}",
        payload={name: told[name] for name in ("reference", "current", "cohort")},
        do=lambda: str(
            actions.ask_check(
                project=request.project, reference=reference, current=current, cohort=told["cohort"], by=request.user
            ).public_id
        ),
    )


@require_GET
@project_page(*READERS)
def monitor(request: ProjectRequest, monitor_id: UUID) -> HttpResponse:
    """Its figures window after window, and what fired in each."""
    found = _monitor(request, monitor_id)
    checks = driftboard.checks_of(found)
    context = {
        "monitor": found,
        "rows": [(one, driftboard.sentence(one.report) if one.report else "") for one in checks[::-1]],
        "watches": driftboard.watches(found, checks),
    }
    return render_page(request, "evaluation/monitor.html", context)


@require_POST
@project_page(*READERS)
def switch_monitor(request: ProjectRequest, monitor_id: UUID) -> HttpResponse:
    """Stop watching, or go on."""
    found = _monitor(request, monitor_id)
    actions.switch_monitor(monitor=found, on=request.POST.get("on") == "1", by=request.user)
    return go_to(request, "evaluation:monitor", request.project.slug, found.public_id)


@require_GET
@project_page(*READERS)
def drift_check(request: ProjectRequest, check_id: UUID) -> HttpResponse:
    """Two windows side by side: what moved, and what did not."""
    found = _check(request, check_id)
    context: dict[str, Any] = {
        "check": found,
        "said": driftboard.windows_said(found),
        "board": driftboard.board_of(found.report) if found.report else None,
        "effects": driftboard.EFFECTS,
    }
    return render_page(request, "evaluation/drift_check.html", context, partial="state")


@require_GET
@project_page(*READERS)
def drift_download(request: ProjectRequest, check_id: UUID, form: str) -> HttpResponse:
    """All signals as JSON or CSV."""
    found = _check(request, check_id)
    if found.report is None:
        raise Http404
    return as_file(form, f"drift {found.created_at:%Y-%m-%d}", found.report, driftboard.table(found.report))


def _monitor(request: ProjectRequest, public_id: UUID) -> DriftMonitor:
    mine = DriftMonitor.objects.filter(project=request.project).select_related("prompt", "project", "created_by")
    return get_object_or_404(mine, public_id=public_id)


def _check(request: ProjectRequest, public_id: UUID) -> DriftCheck:
    mine = DriftCheck.objects.filter(project=request.project).select_related("project", "monitor", "created_by")
    return get_object_or_404(mine, public_id=public_id)
