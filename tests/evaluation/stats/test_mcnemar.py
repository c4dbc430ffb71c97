"""McNemar's test against Agresti's table, statsmodels' values and the binomial by hand."""

from math import comb

import pytest

from evaluation.stats.mcnemar import CORRECTED, EXACT, PLAIN, mcnemar
from tests.examples import example


@pytest.mark.parametrize(("method", "name"), [(PLAIN, "plain"), (CORRECTED, "corrected"), (EXACT, "exact")])
def test_the_table_of_agresti(method, name):
    given = example("comparison.mcnemar.agresti")

    found = mcnemar(given["only_a"], given["only_b"], method=method)

    assert found.p == pytest.approx(given[name]["p"], rel=2e-3)
    if name != "exact":
        assert found.statistic == pytest.approx(given[name]["statistic"], abs=5e-4)


def test_few_are_tested_exactly_and_many_with_a_correction():
    assert mcnemar(12, 12).method == EXACT
    assert mcnemar(12, 13).method == CORRECTED
    assert mcnemar(1, 11).p == pytest.approx(example("comparison.mcnemar.few.exact"), abs=1e-5)


@pytest.mark.parametrize(("first", "second"), [(0, 1), (0, 6), (3, 4), (2, 9), (10, 14)])
def test_the_exact_p_is_twice_the_smaller_tail(first, second):
    total, least = first + second, min(first, second)
    tail = sum(comb(total, k) for k in range(least + 1)) / 2**total
    assert mcnemar(first, second).p == pytest.approx(min(1, 2 * tail))
    assert mcnemar(second, first).p == pytest.approx(mcnemar(first, second).p)


def test_without_discordant_items_nothing_differs():
    assert mcnemar(0, 0).p == 1.0
    assert mcnemar(20, 20).p == 1.0
    with pytest.raises(ValueError, match="below 0"):
        mcnemar(-1, 2)
