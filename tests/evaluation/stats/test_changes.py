"""What counts as a finding among the declared."""

import pytest

from evaluation.stats.changes import Change, Member
from evaluation.stats.mcnemar import mcnemar
from evaluation.stats.types import Estimate


def member(value, p_adjusted, *, broke=None, fixed=None):
    found = Estimate(value, None, None, 50)
    change = None if broke is None else Change(0.5, 0.5, found, 10, mcnemar(broke, fixed), None)
    return Member("label" if change else "overall", "crm", "", found, 0.01, change, p_adjusted)


@pytest.mark.parametrize(
    ("value", "p_adjusted", "finding"),
    [
        (0.1, 0.05, "better"),
        (-0.1, 0.01, "worse"),
        (-0.1, 0.051, ""),
        (0.0, 0.01, ""),
        (None, 0.01, ""),
        (0.1, None, ""),
    ],
)
def test_a_finding_is_no_chance_and_has_a_direction(value, p_adjusted, finding):
    assert member(value, p_adjusted).finding == finding


def test_a_label_that_lost_decisions_but_won_f1_is_no_finding():
    assert member(0.1, 0.01, broke=20, fixed=3).finding == ""
    assert member(-0.1, 0.01, broke=20, fixed=3).finding == "worse"
    assert member(0.1, 0.01, broke=3, fixed=20).as_dict()["finding"] == "better"
