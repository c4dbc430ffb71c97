"""An amount each day."""

from datetime import date, timedelta

import pytest

from reviewapp.common.charts import day_bars
from reviewapp.common.templatetags.ui import seconds

DAYS = [(date(2026, 3, 1) + timedelta(days=number), float(number % 3)) for number in range(30)]


def test_each_day_with_an_amount_has_a_bar_in_both_sizes_and_a_row():
    chart = day_bars(DAYS, title="Spent", measure="dollars", limit=3.0)

    assert chart.svg.count('class="bar"') == 2 * 20
    assert chart.svg.count("limit 3") == 2
    assert chart.table[0] == ["Day", "dollars"]
    assert chart.table[3] == ["3 Mar 2026", "2"]


def test_a_limit_far_above_is_left_out_and_nothing_spent_is_no_bar():
    assert "limit" not in day_bars(DAYS, title="Spent", measure="dollars", limit=500.0).svg
    assert 'class="bar"' not in day_bars([(date(2026, 3, 1), 0.0)], title="Spent", measure="dollars").svg
    with pytest.raises(ValueError, match="no days"):
        day_bars([], title="Spent", measure="dollars")


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (0.4, "0.4 s"), (59.6, "1 min"), (61, "1 min 1 s"), (7200, "2 h"), (90000, "1 d 1 h")],
)
def test_a_stretch_of_time_in_its_two_largest_parts(value, said):
    assert seconds(value) == said
