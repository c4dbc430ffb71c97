"""The error taxonomy: it reconciles with FP and FN, with intervals, and is undefined where there is nothing."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.error_report import SUPPORT, error_report, support_of
from evaluation.stats.errors import KINDS, SUBTYPES, branch, errors_of, totals
from evaluation.stats.intervals import Plan
from evaluation.stats.scores import evaluate

PARENTS = {"hr": None, "payroll": "hr", "hiring": "hr", "fin": None, "tax": "fin", "vat": "tax"}
SETS = st.frozensets(st.sampled_from(sorted(PARENTS)), max_size=5)
ITEMS = st.lists(st.tuples(SETS, st.one_of(st.none(), SETS)), max_size=12)


def report(gold, predicted, **more):
    return error_report(
        gold=[frozenset(one) for one in gold],
        predicted=[None if one is None else frozenset(one) for one in predicted],
        parents=PARENTS,
        **{"resamples": 200, **more},
    )


@settings(max_examples=80, deadline=None)
@given(ITEMS)
def test_the_errors_reconcile_with_fp_and_fn(items):
    gold, predicted = [one for one, _ in items], [one for _, one in items]

    found = report(gold, predicted, resamples=20)

    scores = evaluate(gold=gold, predicted=predicted, codes=list(PARENTS), plan=Plan(resamples=0))
    fp = sum(label.fp for label in scores.labels.values())
    fn = sum(label.fn for label in scores.labels.values())
    kinds = {kind: rate.count for kind, rate in found.kinds.items()}
    assert kinds["wrong_label"] + kinds["hallucination"] == fp
    assert kinds["wrong_label"] + kinds["omission"] == fn
    assert kinds == totals(gold, predicted, PARENTS)
    assert found.total == sum(kinds.values())
    assert sum(rate.count for rate in found.subtypes.values()) == kinds["wrong_label"]
    assert sum(rate.count for rate in found.support.values()) == kinds["hallucination"]
    for kind in KINDS:
        assert sum(rates[kind].count for rates in found.branches.values()) == kinds[kind]
    for code, label in found.labels.items():
        counts = label.as_dict()
        assert (counts["fp"], counts["fn"]) == (scores.labels[code].fp, scores.labels[code].fn)


@settings(max_examples=30, deadline=None)
@given(ITEMS, st.randoms())
def test_the_order_of_items_does_not_count(items, chance):
    shuffled = list(items)
    chance.shuffle(shuffled)

    one, other = (report([g for g, _ in rows], [p for _, p in rows], resamples=0) for rows in (items, shuffled))

    assert {k: r.count for k, r in one.kinds.items()} == {k: r.count for k, r in other.kinds.items()}
    assert one.labels == other.labels


def test_counts_shares_and_rates():
    found = report([{"payroll"}, {"vat"}, {"tax"}, set()], [{"hr"}, None, {"tax"}, {"hiring"}])

    assert {kind: rate.count for kind, rate in found.kinds.items()} == {
        "omission": 1,
        "hallucination": 1,
        "wrong_label": 1,
    }
    assert found.kinds["wrong_label"].share.value == pytest.approx(1 / 3)
    assert found.kinds["wrong_label"].share.n == 3
    assert found.kinds["wrong_label"].per_item.value == 0.25
    assert found.subtypes["too vague"].share.value == pytest.approx(1 / 3)
    assert found.subtypes["sibling"].share.value == 0.0
    assert found.pipeline == {"no answer": 1}
    assert found.pipeline_omissions == 1
    assert found.wrong_items == 3
    assert found.branches["hr"]["wrong_label"].count == 1
    assert list(found.labels) == ["hr", "payroll", "hiring", "vat"]


def test_why_items_have_no_answer_is_counted_beside_the_errors():
    found = report([{"tax"}, {"tax", "vat"}, {"hr"}], [None, None, {"hr"}], failures=["refused", "timeout", ""])

    assert found.pipeline == {"refused": 1, "timeout": 1}
    assert found.pipeline_omissions == 3
    assert found.kinds["omission"].count == 3


def test_what_is_made_up_says_on_what_grounds():
    found = report(
        [set(), set(), set()],
        [{"tax"}, {"vat"}, {"hr"}],
        support=[{"tax": "unsupported"}, {"vat": "supported"}, {}],
    )

    assert {flag: found.support[flag].count for flag in SUPPORT} == {"unsupported": 1, "supported": 1, "unknown": 1}


def test_grounds():
    assert support_of("a quote", is_found=True, is_asked=True) == "supported"
    assert support_of("a quote", is_found=False, is_asked=False) == "unsupported"
    assert support_of(" ", is_found=False, is_asked=True) == "unsupported"
    assert support_of("", is_found=False, is_asked=False) == "unknown"


def test_nothing_wrong_is_undefined_shares_and_true_zeros():
    found = report([{"tax"}, {"hr"}], [{"tax"}, {"hr"}])

    assert found.total == 0
    assert found.kinds["omission"].share.value is None
    assert found.kinds["omission"].share.reason == "there are no errors"
    assert found.kinds["omission"].per_item.value == 0.0
    assert found.subtypes["sibling"].share.reason
    assert found.support["unknown"].share.reason


@pytest.mark.parametrize(("gold", "predicted"), [([], []), ([set()], [set()]), ([{"tax"}], [None])])
def test_no_items_and_one_item(gold, predicted):
    found = report(gold, predicted)

    assert found.kinds["omission"].share.low is None
    assert found.kinds["omission"].per_item.low is None
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False)) == found.as_dict()


def test_the_same_input_gives_the_same_bytes():
    gold, predicted = [{"tax"}, {"hr"}, {"vat"}] * 7, [{"vat"}, {"hr"}, None] * 7

    one, other = (json.dumps(report(gold, predicted).as_dict()) for _ in range(2))

    assert one == other


def test_lists_of_different_length_are_refused():
    with pytest.raises(ValueError, match="items"):
        report([set()], [set()], failures=[])


def test_a_label_of_another_taxonomy_is_its_own_branch():
    assert branch("vat", PARENTS) == "fin"
    assert branch("elsewhere", PARENTS) == "elsewhere"
    found = errors_of([{"vat"}], [{"elsewhere"}], PARENTS)
    assert found[0].wrong == (("vat", "elsewhere", "unrelated"),)
    assert "unrelated" in SUBTYPES


def test_a_circle_of_parents_does_not_hang():
    assert branch("a", {"a": "b", "b": "a"}) == "b"
