"""The F1 page: a run scored against a split, the picture first, the items behind the numbers on dev only."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from evaluation.actions.reports import evaluate_run
from evaluation.analyses import NAMES
from evaluation.models import Evaluation, Run
from evaluation.queries import scoreboard as queries
from evaluation.views.frame import READERS, find_evaluation, frame
from labeling.access import ProjectRequest, project_page
from labeling.enums import Split
from labeling.models import Release
from reviewapp.common.charts import Chart, Dot, dot_plot
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

CHARTED = 25


@require_POST
@project_page(*READERS)
def score(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """Score a run on a split; a new look at test goes into the ledger."""
    run = get_object_or_404(Run.objects.filter(project=request.project).select_related("project"), public_id=run_id)
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
    context = base | {
        "board": board,
        "averages": _averages(board.report),
        "overall": _overall_chart(board.report),
        "chart": _label_chart(board, link),
        "charted": min(CHARTED, len(board.labels)),
        "others": others.select_related("run").order_by("-created_at")[:20],
    }
    return render_page(request, "evaluation/evaluation.html", context)


def _averages(report: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, report[name]) for name in queries.AVERAGES]


def _overall_chart(report: dict[str, Any]) -> Chart:
    rows = [
        Dot(f"{name} {measure}", found["value"], found["low"], found["high"])
        for name in queries.AVERAGES
        for measure, found in ((one, report[name][one]) for one in ("precision", "recall", "f1"))
    ]
    exact = report["exact_match"]
    rows.append(Dot("exact match", exact["value"], exact["low"], exact["high"]))
    return dot_plot(rows, title="All averages", measure="score")


def _label_chart(board: queries.Scoreboard, link: str) -> Chart:
    rows = [
        Dot(
            row.name,
            row.figures["f1"]["value"],
            row.figures["f1"]["low"],
            row.figures["f1"]["high"],
            note=f"{row.support} in gold",
            href=f"{link}?kind=wrong_for&code={row.code}" if link else "",
        )
        for row in board.labels[:CHARTED]
    ]
    return dot_plot(rows, title="F1 by label, the most frequent first", measure="F1")


@require_GET
@project_page(*READERS)
def items_behind(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """The items that a number counts. A held-out split has no such page."""
    found = find_evaluation(request, evaluation_id)
    if found.split != Split.DEV:
        raise Http404
    asked = {name: request.GET.get(name, "") for name in ("kind", "code", "attribute", "value")}
    names = dict(found.release.taxonomy_version.labels.values_list("code", "name"))
    if of := request.GET.get("of", ""):
        if of not in NAMES:
            raise Http404
        said, rows, total = queries.members_of(found, kind=of, wanted=request.GET.dict())
        context = {"evaluation": found, "rows": rows, "total": total, "kind": said, "asked": asked, "names": names}
        return render_page(request, "evaluation/items_behind.html", context)
    rows, total = queries.items_behind(
        found, kind=asked["kind"], code=asked["code"], attribute=asked["attribute"], value=asked["value"]
    )
    context = {
        "evaluation": found,
        "rows": rows,
        "total": total,
        "kind": queries.KINDS.get(asked["kind"], "all"),
        "label": names.get(asked["code"], asked["code"]),
        "asked": asked,
        "names": names,
    }
    return render_page(request, "evaluation/items_behind.html", context)
