"""Figures of a panel are computed once, after it is closed."""

import pytest

from evaluation.actions.panelboard import measure_panel
from evaluation.actions.prompts import Recipe, write_version
from evaluation.analyses.asked import Resampling
from evaluation.enums import OutputState, Strategy
from evaluation.models import PanelReport, Rating
from reviewapp.common import clock
from reviewapp.common.errors import Refused
from tests.evaluation.panel_answers import close, rate, seat_judge
from tests.evaluation.panels import make_room

pytestmark = pytest.mark.django_db
FEW = Resampling(resamples=50)


@pytest.fixture
def panel():
    panel = make_room(items=4).panel()
    rate(panel)
    return panel


def test_an_open_panel_has_no_figures(panel):
    with pytest.raises(Refused, match="panel is open"):
        measure_panel(panel=panel)

    assert not PanelReport.objects.exists()


def test_the_same_ratings_give_the_stored_report_and_others_a_new_one(panel):
    first = measure_panel(panel=close(panel), resampling=FEW)

    assert measure_panel(panel=panel, resampling=FEW).pk == first.pk

    rating = Rating.objects.filter(seat__output__panel=panel).order_by("pk").first()
    Rating.objects.create(
        seat=rating.seat, number=2, scores={"relevance": 1, "completeness": 1}, created_at=clock.now()
    )
    again = measure_panel(panel=panel, resampling=FEW)
    assert again.pk != first.pk
    assert again.report["ratings"] == first.report["ratings"] == 16


def test_outputs_that_were_not_settled_count_for_nothing(panel):
    close(panel)
    panel.outputs.filter(item=panel.outputs.first().item).update(state=OutputState.OPEN)

    assert measure_panel(panel=panel, resampling=FEW).report["items"] == 3


def test_a_judge_stands_apart_and_changes_no_figure_of_people(panel):
    alone = measure_panel(panel=close(panel), resampling=FEW).report
    recipe = Recipe(Strategy.BASELINE_ZERO, parameters={"max_labels": 3})
    seat_judge(panel, write_version(project=panel.project, name="judge", recipe=recipe, by=None))

    together = measure_panel(panel=panel, resampling=FEW).report

    assert together["judges"][0]["above_people"]["relevance"]["value"] > 0
    assert {key for key in together if together[key] != alone[key]} == {"judges", "inputs"}
