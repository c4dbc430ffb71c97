"""The pictures of the Scores page, from its scoreboard."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.http import urlencode

from evaluation.queries.scoreboard import LabelRow, Scoreboard
from reviewapp.common.charts import Chart, Figure, Legend, Range, range_plot

NAMES = {"micro": "Micro F1", "macro": "Macro F1", "weighted": "Weighted F1", "samples": "Samples F1"}
PARTS = ("precision", "recall")


def averages(board: Scoreboard, link: str, *, target: float | None = None) -> Chart:
    """Every average; beside it what it is for the population, where sampling weights differ. `target`: of micro F1."""
    report, population = board.report, (board.report["population"] if board.is_weighted else {})
    href = f"{link}?kind=wrong" if link else ""
    rows = [_parts(title, report[name], population.get(name), href) for name, title in NAMES.items()]
    if board.branches:
        rows.append(_parts("Hierarchical F1", report["hierarchical"], population.get("hierarchical"), href))
    if "jaccard" in report:
        rows.append(
            _row("Jaccard, samples", report["jaccard"]["samples"], population.get("jaccard", {}).get("samples"), href)
        )
    rows.append(_row("Exact match", report["exact_match"], population.get("exact_match"), href))
    rows[0] = replace(rows[0], target=target)
    legend = replace(_legend(board, "value"), target="target")
    return range_plot(rows, title="All averages", legend=legend)


def branches(board: Scoreboard, link: str) -> Chart | None:
    """F1 of each branch; None for a taxonomy without branches."""
    if not board.branches:
        return None
    rows = [_label(board, row, _items(link, kind="wrong_for", branch=row.code)) for row in board.branches]
    return range_plot(rows, title="F1 by branch of the taxonomy", legend=_legend(board, "F1"))


def labels(board: Scoreboard, shown: Sequence[LabelRow], link: str) -> Chart:
    """F1 of some labels, in their order."""
    rows = [_label(board, row, _items(link, kind="wrong_for", code=row.code)) for row in shown]
    return range_plot(rows, title="F1 by label", legend=_legend(board, "F1"))


def _legend(board: Scoreboard, main: str) -> Legend:
    return Legend(main, second="weighted" if board.is_weighted else "", marks=PARTS)


def _label(board: Scoreboard, row: LabelRow, href: str) -> Range:
    weighted = row.weighted if board.is_weighted else None
    return _parts(row.name, row.figures, weighted, href, note=f"{row.support:,} in gold")


def _items(link: str, **query: str) -> str:
    return f"{link}?{urlencode(query)}" if link else ""


def _parts(name: str, found: Mapping[str, Any], weighted: Mapping[str, Any] | None, href: str, note: str = "") -> Range:
    return Range(
        name,
        _figure(found["f1"]),
        second=_figure(weighted["f1"]) if weighted else None,
        marks=tuple(found[part]["value"] for part in PARTS),
        note=note,
        href=href,
    )


def _row(name: str, found: Mapping[str, Any], weighted: Mapping[str, Any] | None, href: str) -> Range:
    return Range(name, _figure(found), second=_figure(weighted) if weighted else None, href=href)


def _figure(found: Mapping[str, Any]) -> Figure:
    return Figure(found["value"], found["low"], found["high"])
