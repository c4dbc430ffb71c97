from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from labeling.forecast import burn_down, forecast, pace

TODAY = date(2024, 3, 15)


def ago(days):
    return TODAY - timedelta(days=days)


def test_what_is_left_goes_down_by_the_answers_of_each_day():
    days = burn_down(seats=10, answers={ago(2): 3, TODAY: 2}, opened=ago(3), today=TODAY)

    assert [(left.day, left.seats) for left in days] == [(ago(3), 10), (ago(2), 7), (ago(1), 7), (TODAY, 5)]


def test_an_answer_before_the_opening_moves_the_first_day():
    days = burn_down(seats=2, answers={ago(2): 1}, opened=ago(1), today=TODAY)

    assert [left.seats for left in days] == [1, 1, 1]


@pytest.mark.parametrize("answers", [{}, {ago(1): 5}, {TODAY: 5}, {ago(1): 5, TODAY: 9}])
def test_the_pace_is_undefined_with_fewer_than_two_whole_days(answers):
    rate = pace(answers, today=TODAY)

    assert (rate.value, rate.low, rate.high) == (None, None, None)
    assert "2 whole days" in rate.reason
    assert forecast(left=10, answers=answers, today=TODAY).end is None


def test_the_pace_has_garwoods_interval():
    rate = pace({ago(2): 12, ago(1): 8, TODAY: 1}, today=TODAY)

    assert rate.value == 10
    assert rate.n == 2
    assert rate.low == pytest.approx(stats.chi2.ppf(0.025, 40) / 4)
    assert rate.high == pytest.approx(stats.chi2.ppf(0.975, 42) / 4)


def test_only_the_last_seven_active_days_count():
    answers = {ago(number): 100 if number > 14 else 10 for number in range(2, 30, 2)}

    assert pace(answers, today=TODAY).value == 10


def test_the_end_counts_idle_days_at_the_recent_rate():
    found = forecast(left=30, answers={ago(4): 10, ago(2): 10}, today=TODAY)  # 20 in 4 days: 5 a day

    assert found.end == TODAY + timedelta(days=6)
    assert found.earliest < found.end < found.latest


def test_a_round_that_is_done_ends_today():
    assert forecast(left=0, answers={}, today=TODAY).end == TODAY


def test_an_end_beyond_ten_years_is_not_said():
    found = forecast(left=100_000, answers={ago(2): 1, ago(1): 1}, today=TODAY)

    assert found.end is None
    assert found.reason


counts = st.dictionaries(st.integers(1, 40).map(ago), st.integers(1, 200), min_size=2)


@given(counts, st.integers(1, 500))
def test_the_interval_holds_its_value(answers, left):
    found = forecast(left=left, answers=answers, today=TODAY)

    assert found.pace.low < found.pace.value < found.pace.high
    if found.latest:
        assert found.earliest <= found.end <= found.latest


def test_about_95_percent_of_ends_fall_into_the_interval():
    import numpy as np

    draw, hits = np.random.default_rng(1), 0
    for _ in range(400):
        past = draw.poisson(20, 7)
        found = forecast(left=100, answers={ago(7 - n): int(v) for n, v in enumerate(past)}, today=TODAY)
        wait = TODAY + timedelta(days=float(np.ceil(draw.gamma(100, 1 / 20))))
        hits += found.earliest <= wait <= found.latest
    assert hits >= 372  # 93%: whole days make the interval a little wider
