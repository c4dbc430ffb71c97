"""Standings go by the whole interval, and say how many more items would settle what is unsure."""

import pytest

from evaluation.stats.standing import Requirement, Verdict, judge, stand
from evaluation.stats.types import Estimate, undefined


def asked(value, low, high, tolerance, n=100, **more):
    return Requirement("Precision", Estimate(value, low, high, n), tolerance, **more)


@pytest.mark.parametrize(
    ("low", "high", "is_least", "verdict"),
    [
        (0.80, 0.90, True, Verdict.MET),
        (0.70, 0.79, True, Verdict.MISSED),
        (0.75, 0.85, True, Verdict.UNSURE),
        (0.70, 0.80, True, Verdict.UNSURE),
        (0.70, 0.80, False, Verdict.MET),
        (0.81, 0.90, False, Verdict.MISSED),
        (0.75, 0.85, False, Verdict.UNSURE),
    ],
)
def test_the_interval_decides_and_not_the_point(low, high, is_least, verdict):
    assert judge(asked((low + high) / 2, low, high, 0.8, is_least=is_least)).verdict == verdict


def test_how_many_more_scales_with_the_root_of_n():
    # half the interval is 0.10 and the line is 0.05 away: half the width needs four times the items, 300 more
    found = judge(asked(0.85, 0.75, 0.95, 0.8))
    assert found.more in (300, 310)
    assert "About 3" in found.sentence
    assert "more would settle it" in found.sentence


def test_what_lies_on_the_line_is_too_close_to_call():
    assert "too close to call" in judge(asked(0.8, 0.7, 0.9, 0.8)).sentence


def test_all_right_of_three_proves_little():
    # 0.025 ** (1/3) = 0.2924, the exact lower bound for 3 of 3
    found = judge(asked(1.0, 1.0, 1.0, 0.8, n=100, trials=3))
    assert found.verdict == Verdict.UNSURE
    assert found.low == pytest.approx(0.2924, abs=1e-4)
    assert judge(asked(1.0, 1.0, 1.0, 0.8, n=100)).verdict == Verdict.MET
    assert judge(asked(0.0, 0.0, 0.0, 0.5, n=100)).verdict == Verdict.MISSED


def test_money_is_counted_and_needs_no_interval():
    assert judge(asked(0.3, None, None, 0.4, is_least=False, is_exact=True, is_money=True)).verdict == Verdict.MET
    assert judge(asked(0.5, None, None, 0.4, is_least=False, is_exact=True, is_money=True)).verdict == Verdict.MISSED
    assert judge(asked(0.9, None, None, 0.4)).verdict == Verdict.UNSURE


def test_the_worst_decides_and_nothing_measured_is_not_met():
    met, missed, unsure = asked(0.9, 0.85, 0.95, 0.8), asked(0.5, 0.4, 0.6, 0.8), asked(0.8, 0.7, 0.9, 0.8)
    unmeasured = Requirement("Flip rate", undefined(0, "Needs two runs."), 0.1, is_least=False)
    assert stand([met, unsure, missed]).verdict == Verdict.MISSED
    assert stand([met, unsure]).verdict == Verdict.UNSURE
    assert stand([met, unmeasured]).verdict == Verdict.UNSURE
    assert stand([unmeasured]).verdict == stand([]).verdict == Verdict.UNMEASURED
    assert "Needs two runs." in judge(unmeasured).sentence
    assert judge(met).as_dict()["figure"] == {"value": 0.9, "low": 0.85, "high": 0.95, "n": 100}
