"""The F1 page: the items behind every number on dev, aggregates only on test."""

import re

import pytest
from django.urls import reverse

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.models import Evaluation
from evaluation.queries.items_behind import ItemPage, Wanted, items_behind
from evaluation.stats import scores
from evaluation.stats.resampling import Plan
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


def test_the_page_says_what_the_figures_mean(client, world):
    text = page(client, world, scored(world, "dev")).content.decode()

    assert "Micro F1 is 0.55, between" in text
    assert "<title>All averages</title>" in text
    assert 'aria-label="Crm: F1 ' in text
    assert re.search(r"neither in gold nor predicted here.*Payroll", text, re.DOTALL)
    assert "Not in gold" in text  # erp


def test_labels_are_sorted_and_filtered_and_paged(client, world, monkeypatch):
    monkeypatch.setattr("evaluation.views.evaluations.CHARTED", 1)
    evaluation = scored(world, "dev")
    first = page(client, world, evaluation, sort="f1").content.decode()
    second = page(client, world, evaluation, sort="f1", page="2").content.decode()

    assert ("Erp: F1" in first, "Crm: F1" in first) == (True, False)
    assert ("Erp: F1" in second, "Crm: F1" in second) == (False, True)
    assert "sort=f1" in first  # on the link to the next page
    assert page(client, world, evaluation, sort="nonsense", page="nonsense", branch="none").status_code == 200


@pytest.mark.parametrize("labels", [1, 3])
def test_the_page_takes_as_many_queries_however_many_labels_there_are(
    client, world, labels, django_assert_max_num_queries
):
    project, run, _, _ = world
    make_taxonomy(project, codes=[f"l{number}" for number in range(labels)])
    gold = {item.external_id: {"labels": ["l0"], "split": "dev"} for item in project.items.all()[:9]}
    release = import_golden(project=project, spec=FreezeSpec("other", {"dev": 1.0}), gold=gold, by=None)
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)
    client.force_login(world[3])
    with django_assert_max_num_queries(13):
        client.get(reverse("evaluation:evaluation", args=[project.slug, evaluation.public_id]))


def stored(world, report):
    """An evaluation with another report."""
    like = scored(world, "dev")
    return Evaluation.objects.create(
        run=like.run, release=like.release, split="dev", input_digest="f" * 64, report=like.report | report
    )


def test_a_split_that_the_run_had_learned_from_says_so(client, world):
    empty = scores.evaluate(gold=[], predicted=[], codes=["crm", "erp", "payroll"]).as_dict()
    evaluation = stored(world, empty | {"excluded": 30})

    text = page(client, world, evaluation).content.decode()

    assert "No items to score" in text
    assert "learned from all 30" in text


def test_weighted_figures_stand_beside_the_plain_ones_where_weights_differ(client, world):
    report = scores.evaluate(
        gold=[frozenset(["crm"])] * 30, predicted=[frozenset(["crm"])] * 20 + [None] * 10,
        codes=["crm", "erp", "payroll"], plan=Plan(50, weights=[1] * 20 + [9] * 10),
    ).as_dict()  # fmt: skip

    text = page(client, world, stored(world, report)).content.decode()

    assert "Weighted beside plain" in text
    assert "; weighted 0.308" in text
    assert "F1, weighted" in text


def test_the_figures_can_be_downloaded_a_row_a_label(client, world):
    evaluation = scored(world, "dev")
    client.force_login(world[3])
    where = [world[0].slug, evaluation.public_id, "scores"]
    rows = client.get(reverse("evaluation:download", args=[*where, "csv"])).content.decode().splitlines()
    report = client.get(reverse("evaluation:download", args=[*where, "json"])).json()

    assert [row.split(",")[0] for row in rows] == ["code", "crm", "erp", "payroll"]
    assert report["micro"] == evaluation.report["micro"]
