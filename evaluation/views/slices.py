"""The slices page: is some kind of item served worse than the rest, by more than chance?"""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from evaluation.queries.bias import FAMILIES, MEASURES, board
from evaluation.queries.held_out import shown
from evaluation.views.frame import READERS, analysis_of, find_evaluation, frame, refused
from labeling.access import ProjectRequest, project_page
from labeling.enums import Split
from reviewapp.common.errors import Refused
from reviewapp.common.http import render_page


@require_GET
@project_page(*READERS)
def slices(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """One family of slices at a time; the measure, the family and the crossed properties are in the address."""
    evaluation = find_evaluation(request, evaluation_id)
    asked = {name: request.GET.get(name, "") for name in ("show", "measure", "rows", "columns")}
    measure = asked["measure"] if asked["measure"] in MEASURES and evaluation.split == Split.DEV else "f1"
    try:
        report = shown(analysis_of(request, evaluation, "slices", {"measure": measure}))
    except Refused as refusal:
        context = frame(request, evaluation, "slices") | refused(refusal)
        return render_page(request, "evaluation/slices.html", context)
    context = frame(request, evaluation, "slices")  # after the audit, which measures the largest gap
    family = asked["show"] if asked["show"] in report["families"] else next(iter(FAMILIES))
    context |= {
        "board": board(
            report,
            family=family,
            items_url=context["items_url"],
            rows_by=asked["rows"],
            columns_by=asked["columns"],
            tolerance=context["targets"].get("gap") if measure == "f1" else None,
        ),
        "families": FAMILIES,
        "measures": MEASURES,
        "measure": measure,
    }
    return render_page(request, "evaluation/slices.html", context)
