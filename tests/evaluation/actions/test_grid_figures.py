"""What is measured of each combination, and which of them can be told from the best."""

from decimal import Decimal

import pytest

from evaluation.actions.follow_ups import follow_up
from evaluation.actions.grid_figures import measure_grid
from evaluation.actions.grids import start_grid, write_winner
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, write_version
from evaluation.enums import Strategy
from evaluation.models import Evaluation
from evaluation.queries.grids import board
from reviewapp.common.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def test_a_grid_of_calls_shares_its_budget_and_is_measured(world, provider, release):
    project, by = world
    recipe = Recipe(Strategy.CHAT, "fake-1", "{item}", {"max_tokens": 50})
    version = write_version(project=project, name="ask", recipe=recipe, by=by)
    axes = {"temperature": [0, 0.7], "top_p": [1]}
    with pytest.raises(Refused, match="needs a budget"):
        start_grid(version=version, release=release, axes=axes, budget_usd=None, by=by)
    grid = start_grid(version=version, release=release, axes=axes, repeats=1, sample=3, budget_usd=0.0100001, by=by)
    runs = [cell.run for cell in grid.cells.order_by("place", "repeat")]
    assert sum(Decimal(run.budget_micro_usd) for run in runs) == 10_000
    assert {(run.origin, run.uses_cache, run.total) for run in runs} == {("grid", False, 3)}
    assert [run.repeat for run in runs] == [0, 1, 0, 1]
    provider.script = [{}] * 6 + [
        {"content": '{"labels": []}'}
    ]  # the third run, which is the second combination's first
    for run in runs:
        measure_grid(grid)
        work_on(run_id=run.pk)
    measure_grid(grid)
    assert [one["body"]["temperature"] for one in provider.requests] == [0] * 6 + [0.7] * 6
    first, second = board(grid).rows
    assert (first.figures["f1"]["value"], first.figures["flips"]["value"], first.standing) == (1.0, 0.0, "best")
    assert (second.figures["items"], second.figures["f1"]["value"]) == (3, 0.8)
    assert second.figures["flips"]["value"] == pytest.approx(1 / 3)
    assert second.standing == "not distinguishable from the best"
    assert first.figures["ece"]["value"] == pytest.approx(0.3)
    assert first.cost == pytest.approx(0.00012)
    follow_up(run_id=runs[0].pk)
    assert not Evaluation.objects.exists()  # a sample is not scored against the whole split
    chosen = write_winner(grid=grid, place=1, by=by)
    assert (str(chosen), chosen.parameters) == ("ask@2", {"max_tokens": 50, "temperature": 0.7, "top_p": 1})
