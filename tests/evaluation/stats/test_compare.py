import itertools
import json

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import binomtest

from evaluation.stats.compare import Family, compare, verdict
from evaluation.stats.intervals import swap_sums
from evaluation.stats.resampling import Plan
from evaluation.stats.types import Estimate
from tests.examples import example

CODES = list("abcd")


def make(share, n=300, seed=0):
    draw = np.random.default_rng(seed)
    gold = [frozenset(draw.choice(CODES, size=2, replace=False)) for _ in range(n)]
    noise = np.random.default_rng(seed + 100)
    return gold, [one if noise.random() < share else frozenset(noise.choice(CODES, size=1)) for one in gold]


def test_a_clearly_better_run_is_better():
    gold, worse = make(0.5)
    _, better = make(0.9)
    report = compare(gold=gold, a=worse, b=better, codes=CODES, resamples=300)
    found = report.diff["micro_f1"]
    assert report.verdict == "better"
    assert found.estimate.value == pytest.approx(report.b["micro_f1"].value - report.a["micro_f1"].value)
    assert found.p == pytest.approx(1 / 301)
    assert compare(gold=gold, a=better, b=worse, codes=CODES, resamples=300).verdict == "worse"


def test_a_run_against_itself_differs_in_nothing():
    gold, run = make(0.7)
    report = compare(gold=gold, a=run, b=run, codes=CODES, resamples=200)
    assert report.diff["micro_f1"].estimate.value == 0
    assert report.diff["micro_f1"].p == 1.0
    assert report.verdict == "not_worse"


def test_runs_that_answer_few_items_alike_are_not_shown_to_be_alike():
    gold, run = make(0.7, n=20)
    values = {"sector": ["x"] * 8 + ["y"] * 12}
    report = compare(gold=gold, a=run, b=run, codes=CODES, slices=values, resamples=50)

    found, label, part = report.diff["micro_f1"].estimate, report.labels["a"].estimate, report.slices["sector"]["x"]
    unlike = binomtest(0, 20).proportion_ci(method="exact").high
    assert (found.low, found.value, found.high) == pytest.approx((-unlike, 0.0, unlike))
    assert part.estimate.high == pytest.approx(binomtest(0, 8).proportion_ci(method="exact").high)
    said = sum("a" in one | (answer or frozenset()) for one, answer in zip(gold, run, strict=True))
    assert label.high == pytest.approx(binomtest(0, said).proportion_ci(method="exact").high)
    assert (report.diff["macro_f1"].estimate.low, report.verdict) == (None, "cannot_tell")


def test_the_p_of_few_items_is_that_of_all_swaps():
    gold = [frozenset("a")] * 6
    a, b = [frozenset("b")] * 5 + [frozenset("a")], [frozenset("a")] * 6
    report = compare(gold=gold, a=a, b=b, codes=CODES, resamples=20_000)
    exact = []
    right = np.array([0, 0, 0, 0, 0, 1]), np.ones(6)
    for coins in itertools.product([0, 1], repeat=6):
        swapped = np.where(coins, right[1], right[0]), np.where(coins, right[0], right[1])
        exact.append(abs(swapped[1].mean() - swapped[0].mean()) >= 5 / 6 - 1e-12)
    assert report.diff["exact_match"].p == pytest.approx(np.mean(exact), abs=0.005)


def test_verdicts_follow_the_interval():
    def of(low, high):
        return verdict(Estimate((low + high) / 2, low, high, 100), 0.02)

    assert of(0.01, 0.05) == "better"
    assert of(-0.01, 0.05) == "not_worse"
    assert of(-0.06, -0.01) == "worse"
    assert of(-0.06, 0.05) == "cannot_tell"
    assert verdict(Estimate(0.1, None, None, 1), 0.02) == "cannot_tell"


def test_no_items_tell_nothing():
    report = compare(gold=[], a=[], b=[], codes=CODES)
    assert report.verdict == "cannot_tell"
    assert report.as_dict()["diff"]["micro_f1"]["value"] is None


def test_turning_the_runs_round_turns_the_difference_round():
    gold, one = make(0.6)
    _, other = make(0.7, seed=0)
    first = compare(gold=gold, a=one, b=other, codes=CODES, resamples=200)
    second = compare(gold=gold, a=other, b=one, codes=CODES, resamples=200)

    for name, found in first.diff.items():
        back = second.diff[name]
        assert found.estimate.value == pytest.approx(-back.estimate.value, abs=1e-12)
        assert (found.estimate.low, found.estimate.high) == pytest.approx(
            (-back.estimate.high, -back.estimate.low), abs=1e-12
        )
        assert found.p == back.p
    assert first.labels["a"].estimate.value == pytest.approx(-second.labels["a"].estimate.value, abs=1e-12)


@pytest.mark.long
def test_equally_good_runs_are_rarely_called_different():
    small = []
    for seed in range(100):
        draw = np.random.default_rng(seed)
        gold = [frozenset(draw.choice(CODES, size=2, replace=False)) for _ in range(80)]
        runs = [
            [one if draw.random() < 0.7 else frozenset(draw.choice(CODES, size=1)) for one in gold] for _ in range(2)
        ]
        small.append(compare(gold=gold, a=runs[0], b=runs[1], codes=CODES, resamples=199).diff["micro_f1"].p <= 0.05)
    assert np.mean(small) <= 0.1  # of 100 at 5 in 100, more than 10 come once in a hundred times


def test_a_label_that_neither_run_nor_gold_has_has_no_difference():
    report = compare(gold=[frozenset("a")] * 3, a=[frozenset("a")] * 3, b=[None] * 3, codes=CODES, resamples=20)

    assert report.labels["b"].estimate.value is None
    assert report.labels["b"].estimate.reason
    assert report.labels["b"].test is None
    assert report.labels["a"].estimate.value == -1


def test_the_report_has_the_keys_it_promises():
    gold, run = make(0.7, n=20)
    report = compare(gold=gold, a=run, b=run, codes=CODES, margin=0.03, resamples=20).as_dict()

    assert {"n", "a", "b", "diff", "labels", "verdict", "margin", "interval", "zero_division"} <= set(report)
    assert set(report["diff"]) == {"micro_f1", "macro_f1", "exact_match"}
    assert {"value", "low", "high", "n", "p"} <= set(report["diff"]["macro_f1"])
    assert {"value", "low", "high", "n", "fixed", "broke", "p", "p_adjusted"} <= set(report["labels"]["a"])
    assert report["margin"] == 0.03


def test_the_same_input_gives_the_same_bytes():
    gold, one = make(0.6, n=60)
    _, other = make(0.7, n=60)
    values = {"sector": ["x", "y"] * 30}
    first, second = (
        json.dumps(
            compare(gold=gold, a=one, b=other, codes=CODES, slices=values, resamples=100).as_dict(), allow_nan=False
        )
        for _ in range(2)
    )
    assert first == second


def test_swaps_find_the_p_of_darwins_pairs():
    given = example("comparison.darwin")
    apart = np.array(given["differences"])
    kept = swap_sums(sparse.csr_matrix(apart[:, None]), resamples=200_000, seed=0)[:, 0]
    signed = apart.sum() - 2 * kept

    found = (1 + (abs(signed) >= abs(apart.sum())).sum()) / (1 + len(signed))

    assert apart.sum() == given["sum"]
    assert found == pytest.approx(given["p"], abs=0.002)


def test_labels_are_tested_on_their_own_decisions_and_corrected_together():
    gold = [frozenset("a")] * 12 + [frozenset("b")] * 12
    a = [frozenset("a")] * 11 + [frozenset()] + [frozenset("b")] * 12
    b = [frozenset()] * 11 + [frozenset("a")] + [frozenset("b")] * 12
    report = compare(gold=gold, a=a, b=b, codes=CODES, resamples=50).as_dict()

    found = report["labels"]["a"]
    assert (found["broke"], found["fixed"]) == (11, 1)
    assert found["p"] == pytest.approx(example("comparison.mcnemar.few.exact"), abs=1e-5)
    assert found["p_adjusted"] == pytest.approx(2 * found["p"])  # two labels are in use
    assert report["labels"]["b"]["p"] == 1.0
    assert report["labels"]["c"]["p"] is None


def test_what_was_declared_is_corrected_together():
    gold = [frozenset("a")] * 40 + [frozenset("b")] * 40
    a, b = [frozenset("a")] * 40 + [frozenset("b")] * 40, [frozenset("a")] * 40 + [frozenset()] * 40
    values = {"sector": ["old"] * 40 + ["new"] * 40}
    family = Family(labels=("a", "b"), slices=(("sector", "new"), ("sector", "old")))
    report = compare(gold=gold, a=a, b=b, codes=CODES, slices=values, family=family, resamples=999).as_dict()

    members = {(one["kind"], one["name"], one["of"]): one for one in report["family"]["members"]}
    assert [one["finding"] for one in members.values()] == ["worse", "", "worse", "worse", ""]
    assert report["family"]["worse"] == 2
    assert all(one["p_adjusted"] >= one["p"] for one in members.values())
    assert members["slice", "sector", "old"]["p_adjusted"] == 1.0
    with pytest.raises(KeyError):
        compare(gold=gold, a=a, b=b, codes=CODES, family=Family(labels=("z",)), resamples=10)


def test_slices_are_scored_apart():
    gold, one = make(0.6, n=80)
    _, other = make(0.7, n=80)
    values = ["x"] * 30 + ["y"] * 50
    report = compare(gold=gold, a=one, b=other, codes=CODES, slices={"sector": values}, resamples=200)

    alone = compare(gold=gold[:30], a=one[:30], b=other[:30], codes=CODES, resamples=200)
    found = report.slices["sector"]["x"]
    assert found.estimate.value == pytest.approx(alone.diff["micro_f1"].estimate.value)
    assert found.estimate.n == 30
    assert found.exact == alone.exact
    assert sum(change.estimate.n for change in report.slices["sector"].values()) == 80


@pytest.mark.parametrize("gold", [[], [frozenset()], [frozenset("a")], [frozenset()] * 5])
def test_degenerate_items_say_why_and_never_fail(gold):
    for a, b in itertools.product([None, frozenset(), frozenset("a")], repeat=2):
        report = compare(
            gold=gold,
            a=[a] * len(gold),
            b=[b] * len(gold),
            codes=CODES,
            slices={"sector": ["x"] * len(gold)},
            resamples=20,
        ).as_dict()
        json.dumps(report, allow_nan=False)
        for found in (*report["diff"].values(), *report["labels"].values()):
            assert found["value"] is not None or found["reason"]


def test_cannot_tell_says_how_many_more():
    draw = np.random.default_rng(1)
    gold = [frozenset(draw.choice(CODES, size=2, replace=False)) for _ in range(60)]
    a, b = (shared_answers(draw, gold, CODES) for _ in range(2))
    report = compare(gold=gold, a=a, b=b, codes=CODES, margin=0.01, resamples=300)

    assert report.verdict == "cannot_tell"
    assert report.outlook.more > 0
    assert report.outlook.needed == 60 + report.outlook.more
    assert report.outlook.detectable > 0.05


def shared_answers(draw, gold, codes, share=0.7):
    """Answers that are right by the same chance, whoever gives them."""
    return [one if draw.random() < share else frozenset(draw.choice(codes, size=1)) for one in gold]


def findings(*, seed, labels, values, n, resamples=399):
    """What a comparison of two runs of the same quality finds: the verdict, and whether any declared one stands out."""
    draw = np.random.default_rng(seed)
    codes = [f"c{place:02}" for place in range(labels)]
    gold = [frozenset(draw.choice(codes, size=2, replace=False)) for _ in range(n)]
    slices = {"sector": [f"s{place % values}" for place in range(n)]}
    a, b = (shared_answers(draw, gold, codes) for _ in range(2))
    family = Family(tuple(codes), tuple(("sector", f"s{place}") for place in range(values)))
    report = compare(
        gold=gold, a=a, b=b, codes=codes, slices=slices, family=family, resamples=100, swaps=resamples, seed=seed
    )
    return report.verdict, any(member.finding for member in report.family)


@pytest.mark.long
def test_the_gate_of_equal_runs_and_of_a_whole_family_is_rarely_wrong():
    found = [findings(seed=seed, labels=20, values=5, n=120) for seed in range(100)]

    called = np.mean([verdict in ("better", "worse") for verdict, _ in found])
    assert called <= 0.1  # of 100 at 5 in 100, more than 10 come once in a hundred times
    assert np.mean([any_found for _, any_found in found]) <= 0.1


@pytest.mark.long
def test_the_gate_keeps_its_promise_over_many_comparisons():
    found = [findings(seed=seed, labels=20, values=5, n=200, resamples=999) for seed in range(1000, 2000)]
    assert np.mean([verdict in ("better", "worse") for verdict, _ in found]) <= 0.066  # 0.05 and 2.33 errors of it
    assert np.mean([any_found for _, any_found in found]) <= 0.066


def test_copies_of_an_item_say_no_more_than_one():
    """Each item three times: with clusters intervals and p are near those of the items once, without far too sure."""
    gold, one = make(0.6, n=80)
    _, other = make(0.7, n=80)
    thrice = [[said for said in some for _ in range(3)] for some in (gold, one, other)]
    clusters = [place // 3 for place in range(240)]

    once = compare(gold=gold, a=one, b=other, codes=CODES, resamples=2000)
    plain = compare(gold=thrice[0], a=thrice[1], b=thrice[2], codes=CODES, resamples=2000)
    plan = Plan(2000, clusters=clusters)
    together = compare(gold=thrice[0], a=thrice[1], b=thrice[2], codes=CODES, plan=plan)

    for name, found in together.diff.items():
        wide, narrow = once.diff[name], plain.diff[name]
        assert width(found) == pytest.approx(width(wide), rel=0.12)
        assert width(found) > 1.4 * width(narrow)
        assert found.p == pytest.approx(wide.p, abs=0.03)
    assert together.outlook.detectable == pytest.approx(once.outlook.detectable, rel=0.02)
    assert together.resampled.clusters == 80


def width(difference):
    return difference.estimate.high - difference.estimate.low


def test_resampling_within_strata_sees_less_by_chance():
    """A gains in one stratum and B in the other: drawn within strata the difference moves less."""
    gold = [frozenset("a")] * 100
    a = [frozenset("a")] * 50 + [frozenset("b")] * 50
    b = [frozenset("b")] * 48 + [frozenset("a")] * 52
    strata = ["x"] * 50 + ["y"] * 50

    plain = compare(gold=gold, a=a, b=b, codes=CODES, resamples=500)
    within = compare(gold=gold, a=a, b=b, codes=CODES, plan=Plan(500, strata=strata))

    assert width(within.diff["micro_f1"]) < 0.5 * width(plain.diff["micro_f1"])
    assert within.diff["micro_f1"].estimate.value == plain.diff["micro_f1"].estimate.value


def test_one_cluster_has_no_interval_and_tells_nothing():
    gold, run = make(0.7, n=20)
    report = compare(gold=gold, a=run, b=gold, codes=CODES, plan=Plan(50, clusters=["one"] * 20))
    assert report.verdict == "cannot_tell"
    assert "clusters" in report.diff["micro_f1"].estimate.reason
    json.dumps(report.as_dict(), allow_nan=False)
