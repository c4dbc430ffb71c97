"""The pages of runs: what they say, to whom, and how many queries they take."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import find_version
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, start_run
from evaluation.models import Attempt
from evaluation.queries.run_costs import cost_points
from evaluation.queries.traces import trace
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Document
from tests.evaluation.actions.asked import start
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def worked(run):
    work_on(run_id=run.pk)
    run.refresh_from_db()
    return run


def page(client, name, run, *more):
    return client.get(reverse(f"evaluation:{name}", args=[run.project.slug, run.public_id, *more]))


def test_the_trace_shows_each_call_as_it_was_sent_until_the_text_changes(world, provider, client):
    engineer = world[1]
    provider.answer = lambda body: {"labels": [{"code": "crm", "confidence": 0.7, "evidence": "sells"}]}
    provider.script = [{"status": 500}, {"content": "no"}]
    run = worked(start(world, routes=[{"when": "confidence_below", "value": 0.9, "to": "people"}]))
    first = run.predictions.order_by("pk").first()

    found = trace(run, first)

    assert [(call.attempt.stage, call.attempt.error_kind, call.is_as_sent) for call in found.calls] == [
        ("classify", "server", True), ("classify", "", True), ("repair", "", True),
    ]  # fmt: skip
    sent = [body["body"]["messages"][-1]["content"] for body in provider.requests]
    assert {call.messages[-1][1] for call in found.calls} <= set(sent)
    client.force_login(engineer)
    body = page(client, "run-item", run, first.item.public_id).content.decode()
    assert "to the letter" in body
    assert "could not be used" in body

    Document.objects.filter(item=first.item).update(text="It <b>sells</b> something else.")
    changed = trace(run, first)
    assert [call.is_as_sent for call in changed.calls] == [False, False, False]
    body = page(client, "run-item", run, first.item.public_id).content.decode()
    assert "how it would be sent now" in body
    assert "&lt;b&gt;<mark" in body
    assert "to the letter" not in body


def test_an_answer_out_of_the_cache_says_from_which_run(world, provider, client):
    first = worked(start(world))
    second = worked(start(world))
    client.force_login(world[1])

    body = page(client, "run-item", second, second.predictions.first().item.public_id).content.decode()

    assert "Answered out of the cache" in body
    assert not second.is_simulated
    Attempt.objects.filter(prediction__run=first).update(is_simulated=True)
    assert worked(start(world)).is_simulated  # though it asked nothing itself
    assert first.name in body


def test_the_run_page_counts_problems_routes_and_what_went_to_people(world, provider, client):
    provider.answer = lambda body: {"labels": [{"code": "crm", "confidence": 0.1, "evidence": "<i>made up</i>"}]}
    run = worked(start(world, routes=[{"when": "confidence_below", "value": 0.9, "to": "people"}]))
    client.force_login(world[1])

    body = page(client, "run", run).content.decode()

    assert "evidence_not_found" in body
    assert "Left to people: 4" in body
    for query, rows in (  # what it lists
        ("problem=evidence_not_found", 4),
        ("problem=duplicate", 0),
        ("review=any", 4),
        ("state=failed", 0),
    ):
        listed = client.get(reverse("evaluation:run-answers", args=[run.project.slug, run.public_id]) + f"?{query}")
        assert listed.content.decode().count(f"{run.public_id}/items/") == rows
    route = run.predictions.first().routes[0]
    listed = client.get(reverse("evaluation:run-answers", args=[run.project.slug, run.public_id]), {"route": route})
    assert listed.content.decode().count(f"{run.public_id}/items/") == 4


@pytest.mark.parametrize("item_count", [1, 3])
def test_pages_take_as_many_queries_however_many_items(item_count, provider, client):
    project = make_project()
    make_taxonomy(project)
    make_items(project, item_count)
    engineer = make_member(project, Role.ENGINEER)
    run = worked(start((project, engineer)))
    client.force_login(engineer)
    asks_the_time = connection.vendor == "postgresql"
    for name, most in (("run", 21 + asks_the_time), ("run-answers", 9)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert page(client, name, run).status_code == 200
        assert len(queries) == most, name


def test_a_held_out_run_shows_counts_and_no_item(client, provider):
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 4)
    gold = {one.external_id: {"labels": ["crm"], "split": "test"} for one in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    provider.script = [{"content": f"secret {items[0].name}"}] * 2
    run = worked(start((project, make_member(project, Role.ENGINEER)), scope=Scope(release, "test")))
    everything = worked(start((project, make_member(project, Role.ENGINEER))))
    for role in (Role.ENGINEER, Role.ANALYST, Role.MANAGER):
        client.force_login(make_member(project, role))
        body = page(client, "run", run).content.decode()
        assert "invalid_output" in body
        assert all(one.name not in body for one in items)
        assert page(client, "run-answers", run).status_code == 404
        assert page(client, "run-item", run, items[0].public_id).status_code == 404
        assert page(client, "run-item", everything, items[0].public_id).status_code == 404
        assert items[0].name not in page(client, "run-answers", everything).content.decode()


def test_a_run_that_ends_while_it_is_watched_has_the_page_loaded_anew(world, provider, client):
    run = start(world)
    client.force_login(world[1])
    htmx = {"HX-Request": "true"}
    url = reverse("evaluation:run", args=[run.project.slug, run.public_id])
    going = client.get(url, headers=htmx)
    assert "every 2s" in going.content.decode()
    assert "not yet known" in going.content.decode()
    assert "HX-Refresh" not in going
    worked(run)
    assert client.get(url, headers=htmx)["HX-Refresh"] == "true"


def test_cost_against_accuracy_counts_the_cache_at_its_price_and_baselines_as_free(client, provider):
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 4)
    gold = {one.external_id: {"labels": ["crm"], "split": "dev"} for one in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    engineer = make_member(project, Role.ENGINEER)
    scope = Scope(release, "dev")
    paid = worked(start((project, engineer), scope=scope))
    cached = worked(start((project, engineer), scope=scope))
    free = worked(start_run(version=find_version(project=project, reference="baseline-zero"), scope=scope, by=None))
    for run in (paid, cached, free):
        evaluate_run(run=run, release=release, split="dev", by=None)
    client.force_login(engineer)

    points = {one.run: (one.micro_usd, one.strategy) for one in cost_points(release)}

    assert points == {
        free: (0.0, "zero-shot, built in"),
        paid: (120.0, "zero-shot"),
        cached: (120.0, "zero-shot"),
    }
    body = client.get(reverse("evaluation:cost-accuracy", args=[project.slug])).content.decode()
    assert "$0.000120" in body
    assert "What right answers cost" in page(client, "run", paid).content.decode()


def test_a_refused_limit_or_price_says_why_and_engineers_may_not_set_either(client):
    project = make_project()
    spending, price = (reverse(f"evaluation:{name}", args=[project.slug]) for name in ("spending", "add-price"))
    client.force_login(make_member(project, Role.ENGINEER))
    assert client.post(spending, {"item": 1, "item_aim": 1}).status_code == 403
    assert client.post(price).status_code == 404
    client.force_login(make_member(project, Role.MANAGER))
    assert "not above its limit" in client.post(spending, {"item": 1, "item_aim": 2}).content.decode()
    assert client.post(spending, {"item": 1, "item_aim": 1, "day": 3}).status_code == 303
    sent = {"model": "m", "inward": 1, "outward": 2}
    assert client.post(price, sent).status_code == 303
    assert "never changed" in client.post(price, sent | {"outward": 3}).content.decode()
    assert "this project" in client.get(spending).content.decode()
