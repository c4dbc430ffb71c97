"""Venn-Abers intervals against the venn-abers package, and that they hold."""

import numpy as np
import pytest

from evaluation.stats.venn_abers import venn_abers
from tests.examples import example


def test_the_intervals_are_those_of_the_package():
    given = example("calibration.venn_abers")
    found = venn_abers(np.array(given["confidence"]), np.array(given["right"], dtype=float), given["asked"])
    assert [one.low for one in found] == pytest.approx(given["low"], abs=1e-9)
    assert [one.high for one in found] == pytest.approx(given["high"], abs=1e-9)
    assert [one.chance for one in found] == pytest.approx(given["chance"], abs=1e-9)


def test_more_decisions_make_them_narrower_and_they_lie_around_the_truth():
    draw, asked = np.random.default_rng(2), [0.3, 0.5, 0.7]
    widths = []
    for n in (50, 5000):
        confidence = draw.random(n)
        found = venn_abers(confidence, (draw.random(n) < confidence**2).astype(float), asked)
        assert all(one.low <= one.chance <= one.high for one in found)
        widths.append(max(one.high - one.low for one in found))
    assert 4 * widths[1] < widths[0]
    assert [one.chance for one in found] == pytest.approx([one**2 for one in asked], abs=0.08)


def test_nothing_known_says_nothing():
    assert [(one.low, one.high) for one in venn_abers(np.zeros(0), np.zeros(0), [0.4])] == [(0.0, 1.0)]
