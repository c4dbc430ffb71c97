"""Cost against accuracy: is a dearer prompt worth it?"""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from evaluation.queries import run_costs as queries
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from labeling.queries.golden import releases_of
from reviewapp.common.charts import scatter
from reviewapp.common.http import render_page


@require_GET
@project_page(Role.MANAGER, Role.ENGINEER, Role.ANALYST)
def cost_accuracy(request: ProjectRequest) -> HttpResponse:
    """The runs that were scored on a release's dev split, by what an item costs and how good they are."""
    releases = releases_of(request.project)
    wanted = request.GET.get("release", "")
    chosen = next((one for one in releases if str(one.public_id) == wanted), None) if wanted else None
    if wanted and chosen is None:
        raise Http404
    chosen = chosen or (releases[0] if releases else None)
    points = queries.cost_points(chosen) if chosen else []
    slug = request.project.slug
    hrefs = {one.run.pk: reverse("evaluation:evaluation", args=[slug, one.evaluation.public_id]) for one in points}
    chart = scatter(
        queries.spots(points, hrefs), title="Cost against accuracy", across="dollars for 1,000 items", up="micro F1",
        is_log=True, said=lambda value: f"${value:,.3g}",
    )  # fmt: skip
    context = {
        "releases": releases,
        "release": chosen,
        "points": points,
        "chart": chart if points else None,
        "has_simulated": any(one.run.is_simulated for one in points),
    }
    return render_page(request, "evaluation/cost_accuracy.html", context)
