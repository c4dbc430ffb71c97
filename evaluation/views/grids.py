"""Grids: a prompt version tried with many parameters on dev."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions.grid_figures import measure_grid
from evaluation.actions.grids import Planned, plan_grid, start_grid, write_winner
from evaluation.actions.prompts import find_version
from evaluation.forms.grids import GridForm
from evaluation.models import Grid
from evaluation.queries import grids as queries
from evaluation.views.frame import READERS, as_file
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role, Split
from labeling.queries.golden import find_release, releases_of
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

MAKERS = (Role.ENGINEER, Role.MANAGER)


@require_GET
@project_page(*READERS)
def grids(request: ProjectRequest) -> HttpResponse:
    """The newest grids."""
    context = {"grids": queries.grids_of(request.project), "can_make": bool(request.roles & set(MAKERS))}
    return render_page(request, "evaluation/grids.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*MAKERS)
def new_grid(request: ProjectRequest) -> HttpResponse:
    """Count what a grid would start, then start it."""
    releases = [
        (str(one), f"{one} ({one.counts['splits'][Split.DEV]} on dev)")
        for one in releases_of(request.project)
        if one.counts["splits"].get(Split.DEV)
    ]
    initial = {"prompt": request.GET.get("prompt", "")}
    form = GridForm(request.POST or None, project=request.project, releases=releases, initial=initial)
    planned: Planned | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if "start" in request.POST:
                return go_to(request, "evaluation:grid", request.project.slug, _start_once(request, form))
            planned = plan_grid(**_asked(request, form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "planned": planned, "has_releases": bool(releases)}
    status = 422 if request.method == "POST" and planned is None else 200
    return render_page(request, "evaluation/new_grid.html", context, status=status)


def _asked(request: ProjectRequest, form: GridForm) -> dict[str, Any]:
    cleaned = form.cleaned_data
    return {
        "version": find_version(project=request.project, reference=cleaned["prompt"], by=request.user),
        "release": find_release(request.project, cleaned["on"]),
        **{name: cleaned[name] for name in ("axes", "repeats", "sample")},
    }


def _start_once(request: ProjectRequest, form: GridForm) -> str:
    """The public id of the grid; the same form sent twice starts one."""
    cleaned = form.cleaned_data

    def start() -> str:
        asked = _asked(request, form)
        grid = start_grid(**asked, seed=cleaned["seed"], budget_usd=cleaned["budget"], by=request.user)
        return str(grid.public_id)

    payload = {name: value for name, value in cleaned.items() if name != "idempotency_key"}
    return once(
        user=request.user,
        key=cleaned["idempotency_key"],
        action=f"grid:{request.project.slug}",
        payload=payload,
        do=start,
    )


@require_GET
@project_page(*READERS)
def grid(request: ProjectRequest, grid_id: UUID) -> HttpResponse:
    """Each combination with what was measured by now."""
    found = _grid(request, grid_id)
    measure_grid(found)
    context = {"grid": found, "board": queries.board(found), "can_make": bool(request.roles & set(MAKERS))}
    return render_page(request, "evaluation/grid.html", context, partial="figures")


@require_POST
@project_page(*MAKERS)
def write_grid(request: ProjectRequest, grid_id: UUID) -> HttpResponse:
    """Write the prompt's next version with the settings of one combination."""
    found, place = _grid(request, grid_id), request.POST.get("place", "")
    try:
        version = write_winner(grid=found, place=int(place) if place.isdecimal() else -1, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return go_to(request, "evaluation:grid", request.project.slug, found.public_id)
    messages.success(request, f"{version} has these settings.")
    return go_to(request, "evaluation:prompt", request.project.slug, version.public_id)


@require_GET
@project_page(*READERS)
def download_grid(request: ProjectRequest, grid_id: UUID, form: str) -> HttpResponse:
    """What the page shows, as a file."""
    board = queries.board(_grid(request, grid_id))
    return as_file(form, f"{board.grid.prompt_version} grid", queries.report(board), queries.table(board))


def _grid(request: ProjectRequest, public_id: UUID) -> Grid:
    mine = Grid.objects.filter(project=request.project).select_related(
        "project", "prompt_version__prompt", "release__golden_set", "created_by"
    )
    return get_object_or_404(mine, public_id=public_id)
