"""The slices page: pictures with the items behind them on dev, figures without on test."""

import re

import pytest
from django.urls import reverse

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
QUERIES = 14
NASTY = "<script>alert(1)</script>"


def make_world(n=90, *, slices=("sector", "region"), split="dev"):
    """Right but for the items of one sector, of which every other one has no answer."""
    project = make_project(slices=list(slices))
    make_taxonomy(project)
    items = [
        item
        for place in range(3)
        for item in make_items(project, n // 3, sector=(NASTY, "Finance", "")[place], region="Asia")
    ]
    gold = {item.external_id: {"labels": ["crm"], "split": split} for item in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {
        item.external_id: {"labels": [{"code": "crm"}]}
        for place, item in enumerate(items)
        if place >= n // 3 or place % 2
    }
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    evaluation = evaluate_run(run=run, release=release, split=split, by=None)
    return project, evaluation, make_member(project, Role.ENGINEER)


def page(client, world, **query):
    client.force_login(world[2])
    return client.get(reverse("evaluation:slices", args=[world[0].slug, world[1].public_id]), query)


def test_the_page_says_which_slice_is_worse_and_leads_to_its_items(client):
    world = make_world()
    answer = page(client, world)
    text = answer.content.decode()

    assert answer.status_code == 200
    assert "lower than the rest in micro F1" in text
    assert NASTY not in text
    assert "(blank)" in text
    link = re.search(r'href="([^"]*of=slices[^"]*)"', text).group(1).replace("&amp;", "&")
    assert "30 items" in client.get(link).content.decode()


@pytest.mark.parametrize("show", ["declared", "derived", "crossed", "nothing"])
@pytest.mark.parametrize("measure", ["f1", "recall", "nothing"])
def test_each_tab_with_each_measure(client, show, measure):
    world = make_world(60, slices=["sector", "size"])
    assert page(client, world, show=show, measure=measure, rows="sector", columns="x").status_code == 200


def test_two_properties_are_crossed_as_asked(client):
    world = make_world()
    world[0].items.filter(attributes__sector="Finance").update(attributes={"sector": "Finance", "region": "Europe"})
    project, evaluation, _ = world
    assert project
    text = page(client, world, show="crossed", rows="region", columns="sector").content.decode()
    assert "Cross" in text
    assert evaluation


def test_without_attributes_the_page_teaches(client):
    text = page(client, make_world(30, slices=())).content.decode()
    assert "slices by no attribute yet" in text


def test_one_item(client):
    assert "Nothing could be tested" in page(client, make_world(3, slices=["sector"])).content.decode()


def test_a_held_out_split_leads_nowhere_and_is_not_crossed(client):
    world = make_world(split="test")
    text = page(client, world, show="crossed", measure="recall").content.decode()
    assert "of=slices" not in text
    assert "Two crossed" not in text
    assert "Held-out split" in text


@pytest.mark.parametrize("item_count", [30, 90])
def test_a_stored_audit_takes_as_many_queries_however_many_items(client, item_count, django_assert_num_queries):
    world = make_world(item_count)
    page(client, world)
    with django_assert_num_queries(QUERIES):
        page(client, world)


def test_only_those_who_may_see_figures(client):
    world = make_world(30)
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
        assert page(client, (*world[:2], make_member(world[0], role))).status_code == 404
