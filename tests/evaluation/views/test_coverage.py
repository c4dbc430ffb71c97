"""The coverage map: counts by group, thin ones first, and a round started in one of them."""

import re
from html import unescape

import pytest
from django.urls import reverse

from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Round
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """8 Finance and 6 Health items in Europe, 3 Health ones in Asia; gold for 6 of Finance."""
    project = make_project(slices=["sector", "region"])
    make_taxonomy(project)
    finance = make_items(project, 8)
    make_items(project, 6, sector="Health")
    make_items(project, 3, sector="Health", region="Asia")
    gold = {
        item.external_id: {"labels": ["crm"] if place % 2 else [], "split": "test" if place > 3 else "dev"}
        for place, item in enumerate(finance[:6])
    }
    import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    return project


def page(client, project, role=Role.MANAGER, **query):
    client.force_login(make_member(project, role))
    return client.get(reverse("evaluation:coverage", args=[project.slug]), query)


def test_each_group_has_its_gold_and_the_largest_thin_one_comes_first(client, world):
    board = page(client, world).context["board"]

    assert (board.rows_by, board.columns_by, board.items, board.gold) == ("sector", "region", 17, 6)
    cells = {(one.row, one.column): (one.gold, one.population) for one in board.cells}
    assert cells == {("Finance", "Europe"): (6, 8), ("Health", "Europe"): (0, 6), ("Health", "Asia"): (0, 3)}
    assert [(one.row, one.column) for one in board.starts] == [("Health", "Europe"), ("Health", "Asia")]
    assert [(one.code, one.support) for one in board.labels] == [("erp", 0), ("payroll", 0), ("crm", 2)]


def test_a_label_counts_dev_only_and_a_third_attribute_narrows(client, world):
    board = page(client, world, label="crm").context["board"]
    assert board.gold == 2
    board = page(client, world, rows="region", columns="region", only="sector=Health").context["board"]
    assert board.columns_by == ""
    assert [(one.row, one.population) for one in board.cells] == [("Asia", 3), ("Europe", 6)]


def test_a_thin_group_starts_a_round_of_its_own_items(client, world):
    text = page(client, world).content.decode()
    link = unescape(re.search(r'href="([^"]*where=[^"]*)">Start a round here', text)[1])

    form = client.get(link).content.decode()
    assert "sector=Health\nregion=Europe" in form
    sent = {
        "name": "Thin", "size": "4", "where": "sector=Health\nregion=Europe", "allocation": "proportional",
        "raters": "2", "settling": "unanimous", "purpose": "golden", "undo_seconds": "600", "seed": "1", "make": "",
    }  # fmt: skip
    answer = client.post(link.partition("?")[0], sent)

    made = Round.objects.get(name="Thin")
    assert answer.status_code == 303
    assert made.sampling["where"] == [["sector", "Health"], ["region", "Europe"]]
    tasks = made.tasks.select_related("item")
    assert {(one.item.attributes["sector"], one.item.attributes["region"], one.weight) for one in tasks} == {
        ("Health", "Europe", 1.5)
    }
    shown = client.get(reverse("labeling:round", args=[world.slug, made.public_id])).content.decode()
    assert "Only items where sector is <bdi>Health</bdi>" in shown


@pytest.mark.parametrize(
    ("where", "why"), [("planet=Mars", "names no attribute"), ("sector=Mars", "No item has"), ("x", "names no")]
)
def test_a_restriction_that_fits_nothing_is_refused_in_words(client, world, where, why):
    client.force_login(make_member(world, Role.MANAGER))
    sent = {
        "name": "Thin", "size": "4", "where": where, "allocation": "proportional", "raters": "2",
        "settling": "unanimous", "purpose": "golden", "undo_seconds": "600", "seed": "1", "make": "",
    }  # fmt: skip

    answer = client.post(reverse("labeling:new-round", args=[world.slug]), sent)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Round.objects.exists()


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.ANALYST])
def test_who_makes_no_rounds_is_offered_none(client, world, role):
    assert "Start a round here" not in page(client, world, role).content.decode()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR])
def test_raters_have_no_such_page(client, world, role):
    assert page(client, world, role).status_code == 404


def test_nothing_at_all_teaches(client):
    project = make_project()
    assert "No items yet" in page(client, project).content.decode()


@pytest.mark.parametrize(
    "query", [{"wanted": "x"}, {"rows": "nothing"}, {"only": "sector"}, {"label": "<b>"}, {"wanted": "9" * 30}]
)
def test_odd_questions_are_answered(client, world, query):
    assert page(client, world, **query).status_code == 200


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, item_count, django_assert_num_queries):
    project = make_project(slices=["sector"])
    make_taxonomy(project)
    items = make_items(project, item_count)
    gold = {item.external_id: {"labels": ["crm"], "split": "dev"} for item in items}
    import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    client.force_login(make_member(project, Role.MANAGER))

    with django_assert_num_queries(14):
        assert client.get(reverse("evaluation:coverage", args=[project.slug])).status_code == 200
