"""How many items a comparison needs, against the published and the computed numbers, and by simulation."""

import numpy as np
import pytest
from scipy import stats

from evaluation.stats.power import detectable, items_needed, outlook, paired_error, spread_of
from tests.examples import example


def test_the_number_of_items_of_the_published_example():
    given = example("comparison.power.items")
    spread = spread_of(between=given["between"])
    assert items_needed(spread, given["difference"]) == given["needed"]


@pytest.mark.parametrize("place", range(3))
def test_the_smallest_difference_at_a_thousand_items(place):
    given = example("comparison.power.detectable")
    found = detectable(given["discordant"][place] ** 0.5, given["items"])
    assert 100 * found == pytest.approx(given["points"][place], abs=0.05)


def test_repeated_answers_narrow_only_what_lies_within():
    assert spread_of(between=0.1, within_a=0.2, within_b=0.2) == pytest.approx(0.5**0.5)
    assert spread_of(between=0.1, within_a=0.2, within_b=0.2, k_a=4, k_b=4) == pytest.approx(0.2**0.5)


def test_the_paired_error_is_that_of_the_differences():
    draw = np.random.default_rng(0)
    a = draw.random(200)
    b = a / 2 + draw.random(200)
    error_a, error_b = (np.std(one, ddof=1) / 200**0.5 for one in (a, b))

    found = paired_error(error_a, error_b, float(np.corrcoef(a, b)[0, 1]))

    assert found == pytest.approx(np.std(b - a, ddof=1) / 200**0.5)
    assert paired_error(0.1, 0.1, 1.0) == 0


def test_as_many_items_find_the_difference_four_times_of_five():
    spread, difference = 0.4, 0.05
    items = items_needed(spread, difference)
    draw = np.random.default_rng(1)
    seen = draw.normal(difference, spread, size=(2000, items))
    found = stats.ttest_1samp(seen, 0, axis=1).pvalue <= 0.05
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)


def test_nothing_to_plan_with():
    assert detectable(0.0, 100) is None
    assert detectable(0.3, 0) is None
    assert items_needed(0.3, 0.0) is None
    assert outlook(verdict="cannot_tell", difference=None, margin=0.02, spread=0.3, items=0).reason


def of(verdict, difference, *, margin=0.02, spread=0.3, items=100):
    return outlook(verdict=verdict, difference=difference, margin=margin, spread=spread, items=items)


def test_what_more_items_would_show():
    small = of("cannot_tell", 0.01)
    assert small.to_show == "not_worse"
    assert small.needed == items_needed(0.3, 0.03)
    assert small.more == small.needed - 100

    loss = of("cannot_tell", -0.03)
    assert (loss.to_show, loss.needed) == ("worse", items_needed(0.3, 0.03))

    gain = of("not_worse", 0.01)
    assert (gain.to_show, gain.needed) == ("better", items_needed(0.3, 0.01))


def test_what_is_settled_needs_nothing_more():
    for verdict, difference in (("better", 0.1), ("worse", -0.1), ("not_worse", -0.001)):
        found = of(verdict, difference)
        assert found.more == 0
        assert found.reason


def test_no_margin_and_no_difference_is_never_settled():
    assert of("cannot_tell", 0.0, margin=0.0).more is None
    assert "without a margin" in of("cannot_tell", 0.0, margin=0.0).reason
    assert "do not differ" in of("not_worse", 0.0, spread=0.0).reason


def test_items_that_are_all_alike_have_to_be_enough_for_the_margin():
    alike = of("cannot_tell", 0.0, spread=0.0, items=20)
    assert (alike.to_show, alike.needed, alike.more) == ("not_worse", 183, 163)
    assert "do not differ" in alike.reason
