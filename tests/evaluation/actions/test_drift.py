"""Monitors ask for each window that has ended, once; a loss in one region is found in the rows; test gold is out."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from evaluation.actions.drift import CATCH_UP, ask_check, compute_check, make_monitor, sweep_drift, switch_monitor
from evaluation.actions.imported_runs import import_predictions
from evaluation.models import DriftCheck, Run
from evaluation.queries.streams import Window
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Document, Item
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CODES = ("crm", "erp", "payroll")


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr("evaluation.actions.drift.nudge", lambda *arguments: None)


@pytest.fixture
def project():
    """Two hundred items; all are gold, a quarter of them held out."""
    project = make_project(slices=["region"])
    make_taxonomy(project, CODES)
    items = make_items(project, 200)
    for place, item in enumerate(items):
        Item.objects.filter(pk=item.pk).update(attributes={"region": "North" if place % 2 else "South"})
        Document.objects.filter(item=item).update(text=f"We sell {CODES[place % 3]} to firms since {1900 + place}.")
    gold = {
        item.external_id: {"labels": [CODES[place % 3]], "split": "test" if place % 4 == 3 else "dev"}
        for place, item in enumerate(items)
    }
    import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    return project


def said(project, name, *, on, lost=0.0):
    """A run of a day that names each item's label, in the south more and more often nothing."""
    rng = Random(name)
    rows = {}
    for place, item in enumerate(Item.objects.filter(project=project).order_by("pk")):
        misses = rng.random() < 0.05 + (lost if place % 2 == 0 else 0)
        rows[item.external_id] = {"labels": [] if misses else [{"code": CODES[place % 3], "confidence": 0.9}]}
    with clock.told_by(lambda: on + timedelta(hours=6)):
        import_predictions(project=project, name=name, predictions=rows, by=None)
    return Run.objects.get(project=project, name=name)


def moved(check):
    return {(one["cohort"], one["name"]) for one in check.report["signals"] if one["fired"]}


def test_a_loss_in_one_region_is_named_there_and_equal_windows_are_steady(project):
    first, second = said(project, "a", on=START), said(project, "b", on=START + DAY)
    worse = said(project, "c", on=START + 2 * DAY, lost=0.4)
    steady, broken = (
        compute_check(
            check_id=ask_check(
                project=project, reference=Window(run=first), current=Window(run=other), cohort="region", by=None
            ).pk
        )
        for other in (second, worse)
    )
    assert (steady.fired, moved(steady)) == (0, set())
    assert {("South", "no label"), ("South", "F1 on gold")} <= moved(broken)
    assert "North" not in {cohort for cohort, _ in moved(broken)}
    gold = next(one for one in broken.report["signals"] if (one["cohort"], one["name"]) == ("", "F1 on gold"))
    assert gold["n"] == [150, 150]  # dev only
    assert compute_check(check_id=broken.pk).report == broken.report


def test_each_ended_window_is_compared_once_and_the_first_bad_one_is_seen(project):
    for number in range(4):
        said(project, f"day {number}", on=START + number * DAY, lost=0.4 if number == 3 else 0)
    monitor = make_monitor(
        project=project, name="daily", prompt=None, reference=(START, START + DAY), days=1, cohort="region", by=None
    )
    with clock.told_by(lambda: START + 3 * DAY + timedelta(hours=12)):
        assert sweep_drift() == 2
        assert sweep_drift() == 0
    assert [check.fired for check in monitor.checks.order_by("until")] == [0, 0]
    with clock.told_by(lambda: START + 4 * DAY):
        assert sweep_drift() == 1
    newest = monitor.checks.latest("until")
    assert newest.until == START + 4 * DAY
    assert ("South", "no label") in moved(newest)
    assert newest.report["levels"]["F1 on gold"]["is_out"]


def test_a_monitor_that_is_off_asks_for_nothing_and_makes_up_for_the_newest_windows(project):
    said(project, "a", on=START)
    manager = make_member(project, Role.MANAGER)
    monitor = make_monitor(
        project=project, name="daily", prompt=None, reference=(START, START + DAY), days=1, cohort="", by=manager
    )
    switch_monitor(monitor=monitor, on=False, by=manager)
    with clock.told_by(lambda: START + 100 * DAY):
        assert sweep_drift() == 0
        switch_monitor(monitor=monitor, on=True, by=manager)
        assert sweep_drift() == CATCH_UP
    assert monitor.checks.latest("until").until == START + 100 * DAY
    assert monitor.checks.latest("until").report["n"] == [200, 0]
    assert monitor.checks.latest("until").fired == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "needs a name"),
        ({"days": 0}, "1 to 366"),
        ({"reference": (START, START)}, "ends before"),
        ({"reference": (START + DAY, START + 2 * DAY)}, "holds 0 predictions"),
    ],
)
def test_what_cannot_be_watched_is_refused(project, change, says):
    said(project, "a", on=START)
    asked = {"name": "daily", "reference": (START, START + DAY), "days": 1} | change
    with pytest.raises(Refused, match=says):
        make_monitor(project=project, prompt=None, cohort="", by=None, **asked)


def test_runs_over_held_out_items_and_other_projects_are_refused_and_raters_too(project):
    run = said(project, "a", on=START)
    held_out = said(project, "b", on=START)
    other = make_project("other")
    rater = make_member(project, Role.ANNOTATOR)
    for reference, current, by, error, says in (
        (Window(run=run), Window(run=run), None, Refused, "same window"),
        (Window(run=run), Window(run=held_out), rater, NotAllowed, None),
    ):
        with pytest.raises(error, match=says):
            ask_check(project=project, reference=reference, current=current, cohort="", by=by)
    with pytest.raises(Refused, match="another project"):
        ask_check(project=other, reference=Window(run=run), current=Window(run=held_out), cohort="", by=None)
    run.split = "test"
    with pytest.raises(Refused, match="held-out"):
        ask_check(project=project, reference=Window(run=run), current=Window(run=held_out), cohort="", by=None)
    assert not DriftCheck.objects.exists()
