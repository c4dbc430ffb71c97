"""Times of the zone's own clock, by Celery's crontab; what cannot be read is refused."""

from datetime import UTC, datetime, time

import pytest

from evaluation.recurrence import Kind, Recurrence, kind_of
from reviewapp.common.errors import Refused


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_nine_stays_nine_when_the_hour_changes():
    nine = Recurrence("0 9 * * *", "Europe/Berlin")
    assert nine.between(at(2026, 3, 28, 0), at(2026, 3, 30, 0)) == [at(2026, 3, 28, 8), at(2026, 3, 29, 7)]


def test_an_hour_that_is_left_out_or_comes_twice_fires_once():
    half_past_two = Recurrence("30 2 * * *", "Europe/Berlin")
    assert half_past_two.between(at(2026, 3, 28, 12), at(2026, 3, 30, 12)) == [
        at(2026, 3, 29, 1, 30),
        at(2026, 3, 30, 0, 30),
    ]
    assert half_past_two.between(at(2026, 10, 24, 12), at(2026, 10, 26, 12)) == [
        at(2026, 10, 25, 0, 30),
        at(2026, 10, 26, 1, 30),
    ]


def test_the_first_of_a_month_is_that_of_the_zone():
    """Celery's crontab compares days in its application's zone unless it is told another."""
    assert Recurrence("30 0 1 * *", "America/Los_Angeles").after(at(2026, 11, 1, 6)) == at(2026, 11, 1, 7, 30)
    assert Recurrence("30 0 1 * *", "Pacific/Kiritimati").after(at(2026, 10, 31, 6)) == at(2026, 10, 31, 10, 30)


def test_days_that_a_month_lacks_are_passed_over():
    found = Recurrence("0 9 31 * *", "UTC").between(at(2026, 1, 1), at(2026, 6, 1))
    assert [one.month for one in found] == [1, 3, 5]


@pytest.mark.parametrize(
    "wrong",
    ["", "0 9 30 2 *", "* * * * *", "0 25 * * *", "0 9 * * x", "-1 0 * * *", "0 9 * *", "0 9 */0 * *", "0 9 * * * *"],
)
def test_what_cannot_be_read_is_refused(wrong):
    with pytest.raises(Refused):
        Recurrence(wrong, "UTC")


def test_an_unknown_zone_is_refused():
    with pytest.raises(Refused, match="no time zone"):
        Recurrence("0 9 * * *", "../etc/passwd")


@pytest.mark.parametrize(
    ("kind", "expression", "words"),
    [
        (Kind("daily", time(6)), "0 6 * * *", "every day at 06:00"),
        (Kind("workdays", time(6, 5)), "5 6 * * 1-5", "Monday to Friday at 06:05"),
        (Kind("weekly", time(8), weekday=0), "0 8 * * 0", "every Sunday at 08:00"),
        (Kind("monthly", time(9), day=3), "0 9 3 * *", "on day 3 of every month at 09:00"),
        (Kind("quarterly", time(9), day=3), "0 9 3 1,4,7,10 *", "on day 3 of every quarter at 09:00"),
    ],
)
def test_what_people_choose_is_a_crontab_and_back(kind, expression, words):
    assert (kind.expression, kind_of(expression), str(Recurrence(expression, "UTC"))) == (expression, kind, words)


def test_anything_else_is_said_as_it_is():
    assert str(Recurrence("0,30  9 * * 1", "UTC")) == "0,30 9 * * 1"
    assert kind_of("0 9 * 2 1").repeats == "custom"
