"""The ranking of labels by what was typed; the cases are shared with the JavaScript one."""

import json
from pathlib import Path

import pytest

from labeling.labelsearch import Findable, rank

SHARED = json.loads((Path(__file__).resolve().parents[1] / "shared" / "label_search.json").read_text())
LABELS = [Findable(**label) for label in SHARED["labels"]]


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["why"])
def test_shared_cases(case):
    assert [LABELS[place].code for place in rank(LABELS, case["query"])] == case["found"]


def test_the_same_query_always_gives_the_same_order():
    twins = [Findable(code=f"twin-{number}", name="Twin") for number in range(5)]

    assert rank(twins, "tw") == [0, 1, 2, 3, 4]


def test_a_query_as_long_as_a_page_is_no_trouble():
    assert rank(LABELS, "x" * 100_000) == []
    assert rank([Findable(code="a", name=" ".join(["a"] * 30))], "a" * 40) == []
