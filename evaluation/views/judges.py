"""Models that judge a panel, apart from the people: how they stand to them, and whether a gate may ask them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from evaluation.actions.judge_approvals import approve_judge
from evaluation.models import JudgeApproval, Panel
from evaluation.queries.judges import comparison, judges_of, may_gate, standing_of_judge
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def judges(request: ProjectRequest, panel_id: UUID) -> HttpResponse:
    """Each judge beside the people; a manager approves one that passes."""
    mine = Panel.objects.filter(project=request.project).select_related("project", "rubric_version__rubric")
    panel = get_object_or_404(mine, public_id=panel_id)
    seated, refused = judges_of(panel), ""
    if request.method == "POST":
        rater = next((one for one in seated if str(one.pk) == request.POST.get("judge")), None)
        try:
            if rater is None:
                raise Refused("There is no such judge on this panel.")
            approve_judge(rater=rater, by=request.user)
            return go_to(request, "evaluation:judges", request.project.slug, panel.public_id)
        except Refused as refusal:
            refused = str(refusal)
    names = dict(panel.rubric_version.criteria.values_list("code", "name"))
    rows = []
    for rater in seated:
        assert rater.judge is not None
        rater.panel = panel
        standing = standing_of_judge(rater)
        approval: JudgeApproval | None = may_gate(
            rater.judge, panel.rubric_version, models_returned=standing.models_returned
        )
        rows.append({"rater": rater, "standing": standing, "found": comparison(rater), "approval": approval})
    context = {
        "panel": panel, "rows": rows, "criteria": names, "refused": refused,
        "is_manager": Role.MANAGER in request.roles,
    }  # fmt: skip
    return render_page(request, "evaluation/judges.html", context, status=422 if refused else 200)
