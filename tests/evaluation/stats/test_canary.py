"""The weighted comparison against scikit-learn, and what an oversample would say without its weights."""

import json

import numpy as np
import pytest
from scipy.stats import binomtest

from evaluation.stats.canary import AGREE, DISAGREE, Judged, canary, draw
from tests.examples import example


def six():
    rows = example("canary")
    answers = [
        [frozenset(np.flatnonzero(one).tolist()) for one in rows[name]] for name in ("gold", "production", "candidate")
    ]
    return [Judged(*one) for one in zip(*answers, rows["inclusion"], strict=True)]


def test_weighted_figures_are_those_of_scikit_learn():
    found, expected = canary(six(), resamples=50, swaps=99), example("canary")

    assert [found.production["micro_f1"].value, found.candidate["micro_f1"].value] == pytest.approx(
        expected["weighted_f1"]
    )
    assert list(found.unweighted.values()) == pytest.approx(expected["unweighted_f1"])
    assert [found.production["exact_match"].value, found.candidate["exact_match"].value] == pytest.approx(
        expected["exact_match"]
    )
    assert found.difference["micro_f1"].value == pytest.approx(0.82352941 - 0.72727273)
    assert (found.effective_items, found.population) == pytest.approx(
        (expected["effective_items"], expected["population"])
    )
    assert found.judged == {AGREE: 3, DISAGREE: 3}
    assert (found.verdict, found.reason) == (
        "cannot_tell",
        "fewer than 6 items on which the two disagree were judged",
    )
    assert found.as_dict()["interval"]["strata"] == 2


def test_swaps_count_all_ways_to_exchange_the_two():
    found = canary(six(), resamples=0, swaps=4000)

    # Three items differ: hits 1 2, 0 1, 1 1 of a pair and named 3 4, 2 2, 3 3, all of weight 2; +-1 each way.
    def gap(ways):
        sums = np.array([[20.0, 50.0], [20.0, 50.0]])  # agreeing items: 10 + 10 hits, 20 + 20 + 10 named
        for way, pair in zip(ways, (((1, 3), (2, 4)), ((0, 2), (1, 2)), ((1, 3), (1, 3))), strict=True):
            for side in (0, 1):
                sums[side] += 2 * np.array(pair[side ^ way])
        return abs(np.subtract(*(2 * sums[:, 0] / sums[:, 1])))

    ways = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    exact = sum(gap(way) >= gap((0, 0, 0)) - 1e-12 for way in ways) / 8
    assert gap((0, 0, 0)) == pytest.approx(found.difference["micro_f1"].value)
    assert found.p == pytest.approx(exact, abs=0.03)


def test_verdicts():
    def sample(right, wrong):
        x, y = frozenset("x"), frozenset("y")
        return [Judged(x, y, x, 0.5)] * right + [Judged(x, x, y, 0.5)] * wrong + [Judged(x, x, x, 0.05)] * 40

    assert canary(sample(30, 2)).verdict == "better"
    assert canary(sample(2, 30)).verdict == "worse"
    assert canary(sample(3, 3), margin=0.05).verdict == "not_worse"
    assert canary(sample(3, 4), margin=0.001).verdict == "cannot_tell"
    assert canary(sample(0, 0)).verdict == "cannot_tell"  # 40 alike leave up to 8.8% unlike
    alike = canary(sample(0, 0), population={"agree": 800, "disagree": 0})
    assert alike.verdict == "not_worse"  # of 800 that both answered none differs
    assert alike.difference["exact_match"].high == pytest.approx(binomtest(0, 800).proportion_ci(method="exact").high)
    one_sided = canary(sample(6, 0)).difference["exact_match"]
    assert 0 < one_sided.low < one_sided.value < one_sided.high
    assert canary(sample(5, 0)).verdict == "cannot_tell"  # all for the candidate, but five can be chance


def test_undefined_says_why():
    nothing = canary([])
    assert nothing.difference["micro_f1"].reason == "no item was judged"
    assert (nothing.p, nothing.effective_items, nothing.verdict) == (None, None, "cannot_tell")
    empty = canary([Judged(frozenset(), frozenset(), frozenset(), 0.5)] * 3)
    assert empty.difference["micro_f1"].reason == "there are no labels, in gold or predicted"
    assert empty.difference["exact_match"].value == 0.0
    assert canary(six()[:1]).difference["micro_f1"].reason == "an interval needs at least 2 items"
    json.dumps([nothing.as_dict(), empty.as_dict()], allow_nan=False)


def test_weights_scale_to_the_population_where_some_were_never_settled():
    plain = canary(six(), resamples=0, swaps=0)
    same = canary(six(), population={AGREE: 30, DISAGREE: 6}, resamples=0, swaps=0)
    fewer = canary([*six()[:3], *six()[4:]], population={AGREE: 30, DISAGREE: 6}, resamples=0, swaps=0)

    assert same.production["micro_f1"] == plain.production["micro_f1"]
    assert fewer.population == pytest.approx(36)
    with pytest.raises(ValueError, match="none of the 5 items in disagree"):
        canary([six()[1]], population={AGREE: 30, DISAGREE: 5})
    with pytest.raises(ValueError, match="said to be empty"):
        canary(six(), population={AGREE: 30, DISAGREE: 0})
    with pytest.raises(ValueError, match="above 0"):
        canary([Judged(frozenset(), frozenset(), frozenset(), 0.0)])


def test_a_draw_takes_the_share_and_says_with_what_chance():
    agree, disagree = [f"a{place}" for place in range(900)], [f"d{place}" for place in range(100)]
    found = draw(agree, disagree, size=60, share_of_disagreements=0.5, seed=3)

    assert len({one.item for one in found}) == 60
    assert sorted({(one.stratum, one.inclusion) for one in found}) == [(AGREE, 30 / 900), (DISAGREE, 30 / 100)]
    assert sum(1 / one.inclusion for one in found) == pytest.approx(1000)
    assert found == draw(agree[::-1], disagree[::-1], size=60, share_of_disagreements=0.5, seed=3)
    assert found != draw(agree, disagree, size=60, share_of_disagreements=0.5, seed=4)
    assert {one.stratum for one in found[:12]} == {AGREE, DISAGREE}  # not one after the other


@pytest.mark.parametrize(
    ("there", "size", "share", "expected"),
    [
        ((50, 50), 10, 0.25, (7, 3)),  # a half goes to disagreements
        ((50, 50), 10, 0.0, (8, 2)),
        ((50, 50), 10, 1.0, (2, 8)),
        ((50, 50), 3, 1.0, (1, 2)),
        ((50, 4), 20, 0.5, (16, 4)),
        ((4, 50), 20, 0.1, (4, 16)),
        ((5, 5), 99, 0.5, (5, 5)),
        ((5, 0), 3, 0.5, (3, 0)),
        ((0, 0), 3, 0.5, (0, 0)),
    ],
)
def test_sizes_of_the_strata(there, size, share, expected):
    pools = [[f"{name}{place}" for place in range(count)] for name, count in zip("ad", there, strict=True)]
    found = draw(*pools, size=size, share_of_disagreements=share, seed=0)

    assert tuple(sum(one.stratum == name for one in found) for name in (AGREE, DISAGREE)) == expected


def test_a_draw_refuses():
    for options, said in (
        ({"size": 1}, "whole stratum"),
        ({"share_of_disagreements": 1.1}, "between 0 and 1"),
        ({"agree_ids": ["x", "x"]}, "twice"),
        ({"agree_ids": ["y"]}, "twice"),
    ):
        asked = {
            "agree_ids": ["x"],
            "disagree_ids": ["y"],
            "size": 2,
            "share_of_disagreements": 0.5,
            "seed": 0,
        } | options
        with pytest.raises(ValueError, match=said):
            draw(asked.pop("agree_ids"), asked.pop("disagree_ids"), **asked)


def test_weights_undo_the_oversample():
    """1,000 items, 10% disagreements, half the sample from these: 80 draws."""
    rng = np.random.default_rng(11)
    x, y = frozenset("x"), frozenset("y")
    items = {}
    for place in range(1000):
        if place < 100:
            items[f"{place:04}"] = (x, y, x) if rng.random() < 0.7 else (x, x, y)
        else:
            items[f"{place:04}"] = (x, x, x) if rng.random() < 0.9 else (x, y, y)
    names = sorted(items)
    truth = [sum(answers[0] == answers[side] for answers in items.values()) / 1000 for side in (1, 2)]
    found = []
    for seed in range(80):
        drawn = draw(names[100:], names[:100], size=60, share_of_disagreements=0.5, seed=seed)
        said = canary([Judged(*items[one.item], one.inclusion) for one in drawn], resamples=0, swaps=0)
        weighted = [said.production["micro_f1"].value, said.candidate["micro_f1"].value]
        found.append([*weighted, *said.unweighted.values()])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(80)

    assert mean[:2] == pytest.approx(truth, abs=4 * error[:2].max())
    assert (np.abs(mean[2:] - truth) > 0.05).all()
    assert abs(mean[3] - mean[2] - (truth[1] - truth[0])) > 0.1
