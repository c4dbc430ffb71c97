"""The errors page: of what kind they are, which label is given for which, and on what grounds labels are made up."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from evaluation.queries import errorboard as queries
from evaluation.queries.held_out import shown
from evaluation.views.frame import READERS, analysis_of, find_evaluation, frame, refused
from labeling.access import ProjectRequest, project_page
from reviewapp.common.charts import Bar, Chart, Part, Ribbon, flow_chart, part_bars
from reviewapp.common.errors import Refused
from reviewapp.common.http import render_page

CLASSES = {
    "too vague": "k-vague",
    "too specific": "k-specific",
    "sibling": "k-sibling",
    "same branch": "k-branch",
    "unrelated": "k-unrelated",
    "hallucination": "k-made-up",
    "omission": "k-left-out",
}
NOTHING = ("made up: nothing in gold", "left out: nothing predicted")
BRANCHES, LABELS = 12, 25


@require_GET
@project_page(*READERS)
def errors(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """Every error once, as a picture and as a table."""
    evaluation = find_evaluation(request, evaluation_id)
    context = frame(request, evaluation, "errors")
    try:
        report = shown(analysis_of(request, evaluation, "errors"))
    except Refused as refusal:
        return render_page(request, "evaluation/errors.html", context | refused(refusal))
    link = f"{context['items_url']}?of=errors" if context["items_url"] else ""
    known = dict(evaluation.release.taxonomy_version.labels.values_list("code", "name"))
    names = queries.distinct(known, {*known, *report["labels"], *report["branches"]})
    worst = sorted(report["labels"].items(), key=lambda row: (-(row[1]["fn"] + row[1]["fp"]), row[0]))
    used = [(code, row) for code, row in worst if row["fn"] + row["fp"]]
    context |= {
        "report": report,
        "sentence": queries.sentence(report),
        "doubt": queries.doubt(report),
        "legend": [(queries.NAMES[key], kind) for key, kind in CLASSES.items()],
        "kinds": kinds_chart(report, names, link),
        "flow": flow_picture(report, names, link),
        "flow_caption": flow_caption(report),
        "lines": [(line, _query(line.key)) for line in queries.by_kind(report)],
        "grounds": queries.by_grounds(report),
        "labels": [(names.get(code, code), code, row) for code, row in used[:LABELS]],
        "more_labels": max(0, len(used) - LABELS),
        "branches": [
            (names.get(gold or "", gold), names.get(predicted or "", predicted), count)
            for gold, predicted, count in report["flow"]["branches"][:LABELS]
        ],
        "link": link,
    }
    return render_page(request, "evaluation/errors.html", context)


def _query(key: str) -> str:
    """What asks for the items with a kind or subtype of error."""
    return urlencode({"kind": key} if key in ("omission", "hallucination") else {"how": key})


def kinds_chart(report: Mapping[str, Any], names: Mapping[str, str], link: str) -> Chart:
    """All errors by kind, then those of each branch, the largest first."""

    def bar(name: str, rates: Mapping[str, Any], branch: str) -> Bar:
        inside = f"&branch={branch}" if branch else ""
        return Bar(
            name,
            tuple(
                Part(queries.NAMES[key], rates[key]["count"], kind, f"{link}&{_query(key)}{inside}" if link else "")
                for key, kind in CLASSES.items()
            ),
        )

    def size(rates: Mapping[str, Any]) -> int:
        return sum(rates[key]["count"] for key in CLASSES)

    ranked = sorted(report["branches"].items(), key=lambda row: (-size(row[1]), row[0]))
    bars = [bar("All errors", {**report["kinds"], **report["subtypes"]}, "")]
    bars += [bar(names.get(code, code), rates, code) for code, rates in ranked[:BRANCHES] if size(rates)]
    return part_bars(bars, title="Errors by kind, in all and by branch")


def flow_picture(report: Mapping[str, Any], names: Mapping[str, str], link: str) -> Chart | None:
    ribbons = []
    for one in report["flow"]["top"]:
        gold, predicted = one["gold"], one["predicted"]
        kind = one["how"] or ("omission" if predicted is None else "hallucination")
        query = urlencode({"gold": gold or "", "predicted": predicted or ""})
        ribbons.append(
            Ribbon(
                source=names.get(gold, gold) if gold else NOTHING[0],
                target=names.get(predicted, predicted) if predicted else NOTHING[1],
                count=one["count"],
                kind=CLASSES[kind],
                said=queries.NAMES[kind],
                share=_share(one["share"]),
                href=f"{link}&{query}" if link else "",
            )
        )
    if not ribbons:
        return None
    return flow_chart(ribbons, title="The commonest confusions", columns=("Gold says", "The run says"), last=NOTHING)


def _share(estimate: Mapping[str, Any]) -> str:
    if estimate["value"] is None:
        return "–"
    if estimate["low"] is None:
        return f"{estimate['value']:.1%}"
    return f"{estimate['value']:.1%} ({estimate['low']:.1%} to {estimate['high']:.1%})"


def flow_caption(report: Mapping[str, Any]) -> str:
    flow = report["flow"]
    shown_flows, total = len(flow["top"]), sum(one["count"] for one in flow["top"])
    return (
        f"The {shown_flows} commonest of {flow['distinct']:,} confusions, {total:,} of {report['total']:,} errors: "
        "gold's label on the left, what the run said on the right, as wide as often. "
        "What was left out or made up ends at the foot."
    )
