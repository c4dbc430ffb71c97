"""The figures of a panel: nothing but progress while it is open, then everything, picture first."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from evaluation.actions.panelboard import measure_panel
from evaluation.actions.training_exports import give_out
from evaluation.enums import PanelKind, PanelState
from evaluation.models import Panel
from evaluation.queries.judged import progress_of
from evaluation.queries.panel_answers import as_sheet
from evaluation.queries.panel_files import table_of
from evaluation.queries.panel_pairs import as_lines
from evaluation.queries.panelboard import PARTS, board, for_reader
from evaluation.views.frame import READERS, as_file, attachment
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from reviewapp.common.http import render_page


@require_GET
@project_page(*READERS)
def figures(request: ProjectRequest, panel_id: UUID) -> HttpResponse:
    """How people scored the runs, or which they found better, with how far they agree."""
    panel = _find(request, panel_id)
    part = request.GET.get("part", "runs")
    if part not in PARTS[panel.kind]:
        raise Http404
    if panel.state != PanelState.CLOSED:
        context = {"panel": panel, "progress": progress_of(panel)}
        return render_page(request, "evaluation/panelboard_open.html", context)
    found = measure_panel(panel=panel)
    report = for_reader(found, names=_may_see_names(request))
    parts = {name: title for name, title in PARTS[panel.kind].items() if name != "judges" or report["judges"]}
    if part not in parts:
        raise Http404
    context = {"panel": panel, "found": found, "parts": parts, **board(panel, report, part)}
    return render_page(request, "evaluation/panelboard.html", context)


@require_GET
@project_page(*READERS)
def download(request: ProjectRequest, panel_id: UUID, part: str, form: str) -> HttpResponse:
    """One part as CSV, or the whole report as JSON; Refused while the panel is open."""
    panel = _find(request, panel_id)
    if part not in PARTS[panel.kind]:
        raise Http404
    report = for_reader(measure_panel(panel=panel), names=_may_see_names(request))
    return as_file(form, f"{panel.name} {part}", report, table_of(part, report))


@require_GET
@project_page(*READERS)
def answers(request: ProjectRequest, panel_id: UUID, form: str) -> HttpResponse:
    """What each rater said, as a file; Refused while the panel is open. Raters are numbers but to managers.

    A model can be trained with it, so its items go on the record.
    """
    panel = _find(request, panel_id)
    rows = give_out(source=panel, with_names=_may_see_names(request), by=request.user)
    name = f"{panel.name} {'choices' if panel.kind == PanelKind.PAIRS else 'ratings'}"
    if form == "jsonl":
        return attachment(as_lines(rows), f"{name}.jsonl", "application/jsonl")
    if form == "csv":
        return attachment(as_sheet(panel, rows), f"{name}.csv", "text/csv")
    raise Http404


def _find(request: ProjectRequest, panel_id: UUID) -> Panel:
    mine = Panel.objects.filter(project=request.project).select_related("project", "rubric_version__rubric")
    return get_object_or_404(mine, public_id=panel_id)


def _may_see_names(request: ProjectRequest) -> bool:
    """Managers; analysts and engineers see raters by number."""
    return Role.MANAGER in request.roles
