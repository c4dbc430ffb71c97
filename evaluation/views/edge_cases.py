"""The edge-case bank: its cases, one case, and a run held against it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions.edge_cases import MAKERS, add_case, retire_case, set_labels, start_bank_run
from evaluation.actions.prompts import find_version
from evaluation.enums import CaseReason
from evaluation.forms.edge_cases import BankRunForm, CaseForm, LabelsForm, RetireForm
from evaluation.models import EdgeCase, RedTeamAttempt
from evaluation.queries import edge_cases as queries
from evaluation.queries.red_team_rounds import attempts_for, rounds_for
from evaluation.queries.runs import FINISHED
from evaluation.views.frame import READERS, as_file
from evaluation.views.runs import find_run
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from labeling.models import Item
from labeling.visibility import may_see_names
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

LABELLERS = (Role.MANAGER, Role.ANALYST, Role.ADJUDICATOR)
STARTERS = (Role.MANAGER, Role.ENGINEER)


@require_GET
@project_page(*MAKERS)
def edge_cases(request: ProjectRequest) -> HttpResponse:
    """The cases, and what the newest runs made of them."""
    return _list(request, BankRunForm(project=request.project))


def _list(request: ProjectRequest, form: BankRunForm, status: int = 200) -> HttpResponse:
    reason, retired = request.GET.get("reason", ""), "retired" in request.GET
    sees_runs = bool(request.roles & set(READERS))
    runs = queries.bank_runs(request.project) if sees_runs else []
    context = {
        "rows": queries.bank_of(request.user, request.project, reason=reason, retired=retired),
        "boards": [queries.board_of(run, viewer=request.user) for run in runs],
        "reasons": CaseReason.choices,
        "reason": reason,
        "retired": retired,
        "names": _names(request),
        "form": form if request.roles & set(STARTERS) else None,
        "may_see_names": may_see_names(request.user, request.project),
    }
    return render_page(request, "evaluation/edge_cases.html", context, status=status)


@require_POST
@project_page(*STARTERS)
def start_bank(request: ProjectRequest) -> HttpResponse:
    """Have a prompt version answer the bank."""
    form = BankRunForm(request.POST, project=request.project)
    if form.is_valid():
        try:
            version = find_version(project=request.project, reference=form.cleaned_data["prompt"], by=request.user)
            run = start_bank_run(version=version, budget_usd=form.cleaned_data["budget"], by=request.user)
            return go_to(request, "evaluation:run", request.project.slug, run.public_id)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _list(request, form, status=422)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_edge_case(request: ProjectRequest) -> HttpResponse:
    """Put an item in."""
    form = CaseForm(request.POST or None, project=request.project, initial={"item": request.GET.get("item", "")[:255]})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        mine = Item.objects.filter(project=request.project).select_related("project")
        item = mine.filter(external_id=told["item"].strip()).first()
        if item is None:
            form.add_error("item", "There is no item with this id in the project.")
        else:
            try:
                labels = None if told["use_gold"] == "gold" else told["labels"]
                case = add_case(item=item, reason=told["reason"], labels=labels, note=told["note"], by=request.user)
                return go_to(request, "evaluation:edge-case", request.project.slug, case.public_id)
            except Refused as refusal:
                form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/new_edge_case.html", {"form": form}, status=status)


@require_GET
@project_page(*MAKERS)
def edge_case(request: ProjectRequest, case_id: UUID) -> HttpResponse:
    """One case: what is right for it, and what runs made of it."""
    return _case_page(request, _case(request, case_id))


@require_POST
@project_page(*LABELLERS)
def label_edge_case(request: ProjectRequest, case_id: UUID) -> HttpResponse:
    """Say anew what is right."""
    case, form = _case(request, case_id), LabelsForm(request.POST, project=request.project)
    if form.is_valid():
        try:
            set_labels(case=case, labels=form.cleaned_data["labels"], why=form.cleaned_data["why"], by=request.user)
            return go_to(request, "evaluation:edge-case", request.project.slug, case.public_id)
        except (Refused, NotAllowed) as refusal:
            form.add_error(None, str(refusal))
    return _case_page(request, case, labels=form, status=422)


@require_POST
@project_page(*MAKERS)
def retire_edge_case(request: ProjectRequest, case_id: UUID) -> HttpResponse:
    """Take it out of use."""
    case, form = _case(request, case_id), RetireForm(request.POST)
    if form.is_valid():
        try:
            retire_case(case=case, why=form.cleaned_data["why"], by=request.user)
            messages.success(request, "The case is retired. It stays on record.")
            return go_to(request, "evaluation:edge-cases", request.project.slug)
        except (Refused, NotAllowed) as refusal:
            form.add_error(None, str(refusal))
    return _case_page(request, case, retire=form, status=422)


@require_GET
@project_page(*READERS)
def bank_run(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """A run held against the cases one may see."""
    run = find_run(request, run_id)
    if run.state not in FINISHED:
        raise Http404
    board = queries.board_of(run, viewer=request.user)
    return render_page(request, "evaluation/bank_run.html", {"run": run, "board": board, "names": _names(request)})


@require_GET
@project_page(*READERS)
def download_bank_run(request: ProjectRequest, run_id: UUID, form: str) -> HttpResponse:
    """The same as a file."""
    run = find_run(request, run_id)
    if run.state not in FINISHED:
        raise Http404
    report = queries.board_of(run, viewer=request.user).as_dict()
    rows = [
        {**one, "expected": ";".join(one["expected"]), "said": ";".join(one["said"] or ())} for one in report["results"]
    ]
    return as_file(form, f"edge cases {run.name}", report, rows)


def _case(request: ProjectRequest, public_id: UUID) -> EdgeCase:
    mine = queries.cases_for(request.user, request.project).select_related("project", "item__project")
    return get_object_or_404(mine, public_id=public_id)


def _case_page(
    request: ProjectRequest,
    case: EdgeCase,
    *,
    labels: forms.Form | None = None,
    retire: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    history = queries.history_of(case, request.user)
    now = history.revisions[0].labels if history.revisions else []
    may_label = bool(request.roles & set(LABELLERS)) and not case.retired_at
    context: dict[str, Any] = {
        "case": case,
        "history": history,
        "attack": _attack(request, case) if history.is_made_up else None,
        "names": _names(request),
        "labels": (labels or LabelsForm(project=request.project, initial={"labels": now})) if may_label else None,
        "retire": None if case.retired_at else retire or RetireForm(),
        "may_see_names": may_see_names(request.user, request.project),
    }
    return render_page(request, "evaluation/edge_case.html", context, status=status)


def _attack(request: ProjectRequest, case: EdgeCase) -> RedTeamAttempt | None:
    """The attempt of a red-team round that it was, for who may see that."""
    attempt = attempts_for(request.user, request.project).filter(item=case.item_id).first()
    return attempt if attempt and attempt.round in rounds_for(request.user, request.project) else None


def _names(request: ProjectRequest) -> dict[str, str]:
    newest = request.project.taxonomy_versions.filter(published_at__isnull=False).order_by("-number").first()
    return dict(newest.labels.values_list("code", "name")) if newest else {}
