"""Comparisons of two runs: made on purpose, kept, and opened as they were computed."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions.comparisons import compare_runs
from evaluation.forms.comparisons import ComparisonForm
from evaluation.models import Comparison
from evaluation.queries import comparisons as queries
from evaluation.queries.objectives import strip
from evaluation.queries.veiled import shown
from evaluation.queries.versus import versus
from evaluation.views.frame import READERS, as_file
from labeling.access import ProjectRequest, project_page
from labeling.enums import Split
from labeling.queries.held_out import worth_of_test
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(*READERS)
def comparisons(request: ProjectRequest) -> HttpResponse:
    """What was compared, newest first."""
    before = request.GET.get("before", "")
    last = int(before) if before.isdigit() and len(before) < 18 else None
    rows = queries.comparisons_of(request.project, before=last, limit=queries.PAGE + 1)
    older = rows[queries.PAGE - 1].comparison.pk if len(rows) > queries.PAGE else None
    context = {"rows": rows[: queries.PAGE], "older": older, "is_first": last is None}
    return render_page(request, "evaluation/comparisons.html", context)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def new_comparison(request: ProjectRequest) -> HttpResponse:
    """Choose two runs that were scored on the same gold. Only sending the form compares them."""
    grounds = queries.grounds_of(request.project)
    asked = request.POST if request.method == "POST" else request.GET
    ground = _ground(grounds, asked.get("on", ""), asked.get("b", ""))
    if ground is None:
        return render_page(request, "evaluation/new_comparison.html", {"grounds": grounds})
    slices = queries.slices_of(request.project, ground)
    form = ComparisonForm(request.POST or None, ground=ground, slices=slices, initial=_chosen(ground, asked))
    if request.method == "POST" and form.is_valid():
        runs = {str(run.public_id): run for run in ground.runs}
        try:
            comparison = compare_runs(
                run_a=runs[form.cleaned_data["a"]],
                run_b=runs[form.cleaned_data["b"]],
                release=ground.release,
                split=ground.split,
                margin=form.cleaned_data["margin"],
                labels=form.cleaned_data["labels"],
                slices=form.declared_slices(),
                by=request.user,
            )
            return go_to(request, "evaluation:comparison", request.project.slug, comparison.public_id)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"grounds": grounds, "ground": ground, "form": form}
    return render_page(request, "evaluation/new_comparison.html", context, status=422 if form.errors else 200)


def _ground(grounds: list[queries.Ground], on: str, run: str) -> queries.Ground | None:
    """The one that was asked for, else the latest that has the run, else the latest."""
    named = [one for one in grounds if one.reference == on]
    with_run = [one for one in grounds if any(str(other.public_id) == run for other in one.runs)]
    dev = [one for one in grounds if not one.is_held_out]
    return next(iter([*named, *with_run, *dev, *grounds]), None)


def _chosen(ground: queries.Ground, asked: Any) -> dict[str, str]:
    """B is the run that was asked for or the latest, A the one before it."""
    runs = [str(run.public_id) for run in ground.runs]
    b = asked.get("b", "") if asked.get("b", "") in runs else runs[0]
    a = asked.get("a", "") if asked.get("a", "") in runs else next(one for one in runs if one != b)
    return {"a": a, "b": b}


def _comparison(request: ProjectRequest, public_id: UUID) -> Comparison:
    mine = Comparison.objects.filter(run_a__project=request.project).select_related(
        "run_a__project", "run_b__project", "release__golden_set", "release__taxonomy_version", "created_by"
    )
    return get_object_or_404(mine, public_id=public_id)


@require_GET
@project_page(*READERS)
def comparison(request: ProjectRequest, comparison_id: UUID) -> HttpResponse:
    """What was computed then; opening it computes nothing and is no look."""
    found = _comparison(request, comparison_id)
    held_out = found.split == Split.TEST
    where = (request.project.slug, found.public_id)
    scored = queries.scores_of_b(found)
    context = {
        "comparison": found,
        "board": versus(found, items_url="" if held_out else reverse("evaluation:comparison-items", args=where)),
        "worth": worth_of_test(found.release) if held_out else None,
        "looks": found.release.looks.count() if held_out else 0,
        "strip": strip(scored, request.session) if scored else None,
    }
    return render_page(request, "evaluation/comparison.html", context)


@require_GET
@project_page(*READERS)
def comparison_items(request: ProjectRequest, comparison_id: UUID) -> HttpResponse:
    """The items on which the two differ. A held-out split has no such page."""
    found = _comparison(request, comparison_id)
    if found.split != Split.DEV:
        raise Http404
    asked = {name: request.GET.get(name, "") for name in ("kind", "code", "attribute", "value")}
    if asked["kind"] not in queries.FLIPS:
        asked["kind"] = "moved"
    rows, total = queries.flips(
        found, kind=asked["kind"], code=asked["code"], attribute=asked["attribute"], value=asked["value"]
    )
    names = dict(found.release.taxonomy_version.labels.values_list("code", "name"))
    context = {
        "comparison": found,
        "rows": rows,
        "total": total,
        "asked": asked,
        "kinds": queries.FLIPS,
        "said": queries.FLIPS[asked["kind"]],
        "label": names.get(asked["code"], asked["code"]),
        "names": names,
    }
    return render_page(request, "evaluation/comparison_items.html", context)


@require_GET
@project_page(*READERS)
def download_comparison(request: ProjectRequest, comparison_id: UUID, form: str) -> HttpResponse:
    """The report as JSON, or its differences as CSV; of a held-out split what the page shows and nothing more."""
    found = _comparison(request, comparison_id)
    report = shown(found)
    return as_file(form, f"{found.run_b.name} against {found.run_a.name}", report, queries.table(report))
