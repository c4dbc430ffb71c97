"""Parts of an evaluation: stored by their inputs, refused on held-out gold that was not looked at with them."""

import sys
from types import SimpleNamespace

import pytest

from evaluation import analyses
from evaluation.actions import analyses as actions
from evaluation.actions.analyses import analyse
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.analyses import kind_called
from evaluation.analyses.asked import settled
from evaluation.models import Analysis
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Look
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def counting(monkeypatch):
    """A kind of analysis that counts items, and how often it was asked."""
    asked = []

    def compute(wanted):
        asked.append(wanted)
        return {"items": len(wanted.paired.gold), "least": wanted.parameters["least"]}

    kind = SimpleNamespace(DEFAULTS={"least": 3}, FORMAT=1, compute=compute, table=lambda report: [report])
    monkeypatch.setitem(sys.modules, "evaluation.analyses.counting", kind)
    for module in (analyses, actions):
        monkeypatch.setattr(module, "NAMES", ("counting",))
    monkeypatch.setattr(actions.analyse_all, "__defaults__", (("counting",),))
    return asked


@pytest.fixture
def world():
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 10)
    gold = {
        item.external_id: {"labels": ["crm"], "split": "dev" if place < 6 else "test"}
        for place, item in enumerate(items)
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {item.external_id: {"labels": [{"code": "crm", "confidence": 0.9}]} for item in items}
    return project, import_predictions(project=project, name="run", predictions=said, by=None), release


def test_the_same_inputs_are_computed_once_and_kept(counting, world):
    evaluation = evaluate_run(run=world[1], release=world[2], split="dev", by=None)

    first = analyse(evaluation=evaluation, kind="counting", by=None)
    again = analyse(evaluation=evaluation, kind="counting", by=None)
    other = analyse(evaluation=evaluation, kind="counting", parameters={"least": "5"}, by=None)

    assert first.pk == again.pk != other.pk
    assert len(counting) == 2
    assert (first.report["items"], other.report["least"]) == (6, 5)
    assert counting[0].paired.gold[0].documents[0]["text"]
    assert counting[0].paired.said[0].confidences == {"crm": 0.9}


def test_on_test_everything_is_part_of_the_one_look(counting, world):
    evaluation = evaluate_run(run=world[1], release=world[2], split="test", by=None)

    assert Look.objects.count() == 1
    assert Analysis.objects.get().report["items"] == 4
    assert analyse(evaluation=evaluation, kind="counting", by=None).pk == Analysis.objects.get().pk
    with pytest.raises(Refused, match="another look"):
        analyse(evaluation=evaluation, kind="counting", parameters={"least": 4}, by=None)
    assert Look.objects.count() == Analysis.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "parameters"), [("nothing", None), ("counting", {"most": 1}), ("counting", {"least": "x"})]
)
def test_what_does_not_exist_is_refused_in_words(counting, world, kind, parameters):
    evaluation = evaluate_run(run=world[1], release=world[2], split="dev", by=None)

    with pytest.raises(Refused):
        analyse(evaluation=evaluation, kind=kind, parameters=parameters, by=None)

    assert not Analysis.objects.exists()


def test_raters_compute_nothing(counting, world):
    evaluation = evaluate_run(run=world[1], release=world[2], split="dev", by=None)

    with pytest.raises(NotAllowed):
        analyse(evaluation=evaluation, kind="counting", by=make_member(world[0], Role.ANNOTATOR))


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "x"])
def test_a_parameter_is_a_number_that_json_can_hold(value):
    with pytest.raises(Refused, match="is no kept_share"):
        settled(kind_called("stages"), {"kept_share": value})
