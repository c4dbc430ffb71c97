"""The machine of an alert rule as a table: what follows on what, and how often a past would have fired."""

from datetime import UTC, datetime, timedelta

import pytest

from evaluation.stats.alerting import (
    ABOVE,
    ALERT,
    BELOW,
    COUNT_AS_OK,
    DROP,
    FIRING,
    KEEP,
    NO_DATA,
    OK,
    PENDING,
    RISE,
    Condition,
    Reading,
    Standing,
    fired,
    step,
)  # fmt: skip
from evaluation.stats.types import Estimate, undefined

T0 = datetime(2026, 5, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def reading(value, low=None, high=None, previous=None):
    figure = undefined(0, "none") if value is None else Estimate(value, low, high, 10)
    return Reading(figure, T0, previous)


@pytest.mark.parametrize(
    ("comparison", "threshold", "beyond", "read", "is_met"),
    [
        (BELOW, 0.8, False, reading(0.79), True),
        (BELOW, 0.8, False, reading(0.8), False),
        (BELOW, 0.8, True, reading(0.79, 0.7, 0.85), False),
        (BELOW, 0.8, True, reading(0.7, 0.6, 0.79), True),
        (BELOW, 0.8, True, reading(0.7), True),  # counted, without interval: the value decides
        (BELOW, 0.8, True, Reading(Estimate(0.0, None, None, 1, "an interval needs at least 2 items"), T0), None),
        (ABOVE, 0.0, False, reading(1.0), True),
        (ABOVE, 0.1, True, reading(0.2, 0.05, 0.4), False),
        (DROP, 0.1, False, reading(0.71, previous=0.8), True),
        (DROP, 0.1, False, reading(0.73, previous=0.8), False),
        (DROP, 0.1, False, reading(0.71), None),
        (RISE, 0.5, False, reading(1.6, previous=1.0), True),
        (BELOW, 0.8, False, reading(None), None),
    ],
)
def test_when_a_reading_is_past_the_line(comparison, threshold, beyond, read, is_met):
    assert Condition(comparison, threshold, beyond_chance=beyond).is_met(read) is is_met


@pytest.mark.parametrize(
    ("state", "since", "no_data", "is_met", "after"),
    [
        (OK, None, COUNT_AS_OK, True, PENDING),
        (PENDING, 4, COUNT_AS_OK, True, PENDING),
        (PENDING, 5, COUNT_AS_OK, True, FIRING),
        (FIRING, 9, COUNT_AS_OK, True, FIRING),
        (PENDING, 4, COUNT_AS_OK, False, OK),
        (FIRING, 9, COUNT_AS_OK, False, OK),
        (FIRING, 9, COUNT_AS_OK, None, NO_DATA),
        (FIRING, 9, KEEP, None, FIRING),
        (PENDING, 9, KEEP, None, PENDING),
        (OK, None, KEEP, None, NO_DATA),
        (OK, None, ALERT, None, PENDING),
        (PENDING, 6, ALERT, None, FIRING),
        (NO_DATA, None, COUNT_AS_OK, True, PENDING),
    ],
)
def test_what_state_follows(state, since, no_data, is_met, after):
    condition = Condition(BELOW, 0.8, hold=5 * MINUTE, no_data=no_data)
    now = Standing(state, None if since is None else T0 - since * MINUTE)

    assert step(now, condition, is_met, T0).state == after


def test_without_a_time_to_hold_it_fires_at_once():
    assert step(Standing(), Condition(BELOW, 0.8), True, T0) == Standing(FIRING, T0)


def test_a_past_counts_the_times_it_began_to_fire():
    past = [(T0 + n * MINUTE, reading(value)) for n, value in enumerate([0.9, 0.7, 0.7, 0.9, 0.7, None, 0.7])]

    assert fired(past, Condition(BELOW, 0.8)) == [T0 + n * MINUTE for n in (1, 4, 6)]
    assert fired(past, Condition(BELOW, 0.8, no_data=KEEP)) == [T0 + n * MINUTE for n in (1, 4)]
    assert fired(past, Condition(BELOW, 0.8, hold=MINUTE)) == [T0 + 2 * MINUTE]
