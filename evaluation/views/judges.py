"""Models that judge panels, apart from the people: all of them, the start of one, and how each stands to the people."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions.asking import TO_JUDGE, written
from evaluation.actions.judge_approvals import approve_judge
from evaluation.actions.judges import MAKERS, check_can_judge, start_judge, stop_judge
from evaluation.forms.asking import AskForm, BudgetForm
from evaluation.models import JudgeApproval, Panel, PanelRater
from evaluation.queries.judge_list import judge_rows, open_to_judges
from evaluation.queries.judges import JudgeCost, comparison, judge_cost, judges_of, may_gate, standing_of_judge
from evaluation.queries.judges_board import charts_of
from evaluation.views.asking import suggested
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(*READERS)
def all_judges(request: ProjectRequest) -> HttpResponse:
    """Every judge of every panel."""
    context = {"rows": judge_rows(request.project), "can_make": _can_make(request)}
    return render_page(request, "evaluation/all_judges.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_judge(request: ProjectRequest) -> HttpResponse:
    """Choose a panel and a question, see what it would cost, and start; the forecast asks nothing."""
    panels = open_to_judges(request.project)
    sent = request.POST if request.method == "POST" else request.GET
    panel = next((one for one in panels if str(one.public_id) == sent.get("panel")), None)
    form = AskForm(sent if "prompt" in sent else None, project=request.project, standard=TO_JUDGE)
    cost: JudgeCost | None = None
    refused, budget = "", BudgetForm()
    if form.is_bound and panel and form.is_valid():
        try:
            panel.project = request.project
            check_can_judge(panel, form.chosen)
            cost = judge_cost(panel, form.chosen)
            budget = BudgetForm(initial={"budget": suggested(cost.most_usd)})
            if request.method == "POST":
                budget = BudgetForm(request.POST)
                if budget.is_valid():
                    version = written(project=request.project, version=form.chosen, by=request.user)
                    spent = budget.cleaned_data["budget"]
                    start_judge(panel=panel, version=version, budget_usd=spent, by=request.user)
                    return go_to(request, "evaluation:judges", request.project.slug, panel.public_id)
        except (Refused, NotAllowed) as refusal:
            refused = str(refusal)
    elif form.is_bound and not panel:
        refused = "Choose a panel."
    context = {"panels": panels, "panel": panel, "form": form, "cost": cost, "budget": budget, "refused": refused}
    is_bad = refused or request.method == "POST" or (form.is_bound and form.errors)
    return render_page(request, "evaluation/new_judge.html", context, status=422 if is_bad else 200)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def judges(request: ProjectRequest, panel_id: UUID) -> HttpResponse:
    """Each judge of a panel beside the people. A post approves one, lets it go on, or stops it."""
    mine = Panel.objects.filter(project=request.project).select_related("project", "rubric_version__rubric")
    panel = get_object_or_404(mine, public_id=panel_id)
    seated, refused = judges_of(panel), ""
    if request.method == "POST":
        rater = next((one for one in seated if str(one.pk) == request.POST.get("judge")), None)
        try:
            if rater is None:
                raise Refused("There is no such judge on this panel.")
            _step(request, rater)
            return go_to(request, "evaluation:judges", request.project.slug, panel.public_id)
        except Refused as refusal:
            refused = str(refusal)
    rows = [_row(panel, rater) for rater in seated]
    context = {
        "panel": panel, "rows": rows, "criteria": dict(panel.rubric_version.criteria.values_list("code", "name")),
        "refused": refused, "is_manager": Role.MANAGER in request.roles, "can_make": _can_make(request),
        "is_going": any(row["standing"].is_going for row in rows),
        "runs": panel.runs.select_related("run").order_by("letter") if panel.closed_at else [],
    }  # fmt: skip
    return render_page(request, "evaluation/judges.html", context, partial="state", status=422 if refused else 200)


def _row(panel: Panel, rater: PanelRater) -> dict[str, Any]:
    assert rater.judge is not None
    rater.panel = panel
    standing, found = standing_of_judge(rater), comparison(rater)
    approval: JudgeApproval | None = may_gate(
        rater.judge, panel.rubric_version, models_returned=standing.models_returned
    )
    more = suggested(2 * standing.budget_usd) if standing.budget_usd else None
    charts = charts_of(panel, found)
    return {"rater": rater, "standing": standing, "found": found, "approval": approval, "more": more, **charts}


def _step(request: ProjectRequest, rater: PanelRater) -> None:
    step = request.POST.get("step", "approve")
    assert rater.judge is not None
    if step == "approve":
        approve_judge(rater=rater, by=request.user)
    elif step == "stop":
        stop_judge(rater=rater, by=request.user)
    elif step == "go_on":
        form = BudgetForm(request.POST)
        budget = form.cleaned_data["budget"] if form.is_valid() else None
        if budget is None and request.POST.get("budget"):
            raise Refused("A budget is an amount of dollars, like 2.50.")
        start_judge(panel=rater.panel, version=rater.judge, budget_usd=budget, by=request.user)
    else:
        raise Refused("This step is not known.")


def _can_make(request: ProjectRequest) -> bool:
    return bool(request.roles & {str(role) for role in MAKERS})
