import pytest

from evaluation.analyses.asked import Resampling
from evaluation.queries.plans import plan_for
from labeling.digest import text_digest
from labeling.queries.golden import Gold
from reviewapp.common.errors import Refused


def gold(*rows, group=("",) * 9):
    """Entries of (text, stratum, weight)."""
    return [
        Gold(place, str(place), frozenset(), {"group": group[place]}, text_digest([text]), weight, stratum)
        for place, (text, stratum, weight) in enumerate(rows)
    ]


def test_items_that_differ_and_weigh_the_same_are_resampled_plainly():
    plan = plan_for(gold(("a", "", 1.0), ("b", "", 1.0)), Resampling(7, 3, "percentile"))

    assert (plan.resamples, plan.seed, plan.method) == (7, 3, "percentile")
    assert (plan.strata, plan.clusters, plan.weights) == (None, None, None)


def test_strata_and_weights_are_those_of_the_sample():
    plan = plan_for(gold(("a", "x", 1.0), ("b", "y", 3.0)), Resampling())

    assert plan.strata == ["x", "y"]
    assert list(plan.weights) == [1.0, 3.0]


def test_equal_texts_are_drawn_together_and_items_without_a_text_are_not():
    plan = plan_for(gold(("a", "", 1.0), ("A ", "", 1.0), ("", "", 1.0), ("", "", 1.0)), Resampling())

    assert plan.clusters == [0, 0, 2, 3]


def test_an_attribute_joins_what_texts_have_joined():
    entries = gold(*((text, "", 1.0) for text in "abbcd"), group=["g", "g", "h", "h", ""])

    assert plan_for(entries, Resampling(clusters="group")).clusters == [0, 0, 0, 0, 4]
    assert plan_for(entries, Resampling()).clusters == [0, 1, 1, 3, 4]


def test_no_items_are_no_obstacle_to_a_plan():
    assert plan_for([], Resampling()).obstacle(0)


@pytest.mark.parametrize("wrong", [{"method": "normal"}, {"resamples": -1}, {"seed": -1}])
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(Refused):
        Resampling(**wrong)
