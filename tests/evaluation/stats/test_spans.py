import json

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.spans import Mark, span_agreement, touched


def marks(*rows):
    return [Mark(item, label, rater, frozenset(spots)) for item, label, rater, spots in rows]


def test_a_quote_marks_every_segment_it_touches():
    segments = [(0, 0, 10), (0, 11, 20), (1, 0, 9)]

    assert touched([(0, 9, 12)], segments) == {0, 1}
    assert touched([(0, 10, 11)], segments) == set()  # the space between
    assert touched([(1, 0, 1), (0, 0, 1)], segments) == {0, 2}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.frozensets(st.integers(0, 4), min_size=0), min_size=3, max_size=3), min_size=1, max_size=6))
def test_alpha_is_krippendorffs_over_sentences(table):
    rows = [
        (f"i{item}", "A", f"r{rater}", spots) for item, said in enumerate(table) for rater, spots in enumerate(said)
    ]
    found = span_agreement(marks(*rows), {f"i{item}": 5 for item in range(len(table))}, resamples=0)
    data = np.array(
        [
            [np.nan if not said[rater] else float(at in said[rater]) for said in table for at in range(5)]
            for rater in range(3)
        ]
    )
    data = data[:, (~np.isnan(data)).sum(axis=0) >= 2]
    if data.size == 0 or len(np.unique(data[~np.isnan(data)])) < 2:
        assert found.alpha.value is None
        assert found.alpha.reason
        return
    theirs = krippendorff.alpha(data, level_of_measurement="nominal", value_domain=[0.0, 1.0])
    assert found.alpha.value == pytest.approx(theirs, abs=1e-9)


def test_precision_is_of_what_the_other_marked():
    found = span_agreement(
        marks(("i", "A", "ann", [0, 1]), ("i", "A", "ben", [1]), ("j", "A", "ann", [0]), ("j", "A", "ben", [0, 2])),
        {"i": 4, "j": 3},
        resamples=20,
    )

    pair = found.pairs[0]
    assert (pair["one"], pair["other"]) == ("ann", "ben")
    assert pair["precision"]["value"] == pytest.approx(2 / 3)
    assert pair["recall"]["value"] == pytest.approx(2 / 3)
    assert found.f1.value == pytest.approx(4 / 6)
    assert (found.items, found.questions, found.segments) == (2, 2, 7)


def test_who_marked_nothing_left_no_record():
    found = span_agreement(
        marks(("i", "A", "ann", [0]), ("i", "A", "ben", []), ("j", "A", "ann", [0])), {"i": 3, "j": 3}
    )

    assert found.items == 0
    assert found.alpha.value is None
    assert found.alpha.reason


def test_identical_marks_agree_perfectly():
    rows = [(f"i{item}", "A", rater, [item % 3]) for item in range(6) for rater in "ab"]
    found = span_agreement(marks(*rows), {f"i{item}": 3 for item in range(6)}, resamples=50)

    assert found.alpha.value == pytest.approx(1)
    assert found.f1.value == 1
    assert json.dumps(found.as_dict(), allow_nan=False)


def test_one_item_has_no_interval_and_two_marks_of_one_rater_are_an_error():
    found = span_agreement(marks(("i", "A", "a", [0]), ("i", "A", "b", [1])), {"i": 3})
    assert found.alpha.low is None

    with pytest.raises(ValueError, match="twice"):
        span_agreement(marks(("i", "A", "a", [0]), ("i", "A", "a", [1])), {"i": 3})
