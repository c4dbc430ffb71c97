"""The model beside raters, and the collection seen through gold and predictions."""

import json

import pytest

from evaluation.actions.analyses import analyse
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.releases import freeze
from evaluation.actions.reports import evaluate_run
from evaluation.analyses import raters
from labeling.actions.answers import AnswerRow, import_annotations
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import RoundState
from labeling.models import Round
from reviewapp.common.errors import Refused
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
RATERS = ("ana", "ben", "cleo")
BLANK = {"submitted_at": None, "certainty": "sure", "comment": "", "seconds": None, "evidence": {}}


def rated_world(*, n=40, others=60, split="dev", people=RATERS):
    """Raters who all agree, a run that is wrong on every tenth item, and items that nobody labelled."""
    project = make_project()
    make_taxonomy(project)
    items, rest = make_items(project, n), make_items(project, others)
    rows = [
        AnswerRow(line, item.external_id, {**BLANK, "rater": name, "labels": ["crm"] if place % 2 else ["erp"]})
        for line, (place, item, name) in enumerate((p, i, name) for p, i in enumerate(items) for name in people)
    ]
    in_round = import_annotations(project=project, name="all", ratings=rows, by=None)
    release = freeze(in_round=in_round, spec=FreezeSpec("gold", {split: 1.0}), by=None, override_reason="a test")
    release.refresh_from_db()  # freezing has closed its round
    said = {
        item.external_id: {
            "labels": [{"code": "payroll" if place % 10 == 3 else "crm" if place % 2 else "erp", "confidence": 0.9}]
        }
        for place, item in enumerate([*items, *rest])
    }
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    return project, run, release


def found(world, split="dev", **parameters):
    evaluation = evaluate_run(run=world[1], release=world[2], split=split, by=None)
    return analyse(evaluation=evaluation, kind="raters", parameters=parameters, by=None).report


def test_raters_are_numbered_and_the_model_is_tested_against_each():
    report = found(rated_world())
    json.dumps(report, allow_nan=False)

    against = report["alt_test"]
    assert [one["rater"] for one in against["raters"]] == ["Rater 1", "Rater 2", "Rater 3"]
    assert against["omega"] == 1
    assert [one["model_wins"]["value"] for one in against["raters"]] == pytest.approx([0.9, 0.9, 0.9])
    assert against["ratings_an_item"] == 3
    assert "simulated" not in json.dumps(report)
    assert "ana" not in json.dumps(report["alt_test"]["raters"])


def test_two_raters_get_a_warning():
    assert "only two raters" in found(rated_world(people=("ana", "ben")))["alt_test"]["warnings"][0]


def test_prevalence_is_estimated_beside_the_models_own_share():
    population = found(rated_world())["population"]

    assert (population["labelled"], population["unlabelled"]) == (40, 60)
    crm = population["labels"]["crm"]
    assert crm["naive"]["value"] == pytest.approx(0.4)
    assert crm["labels_only"]["value"] == 0.5
    assert crm["powered"]["low"] < 0.5 < crm["powered"]["high"]
    assert crm["powered"]["high"] - crm["powered"]["low"] < crm["labels_only"]["high"] - crm["labels_only"]["low"]
    assert "payroll" not in population["labels"]  # in gold never
    assert population["rare"] == 1
    overall = population["all_labels"]
    assert overall["labels_only"]["value"] == pytest.approx(0.9)
    assert overall["powered"]["low"] < 0.9 < overall["powered"]["high"]
    assert overall["naive"]["value"] == pytest.approx(0.9)  # what the stated confidences claim
    assert population["precision"]["crm"]["labels_only"]["value"] == 1


def test_gold_from_a_file_has_no_raters_and_a_run_over_the_split_no_others():
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 8)
    gold = {item.external_id: {"labels": ["crm"], "split": "dev"} for item in items}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {item.external_id: {"labels": [{"code": "crm"}]} for item in items}
    run = import_predictions(project=project, name="run", predictions=said, by=None)

    report = found((project, run, release))

    assert report["alt_test"] == {"missing": raters.NO_ROUND}
    assert report["population"]["missing"] == raters.NO_POPULATION
    assert raters.table(report) == []


def test_nothing_is_read_while_the_round_is_open():
    world = rated_world()
    Round.objects.update(state=RoundState.OPEN, closed_at=None)
    assert found(world)["alt_test"] == {"missing": raters.STILL_OPEN, "round": "all"}


def test_another_run_stands_in_for_the_collection():
    project, run, release = rated_world(others=0)
    more = make_items(project, 30)
    answers = {prediction.item.external_id: {"labels": prediction.labels} for prediction in run.predictions.all()}
    answers |= {item.external_id: {"labels": []} for item in more}
    import_predictions(project=project, name="everything", predictions=answers, by=None)

    assert found((project, run, release))["population"]["missing"] == raters.NO_POPULATION
    population = found((project, run, release), population="everything")["population"]
    assert (population["run"], population["unlabelled"]) == ("everything", 30)
    with pytest.raises(Refused, match="no finished run"):
        found((project, run, release), population="nothing")


@pytest.mark.parametrize("parameters", [{"epsilon": 1.0}, {"epsilon": -0.1}, {"likeness": "none"}])
def test_what_cannot_be_asked_is_refused(parameters):
    with pytest.raises(Refused):
        found(rated_world(n=4, others=4), **parameters)


def test_a_held_out_split_shows_no_precision_and_nothing_from_few():
    report = found(rated_world(split="test"), split="test")
    assert "precision" not in raters.redact(report)["population"]
    few = found(rated_world(n=10, split="test"), split="test")
    assert raters.redact(few)["population"]["missing"] == raters.NO_POPULATION


def test_the_table_has_raters_and_labels():
    rows = raters.table(found(rated_world()))
    assert [row["name"] for row in rows] == ["Rater 1", "Rater 2", "Rater 3", "crm", "erp"]
