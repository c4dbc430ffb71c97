"""The next release: carried over, recoded, answered anew; the one before it never changes."""

import pytest

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.golden import FreezeSpec, import_golden, recompute_digest
from labeling.actions.renewals import renew_release
from labeling.actions.seats import claim_seat
from labeling.actions.settling import settle_due_tasks
from labeling.actions.taxonomy_changes import add_step, apply_change, start_change
from labeling.enums import Role, RoundState
from labeling.models import Release
from reviewapp.common.errors import Refused
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db
GOOD = {"alpha": {"masi": {"value": 0.9}}}


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project, ["crm", "erp", "payroll", "fax"])
    return project


@pytest.fixture
def release(project):
    rows = [("crm", "test"), ("erp payroll", "dev"), ("fax", "dev"), ("erp", "fewshot")]
    items = make_items(project, len(rows))
    gold = {
        item.external_id: {
            "labels": labels.split(), "split": split,
            "evidence": [{"code": labels.split()[0], "document": 0, "start": 0, "end": 7, "text": "Company"}],
        }
        for item, (labels, split) in zip(items, rows, strict=True)
    }  # fmt: skip
    return import_golden(project=project, spec=FreezeSpec("gold", {"dev": 0.5, "test": 0.5}), gold=gold, by=None)


def change(project, *steps):
    found = start_change(project=project, by=None)
    for step in steps:
        found = add_step(change=found, step=step, by=None)
    return apply_change(change=found, by=None)


def answered(project, items, code, **fields):
    """A settled round in which two people said the same of each item."""
    made = make_round(project, items, taxonomy=project.taxonomy_versions.order_by("number").last(), **fields)
    label = made.taxonomy_version.labels.get(code=code)
    for _ in range(2):
        rater = make_member(project, Role.ANNOTATOR)
        for _ in items:
            seat = claim_seat(in_round=made, by=rater)
            submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=[label]), by=rater)
    settle_due_tasks()
    return made


def test_merges_and_renames_are_carried_over_and_retired_labels_dropped_with_the_count(project, release):
    before = list(release.entries.values("external_id", "labels", "split"))
    change(
        project,
        {"kind": "merge", "codes": ["erp", "payroll"], "into": {"code": "office"}},
        {"kind": "retire", "code": "fax"},
    )

    made = renew_release(release=release, by=None)

    assert str(made) == "gold@2"
    assert [(one.labels, one.split) for one in made.entries.order_by("external_id")] == [
        (["crm"], "test"), (["office"], "dev"), ([], "dev"), (["office"], "fewshot"),
    ]  # fmt: skip
    assert [[quote["code"] for quote in one.evidence] for one in made.entries.order_by("external_id")] == [
        ["crm"], ["office"], [], ["office"],
    ]  # fmt: skip
    noted = made.counts["renewed"]
    assert (noted["from"], noted["taxonomy"], noted["labels_dropped"], noted["emptied"]) == (
        "gold@1", [1, 2], {"fax": 1}, 1,
    )  # fmt: skip
    assert (noted["carried"], noted["recoded"]) == (1, 3)
    assert recompute_digest(made) == made.digest
    release.refresh_from_db()
    assert list(release.entries.values("external_id", "labels", "split")) == before
    assert recompute_digest(release) == release.digest


def test_split_items_are_left_out_until_a_round_answers_them_and_keep_their_split(project, release):
    change(project, {"kind": "split", "code": "crm", "into": [{"code": "small"}, {"code": "large"}]})
    item = release.entries.get(split="test").item
    fresh = make_items(project, 1)
    made = answered(project, [item, *fresh], "small")

    alone = renew_release(release=release, by=None)
    assert alone.counts["renewed"]["to_ask"] == 1
    assert not alone.entries.filter(item=item).exists()
    whole = renew_release(release=alone, in_round=made, agreement=GOOD, by=None)

    assert whole.entries.get(item=item).split == "test"
    assert whole.entries.get(item=fresh[0]).split in ("dev", "test")
    assert whole.counts["renewed"]["added"] == 2
    made.refresh_from_db()
    assert made.state == RoundState.CLOSED


def test_an_answer_of_the_round_takes_the_place_of_the_old_one(project, release):
    item = release.entries.get(split="test").item
    made = answered(project, [item], "payroll")

    renewed = renew_release(release=release, in_round=made, agreement=GOOD, by=None)

    entry = renewed.entries.get(item=item)
    assert (entry.labels, entry.split, entry.provenance, entry.raters) == (["payroll"], "test", "agreed", 2)
    assert renewed.counts["renewed"]["relabelled"] == 1
    assert renewed.counts["entries"] == 4


def test_what_would_lose_or_skip_something_is_refused(project, release):
    with pytest.raises(Refused, match="newest taxonomy"):
        renew_release(release=release, by=None)
    made = answered(project, make_items(project, 1), "crm", agreement_objective=0.95)
    with pytest.raises(Refused, match="below the objective"):
        renew_release(release=release, in_round=made, agreement=GOOD, by=None)
    renewed = renew_release(release=release, in_round=made, agreement=GOOD, override_reason="A pilot.", by=None)
    assert renewed.override_reason == "A pilot."
    with pytest.raises(Refused, match="is newer than"):
        renew_release(release=release, in_round=made, agreement=GOOD, override_reason="Again.", by=None)
    assert Release.objects.count() == 2


def test_a_version_from_a_file_is_not_guessed_at(project, release):
    make_taxonomy(project, ["crm"])

    with pytest.raises(Refused, match="came from a file"):
        renew_release(release=release, by=None)
