"""The page "against people": names for those who may know them, numbers for the others."""

import re

import pytest
from django.urls import reverse

from evaluation.actions.reports import evaluate_run
from labeling.enums import Role
from labeling.models import User
from tests.evaluation.analyses.test_raters import rated_world
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def page(client, world, role, split="dev", **query):
    evaluation = evaluate_run(run=world[1], release=world[2], split=split, by=None)
    client.force_login(make_member(world[0], role))
    return client.get(reverse("evaluation:raters", args=[world[0].slug, evaluation.public_id]), query)


def test_managers_read_names_and_engineers_numbers(client):
    world = rated_world()
    names = [str(user) for user in User.objects.filter(annotations__isnull=False).distinct()]
    assert len(names) == 3

    seen = page(client, world, Role.MANAGER).content.decode()
    blind = page(client, world, Role.ENGINEER).content.decode()

    assert "it holds its own against 3 of 3 raters" in seen
    for name in names:
        assert re.search(rf"\b{name}\b", seen)
        assert not re.search(rf"\b{name}\b", blind)
    assert "Rater 1" in blind
    assert "Rater 1" not in seen


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR])
def test_those_who_label_and_settle_see_nothing(client, role):
    assert page(client, rated_world(n=4, others=4), role).status_code == 404


def test_the_collection_is_shown_with_its_run(client):
    text = page(client, rated_world(), Role.ANALYST, grace="crowd", population="nonsense").content.decode()
    assert "how common is each label" in text
    assert "40 items with gold, 60 without" in text


def test_a_run_over_the_split_alone_teaches(client):
    assert "This needs a run over all items" in page(client, rated_world(others=0), Role.ENGINEER).content.decode()


def test_few_items_say_what_is_missing(client):
    text = page(client, rated_world(n=4, others=4), Role.MANAGER).content.decode()
    assert "This cannot be told" in text


def test_a_held_out_split_shows_aggregates(client):
    text = page(client, rated_world(split="test"), Role.ENGINEER, split="test").content.decode()
    assert "Held-out split" in text
    assert ">Precision</th>" not in text
