"""Against people: may the model take a rater's place, and what gold and predictions together say of all items."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from evaluation.analyses.raters import DEFAULTS
from evaluation.queries.held_out import shown
from evaluation.queries.population import runs_over_everything
from evaluation.queries.replacing import against, names_of_raters, population
from evaluation.stats.alt_test import EPSILONS
from evaluation.views.frame import READERS, analysis_of, find_evaluation, frame, refused
from labeling.access import ProjectRequest, project_page
from reviewapp.common.errors import Refused
from reviewapp.common.http import render_page


@require_GET
@project_page(*READERS)
def raters(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """Ratings of the release's round beside the run; raters are numbers to those who may not know their names."""
    evaluation = find_evaluation(request, evaluation_id)
    context = frame(request, evaluation, "raters")
    parameters = dict(DEFAULTS)
    more_than = evaluation.report["items"]
    offered = [] if context["is_held_out"] else runs_over_everything(request.project, more_than=more_than)
    if not context["is_held_out"]:
        wanted = request.GET.get("population", "")
        names = [run.name for run in offered]
        own = evaluation.run.release_id is None or not names
        parameters["population"] = wanted if wanted in names else "" if own else names[0]
        if request.GET.get("grace") in EPSILONS:
            parameters["epsilon"] = EPSILONS[request.GET["grace"]]
    try:
        report = shown(analysis_of(request, evaluation, "raters", parameters))
    except Refused as refusal:
        return render_page(request, "evaluation/raters.html", context | refused(refusal))
    labels = dict(evaluation.release.taxonomy_version.labels.values_list("code", "name"))
    context |= {
        "report": report,
        "against": against(report["alt_test"], names_of_raters(evaluation, request.user)),
        "population": population(report["population"], labels),
        "runs": offered,
        "graces": EPSILONS,
        "parameters": parameters,
    }
    return render_page(request, "evaluation/raters.html", context)
