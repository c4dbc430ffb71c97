"""Incidents: the list, one with its clock and timeline, and each step of the work on it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import incidents as actions
from evaluation.actions.quality_drops import look_again, roll_back_after
from evaluation.forms.incidents import AgainForm, EntryForm, IncidentForm, RecoverForm, RollBackForm
from evaluation.models import Incident, QualityDrop
from evaluation.queries import incidents as queries
from evaluation.queries.quality_drops import drops_of, sentence, version_now, way_back
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(*READERS)
def incidents(request: ProjectRequest) -> HttpResponse:
    """What is proposed and open with the time left, what is over, and the newest comparisons."""
    found = queries.incidents_of(request.project)
    context = {
        "proposed": [one for one in found if one.incident.state == "proposed"],
        "open": [one for one in found if one.incident.state == "open"],
        "over": [one for one in found if one.incident.state in ("recovered", "dismissed")],
        "drops": drops_of(request.project),
        "hours": 48,
    }
    return render_page(request, "evaluation/incidents.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def new_incident(request: ProjectRequest) -> HttpResponse:
    """Open one by hand, of a comparison or of something seen elsewhere."""
    drop = _drop(request)
    told = sentence(drop.report) if drop and drop.report else ""
    begun = {"title": told.split(".")[0][:160] if told else "", "owner": request.user.pk}
    form = IncidentForm(request.POST or None, project=request.project, initial=begun)
    if request.method == "POST" and form.is_valid():
        try:
            made = once(
                user=request.user,
                key=form.cleaned_data["idempotency_key"],
                action=f"incident:{request.project.slug}",
                payload={"title": form.plan.title, "drop": str(drop.public_id) if drop else ""},
                do=lambda: str(
                    actions.open_incident(project=request.project, plan=form.plan, drop=drop, by=request.user).public_id
                ),
            )
            return go_to(request, "evaluation:incident", request.project.slug, made)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "drop": drop, "told": told}
    return render_page(request, "evaluation/new_incident.html", context, status=status)


def _drop(request: ProjectRequest) -> QualityDrop | None:
    try:
        wanted = UUID(request.GET.get("drop", ""))
    except ValueError:
        return None
    return QualityDrop.objects.filter(project=request.project, public_id=wanted).first()


@require_GET
@project_page(*READERS)
def incident(request: ProjectRequest, incident_id: UUID) -> HttpResponse:
    """One: its clock, figures, timeline and cases."""
    found = find_incident(request, incident_id)
    is_open = found.state == "open"
    context: dict[str, Any] = {
        "incident": found,
        "board": queries.board_of(found, viewer=request.user),
        "plan": IncidentForm.of(found) if found.state != "dismissed" else None,
        "entry": EntryForm() if is_open else None,
        "may_run": bool(request.roles & {Role.MANAGER, Role.ENGINEER}),
    }
    if is_open:
        offered = queries.may_show_recovery(found)
        context["recover"] = RecoverForm(offered=offered) if offered else None
        if found.drop and found.drop.report:
            context["version"] = version = version_now(found.drop)
            if version and context["may_run"]:
                context["again_form"] = AgainForm(version=version)
            back = way_back(found.drop) if Role.MANAGER in request.roles else None
            if back:
                reason = f"Incident: {found.title}"
                context |= {
                    "back": back,
                    "back_form": RollBackForm(initial={"reason": reason, "expected": str(back.version)}),
                }
    return render_page(request, "evaluation/incident.html", context)


@require_POST
@project_page(*READERS)
def step_incident(request: ProjectRequest, incident_id: UUID) -> HttpResponse:
    """One step of the work; then the page with what came of it."""
    found = find_incident(request, incident_id)
    step = STEPS.get(request.POST.get("step", ""))
    try:
        if step is None:
            raise Refused("There is no such step.")
        messages.success(request, step(request, found))
    except (Refused, NotAllowed) as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:incident", request.project.slug, found.public_id)


def _accept(request: ProjectRequest, found: Incident) -> str:
    actions.answer_proposal(incident=found, is_one=True, why=request.POST.get("why", ""), by=request.user)
    return "It is open. The 48 hours have begun."


def _dismiss(request: ProjectRequest, found: Incident) -> str:
    actions.answer_proposal(incident=found, is_one=False, why=request.POST.get("why", "")[:2000], by=request.user)
    return "Dismissed, with the reason on record."


def _change(request: ProjectRequest, found: Incident) -> str:
    form = IncidentForm(request.POST, project=request.project)
    if not form.is_valid():
        raise Refused("That did not fit: an incident has a title, a severity and an owner of this project.")
    actions.change_incident(incident=found, plan=form.plan, by=request.user)
    return "Saved."


def _note(request: ProjectRequest, found: Incident) -> str:
    form = EntryForm(request.POST)
    if not form.is_valid():
        raise Refused("Write down what was seen or done, in at most 2,000 characters.")
    actions.add_entry(incident=found, by=request.user, **form.cleaned_data)
    return "It is in the timeline."


def _again(request: ProjectRequest, found: Incident) -> str:
    if found.drop is None:
        raise Refused("This incident was opened without a comparison, so no slice is known.")
    form = AgainForm(request.POST, version=version_now(found.drop))
    run = look_again(drop=found.drop, budget_usd=form.budget_usd, by=request.user)
    text = f"{run.total} items of the slice are asked again in “{run.name}”."
    actions.add_entry(incident=found, kind="targeted", text=text, run=run, by=request.user)
    return f"{run.total:,} items are being asked again. The figures come on the comparison's page."


def _roll_back(request: ProjectRequest, found: Incident) -> str:
    form = RollBackForm(request.POST)
    if found.drop is None or not form.is_valid():
        raise Refused("Write down why, in at least 10 characters.")
    made = roll_back_after(drop=found.drop, by=request.user, **form.cleaned_data)
    text = f"{made.version} is in production again: {form.cleaned_data['reason']}"
    actions.add_entry(incident=found, kind="rollback", text=text[:2000], promotion=made, by=request.user)
    return f"{made.version} is in production again."


def _cases(request: ProjectRequest, found: Incident) -> str:
    made = actions.join_cases(incident=found, by=request.user)
    return f"{len(made)} of its items are in the edge-case bank as past regressions."


def _recover(request: ProjectRequest, found: Incident) -> str:
    form = RecoverForm(request.POST, offered=queries.may_show_recovery(found))
    if not form.is_valid():
        raise Refused("Choose the evaluation that shows it.")
    actions.recover(incident=found, evaluation=form.offered[form.cleaned_data["evaluation"]], by=request.user)
    return "Recovered."


STEPS: dict[str, Callable[[ProjectRequest, Incident], str]] = {
    "accept": _accept,
    "dismiss": _dismiss,
    "change": _change,
    "note": _note,
    "again": _again,
    "roll_back": _roll_back,
    "cases": _cases,
    "recover": _recover,
}


def find_incident(request: ProjectRequest, public_id: UUID) -> Incident:
    return get_object_or_404(queries.loaded().filter(project=request.project), public_id=public_id)
