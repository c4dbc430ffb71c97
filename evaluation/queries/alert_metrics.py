"""The figures that alert rules may watch: a small register. Each is read with its n, interval and moment.

A figure's past, where one is kept, is read by the same definition; the preview of a rule is drawn from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from evaluation.queries import alert_readings as readings
from evaluation.queries import alert_reviews as reviews
from evaluation.queries import alert_upkeep as upkeep
from evaluation.queries import falls
from evaluation.queries.alert_readings import Scope
from evaluation.stats.alerting import Reading
from labeling.enums import Role

SHARE, COEFFICIENT, DOLLARS, COUNT, MINUTES, DAYS = "share", "coefficient", "dollars", "count", "minutes", "days"
PROMPT, SPLIT, SLICE, WINDOW = "prompt", "split", "slice", "window"
MACHINE = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
PEOPLE = (Role.MANAGER, Role.ANALYST)  # who sees agreement (DECISIONS 6)

Read = Callable[[Scope, datetime], Reading]
Past = Callable[[Scope, datetime, datetime], list[Reading]]


@dataclass(frozen=True)
class Metric:
    """One figure: what it is, of what it can be taken, which way is worse, and who may see it."""

    key: str
    title: str
    unit: str
    worse: str  # "below" or "above"
    help: str
    read: Read
    past: Past | None  # None: no past is kept
    takes: frozenset[str] = frozenset()
    readers: tuple[Role, ...] = MACHINE


FALL, IMPORTS, SCHEDULES, INCIDENTS = "fall", "imports", "schedules", "incidents"
_F1 = frozenset({PROMPT, SPLIT, SLICE})
_OF_PROMPT = frozenset({PROMPT, WINDOW})

METRICS = {
    one.key: one
    for one in (
        Metric(
            FALL, "Fall of micro F1", SHARE, "above",
            "On dev, of what is in production or else of one version; 0 within chance. Its alert proposes an incident.",
            falls.fall, falls.past_falls, frozenset({PROMPT}),
        ),
        Metric(
            "micro_f1", "Micro F1", COEFFICIENT, "below",
            "Of the newest evaluation; the one before is of the same prompt, golden set and split.",
            readings.micro_f1, readings.past_micro_f1, _F1,
        ),
        Metric(
            "macro_f1", "Macro F1", COEFFICIENT, "below",
            "Of the newest evaluation; the one before is of the same prompt, golden set and split.",
            readings.macro_f1, readings.past_macro_f1, frozenset({PROMPT, SPLIT}),
        ),
        Metric(
            "agreement", "Agreement of raters", COEFFICIENT, "below",
            "Krippendorff's alpha (MASI) of the newest round that has ratings; the one before is another round's.",
            readings.agreement, readings.past_agreement, readers=PEOPLE,
        ),
        Metric(
            "drift", "Signals that drifted", COUNT, "above",
            "In the newest comparison of windows or runs. 0 as threshold: any signal.",
            readings.drift, readings.past_drift, frozenset({PROMPT}),
        ),
        Metric(
            "audit_precision", "Right, of what went through", SHARE, "below",
            "Of the items that reviews audited in the window: right in every label.",
            reviews.audit_precision, reviews.past_audit_precision, _OF_PROMPT,
        ),
        Metric(
            "cost", "Cost an item", DOLLARS, "above", "Mean of what predictions cost, over the window.",
            readings.cost, readings.past_cost, _OF_PROMPT,
        ),
        Metric(
            "budget", "Share of the day's limit spent", SHARE, "above",
            "Of the day (UTC), with what calls under way may still cost.", readings.budget, readings.past_budget,
        ),
        Metric(
            "failures", "Failed predictions", SHARE, "above", "Share of the predictions that ended in the window.",
            readings.failures, readings.past_failures, _OF_PROMPT,
        ),
        Metric(
            "provider_errors", "Failed calls of a provider", SHARE, "above", "Share of the calls in the window.",
            readings.provider_errors, readings.past_provider_errors, _OF_PROMPT,
        ),
        Metric(
            "waiting", "Age of the oldest unfinished run", MINUTES, "above",
            "Queued or running, with items that nobody has answered.", readings.waiting, None,
        ),
        Metric(
            "overdue", "Leases past their time", COUNT, "above",
            "Seats and predictions that a rater or worker took and neither gave back nor finished.",
            readings.overdue, None,
        ),
        Metric(
            "unevaluated", "Days since the newest evaluation", DAYS, "above",
            "On the split, of one prompt or of any.", readings.unevaluated, readings.past_unevaluated,
            frozenset({PROMPT, SPLIT}),
        ),
        Metric(
            SCHEDULES, "Scheduled jobs late or failed", COUNT, "above",
            "Of the calendar: ten minutes past their time, or failed when they were done last.",
            upkeep.late_schedules, None,
        ),
        Metric(
            INCIDENTS, "Incidents past their 48 hours", COUNT, "above", "Open ones.", upkeep.late_incidents, None,
        ),
        Metric(
            IMPORTS, "Unusual in the newest import", COUNT, "above",
            "What stands out in a file of items against the one before; of imports in the window.",
            upkeep.unusual_findings, upkeep.past_unusual_findings, frozenset({WINDOW}),
        ),
        Metric(
            "given_up", "Messages given up", COUNT, "above", "To any destination, over the window.",
            readings.given_up, readings.past_given_up, frozenset({WINDOW}), PEOPLE,
        ),
    )
}  # fmt: skip


def seen_by(roles: frozenset[str]) -> list[str]:
    """The keys of the figures that these roles may see."""
    return [key for key, one in METRICS.items() if roles & {str(role) for role in one.readers}]
