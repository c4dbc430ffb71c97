"""Comparisons: kept by their inputs, the same bytes again, a look only where a new one is made on test."""

import json

import pytest

from evaluation.actions.comparisons import MOST_DECLARED, compare_runs
from evaluation.actions.imported_runs import import_predictions
from evaluation.analyses.asked import Resampling
from evaluation.models import Comparison
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Look
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db

QUICK = Resampling(resamples=60, seed=3)


def said(items, right, cost=None):
    """Predictions of crm for the items that `right` names, of erp for the others."""
    return {
        item.external_id: {
            "labels": [{"code": "crm" if right(place) else "erp"}],
            **({} if cost is None else {"cost": cost}),
        }
        for place, item in enumerate(items)
    }


@pytest.fixture
def world():
    """40 items on dev, 20 on test; gold is crm; A has half of them right, B three of four."""
    project = make_project(slices=["sector"])
    make_taxonomy(project)
    items = make_items(project, 30) + make_items(project, 30, sector="Health")
    gold = {
        item.external_id: {"labels": ["crm"], "split": "test" if place % 3 == 0 else "dev"}
        for place, item in enumerate(items)
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    a = import_predictions(project=project, name="a", predictions=said(items, lambda place: place % 2 == 0), by=None)
    b = import_predictions(project=project, name="b", predictions=said(items, lambda place: place % 4 != 3), by=None)
    return {"run_a": a, "run_b": b, "release": release}


def compared(world, split="dev", **more):
    return compare_runs(**world | {"by": None, "split": split, "resampling": QUICK} | more)


def test_the_same_inputs_are_one_comparison(world):
    first = compared(world, labels=["crm", "erp"], slices=[("sector", "Health"), ("sector", "Finance")])
    again = compared(world, labels=["erp", "crm"], slices=[("sector", "Finance"), ("sector", "Health")])

    assert first.pk == again.pk
    assert first.report["verdict"] == "better"
    assert [one["kind"] for one in first.report["family"]["members"]] == ["overall", "label", "label", "slice", "slice"]
    assert (first.report["n"], first.report["exact"]["only_a"]) == (40, 0)


@pytest.mark.parametrize(
    "changed",
    [
        {"margin": 0.05},
        {"labels": ["crm"]},
        {"slices": [("sector", "Health")]},
        {"resampling": Resampling(61, 3)},
        {"resampling": Resampling(60, 4)},
        {"split": "test"},
    ],
)
def test_anything_else_is_another_comparison(world, changed):
    first = compared(world)
    other = compared(world, **changed)
    turned = compared(world, run_a=world["run_b"], run_b=world["run_a"])

    assert len({first.pk, other.pk, turned.pk}) == 3


def test_recomputing_gives_the_same_bytes(world):
    first = compared(world, labels=["crm"])
    kept, digest = json.dumps(first.report), first.input_digest
    Comparison.objects.all().delete()

    again = compared(world, labels=["crm"])

    assert json.dumps(again.report) == kept
    assert again.input_digest == digest
    again.refresh_from_db()
    assert again.report == first.report


def test_a_new_one_on_test_is_a_look_and_a_stored_one_is_none(world):
    engineer = make_member(world["run_a"].project, Role.ENGINEER)
    compared(world)
    assert not Look.objects.exists()

    for _ in range(3):
        compared(world, split="test", by=engineer)

    look = Look.objects.get()
    assert (look.kind, look.subject, look.by) == ("comparison", "a against b", engineer)
    compared(world, split="test", margin=0.1)
    assert Look.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"margin": -0.1}, "margin"),
        ({"margin": float("nan")}, "margin"),
        ({"labels": ["nothing"]}, "no label"),
        ({"slices": [("region", "Europe")]}, "does not slice"),
        ({"slices": [("sector", "None")]}, "No item"),
        ({"split": "fewshot"}, "fewshot"),
        ({"slices": [("sector", "Finance")] * 2 + [("sector", "x" * place) for place in range(MOST_DECLARED)]}, "No"),
    ],
)
def test_what_cannot_be_compared_is_refused_and_nothing_is_kept(world, changed, message):
    with pytest.raises(Refused, match=message):
        compared(world, **changed)

    with pytest.raises(Refused, match="itself"):
        compared(world, run_b=world["run_a"])
    assert not Comparison.objects.exists()
    assert not Look.objects.exists()


def test_raters_compare_nothing(world):
    with pytest.raises(NotAllowed):
        compared(world, by=make_member(world["run_a"].project, Role.ANNOTATOR))
    assert not Comparison.objects.exists()


def test_a_run_against_another_that_says_the_same_is_not_worse_by_what_so_many_items_show(world):
    items = list(world["run_a"].project.items.order_by("pk"))
    same = said(items, lambda place: place % 2 == 0, cost=0.002)
    world["run_b"] = import_predictions(project=world["run_a"].project, name="same", predictions=same, by=None)

    report = compared(world, margin=0.1).report

    assert compared(world).report["verdict"] == "cannot_tell"  # so few leave more than 2% open
    assert report["verdict"] == "not_worse"
    assert report["diff"]["micro_f1"]["value"] == 0
    assert report["power"]["reason"]
    assert report["cost"]["a"] == {"value": None, "n": 0, "reason": "no cost is known"}
    assert report["cost"]["b"] == {"value": 2000.0, "n": 60}


def test_a_declared_label_that_is_lost_makes_the_whole_worse(world):
    """B gains on crm and loses every erp, which is a small part of all."""
    project = world["run_a"].project
    items = list(project.items.order_by("pk"))
    gold = {
        item.external_id: {"labels": ["erp"] if place < 12 else ["crm"], "split": "dev"}
        for place, item in enumerate(items)
    }
    world["release"] = import_golden(
        project=project, spec=FreezeSpec("more", {"dev": 1.0}, retire_test="All dev."), gold=gold, by=None
    )
    right = {
        item.external_id: {"labels": [{"code": "erp" if place < 12 else "crm" if place < 36 else "payroll"}]}
        for place, item in enumerate(items)
    }
    world["run_a"] = import_predictions(project=project, name="careful", predictions=right, by=None)
    one_answer = {item.external_id: {"labels": [{"code": "crm"}]} for item in items}
    world["run_b"] = import_predictions(project=project, name="eager", predictions=one_answer, by=None)

    assert compared(world).report["verdict"] in ("better", "not_worse")
    declared = compared(world, labels=["erp"]).report

    assert declared["verdict"] == "worse"
    assert [one["name"] for one in declared["family"]["decided_by"]] == ["erp"]


def test_equal_texts_are_drawn_together(world):
    project = world["run_a"].project
    dev = list(world["release"].entries.filter(split="dev").order_by("pk"))
    gold = {entry.external_id: {"labels": ["crm"], "split": "dev"} for entry in dev}
    for entry, other in zip(dev[::2], dev[1::2], strict=True):
        digest = project.items.get(pk=other.item_id).text_digest
        project.items.filter(pk=entry.item_id).update(text_digest=digest)
    world["release"] = import_golden(project=project, spec=FreezeSpec("twins", {"dev": 1.0}), gold=gold, by=None)

    report = compared(world).report

    assert report["n"] == 40
    assert report["interval"]["clusters"] == 20
    assert report["clustered_by"] == ["text"]
