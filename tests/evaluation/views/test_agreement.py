"""The agreement pages: who sees them, what they say, and what is behind each mark."""

import json

import pytest
from django.urls import reverse

from evaluation.models import AgreementReport
from labeling.enums import RoundState
from labeling.models import Round
from reviewapp.common import clock
from tests.evaluation.rated import rate, rated_round

pytestmark = pytest.mark.django_db
PARTS = ("labels", "raters", "slices", "time", "evidence", "people")


def page(world, **query):
    return reverse("evaluation:agreement", args=[world.project.slug]), query


def see(client, world, who, **query):
    client.force_login(getattr(world, who))
    return client.get(*page(world, **query))


def end(world):
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.CLOSED, closed_at=clock.now())


@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_for_a_manager(client, part):
    world = rated_round()

    answer = see(client, world, "manager", part=part)

    assert answer.status_code == 200
    assert b"Raters agree" in answer.content or b"Too close" in answer.content


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("items", [1, 3])
def test_a_page_takes_the_same_queries_however_many_items(client, django_assert_num_queries, part, items):
    world = rated_round(items=items)
    see(client, world, "manager", part=part)
    with django_assert_num_queries(QUERIES[part]):
        see(client, world, "manager", part=part)


QUERIES = {"labels": 22, "raters": 22, "slices": 21, "time": 21, "evidence": 20, "people": 22}


def test_adjudicators_see_it_once_the_round_has_ended_and_never_a_name(client):
    world = rated_round()
    assert b"Nothing to measure" in see(client, world, "judge").content
    see(client, world, "manager")
    found = AgreementReport.objects.get()
    where = [world.project.slug, found.public_id]
    hidden = [
        reverse("evaluation:stored-agreement", args=where),
        reverse("evaluation:agreement-items", args=where),
        reverse("evaluation:agreement-download", args=[*where, "items", "csv"]),
        reverse("evaluation:agreement-download", args=[*where, "raters", "json"]),
    ]
    client.force_login(world.judge)
    assert [client.get(url).status_code for url in hidden] == [404] * 4

    end(world)

    for url in [*hidden, page(world)[0] + "?part=raters"]:
        answer = client.get(url)
        assert answer.status_code == 200
        body = answer.content.decode()
        assert "Ann" not in body
        assert str(world.raters[0].public_id) not in body
    assert see(client, world, "judge", part="people").status_code == 404


@pytest.mark.parametrize("who", ["engineer", "rater"])
def test_engineers_and_raters_are_kept_out(client, who):
    world = rated_round()
    end(world)

    assert see(client, world, who).status_code == 404


def test_every_mark_leads_to_the_items_behind_it(client):
    world = rated_round()
    see(client, world, "manager")
    where = reverse("evaluation:agreement-items", args=[world.project.slug, AgreementReport.objects.get().public_id])

    asked = {
        "label=erp": 2, "label=crm": 0, "one=1&other=2": 3, "one=1&other=9": 0, "": 3,
        "attribute=sector&value=Finance": 3, "attribute=sector&value=none": 0,
    }  # fmt: skip
    for query, total in asked.items():
        assert client.get(f"{where}?{query}").context["behind"].total == total


def test_the_ratings_behind_a_number_can_be_downloaded_and_start_no_formula(client):
    world = rated_round()
    world.raters[0].name = "=Ann()"
    world.raters[0].save()
    see(client, world, "manager")
    where = [world.project.slug, AgreementReport.objects.get().public_id]

    table = client.get(reverse("evaluation:agreement-download", args=[*where, "items", "csv"])).content.decode()
    assert len(table.splitlines()) == 7
    assert "'=Ann()" in table
    whole = client.get(reverse("evaluation:agreement-download", args=[*where, "labels", "json"]))
    assert json.loads(whole.content)["alpha"]["masi"]["n"] == 3
    for part in PARTS:
        assert client.get(reverse("evaluation:agreement-download", args=[*where, part, "csv"])).status_code == 200
    assert client.get(reverse("evaluation:agreement-download", args=[*where, "else", "csv"])).status_code == 404
    assert client.get(reverse("evaluation:agreement-download", args=[*where, "items", "exe"])).status_code == 404


def test_the_permanent_link_shows_what_was_measured_then(client):
    world = rated_round(items=2)
    see(client, world, "manager")
    then = AgreementReport.objects.get()
    rate(world, items=1)

    now = see(client, world, "manager").context["report"]
    answer = client.get(reverse("evaluation:stored-agreement", args=[world.project.slug, then.public_id]))

    assert now["items"] == 3
    assert answer.context["report"]["items"] == 2


def test_an_empty_round_teaches(client):
    world = rated_round(items=0)

    for part in PARTS:
        assert b"No item has two ratings yet" in see(client, world, "manager", part=part).content
