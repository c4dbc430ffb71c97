"""Agreement of a panel against the coefficients it is built of."""

import numpy as np
import pytest

from evaluation.stats.coefficients import cohen_kappa, krippendorff_alpha
from evaluation.stats.panel_agreement import criterion_agreement
from evaluation.stats.panel_scores import Rated
from evaluation.stats.resampling import Plan
from tests.evaluation.stats.panel_examples import panel
from tests.examples import example

SCALE = range(1, 6)
RATERS = ["r0", "r1", "r2"]


def test_icc_of_the_published_example():
    known = example("agreement.shrout_fleiss.icc")
    rows = example("agreement.shrout_fleiss.rows")
    rated = [
        Rated(f"r{rater}", "a", str(item), {"c": score})
        for item, row in enumerate(rows)
        for rater, score in enumerate(row)
    ]

    found = criterion_agreement(rated, "c", ["r0", "r1", "r2", "r3"], scale=range(1, 11), plan=Plan(200))

    assert found.icc["2,1"].value == pytest.approx(known["2,1"], abs=5e-5)
    assert found.icc["2,k"].value == pytest.approx(known["2,k"], abs=5e-5)
    assert found.icc["1"].value == pytest.approx(example("panels.one_way.icc"), abs=5e-5)
    assert all(one.low < one.value < one.high for one in found.icc.values())


def test_alpha_and_kappa_are_those_of_the_coefficients_with_the_whole_scale():
    rated = panel()

    found = criterion_agreement(rated, "complete", RATERS, scale=SCALE, plan=Plan(100))

    rows = np.array(
        [
            [one.scores["complete"] for one in sorted(rated, key=lambda one: (one.run, one.item)) if one.rater == rater]
            for rater in RATERS
        ]
    )
    grades = [1.0, 2.0, 3.0, 4.0, 5.0]
    alpha = krippendorff_alpha(rows.tolist(), distance="ordinal", grades=grades, plan=Plan(0))
    kappa = cohen_kappa(rows[0].tolist(), rows[2].tolist(), grades=grades, weights="quadratic", plan=Plan(0))
    assert (found.alpha.value, found.alpha.n) == (pytest.approx(alpha.value), 60)
    assert found.kappas[("r0", "r2")].value == pytest.approx(kappa.value)
    assert found.alpha.low < alpha.value < found.alpha.high
    assert found.kappas[("r0", "r2")].low < kappa.value < found.kappas[("r0", "r2")].high


def test_where_raters_share_the_work_there_is_no_two_way_icc_but_the_others_stand():
    rated = [one for place, one in enumerate(panel()) if int(one.item) % 3 != int(one.rater[1])]

    found = criterion_agreement(rated, "complete", RATERS, scale=SCALE, plan=Plan(100))

    assert (found.outputs, found.complete) == (60, 0)
    assert found.icc["2,1"].reason == "fewer than two outputs were rated by every rater"
    assert found.icc["1"].low < found.icc["1"].value < found.icc["1"].high
    assert found.alpha.value is not None
    assert found.kappas[("r0", "r1")].n == 20


def test_one_rater_alone_has_no_agreement():
    found = criterion_agreement([Rated("r", "a", "1", {"c": 3})], "c", ["r"], scale=SCALE, plan=Plan())

    assert found.alpha.reason == "no output was rated by two raters"
    assert found.as_dict()["kappas"] == []
