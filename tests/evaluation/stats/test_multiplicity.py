"""Corrections for many tests against the published example and statsmodels' values."""

import numpy as np
import pytest

from evaluation.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, beyond, holm, widening
from tests.examples import example


@pytest.mark.parametrize(
    ("adjust", "name"),
    [(holm, "holm"), (benjamini_hochberg, "benjamini_hochberg"), (benjamini_yekutieli, "benjamini_yekutieli")],
)
def test_the_example_of_benjamini_and_hochberg(adjust, name):
    given = example("multiplicity")

    found = adjust(given["p"])

    assert sum(one <= 0.05 for one in found) == given["rejected"][name]
    assert found == pytest.approx(given[name], abs=1e-6)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg, benjamini_yekutieli])
def test_order_does_not_matter_and_no_p_falls(adjust):
    p = np.random.default_rng(0).random(40) ** 2
    found = adjust(p.tolist())
    assert all(one >= before - 1e-12 for one, before in zip(found, p, strict=True))
    assert max(found) <= 1
    assert adjust(p[::-1].tolist()) == pytest.approx(found[::-1])


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg, benjamini_yekutieli])
def test_none_one_and_what_is_no_p(adjust):
    assert adjust([]) == []
    assert adjust([0.03]) == [0.03]
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            adjust([0.5, wrong])


def test_of_many_figures_that_are_0_one_lies_beyond_chance_in_about_5_of_100_worlds():
    drawn = np.random.default_rng(2).normal(size=(2000, 12))
    found = [any(beyond([(one, one - 1.96, one + 1.96) for one in world])) for world in drawn.tolist()]
    assert 0.03 < np.mean(found) < 0.065
    assert np.mean(np.abs(drawn).max(axis=1) > 1.96) > 0.4
    assert widening(1) == 1.0
    assert beyond([(0.5, None, None)]) == [False]
