"""Stress suites: started, watched, read, and one item clean beside disturbed."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import suites as actions
from evaluation.actions.prompts import find_version
from evaluation.forms.suites import SuiteForm
from evaluation.models import PromptVersion, Suite, SuiteRun
from evaluation.queries import suite_items, suites
from evaluation.queries.suite_plans import Estimate, estimate_of
from evaluation.queries.suiteboard import board_of, named, progress_of, sentence, table
from evaluation.stress.kinds import KINDS, STRENGTHS
from evaluation.views.frame import READERS, as_file
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role, Split
from labeling.models import Item, Release
from labeling.queries.golden import releases_of
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

MAKERS = (Role.ENGINEER, Role.MANAGER)


@require_GET
@project_page(*READERS)
def suite_list(request: ProjectRequest) -> HttpResponse:
    """The newest suites, with a verdict where they are over."""
    before = request.GET.get("before", "")
    last = int(before) if before.isdigit() and len(before) < 18 else None
    found = suites.suites_of(request.project, before=last, limit=suites.PAGE + 1)
    context = {
        "rows": [(one, sentence(one.report) if one.report else "") for one in found[: suites.PAGE]],
        "older": found[suites.PAGE - 1].suite.pk if len(found) > suites.PAGE else None,
        "is_first": last is None,
        "can_make": bool(request.roles & set(MAKERS)),
    }
    return render_page(request, "evaluation/suites.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_suite(request: ProjectRequest) -> HttpResponse:
    """Choose what is disturbed and how; the same form says how large the suite would be."""
    releases = [one for one in releases_of(request.project) if one.counts["splits"][Split.DEV]]
    asked = {"prompt": request.GET["prompt"]} if "prompt" in request.GET else {}
    form = SuiteForm(request.POST or None, project=request.project, releases=releases, initial=asked)
    estimates = "estimate" in request.POST
    if request.method == "POST" and form.is_valid() and not estimates:
        try:
            return go_to(request, "evaluation:suite", request.project.slug, _start_once(request, form, releases))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "has_release": bool(releases), "estimate": _estimate(form, releases)}
    status = 422 if request.method == "POST" and not estimates else 200
    return render_page(
        request, "evaluation/new_suite.html", context, partial="estimate" if estimates else "", status=status
    )


def _estimate(form: SuiteForm, releases: list[Release]) -> Estimate | None:
    """By what the form says now, or by what it says before anybody touched it; None where it says nothing usable."""
    told: dict[str, Any] = form.cleaned_data if form.is_bound else {}
    if form.is_bound and form.errors:
        return None
    if not releases:
        return None
    prompt = told.get("prompt") or form.initial.get("prompt") or next(iter(form.fields["prompt"].choices))[0]  # type: ignore[attr-defined]
    name, _, number = str(prompt).partition("@")
    versions = PromptVersion.objects.filter(prompt__project=releases[0].golden_set.project_id, prompt__name=name)
    version = versions.filter(number=int(number)).first() if number.isdigit() and len(number) < 9 else None
    return estimate_of(
        version,
        _release(releases, told["on"]) if told else releases[0],
        kinds=told.get("kinds", tuple(KINDS)),
        strengths=told.get("strengths", STRENGTHS),
        sample=told["sample"] if told else actions.SAMPLE,
    )


def _release(releases: list[Release], public_id: str) -> Release:
    return next(one for one in releases if str(one.public_id) == public_id)


def _start_once(request: ProjectRequest, form: SuiteForm, releases: list[Release]) -> str:
    """The public id of the suite; the same form sent twice starts one."""
    payload = {name: value for name, value in form.cleaned_data.items() if name != "idempotency_key"}
    return once(
        user=request.user,
        key=form.cleaned_data["idempotency_key"],
        action=f"suite:{request.project.slug}",
        payload=payload,
        do=lambda: str(_start(request, payload, releases).public_id),
    )


def _start(request: ProjectRequest, told: dict[str, Any], releases: list[Release]) -> Suite:
    return actions.start_suite(
        version=find_version(project=request.project, reference=told["prompt"], by=request.user),
        release=_release(releases, told["on"]),
        kinds=told["kinds"],
        strengths=told["strengths"],
        sample=told["sample"],
        seed=told["seed"],
        budget_usd=told["budget"],
        tolerance=told["tolerance"],
        by=request.user,
    )


@require_GET
@project_page(*READERS)
def suite(request: ProjectRequest, suite_id: UUID) -> HttpResponse:
    """While it goes: how far its runs are. Then: what it bears."""
    found = _suite(request, suite_id)
    progress = progress_of(found)
    context: dict[str, Any] = {
        "suite": found,
        "progress": progress,
        "runs": {f"{one.kind} {one.strength}": one.run for one in progress.members},
        "can_make": bool(request.roles & set(MAKERS)),
    }
    try:
        stored = actions.report_on(found)
        context["board"] = board_of(stored.report) if stored else None
    except Refused as refusal:
        context["refusal"] = str(refusal)
    return render_page(request, "evaluation/suite.html", context, partial="state")


@require_POST
@project_page(*MAKERS)
def steer_suite(request: ProjectRequest, suite_id: UUID) -> HttpResponse:
    """Pause, resume or cancel all its runs."""
    found, step = _suite(request, suite_id), request.POST.get("step", "")
    if step not in ("pause", "resume", "cancel"):
        raise Http404
    actions.steer_suite(suite=found, step=step, by=request.user)
    return go_to(request, "evaluation:suite", request.project.slug, found.public_id)


@require_GET
@project_page(*READERS)
def suite_download(request: ProjectRequest, suite_id: UUID, form: str) -> HttpResponse:
    """The report as JSON, or its figures as CSV."""
    found = _suite(request, suite_id)
    stored = actions.report_on(found)
    if stored is None:
        raise Http404
    return as_file(form, f"stress {found}", stored.report, table(stored.report))


@require_GET
@project_page(*READERS)
def suite_item_list(request: ProjectRequest, suite_id: UUID) -> HttpResponse:
    """The items of one disturbed run, those whose answer changed first."""
    found = _suite(request, suite_id)
    member = _member(request, found)
    rows = suite_items.items_beside(found, member)
    page = request.GET.get("page", "1")
    number = int(page) if page.isdigit() and len(page) < 7 else 1
    last = max(number - 1, 0) * suite_items.PAGE
    context = {
        "suite": found,
        "member": member,
        "name": named(member.kind, member.strength),
        "rows": rows[last : last + suite_items.PAGE],
        "total": len(rows),
        "changed": sum(one.is_changed for one in rows),
        "obeyed": sum(bool(one.attack and one.attack.was_obeyed) for one in rows),
        "names": _names(found),
        "number": number,
        "next": number + 1 if len(rows) > last + suite_items.PAGE else None,
    }
    return render_page(request, "evaluation/suite_items.html", context)


@require_GET
@project_page(*READERS)
def suite_item(request: ProjectRequest, suite_id: UUID, item_id: UUID) -> HttpResponse:
    """One item clean and disturbed: what differs in its texts, and what was answered."""
    found = _suite(request, suite_id)
    member = _member(request, found)
    item = get_object_or_404(Item.objects.filter(project=request.project), public_id=item_id)
    shown = suite_items.item_beside(found, member, item)
    if shown is None:
        raise Http404
    beside = shown.beside
    context = {
        "suite": found,
        "member": member,
        "shown": shown,
        "sides": [("Clean", beside.clean), (shown.name, beside.disturbed)],
        "names": _names(found),
    }
    return render_page(request, "evaluation/suite_item.html", context)


def _suite(request: ProjectRequest, public_id: UUID) -> Suite:
    mine = Suite.objects.filter(project=request.project).select_related(*actions.SUITE, "created_by")
    return get_object_or_404(mine, public_id=public_id)


def _member(request: ProjectRequest, suite: Suite) -> SuiteRun:
    """The disturbed run that ?kind= and ?strength= name; without them the first."""
    members = suite.members.exclude(kind="").select_related("run__prompt_version").order_by("pk")
    kind, strength = request.GET.get("kind", ""), request.GET.get("strength", "1")
    if kind:
        members = members.filter(kind=kind, strength=int(strength) if strength.isdigit() and len(strength) < 4 else 0)
    member = members.first()
    if member is None:
        raise Http404
    return member


def _names(suite: Suite) -> dict[str, str]:
    return dict(suite.release.taxonomy_version.labels.values_list("code", "name"))
