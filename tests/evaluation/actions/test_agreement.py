import json

import pytest

from evaluation.actions.agreement import measure_agreement
from evaluation.models import AgreementReport
from labeling.actions.answers import import_annotations, read_annotations
from labeling.models import Membership
from tests.evaluation.rated import rate, rated_round
from tests.factories import make_items

pytestmark = pytest.mark.django_db


def test_the_same_ratings_are_measured_once():
    world = rated_round()

    one, other = (measure_agreement(in_round=world.round) for _ in "12")

    assert one.pk == other.pk
    assert AgreementReport.objects.count() == 1


def test_measuring_again_gives_the_same_bytes():
    world = rated_round(evidence=True)
    one = measure_agreement(in_round=world.round)
    AgreementReport.objects.all().delete()
    other = measure_agreement(in_round=world.round)

    assert json.dumps(one.report) == json.dumps(other.report)


def test_quotes_of_a_file_that_says_no_place_are_no_spans(tmp_path):
    world = rated_round()
    item = make_items(world.project, 1)[0].external_id
    rows = [{"item": item, "rater": one, "labels": ["crm"], "evidence": {"crm": ["CRM"]}} for one in ("x", "y")]
    path = tmp_path / "ratings.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ratings = read_annotations(path, project=world.project).rows

    made = import_annotations(project=world.project, name="from a file", ratings=ratings, by=None)

    assert measure_agreement(in_round=made).report["items"] == 1


def test_new_ratings_and_other_groups_are_measured_anew():
    world = rated_round()
    measure_agreement(in_round=world.round)
    rate(world, items=1)
    measure_agreement(in_round=world.round)
    Membership.objects.filter(user=world.raters[0]).update(group="sales")
    found = measure_agreement(in_round=world.round).report

    assert AgreementReport.objects.count() == 3
    assert [(one["one"], one["other"]) for one in found["groups"]] == [("sales", "sales")]


def test_the_report_keeps_its_keys_and_has_the_parts_beside_them():
    found = measure_agreement(in_round=rated_round(evidence=True).round).report

    assert {"items", "items_total", "raters", "pairs", "alpha", "percent_exact", "labels"} <= found.keys()
    assert {"alpha", "kappa", "kappa_kind", "percent_agreement", "prevalence", "n", "ac1"} <= found["labels"][
        "crm"
    ].keys()
    assert (found["items"], found["raters"], found["pairs"]) == (3, 2, 3)
    assert list(found["slices"]) == ["sector"]
    assert found["over_time"]["unit"] == "day"
    assert [(one["one"], one["other"]) for one in found["groups"]] == [
        ("legal", "legal"), ("sales", "sales"), ("legal", "sales"),
    ]  # fmt: skip
    assert found["evidence"]["sentences"]["items"] == 2
    assert found["evidence"]["sentences"]["f1"]["value"] == 1
    assert found["evidence"]["with_evidence"] == 4
    assert found["main_disputes"]["labels"] == ["erp"]
    assert found["main_disputes"]["share"] == 1
    assert json.dumps(found, allow_nan=False)


def test_a_round_without_ratings_is_undefined_everywhere_and_says_why():
    found = measure_agreement(in_round=rated_round(items=0).round).report

    assert found["alpha"]["masi"]["reason"]
    assert found["evidence"]["sentences"]["alpha"]["reason"]
    assert found["main_disputes"]["labels"] == []
    assert found["profiles"] == []
