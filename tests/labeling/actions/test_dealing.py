"""Splits stick: no freeze and no file brings what an older release holds out onto a page, unless that is retired."""

import pytest
from django.db import IntegrityError, transaction

from labeling.actions.dealing import FreezeSpec, preview_splits
from labeling.actions.golden import import_golden
from labeling.enums import Role
from labeling.models import AuditEvent, Item, Release, RetiredTest
from labeling.queries.earlier_splits import compared_sentences
from labeling.queries.guidelines import may_be_shown
from labeling.queries.held_out import worth_of_test
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy
from tests.labeling.actions.test_golden import freeze, labelled, show_in_guidelines

pytestmark = pytest.mark.django_db
SHARES = {"dev": 0.5, "test": 0.4, "fewshot": 0.1}


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    return project


def golden(project, items, name="g", *, shares=SHARES, split=None, by=None, **spec):
    """A release of these items; `split` names theirs."""
    gold = {item.external_id: {"labels": ["crm"]} | ({"split": split} if split else {}) for item in items}
    return import_golden(project=project, spec=FreezeSpec(name, shares, **spec), gold=gold, by=by)


def of(release):
    return dict(release.entries.values_list("item_id", "split"))


def held(release):
    return {item for item, split in of(release).items() if split == "test"}


@pytest.mark.parametrize("name", ["g", "another"])
def test_another_seed_deals_nothing_anew(project, name):
    items = make_items(project, 20)
    first = golden(project, items, seed=1)

    again = golden(project, items, name, seed=2)

    assert of(again) == of(first)
    assert "earlier" not in first.counts
    assert again.counts["earlier"] == {
        "kept": 20, "moved": 0, "new": 0, "let_go": 0, "over": 0, "known": 0, "used": 0,
    }  # fmt: skip


def test_freezing_a_round_again_keeps_what_is_held_out_also_without_a_share_for_it(project):
    made = labelled(project, [("crm", "crm")] * 4)
    first = freeze(made)

    again = freeze(made, name="other", shares={"dev": 1.0}, seed=9)

    assert held(again) == held(first)
    assert again.counts["splits"] == {"dev": 2, "test": 2, "fewshot": 0}
    assert again.counts["earlier"]["over"] == 2
    assert "2 more than its share are in test" in " ".join(compared_sentences(again.counts["earlier"], 2))
    shown = preview_splits(made, FreezeSpec("third", SHARES))
    assert (shown.dealt.splits, [str(one) for one in shown.holders]) == (
        {"dev": 2, "test": 2, "fewshot": 0}, ["pilot@1", "other@1"],
    )  # fmt: skip
    assert Release.objects.count() == 2


def test_a_text_is_held_out_and_an_item_is_whatever_it_says_by_now(project):
    one, other, twin = make_items(project, 3)
    golden(project, [one, other], shares={"test": 1.0})
    Item.objects.filter(pk=twin.pk).update(text_digest=Item.objects.get(pk=one.pk).text_digest)
    Item.objects.filter(pk=other.pk).update(text_digest="f" * 64)

    assert held(golden(project, [other, twin], "later", shares={"dev": 1.0})) == {other.pk, twin.pk}
    elsewhere = make_project()  # another project knows nothing of it
    make_taxonomy(elsewhere)
    same = make_items(elsewhere, 1)
    Item.objects.filter(pk=same[0].pk).update(text_digest="f" * 64)
    assert held(golden(elsewhere, same, shares={"dev": 1.0})) == set()


def test_what_is_new_fills_test_before_dev_does_and_that_is_said(project):
    items = make_items(project, 10)
    golden(project, items[:7], shares={"dev": 1.0})

    later = golden(project, items, "later", shares={"dev": 0.5, "test": 0.5}, seed=3)

    assert later.counts["splits"] == {"dev": 5, "test": 5, "fewshot": 0}
    assert {items[place].pk for place in (7, 8, 9)} < held(later)
    assert later.counts["earlier"] == {
        "kept": 5, "moved": 2, "new": 3, "let_go": 0, "over": 0, "known": 2, "used": 0,
    }  # fmt: skip
    said = "2 of the 5 test items were in dev or fewshot before: prompts may have been tuned on them."
    assert said in compared_sentences(later.counts["earlier"], 5)
    assert worth_of_test(later).notes == [said]
    third = golden(project, items, "third", shares={"dev": 0.5, "test": 0.5}, seed=4)
    assert (of(third), third.counts["earlier"]["known"]) == (of(later), 2)  # it is not forgotten


@pytest.mark.parametrize("split", ["dev", "fewshot"])
def test_a_file_that_names_a_held_out_item_for_another_split_is_refused(project, split):
    items = make_items(project, 2)
    golden(project, items[:1], split="test")

    with pytest.raises(Refused, match=f"“{items[0].external_id}” is held out in g@1"):
        golden(project, items, "later", split=split)

    assert Release.objects.count() == 1
    assert golden(project, items, "later", split="test").counts["earlier"]["kept"] == 1


def test_a_retired_test_split_is_dealt_anew_and_says_so_for_good(project):
    items = make_items(project, 10)
    manager = make_member(project, Role.MANAGER)
    old = golden(project, items, shares={"test": 0.5, "dev": 0.5})
    with pytest.raises(Refused, match="no test split to retire"):
        golden(project, make_items(project, 1, prefix="new"), "x", retire_test="Why?")
    with pytest.raises(NotAllowed):
        golden(project, items, "x", retire_test="Used up.", by=make_member(project, Role.ENGINEER))
    assert worth_of_test(old).obstacle == ""
    key = next(item.external_id for item in items if item.pk in held(old))
    assert not may_be_shown(project, [key])

    later = golden(project, items, "later", split="dev", retire_test="Looked at ten times.", by=manager)

    assert later.counts["earlier"]["let_go"] == 5
    said = RetiredTest.objects.get()
    assert (said.release, said.by_release, said.reason, said.created_by) == (
        old,
        later,
        "Looked at ten times.",
        manager,
    )
    event = AuditEvent.objects.get(kind="test.retired")
    assert (event.after["release"], event.after["with"], event.after["items"]) == ("g@1", "later@1", 5)
    worth = worth_of_test(Release.objects.get(pk=old.pk))
    assert (worth.read, worth.since) == (5, "later@1")
    assert worth.obstacle == (
        "5 of the 5 test items are no longer held out since later@1, which shows their gold. This test split was "
        "retired with later@1: Looked at ten times."
    )
    assert may_be_shown(project, [key]) == {key}
    with pytest.raises(IntegrityError), transaction.atomic():
        RetiredTest.objects.update(reason="Nothing.")
    again = golden(project, items, "again", shares={"test": 0.5, "dev": 0.5})
    assert again.counts["earlier"]["used"] == len(held(again) & held(old))


def test_new_items_make_the_next_test_split_and_the_retired_ones_can_be_read(project):
    items = make_items(project, 10)
    shares = {"dev": 0.5, "test": 0.5}
    old = golden(project, items, shares=shares)
    fresh = make_items(project, 10, prefix="new")

    later = golden(project, [*items, *fresh], "later", shares=shares, seed=2, retire_test="Looked at ten times.")

    assert held(later) == {item.pk for item in fresh}
    assert (later.counts["earlier"]["let_go"], worth_of_test(old).read) == (5, 5)


def test_a_guideline_that_shows_a_held_out_item_lets_it_go_and_the_older_release_says_so(project):
    items = make_items(project, 4)
    old = golden(project, items, shares={"test": 0.5, "dev": 0.5})
    shown = items[[item.pk in held(old) for item in items].index(True)]
    show_in_guidelines(project, shown)

    later = golden(project, items, shares={"test": 0.5, "dev": 0.5})

    assert shown.pk not in held(later)
    assert later.counts["earlier"]["let_go"] == 1
    assert later.counts["splits"]["test"] == 2  # another took its place, and that is said
    assert later.counts["earlier"]["known"] == 1
    assert worth_of_test(old).obstacle.startswith("1 of the 2 test items are no longer held out since g@2")


@pytest.mark.parametrize("releases", [1, 3])
def test_dealing_asks_as_often_however_many_releases_there_are(project, releases, django_assert_num_queries):
    made = labelled(project, [("crm", "crm")] * 3)
    for number in range(releases):
        freeze(made, name=f"g{number}")
    with django_assert_num_queries(5):
        preview_splits(made, FreezeSpec("next", SHARES))
