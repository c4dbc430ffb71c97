"""Sums of two runs against scikit-learn on resampled and on swapped rows, item by item."""

import itertools

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import accuracy_score, f1_score

from evaluation.stats.intervals import Plan
from evaluation.stats.paired import answers, influences

CODES = [f"c{place}" for place in range(7)]


@pytest.fixture
def both():
    draw = np.random.default_rng(3)
    sets = [[frozenset(draw.choice(CODES, size=draw.integers(0, 4), replace=False)) for _ in range(40)] for _ in "gab"]
    sets[2][5] = None
    members = sparse.csr_matrix(np.arange(40)[:, None] % 3 == np.arange(3)[None, :], dtype=np.float64)
    return answers(*sets, CODES, members)


def dense(both, rows=slice(None)):
    return [np.asarray(matrix.todense())[rows] for matrix in (both.gold, both.a, both.b)]


def agrees(side, gold, said, place):
    labels = f1_score(gold, said, average=None, zero_division=np.nan)
    assert side.labels[place] == pytest.approx(labels, abs=1e-12, nan_ok=True)
    assert side.measures["micro_f1"][place] == pytest.approx(f1_score(gold, said, average="micro"), abs=1e-12)
    assert side.measures["macro_f1"][place] == pytest.approx(np.nanmean(labels), abs=1e-12)


def test_figures_are_those_of_scikit_learn(both):
    gold, a, b = dense(both)
    one, other = both.point()
    agrees(one, gold, a, 0)
    agrees(other, gold, b, 0)
    assert one.measures["exact_match"][0] == pytest.approx(accuracy_score(gold, a))
    for place in range(3):
        rows = np.arange(40) % 3 == place
        assert other.slices[0, place] == pytest.approx(f1_score(gold[rows], b[rows], average="micro"), abs=1e-12)


def test_no_answer_is_no_exact_match_even_where_none_applies():
    both = answers([frozenset()], [None], [frozenset()], CODES)
    one, other = both.point()
    assert (one.measures["exact_match"][0], other.measures["exact_match"][0]) == (0, 1)


def test_resamples_are_those_of_resampled_rows(both):
    plan = Plan(6, seed=2)
    one, other = both.resampled(plan)
    for start, weights in plan.draws(both.n):
        for place, row in enumerate(weights, start):
            gold, a, b = dense(both, np.repeat(np.arange(both.n), row.astype(int)))
            agrees(one, gold, a, place)
            agrees(other, gold, b, place)


def test_swaps_are_those_of_swapped_answers():
    gold = [frozenset({"c0"}), frozenset({"c1", "c2"}), frozenset(), frozenset({"c3"})]
    a = [frozenset({"c0"}), frozenset({"c1"}), frozenset({"c4"}), None]
    b = [frozenset({"c1"}), frozenset({"c1", "c2"}), frozenset(), frozenset({"c3", "c4"})]
    possible = set()
    for coins in itertools.product([False, True], repeat=4):
        sides = [
            [two if coin else one for one, two, coin in zip(*pair, coins, strict=True)] for pair in ((a, b), (b, a))
        ]
        possible.add(told(*answers(gold, *sides, CODES).point(), 0))

    drawn = answers(gold, a, b, CODES).swapped(swaps=400, seed=4)

    assert {told(*drawn, place) for place in range(400)} == possible


def told(one, other, place):
    return tuple((*side.hits[place], *side.sizes[place], side.exact[place]) for side in (one, other))


def test_equal_runs_are_not_moved_by_swaps():
    sets = [frozenset("c0"[:2].split()), frozenset({"c1"})]
    both = answers(sets, sets, sets, CODES)
    one, other = both.swapped(swaps=10, seed=0)
    assert (one.measures["micro_f1"] == other.measures["micro_f1"]).all()
    assert len(one.exact) == 10


@pytest.mark.parametrize("measure", ["micro_f1", "macro_f1", "exact_match"])
def test_influences_are_slopes(both, measure):
    """By hand: how the difference moves when one item's weight does."""
    point = both.point()
    found = influences(both, point).difference(measure)
    columns, tiny = both._columns(), 1e-6
    for place in (0, 5, 17):
        weights = np.ones(both.n)
        weights[place] += tiny
        total = weights @ columns.toarray()
        moved = both._split(total[None, :])
        apart = [side.measures[measure][0] for side in moved]
        slope = (apart[1] - apart[0] - point[1].measures[measure][0] + point[0].measures[measure][0]) / tiny
        assert found[place] == pytest.approx(slope, abs=1e-5)


def test_lengths_must_match():
    with pytest.raises(ValueError, match="gold sets"):
        answers([frozenset()], [None], [], CODES)
