"""Computes the figures of a closed panel once, and keeps them under the hash of everything that went in."""

from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction

from evaluation.analyses.asked import STANDARD, Resampling
from evaluation.enums import PanelKind, PanelState
from evaluation.models import Panel, PanelReport
from evaluation.queries.judged import Named, choices_in, raters_of, sampled_in, scores_in
from evaluation.stats.panel_report import pairs_report, scores_report
from evaluation.stats.resampling import Plan
from labeling.digest import digest_of
from reviewapp.common.errors import Refused

PANEL_FORMAT = 3
OPEN = "The panel is open: its figures appear when it is closed, so that they cannot sway who still rates."


def measure_panel(*, panel: Panel, resampling: Resampling = STANDARD) -> PanelReport:
    """The figures of a panel, or the report stored for the same ratings; Refused while it is open."""
    if panel.state != PanelState.CLOSED:
        raise Refused(OPEN)
    named, sampled = raters_of(panel), sampled_in(panel)
    is_pairs = panel.kind == PanelKind.PAIRS
    said: Any = choices_in(panel, named) if is_pairs else scores_in(panel, named)
    runs = list(panel.runs.order_by("letter").values_list("letter", flat=True))
    criteria = list(panel.rubric_version.criteria.order_by("order").values_list("code", flat=True))
    how = [resampling.resamples, resampling.seed, resampling.method, PANEL_FORMAT]
    rows = [[_row(one) for one in side] for side in said]
    drawn = [dict(sampled.strata), dict(sampled.weights)]
    digest = digest_of(["panel", panel.pk, panel.kind, rows, runs, criteria, sorted(named.reserves), drawn, how])
    if stored := PanelReport.objects.filter(input_digest=digest).first():
        return stored
    plan = Plan(resampling.resamples, resampling.seed, resampling.method)
    content = _content(is_pairs, said, runs, criteria, plan, sampled, named)
    content |= {
        "panel": panel.name,
        "versions": {"rubric": str(panel.rubric_version), "format": PANEL_FORMAT},
        "inputs": {"digest": digest},
    }
    try:
        with transaction.atomic():
            return PanelReport.objects.create(panel=panel, input_digest=digest, report=content)
    except IntegrityError:  # somebody opened the same page at the same time
        return PanelReport.objects.get(input_digest=digest)


def _content(
    is_pairs: bool, said: Any, runs: list[str], criteria: list[str], plan: Plan, sampled: Any, named: Named
) -> dict[str, Any]:
    people, judges = said
    if is_pairs:
        return pairs_report(people, judges, runs=runs, plan=plan, sampled=sampled)
    return scores_report(
        people, judges, runs=runs, criteria=criteria, plan=plan, sampled=sampled, reserves=named.reserves
    )


def _row(one: Any) -> list[Any]:
    return [str(value) if isinstance(value, float) else value for value in asdict(one).values()]
