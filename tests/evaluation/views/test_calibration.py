"""The calibration page: figures, their items, the slider without a script, held-out rules."""

import csv
import json
import re
from html import unescape
from io import StringIO

import pytest
from django.urls import reverse

from evaluation.actions import analyses
from evaluation.actions.analyses import analyse
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def made(*, stated=True):
    """120 items on dev and as many on test: crm stated 0.9 and right in 3 of 4; erp stated 0.3 and right in 1 of 4."""
    project = make_project(slices=["sector"])
    make_taxonomy(project)
    items = make_items(project, 240)
    gold, said = {}, {}
    for place, item in enumerate(items):
        labels = (["crm"] if place % 4 else []) + (["erp"] if place % 4 == 1 else [])
        gold[item.external_id] = {"labels": labels, "split": "dev" if place < 120 else "test"}
        found = [{"code": "crm", "confidence": 0.9}, {"code": "erp", "confidence": 0.3}]
        said[item.external_id] = {"labels": found if stated else [{"code": "crm"}]}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    return project, import_predictions(project=project, name="run", predictions=said, by=None), release


def page(client, project, evaluation, name="calibration", **query):
    client.force_login(make_member(project, Role.ENGINEER))
    return client.get(reverse(f"evaluation:{name}", args=[project.slug, evaluation.public_id]), query)


def test_over_many_items_a_worker_computes_it(client, monkeypatch):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)
    asked = []
    monkeypatch.setattr(analyses, "LARGE", 100)
    monkeypatch.setattr(analyses, "nudge", lambda task, *arguments: asked.append((task, arguments)))

    waits = [page(client, project, evaluation).text for _ in range(2)]
    [(task, arguments)] = asked
    task(*arguments)
    assert all("A worker is at it" in one and 'hx-trigger="every 3s"' in one for one in waits)
    assert "A worker is at it" not in page(client, project, evaluation).text

    refused = page(client, project, evaluation, label="nothing")
    monkeypatch.setattr(analyses, "PATIENCE", 0)  # the worker's time is over: whoever asks is told why
    told = page(client, project, evaluation, label="nothing")
    assert ("A worker is at it" in refused.text, "enough decisions to look at alone" in told.text) == (True, True)


def test_the_report_counts_decisions_and_bins():
    _, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)

    report = analyse(evaluation=evaluation, kind="calibration", by=None).report

    assert (report["n"], report["items"], report["unstated"]) == (240, 120, 0)
    assert report["measures"]["right"]["value"] == pytest.approx(0.5)
    assert report["measures"]["ece_width"]["value"] == pytest.approx((0.15 + 0.05) / 2)
    assert [one["n"] for one in report["bins"]["width"]] == [0, 0, 0, 120, 0, 0, 0, 0, 0, 120]
    at = {round(one["threshold"], 2): one for one in report["thresholds"]}
    assert at[0.5]["precision"]["value"] == pytest.approx(0.75)
    assert at[0.5]["recall"]["value"] == pytest.approx(90 / 120)
    assert at[0.5]["items_accepted"]["value"] == 0
    assert at[0.3]["items_accepted"]["value"] == 1


def test_every_bin_leads_to_its_items(client):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)

    text = page(client, project, evaluation).content.decode()

    links = [unescape(one) for one in re.findall(r'<a href="([^"]*of=calibration[^"]*bin=\d+)"', text)]
    assert len(links) == 2
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200
        assert "120 items" in answer.content.decode()
    assert "it promises too much" in text


def test_the_threshold_is_in_the_address_and_the_script_has_what_the_table_has(client):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)

    text = page(client, project, evaluation, threshold="0.5").content.decode()

    assert re.search(r'type="range"[^>]*value="0.50"', text)
    assert "75.0%" in text
    steps = json.loads(unescape(re.search(r'data-steps="([^"]*)"', text)[1]))
    assert len(steps) == 101
    assert steps[50][1][0] == "75.0%"


def test_labels_and_slices_can_be_looked_at_alone(client):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)

    text = page(client, project, evaluation, label="crm", slice="sector=Finance").content.decode()

    assert "120 decisions" in text
    assert "?label=crm&amp;slice=sector%3DFinance" in text
    assert page(client, project, evaluation, label="nothing").status_code == 200
    assert "not a label or group" in page(client, project, evaluation, label="nothing").content.decode()


def test_held_out_figures_show_no_items_and_cannot_be_cut_finer(client):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="test", by=None)

    text = page(client, project, evaluation, label="crm").content.decode()

    assert "240 decisions" not in text
    assert "of=calibration" not in text
    assert "Held-out split" in text


def test_without_confidences_the_page_teaches(client):
    project, run, release = made(stated=False)
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)

    answer = page(client, project, evaluation)

    assert answer.status_code == 200
    assert "states no confidences" in answer.content.decode()


def test_the_csv_has_bins_labels_and_thresholds(client):
    project, run, release = made()
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)
    client.force_login(make_member(project, Role.ANALYST))

    answer = client.get(reverse("evaluation:download", args=[project.slug, evaluation.public_id, "calibration", "csv"]))

    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert {row["part"] for row in rows} == {"bin of equal width", "bin of equal mass", "labels", "threshold"}


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, item_count, django_assert_num_queries):
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, item_count)
    gold = {item.external_id: {"labels": ["crm"], "split": "dev"} for item in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {item.external_id: {"labels": [{"code": "crm", "confidence": 0.5}]} for item in items}
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    evaluation = evaluate_run(run=run, release=release, split="dev", by=None)
    page(client, project, evaluation)

    with django_assert_num_queries(10):
        answer = client.get(reverse("evaluation:calibration", args=[project.slug, evaluation.public_id]))

    assert answer.status_code == 200
