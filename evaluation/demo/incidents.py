"""The sample's incident: another model answered for one region, somebody saw to it, and it is over. All simulated."""

from collections import Counter
from datetime import timedelta
from random import Random

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.incidents import Plan, add_entry, change_incident, join_cases, open_incident, recover
from evaluation.actions.quality_drops import ask_what_changed, compute_drop
from evaluation.actions.reports import evaluate_run
from evaluation.analyses.asked import Resampling
from evaluation.demo.work import Calendar
from evaluation.enums import Severity
from evaluation.models import Evaluation, Prediction, Run
from evaluation.queries.quality_drops import lost_items
from evaluation.queries.streams import Window
from labeling.enums import Split
from labeling.models import Release, User
from reviewapp.common import clock

NAME = "nightly {}, simulated vendor"
MODELS = ("vendor-large-0301", "vendor-large-0412")
LOST = 0.7  # of the region's items that the other model says nothing of
NOISE = 0.04  # of any item, so that no two nights are alike
CASES = 3
FAST = Resampling(resamples=200)


def resolved_incident(everything: Run, release: Release, calendar: Calendar, *, analyst: User, engineer: User) -> None:
    """Two nights as before, one with another model for the largest region, and one after it was set right."""
    region = _largest_region(release)
    with clock.told_by(calendar):
        nights = []
        for number, days_ago in enumerate((5, 4, 3), 1):
            calendar.go_to(days_ago)
            nights.append(_night(number, everything, release, fallen=region if number == 3 else "", by=engineer))
        calendar.go_on(5400)
        then, now = (Window(run=night.run) for night in (nights[0], nights[-1]))
        drop = ask_what_changed(
            project=everything.project, reference=then, current=now, by=analyst, in_background=False
        )  # fmt: skip
        drop = compute_drop(drop_id=drop.pk)
        calendar.go_on(600)
        plan = Plan(f"The vendor's answers for {region} fell", Severity.HIGH, owner=engineer)
        incident = open_incident(project=everything.project, plan=plan, drop=drop, by=analyst)
        calendar.go_on(timedelta(hours=3).total_seconds())
        text = f"Asked the vendor why {MODELS[1]} answers for {region}. They route some calls there by mistake."
        add_entry(incident=incident, kind="action", text=text, by=engineer)
        calendar.go_on(timedelta(hours=2).total_seconds())
        cause = f"The provider answered for {region} by {MODELS[1]} instead of {MODELS[0]}."
        change_incident(incident=incident, plan=Plan(plan.title, plan.severity, engineer, cause), by=engineer)
        if lost_items(drop):
            join_cases(incident=incident, by=analyst, most=CASES)
        calendar.go_to(2)
        after = _night(4, everything, release, fallen="", by=engineer, noise=0)
        calendar.go_on(1800)
        recover(incident=incident, evaluation=after, by=analyst)


def _night(
    number: int, everything: Run, release: Release, *, fallen: str, by: User, noise: float = NOISE
) -> Evaluation:
    """The baseline's answers under the name of a vendor, with some lost; imported, and scored on dev."""
    dice = Random(number)  # noqa: S311
    on_dev = release.entries.filter(split=Split.DEV).values("item")
    rows = Prediction.objects.filter(run=everything, item__in=on_dev).select_related("item")
    predictions = {}
    for one in rows.order_by("item__external_id"):
        is_fallen = bool(fallen) and one.item.attributes.get("region") == fallen
        is_lost = dice.random() < (LOST if is_fallen else noise)
        predictions[one.item.external_id] = {
            "labels": [] if is_lost else one.labels, "model": MODELS[is_fallen],
            "latency_ms": round(900 * dice.lognormvariate(0, 0.25)), "cost": 0.004,
        }  # fmt: skip
    run = import_predictions(project=everything.project, name=NAME.format(number), predictions=predictions, by=by)
    return evaluate_run(run=run, release=release, split=Split.DEV, by=by, resampling=FAST)


def _largest_region(release: Release) -> str:
    entries = release.entries.filter(split=Split.DEV).values_list("item__attributes", flat=True)
    counts = Counter(str(attributes.get("region", "")) for attributes in entries)
    return min(counts, key=lambda name: (-counts[name], name))
