"""Proposals out of what people said: learned, cross-fitted by item, and refused where there is too little."""

import pytest

from evaluation.stats.category_proposals import hit_rate, propose
from evaluation.stats.error_clusters import Described

GAP = Described("the guideline does not speak of resellers", "omission", "crm", "")
VAGUE = Described("software for everybody and everything", "too vague", "erp", "sales")
ERRORS = [GAP, VAGUE] * 30


def test_what_was_judged_teaches_the_rest():
    judged = {place: "gap" if place % 2 == 0 else "vague" for place in range(24)}

    found = propose(ERRORS, range(60), judged, seed=0)

    assert [one.category for one in found] == ["gap", "vague"] * 30
    assert all(0.5 < one.confidence <= 1 for one in found)


def test_an_item_never_teaches_its_own_proposals():
    """Every error of the only item with a category is held out with it, so nobody can propose that category there."""
    items = [0 if place < 2 else place for place in range(60)]
    judged = {place: "alone" if place < 2 else "gap" if place % 2 else "vague" for place in range(24)}

    found = propose(ERRORS, items, judged, seed=0)

    assert "alone" not in {found[0].category, found[1].category}


def test_too_little_is_refused_and_rates_have_wilsons_interval():
    with pytest.raises(ValueError, match="two categories"):
        propose(ERRORS, range(60), dict.fromkeys(range(30), "gap"), seed=0)
    rate = hit_rate([("a", "a")] * 8 + [("a", "b")] * 2)
    assert (rate.value, rate.n) == (0.8, 10)
    assert (rate.low, rate.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Wilson 1927, by hand
    assert hit_rate([]).value is None
