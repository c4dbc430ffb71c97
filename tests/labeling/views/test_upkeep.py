"""The pages of upkeep: a fixed number of queries, the whole way of a manager, and nothing for who labels."""

import pytest
from django.test import Client
from django.urls import reverse

from labeling.actions.expansions import work_on_expansion
from labeling.enums import Role
from labeling.models import Duty, ExpansionPlan, Item, Round
from labeling.queries.upkeep import board_of
from reviewapp.common import clock
from tests.factories import make_items, make_member
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_board_takes_a_fixed_number_of_queries(world, item_count, django_assert_num_queries):
    manager = world.people[Role.MANAGER]
    for number in range(item_count):
        Duty.objects.create(
            project=world.project, title=f"Duty {number}", kind="other", owner=manager, due_on=clock.now().date(),
            created_at=clock.now(),
        )  # fmt: skip
        make_items(world.project, 1, sector=f"New {number}")
    Item.objects.filter(pk__in=[one.pk for one in world.items[:item_count]]).update(text_digest="f" * 64)

    with django_assert_num_queries(21):
        board = board_of(world.project, viewer=manager)

    assert (len(board.duties), board.stale, board.fresh) == (item_count, item_count, item_count)
    assert [(one.value, one.items) for one in board.values.missing] == [(f"New {n}", 1) for n in range(item_count)]


def test_a_manager_plans_finishes_and_expands(world):
    client, slug = Client(), world.project.slug
    client.force_login(world.people[Role.MANAGER])
    home = reverse("labeling:upkeep", args=[slug])
    client.post(reverse("labeling:usual-duties", args=[slug]))
    assert "Expand gold by 100 fresh items" in client.get(home).text
    wrong = client.post(home, {"title": "", "kind": "other"})
    assert wrong.status_code == 422
    duty = Duty.objects.filter(kind="expansion").get()
    client.post(reverse("labeling:end-duty", args=[slug, duty.public_id]), {"how": "done"})
    assert Duty.objects.filter(kind="expansion", done_at=None).get().due_on > duty.due_on
    make_items(world.project, 3)
    asked = {"size": 2, "novelty_share": 0, "seed": 0, "by": ["sector"]}
    client.post(reverse("labeling:new-expansion", args=[slug]), asked)
    plan = ExpansionPlan.objects.get()
    work_on_expansion(plan_id=plan.pk)
    page = reverse("labeling:expansion", args=[slug, plan.public_id])
    assert "Why each was chosen" in client.get(page).text
    client.post(reverse("labeling:label-expansion", args=[slug, plan.public_id]), {"name": "Fresh"})
    assert Round.objects.get(name="Fresh").tasks.count() == 2
    assert "Rounds for upkeep" in client.get(home).text


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.ENGINEER])
def test_who_labels_or_builds_prompts_sees_nothing_of_it(world, role):
    client = Client()
    client.force_login(make_member(world.project, role))
    for name in ("upkeep", "stale-items", "new-expansion"):
        assert client.get(reverse(f"labeling:{name}", args=[world.project.slug])).status_code == 404
    overview = client.get(reverse("project", args=[world.project.slug])).text
    assert "/upkeep/" not in overview
