"""The pages of comparisons: made on purpose, opened as they were, items on dev only."""

import json
import re

import pytest
from django.urls import reverse

from evaluation.actions.comparisons import compare_runs
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.analyses.asked import Resampling
from evaluation.models import Comparison
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Look
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db

QUICK = Resampling(resamples=60)
LIST_QUERIES, PAGE_QUERIES, FORM_QUERIES = 5, 7, 7


@pytest.fixture
def world():
    """30 items on dev and 40 on test, gold is crm; A has half of them right, B three of four; one sector is rare."""
    project = make_project(slices=["sector"])
    make_taxonomy(project)
    items = [*make_items(project, 60), *make_items(project, 10, sector="Rare")]
    gold = {
        item.external_id: {"labels": ["crm"], "split": "dev" if place < 30 else "test"}
        for place, item in enumerate(items)
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    runs = []
    for name, right in (("old", lambda place: place % 2), ("new", lambda place: place % 4)):
        said = {
            item.external_id: {"labels": [{"code": "crm" if right(place) else "erp"}]}
            for place, item in enumerate(items)
        }
        runs.append(import_predictions(project=project, name=name, predictions=said, by=None))
    return project, release, runs, make_member(project, Role.ENGINEER)


def scored(world, split="dev"):
    for run in world[2]:
        evaluate_run(run=run, release=world[1], split=split, by=None, resampling=QUICK)


def compared(world, split="dev", **more):
    run_a, run_b = world[2]
    return compare_runs(run_a=run_a, run_b=run_b, release=world[1], split=split, by=world[3], resampling=QUICK, **more)


def url(world, name, comparison=None, **query):
    where = [world[0].slug, *([comparison.public_id] if comparison else [])]
    return reverse(f"evaluation:{name}", args=where, query=query)


def text_of(client, world, name, comparison=None, **query):
    client.force_login(world[3])
    answer = client.get(url(world, name, comparison, **query))
    assert answer.status_code == 200
    return answer.content.decode()


def form(world, split="dev", **more):
    return {
        "on": f"{world[1].public_id}:{split}",
        "a": str(world[2][0].public_id),
        "b": str(world[2][1].public_id),
        "margin": "0.02",
    } | more


def test_without_two_scored_runs_the_page_says_what_to_do(client, world):
    assert "no two runs to compare" in text_of(client, world, "new-comparison")
    assert "Nothing compared yet" in text_of(client, world, "comparisons")
    client.force_login(world[3])
    assert client.post(url(world, "new-comparison"), form(world)).status_code == 200
    assert not Comparison.objects.exists()


def test_comparing_in_the_browser(client, world):
    scored(world)
    page = text_of(client, world, "new-comparison", b=str(world[2][0].public_id))
    assert f'<option value="{world[2][0].public_id}" selected>old</option>' in page.split('name="b"')[1]
    assert "confirmed" not in page
    assert not Comparison.objects.exists()

    answer = client.post(url(world, "new-comparison"), form(world, labels=["crm"], slices=["sector=Finance"]))

    made = Comparison.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == url(world, "comparison", made)
    assert made.parameters["labels"] == ["crm"]
    assert made.parameters["slices"] == [["sector", "Finance"]]
    client.post(url(world, "new-comparison"), form(world, labels=["crm"], slices=["sector=Finance"]))
    assert Comparison.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"b": None}, {"margin": "2"}, {"margin": "x"}, {"labels": ["none"]}, {"slices": ["sector=None"]}, {"a": "?"}],
)
def test_a_wrong_form_is_shown_again_and_compares_nothing(client, world, wrong):
    scored(world)
    client.force_login(world[3])
    sent = form(world) | wrong
    if sent["b"] is None:
        sent["b"] = sent["a"]
    answer = client.post(url(world, "new-comparison"), sent)
    assert answer.status_code == 422
    assert not Comparison.objects.exists()


def test_a_look_is_confirmed_and_opening_it_is_none(client, world):
    scored(world, "test")
    before = Look.objects.count()
    client.force_login(world[3])
    on_test = {"on": f"{world[1].public_id}:test"}
    assert "counts" not in client.get(url(world, "new-comparison", **on_test)).content.decode()
    answer = client.post(url(world, "new-comparison"), form(world, "test"))
    assert answer.status_code == 422
    assert "confirm that you mean it" in answer.content.decode()
    assert Look.objects.count() == before

    assert client.post(url(world, "new-comparison"), form(world, "test", confirmed="on")).status_code == 303
    assert Look.objects.count() == before + 1
    made = Comparison.objects.get()
    for name in ("comparison", "comparisons"):
        text_of(client, world, name, *([made] if name == "comparison" else []))
    assert Look.objects.count() == before + 1


def test_the_page_says_the_verdict_and_each_number_leads_to_as_many_items(client, world):
    made = compared(world, labels=["crm"], slices=[("sector", "Finance")])
    page = text_of(client, world, "comparison", made)

    assert "B is better" in page
    assert 'class="band"' in page
    links = re.findall(r'href="([^"]*/items/\?[^"]*kind=(?:only_a|only_b|both|neither)[^"]*)">(\d+)', page)
    assert len(links) >= 4
    for link, number in links:
        found = client.get(link.replace("&amp;", "&")).content.decode()
        assert f"<h1>{number} item" in found or f"{number} item" in found, link


def test_the_items_show_what_each_run_said(client, world):
    made = compared(world)
    page = text_of(client, world, "comparison-items", made, kind="only_b")
    assert page.count("/items/") >= made.report["exact"]["only_b"]
    assert "tag extra" in page
    assert "No item counts" in text_of(client, world, "comparison-items", made, kind="only_a")
    assert "about this label" in text_of(client, world, "comparison-items", made, kind="nonsense", code="crm")


def test_a_held_out_comparison_shows_aggregates_only(client, world):
    made = compared(world, "test", slices=[("sector", "Rare"), ("sector", "Finance")])
    page = text_of(client, world, "comparison", made)

    assert "Held-out split" in page
    assert "Rare" not in page
    assert "hidden" in page
    assert "kind=" not in page
    assert not re.search(r"0\.\d{4,}", page)
    client.force_login(world[3])
    assert client.get(url(world, "comparison-items", made)).status_code == 404
    for kind in ("json", "csv"):
        where = reverse("evaluation:download-comparison", args=[world[0].slug, made.public_id, kind])
        text = client.get(where).content.decode()
        assert not re.search(r"\d\.\d{4,}", text)
        assert "Rare" not in (json.loads(text)["slices"]["sector"] if kind == "json" else text)


def test_the_downloads_are_the_report(client, world):
    made = compared(world, labels=["crm"])
    client.force_login(world[3])
    where = [world[0].slug, made.public_id]
    report = client.get(reverse("evaluation:download-comparison", args=[*where, "json"]))
    assert json.loads(report.content) == made.report
    lines = client.get(reverse("evaluation:download-comparison", args=[*where, "csv"])).content.decode().splitlines()
    assert lines[0].startswith("kind,name,of,a,b,value")
    assert len(lines) == 1 + 3 + 3 + 1  # averages, labels, and the one sector of dev
    assert client.get(reverse("evaluation:download-comparison", args=[*where, "exe"])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_however_many_there_are(client, world, count, django_assert_num_queries):
    for number in range(count):
        compared(world, margin=number / 100)
    client.force_login(world[3])
    client.get(url(world, "comparisons"))
    with django_assert_num_queries(LIST_QUERIES):
        page = client.get(url(world, "comparisons")).content.decode()
    assert page.count("against <bdi>old") == count


@pytest.mark.parametrize("declared", [[], ["crm", "erp", "payroll"]])
def test_the_page_takes_as_many_queries_whatever_it_shows(client, world, declared, django_assert_num_queries):
    made = compared(world, labels=declared)
    client.force_login(world[3])
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(url(world, "comparison", made))


@pytest.mark.parametrize("more", [0, 2])
def test_the_form_takes_as_many_queries_however_many_runs(client, world, more, django_assert_num_queries):
    for number in range(more):
        item = world[0].items.first()
        said = {item.external_id: {"labels": []}}
        run = import_predictions(project=world[0], name=f"more {number}", predictions=said, by=None)
        evaluate_run(run=run, release=world[1], split="dev", by=None, resampling=QUICK)
    scored(world)
    client.force_login(world[3])
    with django_assert_num_queries(FORM_QUERIES):
        client.get(url(world, "new-comparison"))


def test_the_list_turns_pages(client, world, monkeypatch):
    monkeypatch.setattr("evaluation.queries.comparisons.PAGE", 2)
    for number in range(3):
        compared(world, margin=number / 100)
    client.force_login(world[3])
    first = client.get(url(world, "comparisons")).content.decode()
    older = re.search(r'href="(\?before=\d+)"', first)[1]
    second = client.get(url(world, "comparisons") + older).content.decode()
    assert (first.count("against <bdi>"), second.count("against <bdi>")) == (2, 1)
    assert "Nothing older" in client.get(url(world, "comparisons", before="1")).content.decode()


def test_another_projects_comparison_is_not_found(client, world):
    made = compared(world)
    other = make_project()
    client.force_login(make_member(other, Role.MANAGER))
    for project in (world[0].slug, other.slug):
        assert client.get(reverse("evaluation:comparison", args=[project, made.public_id])).status_code == 404


def test_the_scores_page_leads_to_a_comparison_with_another_run(client, world):
    scored(world)
    run = world[2][1]
    client.force_login(world[3])
    page = client.get(reverse("evaluation:evaluation", args=[world[0].slug, run.evaluations.get().public_id]))
    link = re.search(r'href="([^"]*/comparisons/new/[^"]*)"', page.content.decode())[1].replace("&amp;", "&")
    found = client.get(link).content.decode()
    assert f'<option value="{run.public_id}" selected>new</option>' in found.split('name="b"')[1]
