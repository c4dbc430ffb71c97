"""Shares and means of the days of a window, against numpy."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from evaluation.queries.alert_tallies import Tally, mean_of, rolled, share_of

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_a_mean_has_the_interval_of_its_standard_error():
    values = np.array([0.1, 0.4, 0.2, 0.9])
    days = [Tally(date(2026, 5, 3), 2, 0.5, 0.17), Tally(date(2026, 5, 4), 2, 1.1, 0.85)]

    figure = mean_of(days, NOW).figure

    half = 1.959963984540054 * values.std(ddof=1) / 2
    assert figure.value == pytest.approx(0.4)
    assert (figure.low, figure.high) == pytest.approx((0.4 - half, 0.4 + half))
    assert mean_of([], NOW).figure.value is None


def test_windows_end_with_each_day_and_know_the_one_before():
    days = [Tally(date(2026, 5, day), 10, failed) for day, failed in ((1, 1), (2, 3), (4, 5))]

    past = rolled(days, datetime(2026, 5, 2, tzinfo=UTC), NOW, days=2, of=share_of)

    assert [one.figure.value for one in past] == [0.2, 0.3, 0.5]
    assert [one.previous for one in past] == [None, 0.2, 0.3]
    assert [one.figure.n for one in past] == [20, 10, 10]
    assert past[-1].as_of == NOW
