"""The promise of a certificate: its numbers, and a simulation that it is kept."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.stats.certificate import Sample, certify, grid_of, likely, needed, p_of_items, p_of_labels, thinned
from tests.examples import example


def sample_of(least, wrong):
    """Items of one label each."""
    least = np.asarray(least, dtype=float)
    return Sample(least, [np.array([one]) for one in least], [np.array([bool(one)]) for one in wrong])


def asked(least, wrong, **options):
    least = np.asarray(least, dtype=float)
    options.setdefault("stream", least)
    options.setdefault("weights", np.ones(len(least)))
    return certify(sample=sample_of(least, wrong), **options)


@pytest.mark.parametrize("case", example("certificate.needed"))
def test_the_table_of_errors_allowed(case):
    found = [needed(errors, target=case["target"], risk=case["risk"]) for errors in case["errors"]]
    assert found == case["n"]


def test_the_numbers_for_a_good_chance():
    for precision, n in example("certificate.likely").items():
        assert likely(precision, target=0.95, risk=0.05) == n
    assert likely(0.95, target=0.95, risk=0.05) is None
    assert likely(1.0, target=0.95, risk=0.05) == 59


@given(st.integers(1, 400), st.integers(0, 20), st.floats(0.5, 0.99))
def test_p_falls_with_items_and_rises_with_errors(n, errors, target):
    assert p_of_items(n + 1, errors, target) <= p_of_items(n, errors, target) + 1e-12
    assert p_of_items(n, errors, target) <= p_of_items(n, errors + 1, target) + 1e-12
    assert p_of_items(n, min(errors, n), target) == pytest.approx(
        stats.binomtest(min(errors, n), n, 1 - target, "less").pvalue
    )


def test_it_certifies_the_loosest_step_before_the_first_failure():
    draw = np.random.default_rng(0)
    least = draw.random(2000)
    found = asked(least, draw.random(2000) > 1 - 0.4 * (1 - least) ** 2)
    assert found.threshold is not None
    assert [step.passed for step in found.steps] == [True] * (len(found.steps) - 1) + [False]
    assert found.at.threshold == found.threshold
    assert found.at.p <= 0.05 < found.steps[-1].p
    assert all(step.accepted >= found.start for step in found.steps)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["steps"][0]["passed"]


def test_not_yet_says_how_many_more():
    draw = np.random.default_rng(3)
    least = np.linspace(0.9, 1, 150)
    wrong = np.zeros(150, dtype=bool)
    wrong[draw.choice(150, 4, replace=False)] = True
    found = asked(least, wrong)
    assert found.threshold is None
    assert found.more > 100
    assert "wrong among" in found.reason


def test_a_precision_below_the_target_is_not_mended_by_more_items():
    found = asked(np.linspace(0, 1, 500), np.arange(500) % 4 == 0)
    assert (found.threshold, found.more) == (None, None)
    assert "more items would not help" in found.reason


@pytest.mark.parametrize("unit", ["item", "label"])
@pytest.mark.parametrize("least", [[], [np.nan], [np.nan] * 30, [0.5], [0.5] * 30])
def test_degenerate_samples_are_answered(least, unit):
    found = asked(least, [False] * len(least), unit=unit)
    assert found.threshold is None
    assert found.reason
    json.dumps(found.as_dict(), allow_nan=False)


@pytest.mark.parametrize("options", [{"target": 1.0}, {"risk": 0}, {"unit": "company"}, {"weights": np.ones(3)}])
def test_what_makes_no_sense_is_refused(options):
    with pytest.raises(ValueError, match=r"between|unit|weight"):
        asked([0.5], [False], **options)


def test_the_grid_looks_at_confidences_only_and_starts_at_the_strictest():
    grid = grid_of(np.array([0.1, 0.2, np.nan, 0.9, 0.9]), size=4)
    assert grid == sorted(set(grid), reverse=True)
    assert grid[-1] == 0.1
    assert grid_of(np.array([np.nan])) == []


def test_thinning_leaves_a_random_sample_of_the_population():
    """Two strata, of which the second is drawn three times as often as its share: after thinning its share is right."""
    weights = np.repeat([3.0, 1.0], 30_000)
    kept = thinned(weights, seed=1)
    assert kept[:30_000].all()
    assert kept[30_000:].mean() == pytest.approx(1 / 3, abs=0.01)
    assert thinned(np.full(5, 2.5), seed=1).all()


def _world(draw, n):
    """Least confidences and whether wrong: precision rises with confidence, 91% in all, much like a real run."""
    least = draw.beta(2, 1, n)
    return least, draw.random(n) < 0.3 * (1 - least) ** 1.2


def _precision_above(threshold, least, wrong):
    kept = least >= threshold
    return 1 - wrong[kept].mean() if kept.any() else 1.0


def _naive(least, wrong, target):
    """The loosest threshold whose own precision on the calibration items reaches the target."""
    order = np.argsort(-least)
    precision = 1 - np.cumsum(wrong[order]) / np.arange(1, len(least) + 1)
    good = np.flatnonzero(precision >= target)
    return least[order][good[-1]] if len(good) else None


def broken_promises(repeats, n, *, target=0.95, thin=False, seed=0):
    """How often each rule's threshold has a true precision under the target, and how often ours finds one."""
    draw = np.random.default_rng(seed)
    truth = _world(draw, 400_000)
    ours = naive = found = 0
    for _ in range(repeats):
        least, wrong = _world(draw, n)
        weights = np.ones(n)
        if thin:  # surer items are drawn four times as often as their share, so they weigh a quarter
            least, wrong = _world(draw, 4 * n)
            sure = least > 0.8
            chosen = sure | (draw.random(4 * n) < 0.25)
            least, wrong, weights = least[chosen], wrong[chosen], np.where(sure[chosen], 1.0, 4.0)
        verdict = asked(
            least, wrong, target=target, weights=weights, stream=truth[0][:5000], seed=int(draw.integers(2**31))
        )
        if verdict.threshold is not None:
            found += 1
            ours += _precision_above(verdict.threshold, *truth) < target
        cut = _naive(least, wrong, target)
        naive += cut is not None and _precision_above(cut, *truth) < target
    return ours / repeats, naive / repeats, found / repeats


def test_the_promise_is_kept_where_the_naive_rule_breaks_it():
    ours, naive, found = broken_promises(200, 1000)
    assert ours <= 0.05
    assert naive > 0.3
    assert found > 0.5


def test_the_promise_is_kept_for_thinned_samples():
    ours, _, found = broken_promises(150, 600, thin=True, seed=7)
    assert ours <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 150)
    assert found > 0.3


@pytest.mark.long
@pytest.mark.parametrize("n", [300, 600, 1000, 3000])
def test_the_promise_is_kept_at_every_size(n):
    ours, naive, _ = broken_promises(1000, n, seed=n)
    assert ours <= 0.05
    assert naive > 0.2


def test_the_bound_for_labels_holds_when_labels_of_an_item_fail_together():
    """At a precision of exactly the target it passes in at most 5% of samples, however labels hang together."""
    draw, passed = np.random.default_rng(1), 0
    for _ in range(400):
        accepted = draw.integers(1, 5, 400).astype(float)
        errors = np.where(draw.random(400) < 0.05, accepted, 0.0)
        passed += p_of_labels(errors, accepted, 0.95, 4) <= 0.05
    assert passed / 400 <= 0.05
    assert p_of_labels(np.zeros(5000), np.full(5000, 4.0), 0.95, 4) <= 0.05
    assert p_of_labels(np.zeros(0), np.zeros(0), 0.95, 4) == 1.0
