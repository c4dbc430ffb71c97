"""Starting a language model for proposals in triage, with what it would cost; and what such pages share."""

import math
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from evaluation.actions.asking import TO_CATEGORISE, written
from evaluation.actions.triage_asking import MAKERS, ask_for_categories, check_can_ask, stop_asking
from evaluation.forms.asking import AskForm, BudgetForm
from evaluation.models import Triage, TriageAsking
from evaluation.queries.triage_asking import AskingCost, asking_cost
from labeling.access import ProjectRequest, project_page
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page


def suggested(most_usd: float) -> float:
    """A budget that suffices: the most that can be reserved, with the next cent."""
    return math.ceil(most_usd * 100 + 1e-9) / 100 or 0.01


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def ask_proposals(request: ProjectRequest, triage_id: UUID) -> HttpResponse:
    """Choose a question, see what it would cost, and start; the forecast asks nothing."""
    mine = Triage.objects.filter(run__project=request.project).select_related(
        "run__project", "release__golden_set", "release__taxonomy_version", "release__guideline"
    )
    triage = get_object_or_404(mine, public_id=triage_id)
    sent = request.POST if request.method == "POST" else request.GET
    form = AskForm(sent if "prompt" in sent else None, project=request.project, standard=TO_CATEGORISE)
    cost: AskingCost | None = None
    refused, budget = "", BudgetForm()
    if form.is_bound and form.is_valid():
        try:
            check_can_ask(triage, form.chosen)
            cost = asking_cost(triage, form.chosen)
            budget = BudgetForm(initial={"budget": suggested(cost.most_usd)})
            if request.method == "POST":
                budget = BudgetForm(request.POST)
                if budget.is_valid():
                    version = written(project=request.project, version=form.chosen, by=request.user)
                    spent = budget.cleaned_data["budget"]
                    ask_for_categories(triage=triage, version=version, budget_usd=spent, by=request.user)
                    return go_to(request, "evaluation:triage", request.project.slug, triage.public_id)
        except (Refused, NotAllowed) as refusal:
            refused = str(refusal)
    asked_about = f"One question for each of {cost.errors:,} errors on {cost.items:,} items." if cost else ""
    context = {
        "triage": triage, "run": triage.run, "form": form, "cost": cost, "budget": budget, "refused": refused,
        "asked_about": asked_about,
    }  # fmt: skip
    is_bad = refused or request.method == "POST" or (form.is_bound and form.errors)
    return render_page(request, "evaluation/ask_proposals.html", context, status=422 if is_bad else 200)


@require_POST
@project_page(*MAKERS)
def steer_asking(request: ProjectRequest, triage_id: UUID, asking_id: UUID) -> HttpResponse:
    """Let one go on that was stopped, with a higher budget, or stop it and keep what it said."""
    mine = TriageAsking.objects.filter(triage__run__project=request.project, triage__public_id=triage_id)
    asking = get_object_or_404(
        mine.select_related("run__prompt_version__prompt", "triage__run__project"), public_id=asking_id
    )
    version = asking.run.prompt_version
    assert version is not None
    try:
        if request.POST.get("step") == "stop":
            stop_asking(asking=asking, by=request.user)
        else:
            form = BudgetForm(request.POST)
            wanted = form.cleaned_data["budget"] if form.is_valid() else None
            ask_for_categories(triage=asking.triage, version=version, budget_usd=wanted, by=request.user)
    except (Refused, NotAllowed) as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:triage", request.project.slug, asking.triage.public_id)
