import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.stages import ItemStages, content_words, says, stage_report

CODES = ["crm", "erp", "tax"]


def item(gold, predicted, *, evidence=None, retrieved=None, kept=None, sentences=10):
    return ItemStages(
        gold_labels=frozenset(gold),
        predicted=None if predicted is None else frozenset(predicted),
        evidence={code: frozenset(marked) for code, marked in (evidence or {}).items()},
        retrieved=None if retrieved is None else frozenset(retrieved),
        kept=None if kept is None else frozenset(kept),
        sentences=sentences,
    )


def report(items, **more):
    return stage_report(items, **{"resamples": 200, **more})


PIPELINE = [
    item({"crm"}, {"crm"}, evidence={"crm": {1}}, retrieved={1, 2}, kept={"crm"}),
    item({"crm"}, set(), evidence={"crm": {1}}, retrieved={2}, kept=set()),
    item({"erp"}, set(), evidence={"erp": {3, 4}}, retrieved={3}, kept=set()),
    item({"tax"}, {"crm"}, evidence={"tax": {3}}, retrieved={3}, kept={"tax"}),
    item({"tax", "erp"}, {"tax"}, evidence={"tax": {3}}, retrieved=set(), kept=set()),
    item({"crm"}, None, evidence={"crm": {1}}),
]


def test_the_loss_by_stage():
    found = report(PIPELINE)

    assert [(stage.name, stage.count) for stage in found.stages] == [
        ("gold", 6),
        ("answered", 5),
        ("retrieved", 3),
        ("kept", 2),
        ("right", 1),
    ]
    assert found.stages[2].of_previous.value == pytest.approx(3 / 5)
    assert found.stages[2].share.value == 0.5
    assert found.stages[2].share.low < 0.5 < found.stages[2].share.high
    assert found.right_without == 1
    assert found.without_evidence == 1
    assert found.lost == {"no_answer": 1, "retrieval": 1, "summary": 1, "classification": 1, "unknown": 1}


def test_retrieval_recall_counts_sentences():
    found = report(PIPELINE)

    assert found.retrieval_recall.value == pytest.approx(3 / 6)
    assert found.retrieved_share.value == pytest.approx(5 / 50)


def test_a_run_that_reads_everything_loses_labels_when_it_labels():
    found = report([item({"crm"}, set(), evidence={"crm": {1}}), item({"erp"}, set())], reads_all=True)

    assert [stage.name for stage in found.stages] == ["gold", "answered", "right"]
    assert found.lost["classification"] == 2
    assert found.retrieval_recall.value is None
    assert found.retrieval_recall.reason


def test_what_was_not_recorded_is_not_guessed():
    found = report([item({"crm"}, set(), evidence={"crm": {1}})] * 2)

    assert found.lost["unknown"] == 2
    assert not found.has_retrieval
    assert not found.has_summary


def test_an_answer_that_lacks_a_recorded_stage_is_not_followed():
    found = report([PIPELINE[0], item({"crm"}, {"crm"}, evidence={"crm": {1}})])

    assert found.followed == 1


def test_a_summary_alone_can_be_followed():
    found = report([item({"crm"}, set(), evidence={"crm": {1}}, kept=set())] * 2)

    assert [stage.name for stage in found.stages] == ["gold", "answered", "kept", "right"]
    assert found.lost["summary"] == 2


SUBSETS = st.frozensets(st.sampled_from(CODES))
MARKED = st.dictionaries(st.sampled_from(CODES), st.frozensets(st.integers(0, 4), min_size=1, max_size=3))
MAYBE = st.one_of(st.none(), SUBSETS)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            item, SUBSETS, MAYBE, evidence=MARKED, retrieved=st.one_of(st.none(), st.frozensets(st.integers(0, 4))),
            kept=MAYBE,
        ),
        max_size=8,
    ),
    st.booleans(),
)  # fmt: skip
def test_every_missed_label_was_lost_somewhere_once(items, reads_all):
    found = report(items, reads_all=reads_all, resamples=10)

    missed = sum(len(one.gold_labels - (one.predicted or frozenset())) for one in items)
    assert sum(found.lost.values()) == missed
    counts = [stage.count for stage in found.stages]
    assert counts == sorted(counts, reverse=True)
    assert json.dumps(found.as_dict(), allow_nan=False)


@pytest.mark.parametrize("items", [[], [item(set(), set())], [item({"crm"}, {"crm"})]])
def test_nothing_to_follow_is_undefined(items):
    found = report(items)

    assert found.stages[-1].share.value is None
    assert found.stages[-1].share.reason


def test_what_a_summary_says():
    assert says("It sells payroll software to banks", ["Acme's payroll software"])
    assert not says("It sells machines", ["payroll software", "tax returns"])
    assert says("An ERP", ["ERP"])
    assert not says("", ["payroll"])
    assert not says("anything", [""])
    assert content_words("An ERP of 2024, they say!") == ["2024", "they"]
    assert content_words("An ERP") == ["an", "erp"]
