"""The Scores page: a run scored against a split, the picture first."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from evaluation.actions.reports import evaluate_run
from evaluation.enums import RunOrigin
from evaluation.models import Evaluation, Run
from evaluation.queries import scoreboard as queries
from evaluation.queries.bank_standing import bank_standing
from evaluation.views import score_charts as charts
from evaluation.views.frame import READERS, find_evaluation, frame
from labeling.access import ProjectRequest, project_page
from labeling.enums import Split
from labeling.models import Release
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

CHARTED = 25


@require_POST
@project_page(*READERS)
def score(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """Score a run on a split; a new look at test goes into the ledger."""
    runs = Run.objects.filter(project=request.project).exclude(origin=RunOrigin.ATTACK).select_related("project")
    run = get_object_or_404(runs, public_id=run_id)
    mine = Release.objects.filter(golden_set__project=request.project).select_related("golden_set", "taxonomy_version")
    reference, _, split = request.POST.get("on", "").partition(":")
    release = next((one for one in mine if str(one.public_id) == reference), None)
    if release is None or split not in (Split.DEV, Split.TEST):
        raise Http404
    try:
        evaluation = evaluate_run(run=run, release=release, split=split, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return go_to(request, "evaluation:run", request.project.slug, run.public_id)
    return go_to(request, "evaluation:evaluation", request.project.slug, evaluation.public_id)


@require_GET
@project_page(*READERS)
def evaluation(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """What was computed then, as it was computed."""
    found = find_evaluation(request, evaluation_id)
    board = queries.scoreboard(found)
    base = frame(request, found, "scores")
    link = base["items_url"]
    others = Evaluation.objects.filter(release=found.release, split=found.split).exclude(run=found.run)
    order, branch = request.GET.get("sort", "support"), request.GET.get("branch", "")
    labels = board.ordered(order=order, branch=branch)
    pages = Paginator(labels, CHARTED)
    page = pages.get_page(request.GET.get("page"))
    context = base | {
        "board": board,
        "overall": charts.averages(board, link, target=base["targets"].get("f1")),
        "branch_chart": charts.branches(board, link),
        "chart": charts.labels(board, list(page.object_list), link),
        "labels": labels,
        "page": page,
        "order": order if order in queries.ORDERS else "support",
        "orders": {name: title for name, (title, _) in queries.ORDERS.items()},
        "branch": branch,
        "standing": bank_standing(request.user, request.project, found.run.prompt_version)
        if found.run.prompt_version
        else None,
        "others": others.select_related("run").order_by("-created_at")[:20],
    }
    return render_page(request, "evaluation/evaluation.html", context)
