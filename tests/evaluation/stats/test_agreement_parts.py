import numpy as np
import pytest

from evaluation.stats.agreement import agreement
from evaluation.stats.agreement_parts import Asking, by_group, by_key, pairs_of_raters
from evaluation.stats.coefficients import cohen_kappa
from evaluation.stats.set_closeness import NAMES

ASKING = Asking(codes=list("ABC"), parents={"B": "A"}, resamples=30)
SHORT = ("items", "pairs", "alpha", "percent_exact", "mean_labels")


def drawn(seed=5, items=40, raters="abcd", sets=("A", "B", "AB", "C", "")):
    draw = np.random.default_rng(seed)
    return [
        (f"i{item:02}", rater, frozenset(str(draw.choice(sets))))
        for item in range(items)
        for rater in raters
        if draw.random() < 0.8
    ]


def test_a_pair_is_measured_on_what_both_rated():
    rows = drawn()
    found, left_out = pairs_of_raters(rows, ASKING)

    assert left_out == 0
    assert len(found) == 6
    assert [one["items"] for one in found] == sorted((one["items"] for one in found), reverse=True)
    pair = found[0]
    together = {item for item, rater, _ in rows if rater == pair["one"]} & {
        item for item, rater, _ in rows if rater == pair["other"]
    }
    kept = [row for row in rows if row[0] in together and row[1] in (pair["one"], pair["other"])]
    report = agreement(ratings=kept, codes=list("ABC"), items_total=0, parents={"B": "A"}, resamples=30)
    assert {name: pair[name] for name in SHORT} == report.in_short()


def test_each_slice_is_measured_on_its_own():
    rows = drawn()
    key_of = {item: "even" if int(item[1:]) % 2 == 0 else "odd" for item, _, _ in rows}
    del key_of["i00"]

    found = by_key(rows, key_of, ASKING)

    assert list(found) == ["even", "odd"]
    kept = [row for row in rows if key_of.get(row[0]) == "odd"]
    report = agreement(ratings=kept, codes=list("ABC"), items_total=0, parents={"B": "A"}, resamples=30)
    assert found["odd"] == report.in_short()


def test_between_two_groups_of_one_it_is_cohens_kappa():
    rows = drawn(raters="ab", sets=("A", "B"))
    group_of = {"a": "legal", "b": "sales"}

    within_legal, within_sales, between = by_group(rows, group_of, ASKING)

    assert (within_legal["one"], within_legal["other"]) == ("legal", "legal")
    assert within_legal["alpha"]["masi"]["value"] is None  # one rater has nobody to agree with
    assert within_sales["alpha"]["masi"]["reason"]
    said = {rater: {item: labels for item, who, labels in rows if who == rater} for rater in "ab"}
    both = sorted(said["a"].keys() & said["b"].keys())
    theirs = cohen_kappa(*([sorted(said[rater][item]) == ["A"] for item in both] for rater in "ab"))
    assert between["items"] == between["pairs"] == len(both)
    assert between["alpha"]["masi"]["value"] == pytest.approx(theirs.value, abs=1e-12)
    assert between["alpha"]["masi"]["low"] < between["alpha"]["masi"]["value"] < between["alpha"]["masi"]["high"]


def test_groups_that_read_a_label_differently_agree_within_and_not_between():
    rows = [
        (f"i{item:02}", f"{group}{number}", frozenset("A" if (item % 2) == (group == "x") else "B"))
        for item in range(20)
        for group in "xy"
        for number in range(2)
    ]
    group_of = {rater: rater[0] for _, rater, _ in rows}

    within_x, within_y, between = by_group(rows, group_of, ASKING)

    assert within_x["alpha"]["jaccard"]["value"] == pytest.approx(1)
    assert within_y["alpha"]["jaccard"]["value"] == pytest.approx(1)
    assert between["alpha"]["jaccard"]["value"] == pytest.approx(-1)
    assert between["percent_exact"]["value"] == 0


def test_groups_that_never_met_are_undefined_and_say_why():
    rows = [("i", "a", frozenset("A")), ("j", "b", frozenset("A"))]

    *_, between = by_group(rows, {"a": "x", "b": "y"}, ASKING)

    for name in NAMES:
        assert between["alpha"][name]["value"] is None
        assert between["alpha"][name]["reason"]


def test_raters_without_a_group_are_left_out():
    assert by_group(drawn(), {}, ASKING) == []
    assert by_group(drawn(), {"a": ""}, ASKING) == []
