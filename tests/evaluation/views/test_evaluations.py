"""The F1 page: the items behind every number on dev, aggregates only on test."""

import re

import pytest
from django.urls import reverse

from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import import_predictions
from evaluation.queries.items_behind import ItemPage, Wanted, items_behind
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Look
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """30 items: gold says crm; the run says crm for the even ones and erp for every third, dev and test alike."""
    project = make_project(slices=["sector"])
    make_taxonomy(project)
    items = make_items(project, 60)
    gold = {
        item.external_id: {"labels": ["crm"], "split": "dev" if place < 30 else "test"}
        for place, item in enumerate(items)
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {
        item.external_id: {
            "labels": [
                {"code": code} for code in (["crm"] if place % 2 == 0 else []) + (["erp"] if place % 3 == 0 else [])
            ]
        }
        for place, item in enumerate(items)
    }
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    return project, run, release, make_member(project, Role.ENGINEER)


def scored(world, split):
    _, run, release, engineer = world
    return evaluate_run(run=run, release=release, split=split, by=engineer)


def page(client, world, evaluation, name="evaluation:evaluation", **query):
    client.force_login(world[3])
    return client.get(reverse(name, args=[world[0].slug, evaluation.public_id]), query)


def test_each_number_on_dev_leads_to_as_many_items(client, world):
    evaluation = scored(world, "dev")
    text = page(client, world, evaluation).content.decode()
    links = re.findall(r'<a href="[^"]*\?kind=(tp|fp|fn)&amp;code=([\w-]+)">(\d+)</a>', text)
    assert ("tp", "crm", "15") in links
    assert ("fp", "erp", "10") in links
    for kind, code, number in links:
        found = items_behind(evaluation, Wanted(kind, code))
        assert len(found.rows) == found.total == int(number)
    for kind, number in evaluation.report["errors"].items():
        assert (items_behind(evaluation, Wanted(kind)).total > 0) == (number > 0)


def test_the_items_say_what_went_wrong(client, world):
    answer = page(client, world, scored(world, "dev"), "evaluation:items-behind", kind="wrong_label")
    assert answer.status_code == 200
    assert "unrelated" in answer.content.decode()


def test_test_has_figures_and_nothing_behind_them(client, world):
    evaluation = scored(world, "test")
    text = page(client, world, evaluation).content.decode()
    assert "Held-out split" in text
    assert "looked at 1 time" in text
    assert "?kind=" not in text
    assert not re.search(r"0\.\d{4,}", text)
    assert page(client, world, evaluation, "evaluation:items-behind", kind="fn", code="crm").status_code == 404
    assert items_behind(evaluation, Wanted()) == ItemPage([], 0)


def test_small_held_out_slices_are_hidden(client, world):
    project, _, release, _ = world
    rare = release.entries.filter(split="test").values_list("item_id", flat=True)[:5]
    assert len(rare) == 5
    other = {
        item.external_id: {"labels": ["crm"], "split": "test"}
        for item in project.items.filter(pk__in=release.entries.filter(split="test").values("item_id"))
    }
    project.items.filter(pk__in=list(rare)).update(attributes={"sector": "Rare"})
    again = import_golden(project=project, spec=FreezeSpec("again", {"dev": 1.0}), gold=other, by=None)
    evaluation = evaluate_run(run=world[1], release=again, split="test", by=world[3])
    text = page(client, world, evaluation).content.decode()
    assert text.count("under 20 items, hidden") == 1
    assert evaluation.report["slices"]["sector"]["Rare"]["n"] == 5


def test_opening_a_stored_evaluation_is_no_look(client, world):
    evaluation = scored(world, "test")
    for _ in range(3):
        page(client, world, evaluation)
        scored(world, "test")
    assert Look.objects.count() == 1


def test_scoring_in_the_browser(client, world):
    project, run, release, engineer = world
    client.force_login(engineer)
    url = reverse("evaluation:score", args=[project.slug, run.public_id])
    answer = client.post(url, {"on": f"{release.public_id}:dev"})
    assert answer.status_code == 303
    assert "/evaluations/" in answer["Location"]
    assert client.post(url, {"on": f"{release.public_id}:fewshot"}).status_code == 404
    assert client.post(url, {"on": "nonsense"}).status_code == 404


@pytest.mark.parametrize("runs", [1, 4])
def test_the_list_of_runs_takes_as_many_queries_however_many_there_are(
    client, world, runs, django_assert_max_num_queries
):
    project, _, _, engineer = world
    for number in range(runs):
        rows = {project.items.first().external_id: {"labels": []}}
        import_predictions(project=project, name=f"more {number}", predictions=rows, by=None)
    client.force_login(engineer)
    with django_assert_max_num_queries(8):
        assert client.get(reverse("evaluation:runs", args=[project.slug])).status_code == 200
