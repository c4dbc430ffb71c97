"""The errors and the stages page: each mark leads to its items, nothing small on test, and empty states that teach."""

import re
from html import unescape

import pytest
from django.urls import reverse

from evaluation.actions.analyses import analyse
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def made(*, staged=False, fault=True, items=24):
    """Gold is crm with a marked sentence; every third item has payroll for it, every fourth nothing at all."""
    project = make_project()
    make_taxonomy(project, codes=("sales", "crm", "payroll"), parents={"crm": "sales"})
    found = make_items(project, items)
    gold, said = {}, {}
    for place, item in enumerate(found):
        text = item.documents.get().text
        marked = [{"code": "crm", "document": 0, "start": 0, "end": len(text), "text": text}]
        gold[item.external_id] = {
            "labels": ["crm"],
            "evidence": marked,
            "split": "dev" if place < items / 2 else "test",
        }
        labels = [{"code": "crm", "evidence": text}]
        if fault and place % 3 == 0:
            labels = [{"code": "payroll", "evidence": "this is nowhere in it"}]
        elif fault and place % 4 == 0:
            labels = []
        row = {"labels": labels}
        if staged:
            row |= {"retrieved": [text] if place % 2 else [], "summary": text}
        said[item.external_id] = row
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    return project, import_predictions(project=project, name="run", predictions=said, by=None), release


def scored(world, split="dev"):
    return evaluate_run(run=world[1], release=world[2], split=split, by=None)


def page(client, world, evaluation, name):
    client.force_login(make_member(world[0], Role.ENGINEER))
    answer = client.get(reverse(f"evaluation:{name}", args=[world[0].slug, evaluation.public_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_errors_reconcile_with_the_scores_and_every_mark_has_items(client):
    world = made()
    evaluation = scored(world)

    text = page(client, world, evaluation, "errors")
    report = analyse(evaluation=evaluation, kind="errors", by=None).report

    micro = [sum(row[name] for row in evaluation.report["labels"].values()) for name in ("fp", "fn")]
    kinds = {name: found["count"] for name, found in report["kinds"].items()}
    assert [kinds["wrong_label"] + kinds["hallucination"], kinds["wrong_label"] + kinds["omission"]] == micro
    links = {unescape(one) for one in re.findall(r'href="([^"]*of=errors[^"]*)"', text)}
    assert len(links) >= 4
    for link in links:
        assert "No item counts" not in client.get(link).content.decode()
    assert "What goes wrong?" in text


def test_a_run_without_errors_says_what_that_is_worth(client):
    world = made(fault=False)

    assert "3 / n may still be wrong" in page(client, world, scored(world), "errors")


def test_stages_follow_labels_through_retrieval_and_summary(client):
    world = made(staged=True)
    evaluation = scored(world)

    text = page(client, world, evaluation, "stages")
    loss = analyse(evaluation=evaluation, kind="stages", by=None).report["loss"]

    assert [stage["name"] for stage in loss["stages"]] == ["gold", "answered", "retrieved", "kept", "right"]
    assert loss["retrieval_recall"]["value"] == 0.5
    assert sum(loss["lost"].values()) == sum(row["fn"] for row in evaluation.report["labels"].values())
    links = {unescape(one) for one in re.findall(r'href="([^"]*of=stages[^"]*)"', text)}
    assert links
    for link in links:
        assert client.get(link).status_code == 200


def test_a_run_that_recorded_nothing_is_told_how_to(client):
    world = made()

    text = page(client, world, scored(world), "stages")

    assert "What this run did not record" in text
    assert "column <code>retrieved</code>" in text


@pytest.mark.parametrize("name", ["errors", "stages"])
def test_held_out_pages_link_to_no_items(client, name):
    world = made(staged=True)
    evaluation = scored(world, "test")

    text = page(client, world, evaluation, name)

    assert f"of={name}" not in text
    assert "Held-out split" in text


@pytest.mark.parametrize("name", ["errors", "stages"])
@pytest.mark.parametrize("form", ["csv", "json"])
def test_both_can_be_downloaded(client, name, form):
    world = made(staged=True)
    evaluation = scored(world)
    client.force_login(make_member(world[0], Role.MANAGER))

    answer = client.get(reverse("evaluation:download", args=[world[0].slug, evaluation.public_id, name, form]))

    assert answer.status_code == 200
    assert len(answer.content) > 200
