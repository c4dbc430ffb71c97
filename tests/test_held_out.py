"""Held-out gold as an engineer would go after it: from figures of few items, and from pairs of figures one item apart.

The world has a test split of 61 items. What any page, file or report of it says must not tell the gold of one of them.
"""

import csv
import json
from io import StringIO
from itertools import pairwise

import pytest
from django.urls import reverse

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.objectives import Wanted, set_objective
from evaluation.actions.reports import evaluate_run
from evaluation.analyses.asked import Resampling
from evaluation.queries.certificates import held_out
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
CODES = ("common", "rare", "other", "never")


class World:
    """61 held-out items: gold says common, of every third also other, of the first also rare."""

    def __init__(self, said=None):
        self.project = make_project(slices=["sector"])
        make_taxonomy(self.project, CODES)
        sectors = ["IT"] * 30 + ["Food"] * 30 + ["Law"]
        self.items = [make_items(self.project, 1, sector=sector)[0] for sector in sectors]
        rows = {
            item.external_id: {
                "labels": ["common", *(["other"] if place % 3 == 0 else []), *(["rare"] if place == 0 else [])],
                "split": "test",
            }
            for place, item in enumerate(self.items)
        }
        release = import_golden(project=self.project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=rows, by=None)
        answers = {
            item.external_id: {
                "labels": [
                    {"code": code} | ({"confidence": sure} if sure else {})
                    for code, sure in sorted((said or self._said)(place).items())
                ]
            }
            for place, item in enumerate(self.items)
        }
        run = import_predictions(project=self.project, name="run", predictions=answers, by=None)
        few = Resampling(resamples=20)
        self.evaluation = evaluate_run(run=run, release=release, split="test", by=None, resampling=few)
        self.engineer = make_member(self.project, Role.ENGINEER)

    def _said(self, place):
        return {"common": 0.9} | ({"rare": 0.5} if place < 2 else {}) | ({"other": 0.7} if place < 25 else {})

    def ask(self, client, name, *more, **query):
        client.force_login(self.engineer)
        return client.get(
            reverse(f"evaluation:{name}", args=[self.project.slug, self.evaluation.public_id, *more]), query
        )

    def json(self, client, kind):
        return json.loads(self.ask(client, "download", kind, "json").content)


def test_the_scores_file_hides_small_slices_and_what_gives_them_away(client):
    found = World().json(client, "scores")["slices"]["sector"]

    assert found["Law"] == {"n": 1, "f1": found["Law"]["f1"]}
    assert found["Law"]["f1"]["value"] is None
    assert {name for name, one in found.items() if one["f1"]["value"] is not None} in ({"IT"}, {"Food"})


def test_a_label_of_few_items_tells_nothing_of_them(client):
    """One run can predict each of many labels for one item: with counts by label it reads as many bits of gold."""
    world = World()
    found = world.json(client, "scores")
    rows = {
        row["code"]: row
        for row in csv.DictReader(StringIO(world.ask(client, "download", "scores", "csv").content.decode()))
    }

    assert found["labels"]["common"]["tp"] == 61
    for code in ("rare", "other"):  # all others and the averages would give rare away
        assert found["labels"][code]["tp"] is None
        assert found["labels"][code]["recall"]["value"] is None
        assert rows[code]["tp"] == rows[code]["f1"] == ""
        assert found["jaccard"]["labels"][code]["value"] is None
    assert world.ask(client, "evaluation").status_code == 200
    assert world.ask(client, "report").status_code == 200


def test_runs_that_differ_on_one_item_have_the_same_labels_file(client):
    """Whether the one item for which a label is predicted has it."""

    def only(right):
        return lambda place: {"common": 0.9} | ({"rare": 0.5} if place == right else {})

    right, wrong = (World(said=only(place)).json(client, "scores")["labels"] for place in (0, 60))
    assert right == wrong


def test_an_objective_shows_no_recall_of_few_items(client):
    world = World()
    set_objective(project=world.project, name="Rare", wanted=Wanted(recall_of={"rare": 0.5}), by=None)
    text = world.ask(client, "evaluation").content.decode()
    assert "Recall of rare: not measured" in text


def cells(found):
    """How many decisions lie between two figures of a calibration file, wherever they are shown."""
    ends = {0} | {one["precision"]["n"] for one in found["thresholds"] if one["precision"]["value"] is not None}
    ordered = sorted(ends)
    return [after - before for before, after in pairwise(ordered)]


def test_no_two_thresholds_differ_by_few_decisions(client):
    """A run may state a confidence of its own for each item, and so ask for each alone."""
    world = World(said=lambda place: {"common": 0.2 + place / 100})
    found = world.json(client, "calibration")

    assert min(cells(found)) >= 20
    assert len(cells(found)) == 3
    shown = [one["n"] for one in found["bins"]["width"] if one["right"]["value"] is not None]
    assert sum(shown) < 61
    assert not shown or min(shown) >= 20
    assert {one["right"]["value"] for one in found["bins"]["mass"]} == {None}
    assert found["venn_abers"] == []
    assert "isotonic" not in found["recalibration"]["maps"]
    page = world.ask(client, "calibration", binning="mass").content.decode()
    assert "Venn-Abers" not in page


def test_labels_without_a_confidence_hide_those_with(client):
    world = World(said=lambda place: {"common": None if place == 5 else 0.8})
    assert world.json(client, "calibration")["labels"] == []


def test_steps_of_a_certificate_lie_far_apart():
    steps = [{"accepted": n, "errors": 0, "passed": n < 70, "threshold": 1 - n / 100} for n in (60, 61, 65, 69, 75, 90)]
    found = held_out({"steps": steps})["steps"]
    assert [one["accepted"] for one in found] == [69, 90]
