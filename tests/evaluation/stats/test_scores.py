"""Scores against scikit-learn, built piece by piece (DECISIONS 16), and against its documented examples."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, hamming_loss, jaccard_score, precision_recall_fscore_support

from evaluation.stats.alike import ALIKE
from evaluation.stats.intervals import Plan, bca_interval, item_weights, wilson
from evaluation.stats.scores import MEASURES, evaluate
from tests.examples import example

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


def of_example(name):
    given = example(f"scores.{name}")
    return given, evaluate(gold=rows(given["gold"]), predicted=rows(given["predicted"]), codes=CODES[:3])


def test_the_example_of_the_documentation():
    given, report = of_example("three_items")

    assert [score.f1.value for score in report.labels.values()] == pytest.approx(given["labels_f1"], abs=5e-5)
    for average in ("micro", "macro", "weighted"):
        found = [report.averages[average][measure].value for measure in ("precision", "recall", "f1")]
        assert found == pytest.approx(given[average], abs=5e-5)
    assert report.averages["samples"]["f1"].value == pytest.approx(given["samples_f1"]["empty_1"], abs=5e-5)
    assert report.averages["samples"]["jaccard"].value == pytest.approx(given["samples_jaccard"], abs=5e-5)
    assert report.exact_match.value == pytest.approx(given["exact_match"], abs=5e-5)
    assert report.hamming_loss.value == pytest.approx(given["hamming_loss"], abs=5e-5)


def test_each_choice_about_empty_items_is_rebuilt_from_what_the_report_holds():
    """Samples F1 of the same example with 0, 1 and NaN for the item that is empty on both sides."""
    given, report = of_example("three_items")
    gold, predicted = rows(given["gold"]), rows(given["predicted"])
    some = evaluate(gold=gold[1:], predicted=predicted[1:], codes=CODES[:3]).averages["samples"]["f1"].value

    assert report.averages["samples"]["f1"].value == pytest.approx(given["samples_f1"]["empty_1"], abs=5e-5)
    assert some == pytest.approx(given["samples_f1"]["empty_left_out"])
    assert some * 2 / 3 == pytest.approx(given["samples_f1"]["empty_0"])


def test_each_choice_about_unused_labels_is_rebuilt_from_what_the_report_holds():
    given, report = of_example("unused_label")
    macro, undefined = report.averages["macro"]["f1"].value, len(report.undefined["f1"])

    assert macro == pytest.approx(given["macro_f1"]["unused_left_out"], abs=5e-5)
    assert macro * 2 / 3 == pytest.approx(given["macro_f1"]["unused_0"], abs=5e-5)
    assert (macro * 2 + undefined) / 3 == pytest.approx(given["macro_f1"]["unused_1"], abs=5e-5)


def test_the_confusion_counts_are_those_of_the_documentation():
    given, report = of_example("confusion")

    assert [[one.tp, one.fp, one.fn] for one in report.labels.values()] == given["counts"]


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_jaccard_is_scikit_learns(both):
    gold, predicted = [one for one, _ in both], [other for _, other in both]
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(0))
    true, guess = matrix(gold), matrix(predicted)

    for code, value, used in zip(
        CODES, jaccard_score(true, guess, average=None, zero_division=0), (true + guess).any(axis=0), strict=True
    ):
        found = report.labels[code].jaccard.value
        assert found == pytest.approx(value, abs=1e-12) if used else found is None
    averages = {name: found["jaccard"].value for name, found in report.averages.items()}
    if (true + guess).any():
        assert averages["micro"] == pytest.approx(
            jaccard_score(true, guess, average="micro", zero_division=0), abs=1e-12
        )
    if true.any():
        weighted = jaccard_score(true, guess, average="weighted", zero_division=0)
        assert averages["weighted"] == pytest.approx(weighted, abs=1e-12)
    assert averages["samples"] == pytest.approx(
        jaccard_score(true, guess, average="samples", zero_division=1), abs=1e-12
    )


def test_with_as_many_predicted_as_in_gold_precision_is_recall():
    draw = np.random.default_rng(2)
    gold, predicted = ([frozenset(draw.choice(CODES, 2, replace=False)) for _ in range(40)] for _ in "12")

    micro = evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(0)).averages["micro"]

    assert micro["precision"].value == micro["recall"].value == micro["f1"].value


PARENTS = {"a": None, "b": "a", "c": "a", "d": None, "e": "d"}


def some_answers(n=60, seed=3):
    draw = np.random.default_rng(seed)
    gold = [frozenset(draw.choice(CODES, size=draw.integers(0, 3), replace=False)) for _ in range(n)]
    return gold, [one if draw.random() < 0.6 else frozenset(draw.choice(CODES, size=1)) for one in gold]


def every_figure(report):
    """All estimates of a report, by name."""
    found = {f"{name} {measure}": one for name, all_of in report.averages.items() for measure, one in all_of.items()}
    found |= {f"hierarchical {measure}": one for measure, one in report.hierarchical.items()}
    for kind, scores in (("label", report.labels), ("branch", report.branches)):
        found |= {f"{kind} {code} {name}": getattr(one, name) for code, one in scores.items() for name in MEASURES}
    found |= {f"slice {value}": one for values in report.slices.values() for value, one in values.items()}
    return found | {"exact": report.exact_match, "hamming": report.hamming_loss}


def test_every_interval_is_the_bca_interval_by_the_jackknife():
    """z0 and a by hand: replicates from resampled rows, influence from leaving each item out."""
    gold, predicted = some_answers(120)
    sectors = ["x", "y"] * 60
    plan = Plan(200, 4)
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, slices={"s": sectors}, parents=PARENTS, plan=plan)

    def values(places):
        some = evaluate(
            gold=[gold[place] for place in places], predicted=[predicted[place] for place in places], codes=CODES,
            slices={"s": [sectors[place] for place in places]}, parents=PARENTS, plan=Plan(0),
        )  # fmt: skip
        return {name: np.nan if one.value is None else one.value for name, one in every_figure(some).items()}

    drawn = [values(np.repeat(np.arange(120), row.astype(int))) for _, rows_of in plan.draws(120) for row in rows_of]
    left_out = [values(np.delete(np.arange(120), place)) for place in range(120)]
    for name, found in every_figure(report).items():
        replicates, without = (np.array([one[name] for one in many]) for many in (drawn, left_out))
        assert found.method == ""
        low, high = bca_interval(found.value, replicates, without.mean() - without)
        assert (found.low, found.high) == pytest.approx((low, high), abs=0.004), name


def test_hierarchical_scores_forgive_a_near_miss_in_part():
    """Gold b and said c share their parent: one of two on both sides."""
    report = evaluate(
        gold=[frozenset("b"), frozenset("e")], predicted=[frozenset("c"), None], codes=CODES, parents=PARENTS
    )

    assert {name: one.value for name, one in report.hierarchical.items()} == {
        "precision": 0.5, "recall": 0.25, "f1": pytest.approx(1 / 3),
    }  # fmt: skip
    assert report.averages["micro"]["f1"].value == 0


def test_without_parents_hierarchical_scores_are_micro_and_there_are_no_branches():
    gold, predicted = some_answers()
    report = evaluate(gold=gold, predicted=predicted, codes=CODES)

    assert report.branches == {}
    for measure, found in report.hierarchical.items():
        assert found.value == pytest.approx(report.averages["micro"][measure].value, abs=1e-12)


def test_a_branch_counts_the_decisions_of_its_labels():
    gold, predicted = some_answers()
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, parents=PARENTS)

    inside = [report.labels[code] for code in "abc"]
    found = report.branches["a"]
    assert list(report.branches) == ["a", "d"]
    assert (found.tp, found.fp, found.fn) == tuple(sum(getattr(one, k) for one in inside) for k in ("tp", "fp", "fn"))
    assert found.f1.value == pytest.approx(2 * found.tp / (2 * found.tp + found.fp + found.fn))


def test_whole_sampling_weights_are_the_same_as_repeating_items():
    gold, predicted = some_answers()
    weights = np.random.default_rng(1).integers(1, 4, len(gold))
    report = evaluate(
        gold=gold, predicted=predicted, codes=CODES, parents=PARENTS, plan=Plan(50, weights=weights.tolist())
    )

    again = np.repeat(np.arange(len(gold)), weights)
    theirs = evaluate(
        gold=[gold[place] for place in again], predicted=[predicted[place] for place in again], codes=CODES,
        parents=PARENTS, plan=Plan(0),
    )  # fmt: skip
    plain = evaluate(gold=gold, predicted=predicted, codes=CODES, parents=PARENTS, plan=Plan(50))
    ours = report.population
    for name, measures in ours.averages.items():
        for measure, found in measures.items():
            assert found.value == pytest.approx(theirs.averages[name][measure].value, abs=1e-12)
            assert found.low < found.value < found.high
    assert ours.exact_match.value == pytest.approx(theirs.exact_match.value)
    assert ours.hierarchical["f1"].value == pytest.approx(theirs.hierarchical["f1"].value)
    assert ours.labels["b"]["recall"].value == pytest.approx(theirs.labels["b"].recall.value)
    assert ours.branches["a"]["f1"].value == pytest.approx(theirs.branches["a"].f1.value)
    assert ours.effective_items == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert {**report.as_dict(), "population": None} == plain.as_dict()  # the weights change nothing beside


@pytest.mark.parametrize("weights", [None, [2.5] * 60])
def test_equal_weights_have_no_figures_of_their_own(weights):
    gold, predicted = some_answers()
    assert evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(5, weights=weights)).population is None


def test_items_that_come_in_clusters_have_wider_intervals():
    gold, predicted = some_answers(50)
    gold, predicted = gold * 4, predicted * 4

    alone = evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(400)).averages["micro"]["f1"]
    together = evaluate(
        gold=gold, predicted=predicted, codes=CODES, plan=Plan(400, clusters=list(range(50)) * 4)
    ).averages["micro"]["f1"]

    assert together.value == alone.value
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(2, abs=0.3)


def test_one_cluster_has_figures_and_no_intervals():
    gold, predicted = some_answers(20)
    report = evaluate(
        gold=gold, predicted=predicted, codes=CODES, slices={"s": ["x"] * 20}, plan=Plan(clusters=["one"] * 20)
    )

    for name, found in every_figure(report).items():
        assert found.low is None, name
        assert found.reason, name


def test_all_right_has_the_exact_interval_and_means_over_labels_none():
    report = evaluate(gold=[frozenset("ab")] * 9, predicted=[frozenset("ab")] * 9, codes=CODES).as_dict()

    low = pytest.approx(binomtest(9, 9).proportion_ci(method="exact").low)
    assert report["micro"]["f1"] == {"value": 1.0, "low": low, "high": 1.0, "n": 9, "method": "exact"}
    assert (report["macro"]["f1"]["low"], report["macro"]["f1"]["reason"]) == (None, ALIKE)


def test_only_items_with_something_below_the_line_count_as_evidence():
    gold = [frozenset("a")] * 3 + [frozenset()] * 50
    report = evaluate(gold=gold, predicted=gold, codes=CODES)

    assert report.averages["micro"]["f1"].low == pytest.approx(binomtest(3, 3).proportion_ci(method="exact").low)
    assert report.exact_match.low == pytest.approx(binomtest(53, 53).proportion_ci(method="exact").low)


def test_a_label_that_is_always_right_or_wrong_has_wilsons_interval():
    """Two of two is no certainty, though each resample has two of two."""
    gold = [frozenset("a")] * 3 + [frozenset("b")] * 3 + [frozenset()] * 9
    report = evaluate(gold=gold, predicted=[frozenset("a")] * 3 + [frozenset()] * 12, codes=CODES)

    right, wrong = report.labels["a"], report.labels["b"]
    assert (right.recall.low, right.recall.high) == pytest.approx((wilson(3, 3).low, 1.0))
    assert (right.f1.low, right.f1.high) == pytest.approx((2 * wilson(3, 3).low / (1 + wilson(3, 3).low), 1.0))
    assert (wrong.recall.low, wrong.recall.high) == pytest.approx((0.0, wilson(0, 3).high))
    assert {one.method for one in (right.precision, right.f1, wrong.recall, wrong.f1)} == {"wilson"}


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
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(10))
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
    one = evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(2))
    other = evaluate(gold=predicted, predicted=gold, codes=CODES, plan=Plan(2))
    assert one.averages["micro"]["precision"].value == other.averages["micro"]["recall"].value
    assert one.averages["micro"]["f1"].value == other.averages["micro"]["f1"].value


@settings(max_examples=30, deadline=None)
@given(pairs)
def test_the_kinds_of_errors_add_up(both):
    gold, predicted = [one for one, _ in both], [other for _, other in both]
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(2))
    fp, fn = sum(one.fp for one in report.labels.values()), sum(one.fn for one in report.labels.values())
    assert report.errors["wrong_label"] + report.errors["hallucination"] == fp
    assert report.errors["wrong_label"] + report.errors["omission"] == fn


def test_an_interval_is_where_resampling_rows_puts_it():
    draw = np.random.default_rng(3)
    gold = [frozenset(draw.choice(CODES, size=2, replace=False)) for _ in range(120)]
    predicted = [one if draw.random() < 0.6 else frozenset(draw.choice(CODES, size=2)) for one in gold]
    report = evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(2000, 1))
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
        gold=gold, predicted=predicted, codes=CODES, slices={"sector": sectors}, plan=Plan(80, 5, "percentile")
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


def coverage(repeats, resamples):
    """The share of intervals of each F1 that hold the truth, at 200 items and 3 labels."""
    draw = np.random.default_rng(11)
    rates = np.array([0.2, 0.4, 0.6])
    hit, said = rates * 0.8, rates * 0.8 + (1 - rates) * 0.1
    truth = {"micro": 2 * hit.sum() / (said + rates).sum(), "macro": np.mean(2 * hit / (said + rates))}
    inside = dict.fromkeys(truth, 0)
    for repeat in range(repeats):
        true = draw.random((200, 3)) < rates
        guess = np.where(true, draw.random((200, 3)) < 0.8, draw.random((200, 3)) < 0.1)
        gold, predicted = (rows(table) for table in (true, guess))
        found = evaluate(gold=gold, predicted=predicted, codes=CODES[:3], plan=Plan(resamples, repeat)).averages
        for name, value in truth.items():
            inside[name] += found[name]["f1"].low <= value <= found[name]["f1"].high
    return [count / repeats for count in inside.values()]


@pytest.mark.long
def test_intervals_cover_the_truth_about_as_often_as_they_say():
    assert all(0.93 <= share <= 0.97 for share in coverage(300, 200))


@pytest.mark.long
def test_intervals_cover_the_truth_in_many_trials():
    assert all(0.935 <= share <= 0.965 for share in coverage(2000, 500))


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

    one = evaluate(gold=[g for g, _ in both], predicted=[p for _, p in both], codes=CODES, plan=Plan(5))
    other = evaluate(gold=[g for g, _ in mixed], predicted=[p for _, p in mixed], codes=codes, plan=Plan(5))

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
            "slices", "errors", "interval", "zero_division"} < set(report)  # fmt: skip
    assert {"hierarchical", "branches", "jaccard", "population"} < set(report)
    assert set(report["jaccard"]) == {"micro", "macro", "weighted", "samples", "labels"}
    assert set(report["labels"]["a"]) == {"precision", "recall", "f1", "support", "tp", "fp", "fn"}
    assert report["interval"] == {
        "method": "BCa bootstrap over items", "resamples": 1000, "level": 0.95, "seed": 0,
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
        json.dumps(evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(50, 4)).as_dict()) for _ in "12"
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
