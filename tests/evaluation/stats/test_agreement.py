"""Agreement against published examples, NLTK and the krippendorff package."""

import json

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics import jaccard_distance, masi_distance
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score

from evaluation.stats.agreement import agreement
from evaluation.stats.alike import ALIKE
from evaluation.stats.intervals import item_weights

CODES = list("ABCD")
full_sets = st.frozensets(st.sampled_from(CODES), min_size=1, max_size=4)


def rate(table):
    """Ratings from rows of label strings, a column a rater; None is missing."""
    return [
        (f"item{row:03}", f"rater{column}", frozenset(cell))
        for row, cells in enumerate(table)
        for column, cell in enumerate(cells)
        if cell is not None
    ]


def measure(table, **options):
    return agreement(ratings=rate(table), codes=CODES, items_total=len(table), **({"resamples": 20} | options))


PAIRS = [("A", "A"), ("AB", "A"), ("BC", "CD"), ("D", "D"), ("AB", "AB"), ("C", "D")]


def test_sets_of_two_raters():
    report = measure(PAIRS)
    assert report.alpha["jaccard"].value == pytest.approx(0.51027, abs=5e-6)
    assert report.alpha["masi"].value == pytest.approx(0.45824, abs=5e-6)
    assert report.percent_exact.value == 0.5
    assert (report.items, report.raters, report.pairs) == (6, 2, 6)


def test_krippendorffs_example_of_four_observers():
    columns = [
        "1 2 3 3 2 1 4 1 2 * * *", "1 2 3 3 2 2 4 1 2 5 * 3", "* 3 3 3 2 3 4 2 2 5 1 *", "1 2 3 3 2 4 4 1 2 5 1 *",
    ]  # fmt: skip
    ratings = [
        (f"unit{unit:02}", f"observer{place}", frozenset(value))
        for place, column in enumerate(columns)
        for unit, value in enumerate(column.split())
        if value != "*"
    ]
    report = agreement(ratings=ratings, codes=list("12345"), items_total=12, resamples=10)
    assert report.alpha["jaccard"].value == pytest.approx(0.743, abs=5e-4)


def test_cohens_kappa_of_twenty_five_ten_fifteen():
    table = [("A", "A")] * 20 + [("A", "")] * 5 + [("", "A")] * 10 + [("", "")] * 15
    found = measure(table).labels["A"]
    assert found.kappa_kind == "cohen"
    assert found.kappa.value == pytest.approx(0.40, abs=1e-12)
    ours = [["A" in pair[0] for pair in table], ["A" in pair[1] for pair in table]]
    assert found.kappa.value == pytest.approx(cohen_kappa_score(*ours), abs=1e-12)


def test_fleiss_kappa_of_several_raters_by_its_formula():
    draw = np.random.default_rng(5)
    counts = draw.integers(0, 6, size=40)  # of five raters, how many said yes
    table = [["A"] * yes + [""] * (5 - yes) for yes in counts]
    yes = counts / 5
    within = (counts * (counts - 1) + (5 - counts) * (4 - counts)) / 20
    chance = yes.mean() ** 2 + (1 - yes.mean()) ** 2
    found = measure(table).labels["A"]
    assert found.kappa_kind == "fleiss"
    assert found.kappa.value == pytest.approx((within.mean() - chance) / (1 - chance), abs=1e-12)


def test_fleiss_own_example_is_the_mean_of_its_categories():
    table = ["00005", "02642", "00356", "03920", "22811", "77000", "32630", "25322", "65210", "02237"]
    counts = np.array([[int(cell) for cell in row] for row in table])
    counts[0, 4] = 14  # ten subjects, fourteen raters, five categories
    ratings = [
        (f"subject{row}", f"rater{place:02}", frozenset(category))
        for row, found in enumerate(counts)
        for place, category in enumerate("".join(code * often for code, often in zip("12345", found, strict=True)))
    ]

    labels = agreement(ratings=ratings, codes=list("12345"), items_total=10, resamples=5).labels

    share = np.array([one.prevalence.value for one in labels.values()])
    kappa = np.array([one.kappa.value for one in labels.values()])
    weight = share * (1 - share)  # Fleiss 1971: the overall kappa weights those of the categories so
    assert (kappa * weight).sum() / weight.sum() == pytest.approx(0.2099, abs=5e-5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), full_sets), min_size=3, max_size=3), min_size=2, max_size=12))
def test_set_alphas_are_nltks(table):
    table = [row for row in table if sum(cell is not None for cell in row) >= 2]
    values = {cell for row in table for cell in row if cell is not None}
    if len(table) < 2 or len(values) < 2:
        return
    report = measure(table)
    triples = [(rater, item, labels) for item, rater, labels in rate(table)]
    for name, distance in (("masi", masi_distance), ("jaccard", jaccard_distance)):
        theirs = AnnotationTask(data=triples, distance=distance).alpha()
        assert report.alpha[name].value == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["A", "", None]), min_size=3, max_size=3), min_size=2, max_size=15))
def test_label_alphas_are_krippendorffs(table):
    data = np.array([[np.nan if cell is None else float(cell == "A") for cell in row] for row in table]).T
    kept = data[:, (~np.isnan(data)).sum(axis=0) >= 2]
    found = agreement(ratings=rate(table), codes=CODES, items_total=len(table), resamples=5).labels["A"]
    if kept.size == 0 or len({value for value in kept.ravel() if not np.isnan(value)}) < 2:
        assert found.alpha.value is None
        assert found.alpha.reason
        return
    theirs = krippendorff.alpha(reliability_data=data, level_of_measurement="nominal", value_domain=[0.0, 1.0])
    assert found.alpha.value == pytest.approx(theirs, abs=1e-9)


def test_intervals_are_those_of_the_items_drawn_again():
    draw = np.random.default_rng(6)
    options = ["", "A", "B", "AB", "ABC", "D"]
    table = [[str(draw.choice(options)) if draw.random() < 0.8 else None for _ in range(4)] for _ in range(40)]
    table = [[first or "A", second or "B", *others] for first, second, *others in table]

    report = measure(table, resamples=60, seed=9)

    again = []
    for _, weights in item_weights(len(table), resamples=60, seed=9):
        for row in weights.astype(int):
            drawn = [table[place] for place in np.repeat(np.arange(len(table)), row)]
            found = measure(drawn, resamples=0)
            again.append([found.alpha["masi"].value, found.labels["B"].alpha.value, found.labels["B"].kappa.value])
    low, high = np.quantile(np.array(again), [0.025, 0.975], axis=0)
    for place, one in enumerate([report.alpha["masi"], report.labels["B"].alpha, report.labels["B"].kappa]):
        assert (one.low, one.high) == pytest.approx((low[place], high[place]), abs=1e-9)


def test_two_empty_sets_agree():
    report = measure([("", ""), ("A", "A"), ("A", "B")])
    assert report.percent_exact.value == pytest.approx(2 / 3)
    assert report.alpha["masi"].value == report.alpha["jaccard"].value
    assert report.alpha["masi"].value > 0


def test_identical_raters_agree_perfectly():
    report = measure([("A", "A"), ("BC", "BC"), ("D", "D")])
    assert report.alpha["masi"].value == pytest.approx(1.0)
    assert not report.disputed_items


def test_the_order_of_items_and_raters_does_not_matter():
    ratings = rate(PAIRS)
    one = agreement(ratings=ratings, codes=CODES, items_total=6, resamples=30).as_dict()
    other = agreement(ratings=list(reversed(ratings)), codes=CODES, items_total=6, resamples=30).as_dict()
    assert one == other


def test_items_with_one_rating_are_left_out():
    report = measure([*PAIRS, ("A", None)])
    assert (report.items, report.items_total) == (6, 7)
    assert report.labels["A"].prevalence.value == pytest.approx(6 / 12)


def test_nothing_to_measure_is_undefined_and_says_why():
    report = measure([("A", None)])
    assert report.alpha["masi"].value is None
    assert report.alpha["masi"].reason
    flat = measure([("A", "A"), ("A", "A")])
    assert flat.alpha["masi"].value is None
    assert flat.labels["B"].alpha.reason


def test_a_rater_who_rates_twice_is_an_error():
    with pytest.raises(ValueError, match="twice"):
        agreement(ratings=[("i", "r", frozenset()), ("i", "r", frozenset("A"))], codes=CODES, items_total=1)


def test_the_most_disputed_items_come_first():
    report = measure([("A", "A"), ("A", "B"), ("AB", "A")])
    assert [row["item"] for row in report.disputed_items] == ["item001", "item002"]
    assert report.disputed_items[0]["distance"] == 1.0


def test_raters_who_never_choose_anything_are_undefined_not_perfect():
    report = measure([("", ""), ("", ""), ("", "")])

    assert report.percent_exact.value == 1
    assert report.alpha["masi"].value is None
    assert report.alpha["masi"].reason
    assert report.labels["A"].prevalence.value == 0
    assert report.labels["A"].kappa.value is None


def test_one_item_has_values_without_intervals():
    report = measure([("AB", "A")])

    assert report.percent_exact.value == 0
    assert report.percent_exact.low is None
    assert report.percent_exact.reason


def test_a_taxonomy_without_labels_is_no_error():
    report = agreement(ratings=[("i", "r", frozenset()), ("i", "s", frozenset())], codes=[], items_total=1)

    assert report.labels == {}
    assert report.percent_exact.value == 1


def test_raters_who_answer_at_random_agree_as_chance_has_it():
    def shuffled(seed):
        draw = np.random.default_rng(seed)
        return measure([[str(draw.choice(["A", "B", "AB", "CD"])) for _ in range(3)] for _ in range(400)], resamples=0)

    found = [shuffled(seed).alpha["masi"].value for seed in range(12)]

    assert np.mean(found) == pytest.approx(0, abs=0.02)
    assert np.std(found) < 0.04


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.frozensets(st.sampled_from(CODES))), min_size=2, max_size=4)))
def test_everything_reported_is_a_number_in_bounds_or_null_with_a_reason(table):
    report = measure(table).as_dict()

    for one in estimates(json.loads(json.dumps(report, allow_nan=False))):
        assert one["value"] is not None or one["reason"]
        assert one["value"] is None or -1 - 1e-9 <= one["value"] <= 1 + 1e-9
        assert one["low"] is None or one["low"] <= one["high"]


def estimates(content):
    """Every metric in a report."""
    if isinstance(content, dict):
        if "low" in content:
            yield content
        content = list(content.values())
    for one in content if isinstance(content, list) else ():
        yield from estimates(one)


def test_the_same_ratings_and_seed_give_the_same_bytes():
    one, other = (json.dumps(measure(PAIRS, resamples=50, seed=4).as_dict()) for _ in "12")

    assert one == other


def test_raters_who_never_differed_are_not_certain():
    ratings = [(f"i{place}", rater, frozenset(["a"] if place % 2 else [])) for place in range(20) for rater in "xy"]

    found = agreement(ratings=ratings, codes=["a"], items_total=20)

    alpha, percent = found.labels["a"].alpha, found.labels["a"].percent_agreement
    assert (alpha.value, alpha.low, alpha.high) == (1.0, None, None)
    assert alpha.reason == ALIKE
    assert (percent.value, percent.high, percent.method) == (1.0, 1.0, "wilson")
    assert percent.low == pytest.approx(0.8389, abs=1e-4)
