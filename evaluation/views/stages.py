"""The stages page: where gold labels are lost on the way, how well the run quotes, and its summaries."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from evaluation.queries import stageboard as queries
from evaluation.queries.held_out import shown
from evaluation.views.frame import READERS, analysis_of, find_evaluation, frame, refused
from labeling.access import ProjectRequest, project_page
from reviewapp.common.charts import Chart, Dot, Step, dot_plot, funnel
from reviewapp.common.errors import Refused
from reviewapp.common.http import render_page

LABELS = 15


@require_GET
@project_page(*READERS)
def stages(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """The loss by stage on one page."""
    evaluation = find_evaluation(request, evaluation_id)
    context = frame(request, evaluation, "stages")
    try:
        report = shown(analysis_of(request, evaluation, "stages"))
    except Refused as refusal:
        return render_page(request, "evaluation/stages.html", context | refused(refusal))
    link = f"{context['items_url']}?of=stages" if context["items_url"] else ""
    names = dict(evaluation.release.taxonomy_version.labels.values_list("code", "name"))
    recorded, sentences = report["recorded"], report["evidence"]["sentences"]
    compared = sentences["right"]["labels"] or sentences["every"]["labels"]
    context |= {
        "report": report,
        "sentence": queries.sentence(report),
        "doubt": queries.doubt(report),
        "funnel": stage_funnel(report, link) if report["loss"]["followed"] else None,
        "teach": not all(recorded[name] for name in ("quotes", "retrieval", "summary", "gold_evidence")),
        "losses": queries.losses(report),
        "quotes": quote_chart(report) if compared and recorded["quotes"] else None,
        "evidence": [
            (unit, *queries.SCOPES[scope], found[scope])
            for unit, found in report["evidence"].items()
            for scope in queries.SCOPES
        ],
        "counted": sentences,
        "by_label": _by_label(sentences["labels"], names),
        "texts": queries.text_lines(report),
        "link": link,
    }
    return render_page(request, "evaluation/stages.html", context)


def stage_funnel(report: Mapping[str, Any], link: str) -> Chart:
    steps, before = [], None
    for stage in report["loss"]["stages"]:
        name, share = stage["name"], stage["share"]
        lost = 0 if before is None else before - stage["count"]
        where = queries.LOST_AT.get(name)
        href = f"{link}&lost={where}" if link and lost and where else ""
        steps.append(Step(queries.STEPS[name], stage["count"], share["value"], share["low"], share["high"], lost, href))
        before = stage["count"]
    return funnel(steps, title="Gold labels left after each stage", measure="share left")


def quote_chart(report: Mapping[str, Any]) -> Chart:
    rows = [
        Dot(f"{measure} in {unit}", found["right"][measure]["value"], found["right"][measure]["low"],
            found["right"][measure]["high"])
        for unit, found in report["evidence"].items()
        for measure in ("precision", "recall", "f1")
    ]  # fmt: skip
    return dot_plot(rows, title="Quotes against marked evidence", measure="score")


def _by_label(labels: Mapping[str, Any], names: Mapping[str, str]) -> Chart | None:
    ranked = sorted(labels.items(), key=lambda row: (-row[1]["labels"], row[0]))
    rows = [
        Dot(
            names.get(code, code), found["f1"]["value"], found["f1"]["low"], found["f1"]["high"], f"n {found['labels']}"
        )
        for code, found in ranked[:LABELS]
        if found["f1"]["value"] is not None
    ]
    return dot_plot(rows, title="Evidence F1 by label", measure="F1") if rows else None
