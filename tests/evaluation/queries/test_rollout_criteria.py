"""What a step measured, against figures worked out by hand."""

import pytest

from evaluation.queries.rollout_criteria import fewest
from evaluation.queries.rollouts import path_of
from evaluation.stats.intervals import clopper_pearson, wilson
from tests.evaluation.rollouts import answered, looked_at, planned
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(monkeypatch):
    monkeypatch.setattr("evaluation.actions.runs.nudge", lambda *arguments: None)
    made = make_project()
    make_taxonomy(made)
    make_items(made, 20)
    return made


def test_the_figures_of_a_pilot(project):
    rollout = planned(project, pilot_items=20, hourly_usd=36, max_cost=0.0005)
    run = rollout.moves.get().run
    run.predictions.filter(pk__in=run.predictions.values_list("pk")[:5]).update(review="look at it")
    looked_at(answered(run), wrong=2)

    whole, precision, auto, cost = path_of(rollout)[0].criteria

    assert (whole.found.value, whole.standing) == (1.0, "met")
    assert auto.found == wilson(15, 20)
    right = round(precision.found.value * 15)
    assert precision.found == clopper_pearson(right, 15)
    assert (precision.standing, fewest(0.95)) == ("open", 72)
    assert "72 without a mistake" in precision.note
    assert cost.found.value == pytest.approx(0.001 + 10 * 36 / 3600 * 5 / 20)  # 10 s for each of 5 of 20
    assert cost.standing == "missed"


def test_without_calibration_nothing_goes_through(project):
    rollout = planned(project, pilot_items=20)
    rollout.version.runs.get(name="measured").evaluations.get().analyses.all().delete()
    looked_at(answered(rollout.moves.get().run))
    _, precision, auto, cost = path_of(rollout)[0].criteria
    assert (auto.found.value, auto.standing) == (0.0, "missed")
    assert (precision.found.value, precision.standing) == (None, "open")
    assert (cost.found.value, cost.standing) == (pytest.approx(0.001), "met")
