import numpy as np
import pytest

from evaluation.stats.counting import Counted, figures, item_scores, slice_groups
from evaluation.stats.matrices import pairing
from evaluation.stats.resampling import Plan

CODES = ["a", "b"]


def counted(gold, predicted, slices=None):
    return Counted(pairing(gold, predicted, CODES), CODES, {}, slice_groups(slices or {}, len(gold)), {})


def test_each_item_has_its_own_scores():
    """Right; empty on both sides; no answer; half right; one side empty."""
    gold = [frozenset("a"), frozenset(), frozenset(), frozenset("ab"), frozenset("b")]
    predicted = [frozenset("a"), frozenset(), None, frozenset("a"), frozenset()]

    found = item_scores(pairing(gold, predicted, CODES))

    assert found.tolist() == [
        [1, 1, 1, 1, 0, 1],
        [1, 1, 1, 1, 0, 1],
        [0, 0, 0, 0, 0, 0],
        [1, 0.5, pytest.approx(2 / 3), 0, 1, 0.5],
        [0, 0, 0, 0, 1, 0],
    ]


def test_slices_are_in_order_of_their_values():
    groups = slice_groups({"s": ["y", "x", "y"]}, 3)

    assert [(name, value, members.tolist()) for name, value, members in groups] == [("s", "x", [1]), ("s", "y", [0, 2])]
    with pytest.raises(ValueError, match="1 values of s, but 2 items"):
        slice_groups({"s": ["x"]}, 2)


def test_counts_are_by_label_and_by_slice():
    found = counted([frozenset("a"), frozenset("b")], [frozenset("ab"), None], {"s": ["x", "y"]})

    assert found.counts.toarray().tolist() == [
        [1, 0, 0, 1, 0, 0, 1, 3, 0, 0],
        [0, 0, 0, 0, 0, 1, 0, 0, 0, 1],
    ]


def test_percentile_plans_need_no_influence():
    both = counted([frozenset("a")] * 4, [frozenset("ab")] * 4)

    assert figures(both, Plan(9, method="percentile"))[0].accelerations is None
    assert figures(both, Plan(9))[0].accelerations is not None


def test_weighted_figures_are_there_only_where_weights_differ():
    both = counted([frozenset("a"), frozenset("b")], [frozenset("a"), None])

    plain, weighted = figures(both, Plan(9, weights=[3, 1]))

    assert plain.of("exact", reason="").value == 0.5
    assert weighted.of("exact", reason="").value == 0.75
    assert figures(both, Plan(9, weights=[1, 1]))[1] is None


@pytest.mark.parametrize("items", [0, 1])
def test_too_few_items_draw_nothing(items):
    found, _ = figures(counted([frozenset("a")] * items, [frozenset("a")] * items), Plan(9))

    assert found.replicates.shape[0] == 0
    assert found.of("micro", "f1", reason="none").low is None
    assert np.isnan(found.values[found.where["exact",]]) == (items == 0)
