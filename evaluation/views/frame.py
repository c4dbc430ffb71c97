"""What the pages of one evaluation share: finding it, its tabs, its downloads."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from evaluation.actions.analyses import Underway, analysis_soon
from evaluation.analyses import NAMES, kind_called
from evaluation.models import Analysis, Evaluation
from evaluation.queries.held_out import shown
from evaluation.queries.objectives import strip, targets
from evaluation.queries.scoreboard import label_table, scoreboard
from evaluation.queries.training_exports import given_out
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role, Split
from labeling.files.cells import as_cell
from labeling.queries.held_out import worth_of_test
from reviewapp.common.errors import Refused

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
TABS = {
    "scores": "Scores",
    "calibration": "Calibration",
    "slices": "Slices",
    "errors": "Errors",
    "stages": "Stages",
    "raters": "Against people",
}


@dataclass(frozen=True)
class Tab:
    """One page of an evaluation."""

    name: str
    url: str
    is_active: bool


def find_evaluation(request: ProjectRequest, public_id: UUID) -> Evaluation:
    mine = Evaluation.objects.filter(run__project=request.project).select_related(
        "run__project", "run__prompt_version__prompt", "release__golden_set", "release__taxonomy_version"
    )
    return get_object_or_404(mine, public_id=public_id)


def frame(request: ProjectRequest, evaluation: Evaluation, active: str) -> dict[str, Any]:
    """The context of `evaluation/frame.html`."""
    where = (request.project.slug, evaluation.public_id)
    held_out = evaluation.split == Split.TEST
    held_against = strip(evaluation, request.session)
    return {
        "evaluation": evaluation,
        "active": active,
        "tabs": [
            Tab(title, reverse(f"evaluation:{'evaluation' if name == 'scores' else name}", args=where), name == active)
            for name, title in TABS.items()
            if name == "scores" or name in NAMES
        ],
        "strip": held_against,
        "targets": targets(held_against.chosen),
        "is_held_out": held_out,
        "looks": evaluation.release.looks.count() if held_out else 0,
        "worth": worth_of_test(evaluation.release) if held_out else None,
        "given_out": given_out(evaluation.run, evaluation.release, evaluation.split),
        "items_url": "" if held_out else reverse("evaluation:items-behind", args=where),
    }


def analysis_of(
    request: ProjectRequest, evaluation: Evaluation, kind: str, parameters: Mapping[str, Any] | None = None
) -> Analysis:
    """Stored or computed now, or by a worker; Refused with a sentence where it may not be or is not there yet."""
    return analysis_soon(evaluation=evaluation, kind=kind, parameters=parameters, by=request.user)


def refused(refusal: Refused) -> dict[str, Any]:
    """What a page without its analysis says."""
    return {"refusal": str(refusal), "is_underway": isinstance(refusal, Underway)}


@require_GET
@project_page(*READERS)
def download(request: ProjectRequest, evaluation_id: UUID, kind: str, form: str) -> HttpResponse:
    """The figures of one page as a file; of a held-out split what the page shows and nothing more."""
    evaluation = find_evaluation(request, evaluation_id)
    name = f"{evaluation.run.name} {kind}"
    if kind == "scores":
        board = scoreboard(evaluation)
        return as_file(form, name, board.report, label_table(board))
    if kind not in NAMES:
        raise Http404
    report = shown(analysis_of(request, evaluation, kind, request.GET.dict()))
    return as_file(form, name, report, kind_called(kind).table(report))


def as_file(form: str, name: str, report: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> HttpResponse:
    """A report as JSON, or its rows as CSV with cells that no spreadsheet takes for formulas."""
    if form == "json":
        text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        return attachment(text, f"{name}.json", "application/json")
    if form == "csv":
        return attachment(_as_csv(list(rows)), f"{name}.csv", "text/csv")
    raise Http404


def _as_csv(rows: list[Mapping[str, Any]]) -> str:
    stream = StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(stream, columns, lineterminator="\r\n")
    writer.writerow({name: as_cell(name) for name in columns})
    for row in rows:
        writer.writerow({name: as_cell(value) for name, value in row.items()})
    return stream.getvalue()


def attachment(text: str, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "-_. @") else "-" for one in name)
    response["Content-Disposition"] = f'attachment; filename="{plain}"'
    return response
