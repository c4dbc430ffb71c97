"""Releases: what goes in, what is refused, and that nothing changes them."""

import pytest
from django.db import IntegrityError, transaction

from labeling.actions.adjudication import decide, open_for_adjudication
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.golden import FreezeSpec, freeze_round, import_golden, recompute_digest
from labeling.actions.rounds import SampleSpec, sample_round
from labeling.actions.seats import claim_seat
from labeling.actions.settling import settle_due_tasks
from labeling.enums import Provenance, Role, RoundState
from labeling.models import GoldEntry, Guideline, Item, Release
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db

GOOD = {"alpha": {"masi": {"value": 0.9}}}
SHARES = {"dev": 0.5, "test": 0.5}


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    return project


def labelled(project, answers, *, raters=2, **fields):
    """A round whose items have these answers, a tuple of label codes for each rater."""
    people = [make_member(project, Role.ANNOTATOR) for _ in range(raters)]
    made = make_round(project, make_items(project, len(answers)), raters=raters, **fields)
    labels = {label.code: label for label in made.taxonomy_version.labels.all()}
    for rater, place in zip(people, range(raters), strict=True):
        for said in answers:
            seat = claim_seat(in_round=made, by=rater)
            answer = Answer(labels=[labels[code] for code in said[place].split()])
            submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=answer, by=rater)
    settle_due_tasks()
    return made


def freeze(made, **options):
    spec = FreezeSpec(
        options.pop("name", "pilot"), options.pop("shares", SHARES), seed=options.pop("seed", 1),
        retire_test=options.pop("retire_test", ""),
    )  # fmt: skip
    return freeze_round(in_round=made, spec=spec, agreement=options.pop("agreement", GOOD), by=None, **options)


def test_settled_tasks_become_entries_and_others_are_counted(project):
    made = labelled(project, [("crm", "crm"), ("", ""), ("crm", "erp")])
    release = freeze(made)
    assert str(release) == "pilot@1"
    assert release.counts["entries"] == 2
    assert release.counts["left_out"] == 1
    assert release.counts["none_applies"] == 1
    assert sorted(map(tuple, release.entries.values_list("labels", flat=True))) == [(), ("crm",)]
    made.refresh_from_db()
    assert made.state == RoundState.CLOSED


def test_all_can_be_required(project):
    made = labelled(project, [("crm", "crm"), ("crm", "erp")])
    with pytest.raises(Refused, match="not settled"):
        freeze(made, require_all=True)


def test_an_adjudicated_answer_is_gold(project):
    made = labelled(project, [("crm", "erp")])
    judge = make_member(project, Role.ADJUDICATOR)
    task = made.tasks.get()
    open_for_adjudication(task=task, by=judge)
    decide(
        task=task, labels=list(made.taxonomy_version.labels.filter(code="payroll")), rationale="It says so.", by=judge
    )
    entry = freeze(made).entries.get()
    assert (entry.labels, entry.provenance, entry.raters) == (["payroll"], Provenance.ADJUDICATED, 2)


def test_too_little_agreement_or_too_few_raters_need_a_written_reason(project):
    low = {"alpha": {"masi": {"value": 0.3}}}
    made = labelled(project, [("crm", "crm")], agreement_objective=0.6)
    with pytest.raises(Refused, match="below the objective"):
        freeze(made, agreement=low)
    release = freeze(made, agreement=low, override_reason="A pilot.")
    assert (release.override_reason, release.is_blindly_validated) == ("A pilot.", False)
    single = labelled(project, [("crm",)], raters=1)
    with pytest.raises(Refused, match="fewer than two raters"):
        freeze(single, name="single")


def test_the_hash_is_of_what_is_in_it_not_of_name_or_time(project):
    made = labelled(project, [("crm", "crm"), ("erp", "erp")])
    one, again = freeze(made), freeze(made, name="same")
    other = freeze(made, seed=2, shares={"dev": 1.0}, retire_test="Used up.")
    assert one.digest == again.digest == recompute_digest(one)
    assert other.digest != one.digest
    assert str(other) == "pilot@2"


def test_nothing_changes_a_release(project):
    release = freeze(labelled(project, [("crm", "crm")]))
    entry = release.entries.get()
    entry.pk = None
    changes = [
        lambda: GoldEntry.objects.update(labels=[]),
        lambda: GoldEntry.objects.all().delete(),
        entry.save,
        lambda: Release.objects.update(digest="0" * 64),
        lambda: Release.objects.all().delete(),
    ]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_an_entry_keeps_the_item_as_it_was_labelled(project):
    made = labelled(project, [("crm", "crm")])
    item = Item.objects.get(tasks__round=made)
    release = freeze(made)
    Item.objects.filter(pk=item.pk).update(name="Renamed")
    assert release.entries.get().content["name"] == item.name


def test_equal_texts_share_a_split(project):
    items = make_items(project, 10)
    Item.objects.filter(pk__in=[item.pk for item in items[:4]]).update(text_digest="e" * 64)
    gold = {item.external_id: {"labels": ["crm"]} for item in items}
    release = import_golden(project=project, spec=FreezeSpec("g", SHARES, seed=3), gold=gold, by=None)
    assert release.entries.filter(text_digest="e" * 64).values_list("split", flat=True).distinct().count() == 1
    assert release.is_blindly_validated is False


def test_named_splits_are_kept_and_must_be_whole(project):
    one, other = make_items(project, 2)
    rows = {one.external_id: {"labels": [], "split": "test"}, other.external_id: {"labels": [], "split": "dev"}}
    release = import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=rows, by=None)
    assert dict(release.entries.values_list("external_id", "split")) == {
        one.external_id: "test",
        other.external_id: "dev",
    }
    rows[other.external_id]["split"] = ""
    with pytest.raises(Refused, match="all or for none"):
        import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=rows, by=None)


def test_weights_of_the_sample_reach_the_entries(project):
    make_items(project, 10)
    rater = [make_member(project, Role.ANNOTATOR) for _ in range(2)]
    made = sample_round(project=project, name="R", spec=SampleSpec(4, ("sector",), seed=1), by=None, undo_seconds=0)
    for one in rater:
        while seat := claim_seat(in_round=made, by=one):
            submit_annotation(seat=seat, receipt=hand_out(seat, one), answer=Answer(labels=[]), by=one)
    settle_due_tasks()
    assert clock.now()
    entry = freeze(made).entries.first()
    assert (entry.weight, entry.stratum) == (2.5, "Finance")


def test_only_managers_freeze(project):
    made = labelled(project, [("crm", "crm")])
    spec = FreezeSpec("pilot", SHARES)
    with pytest.raises(NotAllowed):
        freeze_round(in_round=made, spec=spec, agreement=GOOD, by=make_member(project, Role.ENGINEER))


@pytest.mark.parametrize("name", ["", "a@b", "a:b", "a/b", "x" * 121])
def test_names_that_a_command_could_not_say(project, name):
    with pytest.raises(Refused):
        freeze(labelled(project, [("crm", "crm")]), name=name)


def show_in_guidelines(project, *items):
    examples = [{"item": item.external_id, "name": item.name, "quote": "", "labels": [], "why": ""} for item in items]
    Guideline.objects.create(project=project, number=1, text="Words.", examples=examples)
    Guideline.objects.create(project=project, number=2, text="Other words.")  # an older version can still be read


@pytest.mark.parametrize("seed", range(5))
def test_what_the_guidelines_show_is_never_held_out(project, seed):
    made = labelled(project, [("crm", "crm")] * 10)
    items = list(Item.objects.order_by("pk"))
    twin = items[3]
    Item.objects.filter(pk=twin.pk).update(text_digest=items[0].text_digest)
    show_in_guidelines(project, items[0], items[1])

    release = freeze(made, seed=seed)

    held_out = set(release.entries.filter(split="test").values_list("external_id", flat=True))
    assert not held_out & {items[0].external_id, items[1].external_id, twin.external_id}
    assert len(held_out) == 5  # the share is kept: others take their places


def test_examples_alone_cannot_be_held_out(project):
    made = labelled(project, [("crm", "crm")] * 2)
    show_in_guidelines(project, Item.objects.first())

    with pytest.raises(Refused, match="examples in the guidelines"):
        freeze(made, shares={"test": 1.0})

    assert not Release.objects.exists()
    made.refresh_from_db()
    assert made.state == RoundState.OPEN


def test_a_file_that_holds_out_an_example_is_refused(project):
    items = make_items(project, 2)
    show_in_guidelines(project, items[0])
    gold = {item.external_id: {"labels": ["crm"], "split": "test"} for item in items}

    with pytest.raises(Refused, match="is an example in the guidelines"):
        import_golden(project=project, spec=FreezeSpec("g", SHARES), gold=gold, by=None)

    assert not Release.objects.exists()
