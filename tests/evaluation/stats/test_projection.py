"""The dry run against a regression's predictions."""

import json

import numpy as np
import pytest

from evaluation.stats.projection import Limits, Sampled, project
from tests.examples import example


def ten(**options):
    return [
        Sampled(cost, 1000.0 + 10 * place, 900, 100, **options)
        for place, cost in enumerate(example("projection.micro_usd"))
    ]


def test_the_total_and_its_interval_are_a_regressions():
    found, expected = project(ten(), items=500, budget_micro_usd=example("projection.budget")), example("projection")

    total = found.micro_usd
    assert (total.value, total.low, total.high) == pytest.approx(expected["five_hundred"])
    assert found.budget_suffices.value == pytest.approx(expected["chance"])
    assert (found.spent_micro_usd, found.per_item_micro_usd, found.failed.value) == (12_000, 1200.0, 0.0)
    one = project(ten(), items=11).micro_usd
    assert one.value == pytest.approx(13_200)
    assert one.high == pytest.approx(12_000 + expected["one_more"][1])
    assert one.low == pytest.approx(12_000 + expected["one_more"][0])


def test_what_is_paid_is_a_floor_and_nothing_left_is_exact():
    apart = [Sampled(100, 1.0), Sampled(5000, 2.0)]
    assert project(apart, items=4).micro_usd.low == 5100

    done = project(apart, items=2, budget_micro_usd=5100)
    assert (done.micro_usd.value, done.micro_usd.low, done.micro_usd.high) == (5100, 5100, 5100)
    assert done.budget_suffices.value == 1.0
    assert done.seconds.value == 0.0
    assert project(apart, items=9, budget_micro_usd=5099).budget_suffices.value == 0.0


def test_one_item_gives_the_point_and_no_interval():
    found = project([Sampled(100, 500.0, 10, 5)], items=10, limits=Limits(2), budget_micro_usd=2000)

    assert (found.micro_usd.value, found.micro_usd.low, found.micro_usd.n) == (1000.0, None, 1)
    assert found.micro_usd.reason == found.budget_suffices.reason == "one item says nothing of the spread"
    assert (found.seconds.value, found.seconds.high) == (9 * 0.5 / 2, None)
    assert found.budget_suffices.value is None


def test_equal_items_and_none_at_all():
    free = project([Sampled(0, 1.0)] * 5, items=100, budget_micro_usd=1)
    assert (free.micro_usd.value, free.micro_usd.high) == (0.0, None)
    assert "all sampled items are equal" in free.micro_usd.reason
    nothing = project([], items=100, budget_micro_usd=1)
    assert (
        nothing.micro_usd.value
        is nothing.seconds.value
        is nothing.budget_suffices.value
        is nothing.failed.value
        is None
    )
    assert nothing.micro_usd.reason
    json.dumps([free.as_dict(), nothing.as_dict()], allow_nan=False)


def test_unknown_costs_are_not_free_and_failures_are_counted():
    found = project([*ten()[:9], Sampled(None, None, is_failed=True)], items=100)

    known = example("projection.micro_usd")[:9]
    assert found.micro_usd.value == pytest.approx(100 * sum(known) / 9)
    assert found.micro_usd.n == 9
    assert (found.failed.value, round(found.failed.high, 6)) == (0.1, 0.40415)


@pytest.mark.parametrize(
    ("limits", "bound_by", "seconds"),
    [
        (Limits(10), "latency", 490 * 1.045 / 10),
        (Limits(1000), "latency", 1.045),
        (Limits(10, requests_per_minute=60), "requests", 490.0),
        (Limits(10, requests_per_minute=6000), "latency", 490 * 1.045 / 10),
        (Limits(10, requests_per_minute=6000, tokens_per_minute=10_000), "tokens", 490 * 1000 / 10_000 * 60),
    ],
)
def test_time_is_that_of_what_holds_up_most(limits, bound_by, seconds):
    found = project(ten(), items=500, limits=limits)

    assert found.bound_by == bound_by
    assert found.seconds.value == pytest.approx(seconds)
    if bound_by == "latency":
        assert found.seconds.low < seconds < found.seconds.high
    elif bound_by == "requests":
        assert found.seconds.low == found.seconds.high == seconds
    else:
        assert found.seconds.reason  # all items have as many tokens, so nothing is known of their spread


def test_tokens_without_a_count_and_refusals():
    blind = project([Sampled(1, 5.0)] * 3, items=9, limits=Limits(1, tokens_per_minute=5))
    assert "no sampled item has known tokens" in blind.seconds.reason
    with pytest.raises(ValueError, match="of only 3"):
        project(ten(), items=3)
    for limits in (Limits(0), Limits(1, requests_per_minute=0)):
        with pytest.raises(ValueError, match="at least 1"):
            project(ten(), items=30, limits=limits)


def test_the_interval_covers_what_it_promises_where_costs_are_not_skewed():
    rng, covered = np.random.default_rng(2), 0
    for _ in range(400):
        costs = rng.normal(1000, 200, 200).astype(int).tolist()
        total = project([Sampled(cost, None) for cost in costs[:10]], items=200).micro_usd
        covered += total.low <= sum(costs) <= total.high

    assert 0.925 <= covered / 400 <= 0.975
