"""The calibration page: do stated confidences hold, and what would each threshold accept?"""

import json
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from evaluation.queries.calibration import SERIES, board, group_name
from evaluation.queries.held_out import shown
from evaluation.views.frame import READERS, analysis_of, find_evaluation, frame, refused
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from reviewapp.common.errors import Refused
from reviewapp.common.http import render_page

STANDARD_THRESHOLD = 0.5


@require_GET
@project_page(*READERS)
def calibration(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """Bins, the label or slice looked at, and the threshold are in the address."""
    evaluation = find_evaluation(request, evaluation_id)
    context = frame(request, evaluation, "calibration")
    asked = {name: request.GET.get(name, "")[:300] for name in ("label", "slice")}
    if context["is_held_out"]:
        asked = {}
    try:
        report = shown(analysis_of(request, evaluation, "calibration", asked))
    except Refused as refusal:
        return render_page(request, "evaluation/calibration.html", context | refused(refusal))
    names = dict(evaluation.release.taxonomy_version.labels.values_list("code", "name"))
    binning = "mass" if request.GET.get("binning") == "mass" and not context["is_held_out"] else "width"
    page = board(
        report,
        names=names,
        items_url=context["items_url"],
        binning=binning,
        threshold=_number(request.GET.get("threshold", "")),
        target=context["targets"].get("precision"),
    )
    context |= {
        "board": page,
        "steps_json": json.dumps(page.slider.script, ensure_ascii=False) if page.slider else "",
        "binning": binning,
        "may_certify": Role.MANAGER in request.roles,
        "asked": asked,
        "series": SERIES,
        "labels": [
            (one["group"], group_name(one["group"], one["labels"], names), one["n"])
            for one in report["labels"]
            if one["group"]
        ],
        "slices": [
            (f"{name}={value}", f"{name}: {value or '(blank)'}", found["n"])
            for name, values in evaluation.report["slices"].items()
            for value, found in values.items()
            if found["n"] >= 20
        ],
    }
    return render_page(request, "evaluation/calibration.html", context)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return STANDARD_THRESHOLD
    return number if 0 <= number <= 1 else STANDARD_THRESHOLD
