"""The calendar: a month of it, one schedule of it, and its switches."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import schedules as actions
from evaluation.actions.schedule_jobs import JOBS
from evaluation.forms.schedules import TimingForm
from evaluation.models import Schedule
from evaluation.queries.review_packs import packs_of
from evaluation.queries.schedules import calendar_of, history_of
from evaluation.recurrence import Recurrence
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from reviewapp.common import clock
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

MAKERS = actions.MAKERS


@require_GET
@project_page(*READERS)
def calendar(request: ProjectRequest) -> HttpResponse:
    """A month by the reader's own clock."""
    now, zone = clock.now(), timezone.get_current_timezone_name()
    month = _month(request.GET.get("month", ""))
    context = {
        "calendar": calendar_of(request.project, month=month, zone=zone, now=now),
        "zone": zone,
        "can_make": bool(request.roles & set(MAKERS)),
        "packs": packs_of(request.project),
        "has_begun": month <= timezone.localtime(now).date(),
    }
    return render_page(request, "evaluation/calendar.html", context)


def _month(asked: str) -> date:
    try:
        return date.fromisoformat(f"{asked}-01") if asked else timezone.localtime(clock.now()).date().replace(day=1)
    except ValueError as error:
        raise Http404 from error


@require_POST
@project_page(*MAKERS)
def take_over_defaults(request: ProjectRequest) -> HttpResponse:
    """Every job that is missing, at its usual time."""
    made = actions.offer_defaults(project=request.project, zone=timezone.get_current_timezone_name(), by=request.user)
    messages.success(request, f"{len(made)} schedules are on the calendar now.")
    return go_to(request, "evaluation:calendar", request.project.slug)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_schedule(request: ProjectRequest, job: str) -> HttpResponse:
    """Put one job on the calendar."""
    if job not in JOBS:
        raise Http404
    if found := Schedule.objects.filter(project=request.project, job=job).first():
        return go_to(request, "evaluation:schedule", request.project.slug, found.public_id)
    form = TimingForm.new(request.project, job, request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_schedule(project=request.project, job=job, timing=form.timing, by=request.user)
            return go_to(request, "evaluation:calendar", request.project.slug)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/schedule.html", {"job": JOBS[job], "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def schedule(request: ProjectRequest, schedule_id: UUID) -> HttpResponse:
    """One schedule: each time it was done, and the form that changes it."""
    found = _schedule(request, schedule_id)
    can_make = bool(request.roles & set(MAKERS))
    form = TimingForm.of(found, request.POST or None) if can_make else None
    if request.method == "POST" and form is None:
        raise Http404
    if form and request.method == "POST" and form.is_valid():
        try:
            actions.set_schedule(project=request.project, job=found.job, timing=form.timing, by=request.user)
            return go_to(request, "evaluation:calendar", request.project.slug)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {
        "schedule": found,
        "job": JOBS[found.job],
        "when": str(Recurrence(found.recurrence, found.zone)) if found.recurrence else "when a release is frozen",
        "firings": history_of(found),
        "form": form,
    }
    return render_page(request, "evaluation/schedule.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@project_page(*MAKERS)
def switch_schedule(request: ProjectRequest, schedule_id: UUID) -> HttpResponse:
    """On or off."""
    found = _schedule(request, schedule_id)
    actions.switch_schedule(schedule=found, on=request.POST.get("on") == "1", by=request.user)
    return go_to(request, "evaluation:calendar", request.project.slug)


@require_POST
@project_page(*MAKERS)
def run_schedule(request: ProjectRequest, schedule_id: UUID) -> HttpResponse:
    """Do it once, now."""
    found = _schedule(request, schedule_id)
    actions.run_now(schedule=found, by=request.user)
    messages.success(request, f"{JOBS[found.job].name}: started. What comes of it stands below.")
    return go_to(request, "evaluation:schedule", request.project.slug, found.public_id)


def _schedule(request: ProjectRequest, public_id: UUID) -> Schedule:
    mine = Schedule.objects.filter(project=request.project).select_related("project", "owner")
    return get_object_or_404(mine, public_id=public_id)
