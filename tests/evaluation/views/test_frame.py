"""Downloads of an evaluation's pages."""

import csv
import json
from io import StringIO

import pytest
from django.urls import reverse

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.views import frame
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Label
from reviewapp.common.errors import Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    project = make_project()
    taxonomy = make_taxonomy(project, published=False)
    Label.objects.filter(version=taxonomy, code="crm").update(name="=cmd()")
    taxonomy.status, taxonomy.digest = "published", "f" * 64
    taxonomy.published_at = taxonomy.created_at
    taxonomy.save()
    items = make_items(project, 9)
    gold = {
        item.external_id: {"labels": ["crm"], "split": "test" if place < 3 else "dev"}
        for place, item in enumerate(items)
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {item.external_id: {"labels": [{"code": "crm"}] if place % 3 else []} for place, item in enumerate(items)}
    return project, import_predictions(project=project, name="a “run”", predictions=said, by=None), release


def get(client, world, evaluation, form, kind="scores"):
    client.force_login(make_member(world[0], Role.ENGINEER))
    return client.get(reverse("evaluation:download", args=[world[0].slug, evaluation.public_id, kind, form]))


def test_the_csv_has_a_row_a_label_and_no_formula(client, world):
    evaluation = evaluate_run(run=world[1], release=world[2], split="dev", by=None)

    answer = get(client, world, evaluation, "csv")

    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert [(row["code"], row["name"], row["support"], row["tp"]) for row in rows] == [
        ("crm", "'=cmd()", "6", "4"),
        ("erp", "Erp", "0", "0"),
        ("payroll", "Payroll", "0", "0"),
    ]
    assert answer["Content-Disposition"] == 'attachment; filename="a -run- scores.csv"'


def test_the_json_is_the_report_and_rounded_on_test(client, world):
    for split, value in (("dev", 0.8), ("test", 0.8)):
        evaluation = evaluate_run(run=world[1], release=world[2], split=split, by=None)
        found = json.loads(get(client, world, evaluation, "json").content)
        assert found["micro"]["f1"]["value"] == value
        recall = found["micro"]["recall"]["value"]
        assert recall == (0.667 if split == "test" else pytest.approx(2 / 3, abs=1e-12))


@pytest.mark.parametrize(("kind", "form"), [("scores", "xlsx"), ("nothing", "csv")])
def test_what_does_not_exist_is_not_found(client, world, kind, form):
    evaluation = evaluate_run(run=world[1], release=world[2], split="dev", by=None)

    assert get(client, world, evaluation, form, kind).status_code == 404


def test_a_parameter_that_means_nothing_is_answered_in_words(client, world, monkeypatch):
    def refuse(*args, **kwargs):
        raise Refused("“x” is no bin.")

    monkeypatch.setattr(frame, "scoreboard", refuse)
    evaluation = evaluate_run(run=world[1], release=world[2], split="dev", by=None)

    answer = get(client, world, evaluation, "csv")

    assert answer.status_code == 422
    assert "“x” is no bin." in answer.content.decode()
