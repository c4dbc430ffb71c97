"""The coverage map: which kinds of items gold stands for, and where the next round is needed."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from evaluation.queries.bank_standing import bank_standing
from evaluation.queries.coverage import BLANK, coverage
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from labeling.models import Label
from labeling.queries.attributes import attribute_names
from reviewapp.common.http import render_page

STANDARD_WANTED, MOST_WANTED, MOST_ATTRIBUTES = 5, 1000, 12


@require_GET
@project_page(*READERS)
def coverage_map(request: ProjectRequest) -> HttpResponse:
    """Axes, filter, label and the number wanted are in the address."""
    found = attribute_names(request.project)
    usual = [name for name in request.project.slices if name in found]
    offered = [*usual, *(name for name in found if name not in usual)][:MOST_ATTRIBUTES]
    asked = {name: request.GET.get(name, "") for name in ("rows", "columns", "only", "label", "wanted")}
    rows_by = asked["rows"] if asked["rows"] in offered else next(iter(offered), "")
    columns_by = (
        asked["columns"] if asked["columns"] in offered else next((one for one in offered if one != rows_by), "")
    )
    name, equals, value = asked["only"].partition("=")
    wanted = asked["wanted"]
    labels = Label.objects.filter(version__project=request.project, version__releases__isnull=False)
    names = dict(labels.order_by("version__number", "position").values_list("code", "name"))
    board = coverage(
        request.project,
        attributes=offered,
        rows_by=rows_by,
        columns_by="" if columns_by == rows_by else columns_by,
        only=(name, value) if equals and name in offered else None,
        label=asked["label"] if asked["label"] in names else "",
        wanted=min(int(wanted), MOST_WANTED) if wanted.isdecimal() and len(wanted) < 6 else STANDARD_WANTED,
        round_url=reverse("labeling:new-round", args=[request.project.slug]) if Role.MANAGER in request.roles else "",
    )
    context = {
        "board": board,
        "offered": offered,
        "labels": names,
        "label_name": names.get(board.label, ""),
        "onlys": [
            (f"{name}={value}", f"{name}: {value or BLANK}")
            for name, values in board.values.items()
            if name not in (rows_by, columns_by)
            for value in values
        ],
        "only": asked["only"] if board.only else "",
        "blank": BLANK,
        "standing": bank_standing(request.user, request.project),
    }
    return render_page(request, "evaluation/coverage.html", context)
