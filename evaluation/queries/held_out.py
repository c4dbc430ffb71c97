"""What pages may show of a held-out split: three decimals, no small cells, no items (DECISIONS 19)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from evaluation.analyses import kind_called
from evaluation.models import Analysis, Evaluation
from evaluation.queries.small_cells import SMALLEST_CELL, few_labels, hidden_estimate, hidden_values
from labeling.enums import Split
from labeling.models import Project
from labeling.queries.held_out import held_out_entries

DECIMALS = 3
FIGURES = ("precision", "recall", "f1")


def is_held_out(project: Project) -> Q:
    """Items that a release of the project holds out, and those that say the same."""
    held_out = held_out_entries(project)
    return Q(pk__in=held_out.values("item")) | Q(text_digest__in=held_out.values("text_digest"))


def rounded(value: Any) -> Any:
    """A report with its figures to three decimals."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


def shown(analysis: Analysis) -> dict[str, Any]:
    """An analysis as pages and downloads may show it."""
    report: dict[str, Any] = analysis.report
    if analysis.evaluation.split != Split.TEST:
        return report
    redact = getattr(kind_called(analysis.kind), "redact", None)
    public: dict[str, Any] = rounded(redact(report) if redact else report)
    return public


def scores(evaluation: Evaluation, tops: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An evaluation's scores as pages and downloads may show them; `tops` is the branch of each label."""
    report: dict[str, Any] = evaluation.report
    if evaluation.split != Split.TEST:
        return report
    hidden = few_labels(report["labels"])
    branches = _few_branches(report, hidden, tops or {})
    public: dict[str, Any] = {**report, **_without(report, hidden, branches)}
    public["slices"] = {
        name: {
            value: {**one, "f1": hidden_estimate(one["n"])} if value in few else one for value, one in values.items()
        }
        for name, values in report["slices"].items()
        for few in (hidden_values({value: one["n"] for value, one in values.items()}),)
    }
    if change := report.get("taxonomy_change"):
        left_out = [{**row, "gold": None, "predicted": None} for row in change["left_out"]]
        public["taxonomy_change"] = {**change, "left_out": left_out}
    if population := report.get("population"):
        public["population"] = {**population, **_without(population, hidden, branches)}
    shown_so: dict[str, Any] = rounded(public)
    return shown_so


def _without(report: Mapping[str, Any], labels: Iterable[str], branches: Iterable[str]) -> dict[str, Any]:
    """The parts of a report that have figures by label or branch, some of them hidden."""
    found: dict[str, Any] = {
        part: {code: _blank(one) if code in few else one for code, one in report[part].items()}
        for part, few in (("labels", labels), ("branches", branches))
        if part in report
    }
    if "jaccard" in report:
        kept = {code: hidden_estimate() if code in labels else one for code, one in report["jaccard"]["labels"].items()}
        found["jaccard"] = {**report["jaccard"], "labels": kept}
    return found


def _blank(one: Mapping[str, Any]) -> dict[str, Any]:
    gone = dict.fromkeys(name for name in ("tp", "fp", "fn") if name in one)
    return {**one, **gone, **{name: hidden_estimate() for name in FIGURES if name in one}}


def _few_branches(report: Mapping[str, Any], hidden: Iterable[str], tops: Mapping[str, str]) -> frozenset[str]:
    """The branches that are too small, or from which the labels shown could be subtracted to get those that are not."""
    branches, labels = report.get("branches", {}), report["labels"]

    def is_few(codes: Iterable[str]) -> bool:
        sizes = [(labels[code]["support"], labels[code]["tp"] + labels[code]["fp"]) for code in codes]
        return bool(sizes) and min(map(sum, zip(*sizes, strict=True))) < SMALLEST_CELL

    if any(code not in tops for code in hidden):
        return frozenset(branches)
    few = few_labels(branches) | {top for top in branches if is_few(code for code in hidden if tops[code] == top)}
    return frozenset(branches) if is_few(code for code in hidden if tops[code] in few) else few
