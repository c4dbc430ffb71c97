"""Gwet's AC1 of each label, and the means over labels."""

import numpy as np
import pytest

from evaluation.stats.agreement import agreement
from evaluation.stats.coefficients import gwet_ac


def drawn(seed=3, items=60):
    draw = np.random.default_rng(seed)

    def chosen():
        return frozenset(code for code, p in zip("ABC", (0.5, 0.1, 0.9), strict=True) if draw.random() < p)

    sizes = draw.integers(2, 5, size=items)
    return [(f"i{item:02}", f"r{rater}", chosen()) for item in range(items) for rater in range(sizes[item])]


def test_ac1_of_a_label_is_that_of_its_yes_and_no():
    rows = drawn()
    labels = agreement(ratings=rows, codes="ABCD", items_total=60, resamples=0).labels
    items, raters = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    for code in "ABC":
        table = [[None] * len(items) for _ in raters]
        for item, rater, chosen in rows:
            table[raters.index(rater)][items.index(item)] = code in chosen
        assert labels[code].ac1.value == pytest.approx(gwet_ac(table).value, abs=1e-12)


def test_a_label_that_nobody_chose_has_no_coefficient_and_no_part_in_the_means():
    rows = drawn()
    report = agreement(ratings=rows, codes="ABCD", items_total=60, resamples=20)

    unused = report.labels["D"]
    assert [one.value for one in (unused.alpha, unused.kappa, unused.ac1)] == [None] * 3
    assert unused.ac1.reason
    used = np.mean([report.labels[code].ac1.value for code in "ABC"])
    assert report.mean_labels["ac1"].value == pytest.approx(used)
    assert report.mean_labels["alpha"].low <= report.mean_labels["alpha"].value <= report.mean_labels["alpha"].high


def test_on_a_rare_label_ac1_stands_where_kappa_collapses():
    yes = {("i000", "a"), ("i001", "b")}
    pairs = [(f"i{item:03}", rater) for item in range(200) for rater in "ab"]
    rows = [(*pair, frozenset("A" if pair in yes else "")) for pair in pairs]

    found = agreement(ratings=rows, codes="A", items_total=200, resamples=20).labels["A"]

    assert found.percent_agreement.value == pytest.approx(0.99)
    assert found.kappa.value < 0
    assert found.ac1.value > 0.98
