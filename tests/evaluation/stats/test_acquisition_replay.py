"""A replay: labels needed by hand, a world where choosing must pay, and the real data."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.stats.acquisition_replay import Design, compared, f1s, labels_needed, over_seeds, replay

DATA = next(
    (one / "shared/data/companies" for one in Path(__file__).resolve().parents if (one / "shared/data").exists()), None
)


def test_labels_needed_by_hand():
    curve = np.array([0.1, 0.3, 0.5])

    assert labels_needed([10, 20, 30], curve, 0.4) == 25
    assert labels_needed([10, 20, 30], curve, 0.05) == 10
    assert labels_needed([10, 20, 30], curve, 0.6) is None


def test_an_interval_over_seeds_is_students():
    """Mean 2, standard error 1 / sqrt 3, t of 2 degrees of freedom 4.3027."""
    found = over_seeds(np.array([1.0, 2.0, 3.0]))

    assert (found.value, found.low, found.high) == pytest.approx(
        (2, 2 - 4.30265 / 3**0.5, 2 + 4.30265 / 3**0.5), abs=1e-4
    )
    assert over_seeds(np.array([1.0])).low is None
    assert over_seeds(np.array([])).value is None


def test_a_verdict_says_fewer_only_with_its_interval():
    by_lot = np.array([[0.1, 0.2, 0.3]] * 6) + np.array([[0.0], [0.01], [0.02]] * 2)

    better = compared([10, 20, 30], by_lot + np.array([0.0, 0.1, 0.1]), by_lot)
    assert better["needed"]["value"] == pytest.approx(20)
    assert better["verdict"] == "fewer"
    assert compared([10, 20, 30], by_lot[:4] + np.array([0.0, 0.1, 0.1]), by_lot[:4])["verdict"] == "cannot tell"
    worse = compared([10, 20, 30], by_lot - 0.05 * np.array([[1.0], [1.1], [0.9]] * 2), by_lot)
    assert (worse["needed"]["value"], worse["verdict"]) == (None, "not fewer")
    assert "not reached" in worse["needed"]["reason"]
    assert compared([10, 20, 30], by_lot, by_lot)["verdict"] == "cannot tell"


def test_f1_by_hand():
    said = np.array([[True, False], [True, True]])
    truth = np.array([[True, False], [False, True]])

    assert f1s(said, truth) == pytest.approx((2 * 2 / (3 + 2), (2 / 3 + 1) / 2))


def test_a_small_replay_is_the_same_each_time_and_starts_alike():
    words = ["payroll wages", "crm sales", "cloud hosting"]
    texts = [f"{words[n % 3]} number{n}" for n in range(60)]
    gold = [frozenset([words[n % 3].split()[0]]) for n in range(60)]
    design = Design(mixes={"rare": {"rarity": 0.5, "diversity": 0.5}}, seeds=2, start=4, batch=4, budget=12)
    seen = []

    first = replay(texts, gold, design, on_progress=lambda done, total: seen.append((done, total)))
    report = first.report()

    assert report == replay(texts, gold, design).report()
    assert (first.labels, first.pool, first.aside) == ([4, 8, 12], 42, 18)
    assert seen[-1] == (12, 12)
    curves = first.curves["micro_f1"]
    assert (curves["random"][:, 0] == curves["rare"][:, 0]).all()
    json.dumps(report, allow_nan=False)
    with pytest.raises(ValueError, match="too few"):
        replay(texts[:5], gold[:5], design)
    with pytest.raises(ValueError, match="several runs"):
        replay(texts, gold, Design(mixes={"v": {"votes": 1.0}}, seeds=1, start=4, batch=4, budget=8))


@pytest.mark.long
@pytest.mark.skipif(DATA is None, reason="the real data (shared/data beside the repository) is not here")
def test_on_1500_companies_it_says_that_the_least_confident_save_no_labels():
    """docs/active-learning.md: ahead at first, behind at 500 labels, and the verdict claims nothing."""
    with (DATA / "companies.csv").open(encoding="utf-8") as stream:
        text = {row["id"]: f"{row['name']} {row['text']}" for row in csv.DictReader(stream)}
    with (DATA / "golden.jsonl").open(encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream]
    design = Design(mixes={"least": {"least": 1.0}})

    report = replay([text[row["item"]] for row in rows], [frozenset(row["labels"]) for row in rows], design).report()

    figures = report["measures"]["micro_f1"]
    least, by_lot = (figures["curves"][name] for name in ("least", "random"))
    assert figures["target"]["value"] == pytest.approx(0.259, abs=0.005)
    assert least["points"][1]["value"] > by_lot["points"][1]["value"]
    assert (least["needed"]["value"], least["verdict"]) == (None, "cannot tell")
    assert least["gain"]["low"] < 0 < least["gain"]["high"]


@pytest.mark.long
@pytest.mark.skipif(DATA is None, reason="the real data (shared/data beside the repository) is not here")
def test_on_774_reports_rare_labels_reach_the_micro_f1_of_lot_with_fewer_labels():
    """docs/active-learning.md: about a tenth fewer, with no gain along the curve; for macro F1 it cannot be told."""
    folder = DATA.parent / "raters"
    with gzip.open(folder / "items.csv.gz", "rt", encoding="utf-8") as stream:
        text = {row["item"]: " ".join(row["text"].split()) for row in csv.DictReader(stream)}
    gold = {}
    with (folder / "gold.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            labels = frozenset(label.strip() for label in row["labels"].split("|") if label.strip())
            gold.setdefault(text[row["item"]], labels)
    design = Design(mixes={"rarity": {"rarity": 1.0}}, start=30, batch=30, budget=300)

    measures = replay(list(gold), list(gold.values()), design).report()["measures"]

    rarity = measures["micro_f1"]["curves"]["rarity"]
    assert rarity["verdict"] == "fewer"
    assert rarity["needed"]["value"] == pytest.approx(274, abs=6)
    assert rarity["needed"]["high"] < 300
    assert rarity["gain"]["low"] < 0 < rarity["gain"]["high"]
    assert measures["macro_f1"]["curves"]["rarity"]["verdict"] == "cannot tell"
