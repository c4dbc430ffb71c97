"""The random share, greedy k-centre, near copies, and a pool of 50,000."""

import time

import numpy as np
import pytest
from scipy import sparse

from evaluation.stats.acquisition_choice import choose


def on_a_circle(*degrees):
    angles = np.radians(np.array(degrees, dtype=float))
    return sparse.csr_matrix(np.column_stack([np.cos(angles), np.sin(angles)]))


def asked(vectors, **more):
    count = vectors.shape[0]
    plain = {"scores": {}, "mix": {"diversity": 1.0}, "texts": [str(n) for n in range(count)], "size": 2, "seed": 0}
    return choose(**plain | {"vectors": vectors, "random_share": 0.0} | more)


def places(choice):
    return [one.place for one in choice.chosen]


def test_diversity_is_greedy_k_centre():
    """Labelled at 0 degrees; the farthest is 90, then 45 is 45 from both, while 70 and 20 are 20 from a centre."""
    vectors = on_a_circle(20, 45, 70, 90)

    assert places(asked(vectors, covered=on_a_circle(0))) == [3, 1]


def test_a_mix_is_the_weighted_sum_of_ranks():
    scores = {"least": np.array([0.1, 0.5, 0.3, 0.2])}
    chosen = asked(on_a_circle(20, 45, 70, 90), covered=on_a_circle(0), scores=scores, size=1,
                   mix={"least": 0.5, "diversity": 0.5}).chosen  # fmt: skip

    # least ranks 0, 1, 2/3, 1/3 and diversity 0, 1/3, 2/3, 1: three tie at 2/3, the lot decides
    assert chosen[0].place in (1, 2, 3)
    assert chosen[0].total == pytest.approx(2 / 3)


def test_near_copies_are_picked_once_and_equal_texts_are_one():
    vectors = on_a_circle(0, 10, 80, 80)
    choice = asked(vectors, texts=["a", "b", "c", "c"], scores={"least": np.array([0.5, 0.4, 0.3, 0.3])},
                   mix={"least": 1.0}, size=4)  # fmt: skip

    assert places(choice) == [0, 2]  # 10 degrees is a cosine of 0.985
    assert (choice.texts, choice.repeated, choice.near_copies) == (3, 1, 1)


def test_the_random_share_estimates_the_pool_without_bias():
    """Over many draws the weighted share of a property is that of the pool, though scores favour it; copies count."""
    texts = ["copy"] * 4 + [f"t{n}" for n in range(12)]
    holds = np.array([1.0] * 4 + [1.0, 0.0] * 6)
    vectors = sparse.identity(16, format="csr")
    totals, shares = [], []
    for seed in range(400):
        choice = asked(vectors, texts=texts, scores={"least": holds}, mix={"least": 1.0}, size=8, random_share=0.5,
                       seed=seed)  # fmt: skip
        lot = [one for one in choice.chosen if one.is_random]
        assert len(lot) == 4
        assert all(one.weight == 1 for one in choice.chosen if not one.is_random)
        totals.append(sum(one.weight for one in lot))
        shares.append(sum(one.weight * holds[one.place] for one in lot))

    assert np.mean(totals) == pytest.approx(16, abs=4 * np.std(totals) / 20)
    assert np.mean(shares) == pytest.approx(10, abs=4 * np.std(shares) / 20)


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"size": 0}, {"random_share": 1.1}, {"mix": {"least": 1.0}}):
        with pytest.raises(ValueError):
            asked(on_a_circle(0, 90), **wrong)


@pytest.mark.long
def test_fifty_thousand_items_are_chosen_from():
    rng = np.random.default_rng(0)
    vectors = sparse.random(50_000, 20_000, density=0.002, format="csr", random_state=rng)
    length = np.sqrt(vectors.multiply(vectors).sum(axis=1)).A1
    vectors = sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-9)) @ vectors)
    start = time.perf_counter()
    choice = asked(vectors, scores={"least": rng.random(50_000)}, mix={"least": 0.6, "diversity": 0.4}, size=100,
                   random_share=0.3, covered=vectors[:500])  # fmt: skip

    assert len(choice.chosen) == 100
    assert time.perf_counter() - start < 120
