"""Alert rules in words: a figure, a condition, what a reading says. The same on pages, in messages and commands."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from evaluation.enums import AlertComparison
from evaluation.models import AlertRule
from evaluation.queries.alert_metrics import COUNT, DAYS, DOLLARS, METRICS, MINUTES, SHARE, SLICE, SPLIT, WINDOW
from evaluation.queries.alert_readings import Scope
from evaluation.stats.alerting import Condition, Reading
from evaluation.stats.types import Estimate
from labeling.enums import Split
from reviewapp.common.templatetags.ui import DASH, percent, seconds, usd

RELATIVE = (AlertComparison.DROP, AlertComparison.RISE)


def scope_of(rule: AlertRule) -> Scope:
    return Scope(rule.project, rule.prompt, rule.split, rule.attribute, rule.value, rule.days)


def condition_of(rule: AlertRule) -> Condition:
    hold = timedelta(minutes=rule.hold_minutes)
    return Condition(rule.comparison, rule.threshold, hold, rule.no_data, rule.beyond_chance)


def value_said(unit: str, value: float | None) -> str:
    """A value with its unit.

    >>> value_said("coefficient", 0.8), value_said("share", 0.25), value_said("minutes", 200.0)
    ('0.800', '25.0%', '3 h 20 min')
    """
    if value is None:
        return DASH
    if unit == SHARE:
        return percent(value)
    if unit == DOLLARS:
        return usd(value * 1e6)
    if unit == MINUTES:
        return seconds(value * 60)
    if unit == DAYS:
        return f"{value:.1f} days"
    return f"{value:,.0f}" if unit == COUNT else f"{value:.3f}".replace("-", "−")


def figure_said(rule: AlertRule) -> str:
    """The figure and its scope: “Micro F1 of tagger on dev, region = North”."""
    metric = METRICS[rule.metric]
    of = f" of {rule.prompt.name}" if rule.prompt else ""
    split = f" on {rule.split}" if SPLIT in metric.takes else ""
    sliced = f", {rule.attribute} = {rule.value or 'nothing'}" if rule.attribute and SLICE in metric.takes else ""
    window = f", {rule.days} day{'' if rule.days == 1 else 's'}" if WINDOW in metric.takes else ""
    return f"{metric.title}{of}{split}{sliced}{window}"


def condition_said(rule: AlertRule) -> str:
    """When it fires: “below 0.800 for 60 min”."""
    if rule.comparison in RELATIVE:
        moved = "fell" if rule.comparison == AlertComparison.DROP else "rose"
        told = f"{moved} by more than {rule.threshold:.0%}".replace("%", " %") + " against the one before"
    else:
        told = f"{rule.comparison} {value_said(METRICS[rule.metric].unit, rule.threshold)}"
    told += ", interval and all" if rule.beyond_chance else ""
    return told + (f", for {rule.hold_minutes} min" if rule.hold_minutes else "")


def reading_dict(reading: Reading, condition: Condition) -> dict[str, Any]:
    """A reading as it is kept, with the line that it was held against."""
    return {
        **reading.figure.as_dict(),
        "as_of": reading.as_of.isoformat() if reading.as_of else None,
        "previous": reading.previous,
        "line": condition.line(reading.previous),
        "note": reading.note,
    }


def reading_of(told: Mapping[str, Any]) -> Reading:
    figure = Estimate(told["value"], told["low"], told["high"], told["n"], told.get("reason", ""))
    as_of = datetime.fromisoformat(told["as_of"]) if told["as_of"] else None
    return Reading(figure, as_of, told["previous"], told["note"])


def reading_said(rule: AlertRule, told: Mapping[str, Any]) -> str:
    """“Micro F1 of tagger on dev is 0.612 (0.580–0.641, n 200), 0.801 before”."""
    unit = METRICS[rule.metric].unit
    if told["value"] is None:
        return f"{figure_said(rule)}: no data. {told.get('reason', '')}".strip().rstrip(".")  # as all others end
    interval = ""
    if told["low"] is not None:
        interval = f"{value_said(unit, told['low'])}–{value_said(unit, told['high'])}, "
    before = ""
    if rule.comparison in RELATIVE:
        known = told["previous"] is not None
        before = f", {value_said(unit, told['previous'])} before" if known else "; there is nothing before it"
    return f"{figure_said(rule)} is {value_said(unit, told['value'])} ({interval}n {told['n']:,}){before}"


def is_held_out(rule: AlertRule) -> bool:
    return rule.split == Split.TEST and SPLIT in METRICS[rule.metric].takes
