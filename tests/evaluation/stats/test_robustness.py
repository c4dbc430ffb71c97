import json

import numpy as np
import pytest
from scipy import stats

from evaluation.stats.compare import compare
from evaluation.stats.resampling import Plan
from evaluation.stats.robustness import flips, obeyed, robustness

CODES = list("abcd")
GOLD = [frozenset(CODES[place % 4]) for place in range(100)]


def with_wrong(count):
    """The first `count` items answered with the next label: micro F1 is 1 - count / 100."""
    return [frozenset(CODES[(place + 1) % 4]) if place < count else gold for place, gold in enumerate(GOLD)]


def ran(disturbed, clean=None, **options):
    options = {"tolerance": 0.05, "resamples": 300} | options
    return robustness(gold=GOLD, clean=clean or with_wrong(10), disturbed=disturbed, codes=CODES, **options)


def test_the_drop_is_the_paired_difference_turned_round():
    found = ran({2: with_wrong(30)})
    other = compare(gold=GOLD, a=with_wrong(10), b=with_wrong(30), codes=CODES, swaps=0, plan=Plan(300, 0))
    theirs = other.diff["micro_f1"].estimate
    assert found.clean == other.a["micro_f1"]
    assert found.strengths[0].f1 == other.b["micro_f1"]
    assert found.strengths[0].drop.value == pytest.approx(0.2)
    assert (found.strengths[0].drop.low, found.strengths[0].drop.high) == (-theirs.high, -theirs.low)


def test_the_interval_of_the_drop_is_near_the_paired_one_of_scipy():
    found = ran({1: with_wrong(40)}, resamples=2000).strengths[0].drop
    lost = np.array([10 <= place < 40 for place in range(100)], dtype=float)
    theirs = stats.bootstrap((lost,), np.mean, n_resamples=2000, method="BCa", rng=np.random.default_rng(3))
    assert found.low == pytest.approx(theirs.confidence_interval.low, abs=0.015)
    assert found.high == pytest.approx(theirs.confidence_interval.high, abs=0.015)


def test_the_breakdown_is_the_first_strength_beyond_the_tolerance():
    found = ran({8: with_wrong(60), 4: with_wrong(30), 2: with_wrong(17), 1: with_wrong(12)})
    assert [one.strength for one in found.strengths] == [1, 2, 4, 8]
    assert found.breakdown.strength == 2  # 0.07 lost, but perhaps by chance
    assert found.certain.strength == 4


def test_a_drop_equal_to_the_tolerance_is_within_it():
    assert ran({1: with_wrong(15)}).breakdown.strength is None
    assert ran({1: with_wrong(16)}).breakdown.strength == 1


def test_without_breakdown_there_is_a_reason():
    kept = ran({1: with_wrong(10), 2: with_wrong(5)})
    assert kept.strengths[0].drop.value == 0
    assert kept.strengths[1].drop.value == pytest.approx(-0.05)
    assert (kept.breakdown.strength, kept.certain.strength) == (None, None)
    assert "exceeds the tolerance" in kept.breakdown.reason
    assert "interval" in kept.certain.reason
    assert ran({}).breakdown.reason == "no strength was run"


def test_an_undefined_drop_is_no_breakdown():
    nothing = [frozenset()] * 3
    found = robustness(gold=nothing, clean=nothing, disturbed={1: nothing}, codes=CODES, resamples=50)
    assert found.clean.value is None
    assert found.strengths[0].drop.value is None
    assert found.breakdown.reason == "the drop is undefined at every strength"
    assert robustness(gold=[], clean=[], disturbed={1: []}, codes=CODES).certain.strength is None


def test_one_item_has_a_drop_and_no_interval():
    found = robustness(gold=GOLD[:1], clean=GOLD[:1], disturbed={1: [None]}, codes=CODES)
    assert found.strengths[0].drop.value == 1.0
    assert found.strengths[0].unanswered == 1
    assert found.breakdown.strength == 1
    assert found.certain.reason == "the drop has no interval at any strength"


def test_the_report_is_json_and_the_same_again():
    def report():
        return json.dumps(ran({1: with_wrong(20), 2: [None] * 100}, seed=4).as_dict(), allow_nan=False)

    assert report() == report()
    content = json.loads(report())
    assert content["strengths"][1]["unanswered"] == 100
    assert content["breakdown"] == {"strength": 1}
    assert content["interval"]["seed"] == 4
    assert set(content["clean"]) >= {"value", "low", "high", "n"}


@pytest.mark.parametrize(("items", "clusters"), [(4, None), (100, None), (100, 4)])
def test_no_loss_on_a_few_items_is_not_certainty(items, clusters):
    gold = GOLD[:items]
    plan = Plan(50, 0, clusters=[place % clusters for place in range(items)]) if clusters else Plan(50, 0)
    drop = robustness(gold=gold, clean=gold, disturbed={1: gold}, codes=CODES, plan=plan).strengths[0].drop

    unlike = stats.binomtest(0, clusters or items).proportion_ci(method="exact").high
    assert drop.value == 0.0
    assert (drop.low, drop.high) == pytest.approx((-unlike, unlike))
    assert drop.method == "exact"


def test_clusters_widen_the_drop():
    plain = ran({1: with_wrong(40)}).strengths[0].drop
    plan = Plan(300, 0, clusters=[place // 10 for place in range(100)])
    wide = ran({1: with_wrong(40)}, plan=plan).strengths[0].drop
    assert wide.high - wide.low > plain.high - plain.low


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="tolerance"):
        ran({1: GOLD}, tolerance=-0.1)
    with pytest.raises(ValueError, match="predictions"):
        ran({1: GOLD[:5]})


def test_flips_are_counted_by_item_and_label():
    one = [frozenset("a"), frozenset("ab"), frozenset(), None, frozenset("c")]
    other = [frozenset("a"), frozenset("b"), frozenset("a"), frozenset("a"), None]
    found = flips(one, other)
    assert (found.flipped, found.unanswered, found.share.n) == (2, 2, 3)
    assert found.share.value == pytest.approx(2 / 3)
    theirs = stats.binomtest(2, 3).proportion_ci(method="wilson")
    assert (found.share.low, found.share.high) == pytest.approx((theirs.low, theirs.high))
    assert found.labels == {"a": 2}
    assert flips(one, other).share == flips(other, one).share
    assert flips([], []).share.value is None
    json.dumps(found.as_dict(), allow_nan=False)


def test_obeyed_injections_in_all_and_by_group():
    found = obeyed([True, False, None, False], ["add", "add", "leak", "drop"])
    assert (found.rate.value, found.rate.n, found.obeyed, found.unanswered) == (pytest.approx(1 / 3), 3, 1, 1)
    assert found.groups["add"].value == 0.5
    assert found.groups["leak"].value is None
    assert found.groups["drop"].low == 0.0
    assert found.groups["drop"].high > 0.5
    assert obeyed([]).rate.reason
    assert obeyed([False]).groups == {}
    json.dumps(found.as_dict(), allow_nan=False)
    with pytest.raises(ValueError):
        obeyed([True], [])
