"""An evaluation as one file, to be sent to somebody without an account: sentences, pictures and their tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from evaluation.actions.analyses import analysis_soon
from evaluation.models import Evaluation, Objective
from evaluation.queries import bias, calibration, errorboard, replacing, stageboard
from evaluation.queries.held_out import shown
from evaluation.queries.objectives import chosen_objective, standing_of
from evaluation.queries.scoreboard import Scoreboard, label_table, scoreboard
from evaluation.views import score_charts
from evaluation.views.errors import flow_caption, flow_picture, kinds_chart
from evaluation.views.frame import READERS, attachment, find_evaluation
from evaluation.views.stages import quote_chart, stage_funnel
from labeling.access import ProjectRequest, project_page
from labeling.models import User
from labeling.queries.held_out import worth_of_test
from reviewapp.common.charts import Chart
from reviewapp.common.errors import Refused

CHARTED, ROWS = 40, 200
STYLES = ("tokens", "base", "components", "charts", "slices", "calibration", "report")


@dataclass(frozen=True)
class Part:
    """One part of the report; `missing` says why it is not there."""

    title: str
    sentences: list[str] = field(default_factory=list)
    pictures: list[tuple[str, Chart]] = field(default_factory=list)  # caption, picture
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    missing: str = ""


@require_GET
@project_page(*READERS)
def report(request: ProjectRequest, evaluation_id: UUID) -> HttpResponse:
    """The file. It holds aggregates only: no item, no text, no name of a person."""
    evaluation = find_evaluation(request, evaluation_id)
    text = as_html(evaluation, by=request.user, objective=chosen_objective(request.project, request.session))
    return attachment(text, f"{evaluation.run.name} {evaluation.split}.html", "text/html")


def as_html(evaluation: Evaluation, *, by: User | None, objective: Objective | None) -> str:
    """The whole file; analyses that are not stored yet are computed, on a held-out split never."""
    board = scoreboard(evaluation)
    names = dict(evaluation.release.taxonomy_version.labels.values_list("code", "name"))
    parts = [_scores(board)]
    for title, kind, build in PARTS:
        try:
            parts.append(build(title, shown(analysis_soon(evaluation=evaluation, kind=kind, by=by)), names))
        except Refused as refusal:
            parts.append(Part(title, missing=str(refusal)))
    context = {
        "evaluation": evaluation,
        "board": board,
        "parts": parts,
        "objective": objective,
        "standing": standing_of(objective, evaluation) if objective else None,
        "worth": worth_of_test(evaluation.release) if board.is_held_out else None,
        "looks": evaluation.release.looks.count() if board.is_held_out else 0,
        "styles": [f"css/{name}.css" for name in STYLES],
        "zero_division": sorted(board.report["zero_division"].items()),
    }
    return render_to_string("evaluation/report.html", context)


def _scores(board: Scoreboard) -> Part:
    reading = board.reading
    said = [reading.headline, reading.lean]
    if reading.culprits:
        worst = ", ".join(f"{one.name} ({one.errors})" for one in reading.culprits)
        said.append(f"Half of the {reading.errors:,} errors are made on: {worst}.")
    pictures = [("Each average with its 95% interval.", score_charts.averages(board, ""))]
    if branches := score_charts.branches(board, ""):
        pictures.append(("By branch of the taxonomy.", branches))
    pictures.append(
        (f"F1 of the {CHARTED} most frequent labels.", score_charts.labels(board, board.labels[:CHARTED], ""))
    )
    return Part("Scores", [one for one in said if one], pictures, *_table(label_table(board)))


def _calibration(title: str, found: Mapping[str, Any], names: Mapping[str, str]) -> Part:
    if not found["n"]:
        return Part(title, missing="This run states no confidences.")
    board = calibration.board(found, names=names, items_url="", binning="width", threshold=0.5)
    pictures = [("How often labels were right, by how sure the run said it was.", board.chart)]
    if board.slider:
        pictures.append(
            ("What would be accepted at each threshold: lines in the order of the table.", board.slider.chart)
        )
    rows = [
        [row.name, _said(row.estimate), row.meaning, f"{row.perfect['mean']:.3f}" if row.perfect else "–"]
        for row in board.rows
    ]
    head = ["Measure", "Value, 95% interval", "Meaning", "If every confidence held"]
    return Part(title, [*board.sentences, *([board.change] if board.change else [])], pictures, head, rows)


def _slices(title: str, found: Mapping[str, Any], names: Mapping[str, str]) -> Part:
    said: list[str] = []
    pictures: list[tuple[str, Chart]] = []
    rows: list[list[str]] = []
    for family in ("declared", "derived"):
        if family not in found["families"]:
            continue
        board = bias.board(found, family=family, items_url="")
        said += [*(one.sentence for one in board.findings), board.verdict]
        if board.chart:
            pictures.append((f"{bias.FAMILIES[family]}: each slice against all other items.", board.chart))
        rows += [[row.by, row.value, "" if row.n is None else f"{row.n:,}", _said(row.gap)] for row in board.rows]
    return Part(title, said, pictures, ["Property", "Value", "Items", "Gap, 95% interval"], rows[:ROWS])


def _errors(title: str, found: Mapping[str, Any], names: Mapping[str, str]) -> Part:
    if not found["total"]:
        return Part(title, [errorboard.sentence(found)])
    known = errorboard.distinct(names, {*names, *found["labels"], *found["branches"]})
    pictures = [("Every error once, in all and by branch.", kinds_chart(found, known, ""))]
    if flow := flow_picture(found, known, ""):
        pictures.append((flow_caption(found), flow))
    rows = [
        [line.name, line.means, f"{line.count:,}", _said(line.share), _said(line.per_item)]
        for line in errorboard.by_kind(found)
    ]
    head = ["Kind", "What it is", "Errors", "Of all errors", "An item"]
    return Part(title, [errorboard.sentence(found), errorboard.doubt(found)], pictures, head, rows)


def _stages(title: str, found: Mapping[str, Any], names: Mapping[str, str]) -> Part:
    pictures = []
    if found["loss"]["followed"]:
        pictures.append(("Gold labels with marked evidence that are left after each stage.", stage_funnel(found, "")))
    if found["recorded"]["quotes"] and found["evidence"]["sentences"]["right"]["labels"]:
        pictures.append(("Quotes against the passages that raters marked.", quote_chart(found)))
    rows = [[one.name, one.means, f"{one.count:,}"] for one in stageboard.losses(found)]
    said = [stageboard.sentence(found), stageboard.doubt(found)]
    return Part(title, said, pictures, ["Lost at", "What it means", "Missed labels"], rows)


def _raters(title: str, found: Mapping[str, Any], names: Mapping[str, str]) -> Part:
    """Raters are numbers here, whoever asks: a file goes anywhere."""
    people = replacing.against(found["alt_test"], {})
    everything = replacing.population(found["population"], names)
    if people.missing and everything.missing:
        return Part(title, missing="There are no ratings of an ended round, and no run over the whole collection.")
    said = [one for one in (people.verdict, people.what_would_change_it, everything.sentence) if one]
    pictures = []
    if people.chart:
        pictures.append(("The model beside each rater, seen by the others.", people.chart))
    if everything.chart:
        pictures.append(("How common labels are in the whole collection, from gold and predictions.", everything.chart))
    rows = [[name, f"{one['items']:,}", _said(one["advantage"])] for name, one in people.rows]
    return Part(title, said, pictures, ["Rater", "Shared items", "Advantage of the model"], rows)


PARTS: tuple[tuple[str, str, Callable[[str, Mapping[str, Any], Mapping[str, str]], Part]], ...] = (
    ("Calibration", "calibration", _calibration),
    ("Slices", "slices", _slices),
    ("Errors", "errors", _errors),
    ("Stages", "stages", _stages),
    ("Against people", "raters", _raters),
)


def _table(rows: list[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return columns, [[_cell(row.get(name)) for name in columns] for row in rows[:ROWS]]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _said(estimate: Mapping[str, Any]) -> str:
    value = estimate.get("value")
    if value is None:
        return str(estimate.get("reason") or "–")
    low, high = estimate.get("low"), estimate.get("high")
    return f"{value:.3f}" + (f" ({low:.3f} to {high:.3f})" if low is not None and high is not None else "")
