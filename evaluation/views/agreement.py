"""The agreement page: how far raters agree, where they do not."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from evaluation.actions.reports import measure_agreement
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role, RoundState
from labeling.models import Item, Label, Round
from labeling.visibility import may_see_agreement
from reviewapp.common.charts import Dot, dot_plot
from reviewapp.common.http import render_page

CHARTED = 25
LISTED = 20


@require_GET
@project_page(Role.MANAGER, Role.ANALYST, Role.ADJUDICATOR)
def agreement(request: ProjectRequest) -> HttpResponse:
    """One round's agreement; adjudicators see it once the round has ended."""
    rounds = Round.objects.filter(project=request.project).exclude(state=RoundState.CANCELLED)
    rounds = rounds.select_related("taxonomy_version", "project").order_by("-created_at", "-pk")
    offered = [one for one in rounds if may_see_agreement(request.user, request.project, round_state=one.state)]
    wanted = request.GET.get("round", "")
    chosen = next((one for one in offered if str(one.public_id) == wanted), None)
    if wanted and chosen is None:
        raise Http404
    chosen = chosen or (offered[0] if offered else None)
    if chosen is None:
        return render_page(request, "evaluation/agreement.html", {"rounds": [], "round": None})
    report = measure_agreement(in_round=chosen).report
    names = dict(Label.objects.filter(version=chosen.taxonomy_version).values_list("code", "name"))
    labels = [
        {"code": code, "name": names.get(code, code), **figures}
        for code, figures in report["labels"].items()
        if (figures["prevalence"]["value"] or 0) > 0
    ]
    labels.sort(key=lambda row: (row["alpha"]["value"] is None, row["alpha"]["value"] or 0.0))
    chart = dot_plot(
        [
            Dot(
                name=row["name"],
                value=row["alpha"]["value"],
                low=row["alpha"]["low"],
                high=row["alpha"]["high"],
                note=f"{100 * row['prevalence']['value']:.1f}% of ratings",
            )
            for row in labels[:CHARTED]
        ],
        title="Alpha by label, the most disputed first",
        measure="alpha",
        start=-0.2,
        target=chosen.agreement_objective,
    )
    disputed = report["disputed_items"][:LISTED]
    items = {
        item.external_id: item
        for item in Item.objects.filter(project=request.project, external_id__in=[row["item"] for row in disputed])
    }
    tasks = dict(chosen.tasks.filter(item__in=items.values()).values_list("item__external_id", "public_id"))
    context = {
        "rounds": offered,
        "round": chosen,
        "report": report,
        "labels": labels,
        "unused": len(report["labels"]) - len(labels),
        "chart": chart,
        "charted": min(len(labels), CHARTED),
        "disputed": [{**row, "object": items.get(row["item"]), "task": tasks.get(row["item"])} for row in disputed],
        "reached": (report["alpha"]["masi"]["value"] or -1) >= chosen.agreement_objective,
    }
    return render_page(request, "evaluation/agreement.html", context)
