"""The bias audit against a calculation item by item, its promise on slices that are alike, and little data."""

import json
import time

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from evaluation.stats.cells import cells_of
from evaluation.stats.intervals import item_weights
from evaluation.stats.slices import audit, largest_gap

CODES = ["a", "b", "c", "d"]


def world(n=120, *, harm=0.0, seed=0):
    """Gold of one or two labels; answers right four times of five, in Asia less often by `harm`."""
    draw = np.random.default_rng(seed)
    gold = [frozenset(draw.choice(CODES, size=draw.integers(1, 3), replace=False).tolist()) for _ in range(n)]
    regions = draw.choice(["Asia", "Europe", "Africa"], size=n).tolist()
    sizes = draw.choice(["small", "large"], size=n).tolist()
    predicted = [
        one
        if draw.random() < 0.8 - (harm if region == "Asia" else 0)
        else frozenset(draw.choice(CODES, size=1).tolist())
        for one, region in zip(gold, regions, strict=True)
    ]
    return gold, predicted, {"region": regions, "size": sizes}


def audited(gold, predicted, declared, derived=None, **more):
    return audit(gold=gold, predicted=predicted, codes=CODES, cells=cells_of(declared, derived or {}), **more)


def matrix(sets):
    return np.array([[code in one for code in CODES] for one in sets], dtype=int)


def slice_of(found, *value):
    return next(one for one in found.slices if one.cell.value == value)


def test_figures_are_scikit_learns_on_the_items_of_the_slice():
    gold, predicted, declared = world()
    inside = [place for place, region in enumerate(declared["region"]) if region == "Asia"]
    true, guess = matrix([gold[place] for place in inside]), matrix([predicted[place] for place in inside])

    found = slice_of(audited(gold, predicted, declared, resamples=20, deals=20), "Asia")

    expected = precision_recall_fscore_support(true, guess, average="micro", zero_division=0)
    assert [found.figures[name].value for name in ("precision", "recall", "f1")] == pytest.approx(expected[:3])
    assert found.figures["exact_match"].value == pytest.approx((true == guess).all(axis=1).mean())
    by_label = precision_recall_fscore_support(true, guess, average=None, zero_division=np.nan)[2]
    assert found.macro_f1.value == pytest.approx(np.nanmean(by_label))


def test_the_interval_of_a_gap_is_that_of_redrawn_items():
    gold, predicted, declared = world(60)
    in_asia = np.array([region == "Asia" for region in declared["region"]])
    gaps = []
    for _, weights in item_weights(60, resamples=80, seed=3):
        for row in weights.astype(int):
            drawn = np.repeat(np.arange(60), row)
            sides = [
                precision_recall_fscore_support(
                    matrix([gold[place] for place in side]),
                    matrix([predicted[place] for place in side]),
                    average="micro",
                    zero_division=0,
                )[2]
                for side in (drawn[in_asia[drawn]], drawn[~in_asia[drawn]])
            ]
            gaps.append(sides[0] - sides[1])

    found = slice_of(audited(gold, predicted, declared, resamples=80, deals=20, smallest=5, seed=3), "Asia").gap

    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(gaps, [0.025, 0.975])), abs=1e-12)


def test_a_slice_that_is_served_worse_stands_out():
    gold, predicted, declared = world(600, harm=0.4, seed=1)
    found = audited(gold, predicted, declared, resamples=200, deals=2000)
    asia = slice_of(found, "Asia")
    assert asia.stands_out
    assert asia.gap.high < 0
    assert found.as_dict()["families"]["declared"]["largest"]["value"] == ["Asia"]
    assert [one.cell.value for one in found.family("declared") if one.stands_out and one.gap.value < 0] == [("Asia",)]


@pytest.mark.long
def test_slices_that_are_alike_raise_an_alarm_no_more_often_than_promised():
    alarms, repeats, draw = 0, 150, np.random.default_rng(4)
    for number in range(repeats):
        gold, predicted, _ = world(200, seed=100 + number)
        declared = {name: draw.choice(list("uvwxy"), size=200).tolist() for name in ("one", "two", "three", "four")}
        found = audit(
            gold=gold, predicted=predicted, codes=CODES, cells=cells_of(declared, {}, crossed=False),
            resamples=2, deals=999, seed=number,
        )  # fmt: skip
        alarms += any(one.stands_out for one in found.slices)
    assert alarms / repeats <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / repeats)


def test_small_cells_have_no_figures_and_say_so():
    gold, predicted, declared = world(60)
    declared["region"] = ["rare"] * 5 + ["common"] * 55
    found = audited(gold, predicted, declared, resamples=20, deals=20)
    rare, common = slice_of(found, "rare"), slice_of(found, "common")
    assert rare.figures == {}
    assert rare.gap.reason == "5 items, fewer than 20"
    assert common.figures["f1"].value is not None
    assert common.gap.reason == "the rest has 5 items, fewer than 20"
    assert common.p is None


def test_the_same_input_gives_the_same_bytes_whatever_the_order_of_items():
    gold, predicted, declared = world(90)
    once = audited(gold, predicted, declared, resamples=50, deals=50)
    again = audited(gold, predicted, declared, resamples=50, deals=50)
    assert json.dumps(once.as_dict(), allow_nan=False) == json.dumps(again.as_dict(), allow_nan=False)
    turned = audited(gold[::-1], predicted[::-1], {name: one[::-1] for name, one in declared.items()}, deals=50)
    assert [one.gap.value for one in once.slices] == pytest.approx([one.gap.value for one in turned.slices])


@pytest.mark.parametrize("measure", ["f1", "precision", "recall", "exact_match"])
@pytest.mark.parametrize(
    ("gold", "predicted"),
    [
        ([], []),
        ([frozenset("a")], [frozenset("a")]),
        ([frozenset()] * 50, [frozenset()] * 50),
        ([frozenset("a")] * 50, [frozenset("a")] * 50),
        ([frozenset("a")] * 50, [None] * 50),
        ([frozenset()] * 50, [frozenset("a")] * 50),
    ],
)
def test_little_or_plain_data_does_not_crash(gold, predicted, measure):
    values = ["x" if place % 2 else "y" for place in range(len(gold))]
    found = audited(
        gold, predicted, {"side": values}, {"all": ["z"] * len(gold)}, measure=measure, resamples=20, deals=20
    )
    content = found.as_dict()
    json.dumps(content, allow_nan=False)
    assert not any(one["stands_out"] for one in content["slices"])
    for one in content["slices"]:
        assert one["gap"]["value"] is not None or one["gap"]["reason"]


def test_a_measure_that_is_no_ratio_is_refused():
    with pytest.raises(ValueError, match="macro_f1"):
        audited(*world(30), measure="macro_f1")


def test_hundreds_of_crossed_slices_take_seconds():
    gold, predicted, declared = world(1000)
    draw = np.random.default_rng(1)
    derived = {f"property {number}": draw.choice(list("stuvw"), size=1000).tolist() for number in range(5)}
    started = time.process_time()
    found = audited(gold, predicted, declared, derived)
    assert len(found.slices) > 350
    assert time.process_time() - started < 20


def test_of_two_slices_that_are_each_others_rest_the_worse_is_the_largest_gap():
    gold = [frozenset("a")] * 80
    predicted = [frozenset("a") if place % 2 or place < 40 else frozenset("b") for place in range(80)]
    sides = ["better" if place < 40 else "worse" for place in range(80)]
    found = audited(gold, predicted, {"side": sides}, resamples=20, deals=50).as_dict()
    assert found["families"]["declared"]["largest"]["value"] == ["worse"]


def test_the_largest_of_many_gaps_is_past_a_line_by_chance_no_more_often_than_that_of_one():
    draw, line, error = np.random.default_rng(4), 0.1, 0.05
    drawn = draw.normal(line, error, size=(2000, 20))
    half = 1.959964 * error
    past = [largest_gap([(gap, gap - half, gap + half) for gap in gaps], 100).low > line for gaps in drawn.tolist()]
    uncorrected = (drawn.max(axis=1) - half > line).mean()
    assert np.mean(past) < 0.035
    assert uncorrected > 0.3


def test_the_largest_gap_of_one_slice_has_its_own_interval_whichever_way_it_lies():
    assert largest_gap([(-0.3, -0.5, -0.1)], 40).as_dict() == {"value": 0.3, "low": 0.1, "high": 0.5, "n": 40}
    assert largest_gap([(0.1, -0.1, 0.3)], 40).low == 0.0
