"""A run of one taxonomy version scored on a release of another: exact where nothing is lost, and silent nowhere."""

import pytest

from evaluation.actions.comparisons import compare_runs
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.queries.pairing import pair
from evaluation.queries.scoreboard import scoreboard
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.taxonomy_changes import add_step, apply_change, start_change
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
STEPS = [
    {"kind": "merge", "codes": ["erp", "payroll"], "into": {"code": "office"}},
    {"kind": "split", "code": "crm", "into": [{"code": "small"}, {"code": "large"}]},
    {"kind": "retire", "code": "fax"},
    {"kind": "add", "code": "tax", "name": "Tax"},
]
OLD = ["crm erp payroll", "payroll fax", "crm", "hr"]
NEW = ["small office", "office", "large tax", "hr"]


@pytest.fixture
def world():
    """Gold and a run under each version; the newer ones are the older ones in new words."""
    project = make_project()
    make_taxonomy(project, ["crm", "erp", "payroll", "fax", "hr"])
    items = make_items(project, 4)
    made = {}
    for number, said in ((1, OLD), (2, NEW)):
        rows = {item.external_id: labels.split() for item, labels in zip(items, said, strict=True)}
        gold = {key: {"labels": labels, "split": "test" if number == 2 else "dev"} for key, labels in rows.items()}
        spec = FreezeSpec(f"gold{number}", {"dev": 1.0})
        made[f"gold{number}"] = import_golden(project=project, spec=spec, gold=gold, by=None)
        predictions = {
            key: {"labels": [{"code": code, "confidence": 0.5 + 0.1 * place} for place, code in enumerate(labels)]}
            for key, labels in rows.items()
        }
        made[f"run{number}"] = import_predictions(
            project=project, name=f"run{number}", predictions=predictions, by=None
        )
        if number == 1:
            change = start_change(project=project, by=None)
            for step in STEPS:
                change = add_step(change=change, step=step, by=None)
            apply_change(change=change, by=None)
    return made


def test_an_older_run_is_scored_on_newer_gold_through_the_mapping(world):
    found = evaluate_run(run=world["run1"], release=world["gold2"], split="test", by=None).report

    assert found["micro"]["f1"]["value"] == 1.0
    assert set(found["labels"]) == {"office", "hr"}
    change = found["taxonomy_change"]
    assert (change["run"], change["release"], change["read_as"]) == (1, 2, 2)
    assert change["left_out"] == [
        {"kind": "split", "code": "crm", "parts": ["large", "small"], "gold": 2, "predicted": 2},
        {"kind": "new", "code": "tax", "parts": [], "gold": 1, "predicted": 0},
        {"kind": "retired", "code": "fax", "parts": [], "gold": 0, "predicted": 1},
    ]


def test_a_newer_run_is_scored_on_older_gold_in_the_newer_codes(world):
    evaluation = evaluate_run(run=world["run2"], release=world["gold1"], split="dev", by=None)

    assert evaluation.report["micro"]["f1"]["value"] == 1.0
    assert set(evaluation.report["labels"]) == {"office", "hr"}
    assert evaluation.report["taxonomy_change"]["left_out"][0]["gold"] == 2
    assert {row.name for row in scoreboard(evaluation).labels} == {"office", "Hr"}


def test_a_held_out_page_tells_which_labels_but_not_how_often(world):
    evaluation = evaluate_run(run=world["run1"], release=world["gold2"], split="test", by=None)

    rows = scoreboard(evaluation).report["taxonomy_change"]["left_out"]
    assert [(row["code"], row["gold"], row["predicted"]) for row in rows] == [
        ("crm", None, None), ("tax", None, None), ("fax", None, None),
    ]  # fmt: skip


def test_the_same_version_is_scored_as_ever(world):
    found = evaluate_run(run=world["run1"], release=world["gold1"], split="dev", by=None).report

    assert "taxonomy_change" not in found
    assert set(found["labels"]) == {"crm", "erp", "payroll", "fax", "hr"}


def test_runs_of_two_versions_are_compared_on_what_both_can_say(world):
    for gold, split in (("gold1", "dev"), ("gold2", "test")):
        found = compare_runs(
            run_a=world["run1"], run_b=world["run2"], release=world[gold], split=split, by=None
        ).report  # fmt: skip

        assert found["diff"]["micro_f1"]["value"] == 0
        assert found["a"]["micro_f1"]["value"] == 1.0
        assert found["not_compared"] == ["large", "small", "tax"]


def test_of_merged_labels_the_surest_confidence_counts(world):
    paired = pair(world["run1"], world["gold2"], "test")

    assert [one.confidences.get("office") for one in paired.said if one] == [0.7, 0.5, None, None]


def test_after_a_version_from_a_file_unknown_labels_count_as_wrong(world):
    project = world["run1"].project
    make_taxonomy(project, ["other"])
    item = project.items.order_by("pk")[0]
    spec, gold = FreezeSpec("gold3", {"dev": 1.0}, retire_test="All dev."), {item.external_id: {"labels": ["other"]}}
    release = import_golden(project=project, spec=spec, gold=gold, by=None)

    found = evaluate_run(run=world["run2"], release=release, split="dev", by=None).report

    assert "taxonomy_change" not in found
    assert found["labels"]["small"]["fp"] == 1
