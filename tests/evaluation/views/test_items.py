"""The items behind a number: filters, pages, evidence; dev only."""

import pytest
from django.urls import reverse

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.queries.items_behind import Wanted, items_behind
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
CODES = ("sales", "crm", "erp")


@pytest.fixture
def world():
    """12 items: gold says crm; the run says erp for the even ones and crm for the others; item 1 has no answer."""
    project = make_project(slices=["sector"])
    make_taxonomy(project, CODES, parents={"crm": "sales"})
    items = make_items(project, 12)
    gold = {item.external_id: {"labels": ["crm"], "split": "dev"} for item in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {
        item.external_id: {"labels": [{"code": "crm" if place % 2 else "erp", "evidence": f"Says {place}."}]}
        for place, item in enumerate(items)
        if place != 1
    }
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    engineer = make_member(project, Role.ENGINEER)
    return project, evaluate_run(run=run, release=release, split="dev", by=engineer), engineer


def get(client, world, **query):
    project, evaluation, engineer = world
    client.force_login(engineer)
    return client.get(reverse("evaluation:items-behind", args=[project.slug, evaluation.public_id]), query)


@pytest.mark.parametrize(
    ("wanted", "total"),
    [
        (Wanted(), 12),
        (Wanted("wrong"), 7),
        (Wanted("fp", "erp"), 6),
        (Wanted("fn", "crm"), 7),
        (Wanted("tp", "crm"), 5),
        (Wanted("wrong_for", "crm"), 7),
        (Wanted("wrong_for", branch="sales"), 7),
        (Wanted("fp", branch="sales"), 0),
        (Wanted("", "erp"), 6),
        (Wanted("wrong_label"), 6),
        (Wanted("wrong_label", "erp"), 6),
        (Wanted("wrong_label", "sales"), 0),
        (Wanted("omission", "crm"), 1),
        (Wanted("hallucination"), 0),
        (Wanted("unanswered"), 1),
        (Wanted("unknown kind"), 12),
        (Wanted(attribute="sector", value="nowhere"), 0),
    ],
)
def test_each_filter_finds_its_items(world, wanted, total):
    found = items_behind(world[1], wanted)

    assert (len(found.rows), found.total) == (total, total)


def test_pages_follow_each_other_without_gap_or_repeat(world):
    seen, after = [], -1
    for _ in range(3):
        page = items_behind(world[1], Wanted("wrong"), after=after, limit=3)
        seen += [row.item.external_id for row in page.rows]
        assert page.total == 7
        after = page.next

    assert after is None
    assert seen == sorted(set(seen))
    assert len(seen) == 7


def test_the_page_shows_evidence_and_leads_to_the_items(client, world, monkeypatch):
    monkeypatch.setattr("evaluation.views.items.PAGE", 2)
    text = get(client, world, kind="fp", code="erp").content.decode()

    assert "6 items: Erp" in text
    assert "Says 0." in text
    assert f'href="/projects/{world[0].slug}/items/' in text
    assert "after=" in text
    later = get(client, world, kind="fp", code="erp", after="3")
    assert "First page" in later.content.decode()


def test_nothing_behind_a_number_says_so(client, world):
    assert "No item counts for this" in get(client, world, kind="hallucination").content.decode()


@pytest.mark.parametrize("wrong", [{"after": "x"}, {"of": "unknown"}])
def test_what_makes_no_sense_is_not_found(client, world, wrong):
    assert get(client, world, **wrong).status_code == 404


@pytest.mark.parametrize("limit", [1, 3])
def test_a_page_takes_as_many_queries_however_many_items_are_on_it(world, limit, django_assert_num_queries):
    with django_assert_num_queries(6):
        assert len(items_behind(world[1], Wanted(), limit=limit).rows) == limit
