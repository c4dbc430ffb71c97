"""Scores against scikit-learn, built piece by piece (DECISIONS 16), and against its documented examples."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, hamming_loss, precision_recall_fscore_support

from evaluation.stats.intervals import item_weights
from evaluation.stats.scores import evaluate

CODES = ["a", "b", "c", "d", "e"]
sets = st.frozensets(st.sampled_from(CODES), max_size=4)
pairs = st.lists(st.tuples(sets, sets), min_size=1, max_size=30)


def rows(matrix):
    return [frozenset(code for code, bit in zip(CODES, row, strict=False) if bit) for row in matrix]


def matrix(answers):
    return np.array([[code in (labels or ()) for code in CODES] for labels in answers], dtype=int)


def by_sklearn(gold, predicted, average, zero_division):
    found = precision_recall_fscore_support(
        matrix(gold), matrix(predicted), average=average, zero_division=zero_division
    )
    return found[:3]


def test_the_example_of_the_documentation():
    report = evaluate(
        gold=rows([[0, 0, 0], [1, 1, 1], [0, 1, 1]]), predicted=rows([[0, 0, 0], [1, 1, 1], [1, 1, 0]]), codes=CODES[:3]
    )
    f1 = {code: score.f1.value for code, score in report.labels.items()}
    assert f1 == pytest.approx({"a": 2 / 3, "b": 1.0, "c": 2 / 3})
    values = {name: [one.value for one in found.values()] for name, found in report.averages.items()}
    assert values["micro"] == pytest.approx([0.8, 0.8, 0.8])
    assert values["macro"] == pytest.approx([5 / 6, 5 / 6, 7 / 9])
    assert values["weighted"] == pytest.approx([0.9, 0.8, 0.8])
    assert values["samples"][2] == pytest.approx(5 / 6)
    assert report.exact_match.value == pytest.approx(2 / 3)
    assert report.hamming_loss.value == pytest.approx(2 / 9)


def test_what_is_undefined_is_left_out_of_macro_and_listed():
    report = evaluate(
        gold=rows([[1, 0, 0], [1, 1, 0], [0, 1, 0]]), predicted=rows([[1, 0, 0], [1, 0, 0], [0, 1, 0]]), codes=CODES[:3]
    )
    assert report.averages["macro"]["f1"].value == pytest.approx(5 / 6)
    assert report.undefined["f1"] == ["c"]
    assert report.labels["c"].f1.value is None
    assert report.labels["c"].f1.reason


def test_a_label_in_gold_that_is_never_predicted_has_no_precision_and_an_f1_of_zero():
    report = evaluate(gold=[frozenset("a")] * 3, predicted=[frozenset()] * 3, codes=CODES)
    assert report.labels["a"].precision.value is None
    assert report.labels["a"].f1.value == 0


def test_no_answer_predicts_nothing_and_is_never_right():
    report = evaluate(gold=[frozenset(), frozenset("a")], predicted=[None, frozenset("a")], codes=CODES)
    assert report.unanswered == 1
    assert report.exact_match.value == 0.5
    assert report.averages["samples"]["f1"].value == 0.5


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_all_averages_are_scikit_learns(both):
    gold, predicted = [one for one, _ in both], [other for _, other in both]
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, resamples=10)
    for zero_division in (np.nan,):
        per_label = by_sklearn(gold, predicted, None, zero_division)
        for measure, values in zip(("precision", "recall", "f1"), per_label, strict=True):
            for code, value in zip(CODES, values, strict=True):
                ours = getattr(report.labels[code], measure).value
                assert (ours is None) == bool(np.isnan(value))
                assert ours is None or ours == pytest.approx(value, abs=1e-12)
            defined = [value for value in values if not np.isnan(value)]
            ours = report.averages["macro"][measure].value
            assert ours is None if not defined else ours == pytest.approx(np.mean(defined), abs=1e-12)
    if any(gold) and any(predicted):
        for place, measure in enumerate(("precision", "recall", "f1")):
            ours = report.averages["micro"][measure].value
            assert ours == pytest.approx(by_sklearn(gold, predicted, "micro", 0)[place], abs=1e-12)
            ours = report.averages["weighted"][measure].value
            assert ours == pytest.approx(by_sklearn(gold, predicted, "weighted", 0)[place], abs=1e-12)
    full = [place for place, (one, other) in enumerate(both) if one or other]
    if full:
        some = by_sklearn([gold[place] for place in full], [predicted[place] for place in full], "samples", 0)
        for value, measure in zip(some, ("precision", "recall", "f1"), strict=True):
            whole = (value * len(full) + len(both) - len(full)) / len(both)
            assert report.averages["samples"][measure].value == pytest.approx(whole, abs=1e-12)
    assert report.exact_match.value == pytest.approx(accuracy_score(matrix(gold), matrix(predicted)), abs=1e-12)
    assert report.hamming_loss.value == pytest.approx(hamming_loss(matrix(gold), matrix(predicted)), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(pairs)
def test_swapping_the_sides_swaps_precision_and_recall(both):
    gold, predicted = [one for one, _ in both], [other for _, other in both]
    one = evaluate(gold=gold, predicted=predicted, codes=CODES, resamples=2)
    other = evaluate(gold=predicted, predicted=gold, codes=CODES, resamples=2)
    assert one.averages["micro"]["precision"].value == other.averages["micro"]["recall"].value
    assert one.averages["micro"]["f1"].value == other.averages["micro"]["f1"].value


@settings(max_examples=30, deadline=None)
@given(pairs)
def test_the_kinds_of_errors_add_up(both):
    gold, predicted = [one for one, _ in both], [other for _, other in both]
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, resamples=2)
    fp, fn = sum(one.fp for one in report.labels.values()), sum(one.fn for one in report.labels.values())
    assert report.errors["wrong_label"] + report.errors["hallucination"] == fp
    assert report.errors["wrong_label"] + report.errors["omission"] == fn


def test_an_interval_is_where_resampling_rows_puts_it():
    draw = np.random.default_rng(3)
    gold = [frozenset(draw.choice(CODES, size=2, replace=False)) for _ in range(120)]
    predicted = [one if draw.random() < 0.6 else frozenset(draw.choice(CODES, size=2)) for one in gold]
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, resamples=2000, seed=1)
    again = np.random.default_rng(8)
    values = []
    for _ in range(600):
        rows_drawn = again.integers(0, 120, 120)
        values.append(by_sklearn([gold[i] for i in rows_drawn], [predicted[i] for i in rows_drawn], "micro", 0)[2])
    low, high = np.quantile(values, [0.025, 0.975])
    found = report.averages["micro"]["f1"]
    assert found.low == pytest.approx(low, abs=0.02)
    assert found.high == pytest.approx(high, abs=0.02)
    assert found.low < found.value < found.high


def test_intervals_are_scikit_learns_on_the_same_rows():
    draw = np.random.default_rng(3)
    gold = [frozenset(draw.choice(CODES, size=draw.integers(0, 3), replace=False)) for _ in range(60)]
    predicted = [one if draw.random() < 0.6 else frozenset(draw.choice(CODES, size=1)) for one in gold]
    sectors = [str(draw.choice(["x", "y"])) for _ in gold]

    report = evaluate(
        gold=gold, predicted=predicted, codes=CODES, slices={"sector": sectors}, resamples=80, seed=5
    ).as_dict()

    replicates = {name: [] for name in ("micro", "weighted", "macro", "label", "slice", "exact", "hamming")}
    true, guess, in_x = matrix(gold), matrix(predicted), np.array(sectors) == "x"
    for _, weights in item_weights(60, resamples=80, seed=5):
        for row in weights.astype(int):
            rows_drawn = np.repeat(np.arange(60), row)
            one, other = true[rows_drawn], guess[rows_drawn]
            some = in_x[rows_drawn]
            per_label = precision_recall_fscore_support(one, other, average=None, zero_division=np.nan)[2]
            replicates["label"].append(per_label[1])
            replicates["macro"].append(np.nanmean(per_label))
            for average in ("micro", "weighted"):
                found = precision_recall_fscore_support(one, other, average=average, zero_division=0)
                replicates[average].append(found[2])
            within = precision_recall_fscore_support(one[some], other[some], average="micro", zero_division=0)
            replicates["slice"].append(within[2])
            replicates["exact"].append(accuracy_score(one, other))
            replicates["hamming"].append(hamming_loss(one, other))
    ours = {name: report[name]["f1"] for name in ("micro", "weighted", "macro")}
    ours |= {"label": report["labels"]["b"]["f1"], "slice": report["slices"]["sector"]["x"]["f1"]}
    ours |= {"exact": report["exact_match"], "hamming": report["hamming_loss"]}
    for name, values in replicates.items():
        low, high = np.quantile(values, [0.025, 0.975])
        assert (ours[name]["low"], ours[name]["high"]) == pytest.approx((low, high), abs=1e-12), name


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    draw = np.random.default_rng(11)
    codes, rates = CODES[:3], np.array([0.2, 0.4, 0.6])
    inside = 0
    truth = (rates * 0.8).sum() * 2 / ((rates * 0.8 + (1 - rates) * 0.1).sum() + rates.sum())
    for seed in range(300):
        true = draw.random((200, 3)) < rates
        guess = np.where(true, draw.random((200, 3)) < 0.8, draw.random((200, 3)) < 0.1)
        sets = [[frozenset(np.array(codes)[row]) for row in table] for table in (true, guess)]
        found = evaluate(gold=sets[0], predicted=sets[1], codes=codes, resamples=200, seed=seed).averages["micro"]["f1"]
        inside += found.low <= truth <= found.high
    assert 0.92 <= inside / 300 <= 0.98


def test_a_slice_of_one_item_has_no_interval():
    report = evaluate(
        gold=[frozenset("a")] * 3,
        predicted=[frozenset("a"), frozenset("b"), frozenset("a")],
        codes=CODES,
        slices={"size": ["x", "", "x"]},
    ).as_dict()

    assert list(report["slices"]["size"]) == ["", "x"]
    assert report["slices"]["size"][""] == {
        "n": 1,
        "f1": {"value": 0.0, "low": None, "high": None, "n": 1, "reason": "an interval needs at least 2 items"},
    }


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(sets, st.one_of(st.none(), sets)), max_size=15), st.randoms(use_true_random=False))
def test_the_order_of_items_and_labels_does_not_matter_and_figures_are_shares(both, shuffle):
    mixed, codes = shuffle.sample(both, len(both)), shuffle.sample(CODES, len(CODES))

    one = evaluate(gold=[g for g, _ in both], predicted=[p for _, p in both], codes=CODES, resamples=5)
    other = evaluate(gold=[g for g, _ in mixed], predicted=[p for _, p in mixed], codes=codes, resamples=5)

    for average, measures in one.averages.items():
        for measure, found in measures.items():
            again = other.averages[average][measure]
            assert found.value is None or 0 <= found.value <= 1 + 1e-12
            assert found.value == pytest.approx(again.value, abs=1e-12) if found.value is not None else not again.value
            assert found.value is not None or found.reason
    assert {code: (s.tp, s.fp, s.fn) for code, s in one.labels.items()} == {
        code: (s.tp, s.fp, s.fn) for code, s in other.labels.items()
    }
    json.dumps(one.as_dict(), allow_nan=False)


def test_nothing_on_either_side_is_undefined_in_micro_and_right_in_samples():
    report = evaluate(gold=[frozenset()] * 4, predicted=[frozenset()] * 4, codes=CODES)

    assert report.averages["micro"]["f1"].value is None
    assert report.averages["macro"]["f1"].value is None
    assert report.averages["samples"]["f1"].value == 1
    assert report.exact_match.value == 1
    assert report.undefined["f1"] == CODES


def test_the_report_has_the_keys_it_promises():
    report = evaluate(gold=[frozenset("a")] * 3, predicted=[frozenset("a")] * 3, codes=CODES).as_dict()

    assert {"items", "unanswered", "micro", "macro", "weighted", "samples", "exact_match", "hamming_loss", "labels",
            "slices", "errors", "interval", "zero_division"} == set(report)  # fmt: skip
    assert set(report["labels"]["a"]) == {"precision", "recall", "f1", "support", "tp", "fp", "fn"}
    assert report["interval"] == {
        "method": "percentile bootstrap over items", "resamples": 1000, "level": 0.95, "seed": 0,
    }  # fmt: skip
    assert report["zero_division"] == {
        "per_label": "null", "macro": "defined only", "weighted": 0, "samples_both_empty": 1,
    }  # fmt: skip


def test_slices_are_micro_f1_of_their_items():
    gold, predicted = [frozenset("a"), frozenset("b"), frozenset("a")], [frozenset("a"), frozenset("a"), frozenset("a")]
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, slices={"size": ["x", "y", "x"]})
    assert report.slices["size"]["x"].value == 1.0
    assert report.slices["size"]["y"].value == 0.0
    assert report.as_dict()["slices"]["size"]["x"]["n"] == 2


def test_the_same_input_and_seed_give_the_same_bytes():
    gold, predicted = [frozenset("ab"), frozenset("c")] * 20, [frozenset("a"), frozenset("cd")] * 20
    one, other = (
        json.dumps(evaluate(gold=gold, predicted=predicted, codes=CODES, resamples=50, seed=4).as_dict()) for _ in "12"
    )
    assert one == other


@pytest.mark.parametrize("items", [0, 1])
def test_too_few_items_have_no_interval_and_no_nonsense(items):
    report = evaluate(gold=[frozenset("a")] * items, predicted=[frozenset("a")] * items, codes=CODES)
    f1 = report.averages["micro"]["f1"]
    assert f1.low is None
    assert f1.reason
    assert (f1.value is None) == (items == 0)


def test_lengths_must_match():
    with pytest.raises(ValueError, match="gold sets"):
        evaluate(gold=[frozenset()], predicted=[], codes=CODES)
