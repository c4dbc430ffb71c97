"""The statistics on real ratings and real companies, against scikit-learn, krippendorff and NLTK to 1e-9.

The data lies beside the repository and is not part of it; where it is absent these tests are skipped.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from nltk.metrics import jaccard_distance, masi_distance
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import accuracy_score, cohen_kappa_score, hamming_loss, precision_recall_fscore_support

from evaluation.stats.agreement import agreement
from evaluation.stats.compare import compare
from evaluation.stats.errors import item_errors
from evaluation.stats.intervals import Plan, item_weights
from evaluation.stats.scores import evaluate
from evaluation.stats.taxonomy_distance import taxonomy_distance

DATA = next(
    (above / "shared" / "data" for above in Path(__file__).resolve().parents if (above / "shared" / "data").exists()),
    None,
)
pytestmark = pytest.mark.skipif(DATA is None, reason="the real data (shared/data beside the repository) is not here")
MEASURES = ("precision", "recall", "f1")


def near(value):
    return pytest.approx(value, abs=1e-9)


@pytest.fixture(scope="module")
def ratings():
    """(item, rater, labels) of 29 raters; parts of a path of labels stand for themselves."""
    with (DATA / "raters" / "ratings.csv").open(encoding="utf-8") as stream:
        return [
            (row["item"], row["rater"], frozenset(part for part in row["label"].split("|") if part))
            for row in csv.DictReader(stream)
        ]


def by_item(ratings):
    units = defaultdict(dict)
    for item, rater, labels in ratings:
        units[item][rater] = labels
    return {item: rated for item, rated in units.items() if len(rated) >= 2}


def measured(ratings, **options):
    codes = sorted({code for _, _, labels in ratings for code in labels})
    return agreement(ratings=ratings, codes=codes, items_total=len({item for item, _, _ in ratings}), **options)


@pytest.mark.parametrize(("name", "distance"), [("masi", masi_distance), ("jaccard", jaccard_distance)])
def test_alpha_of_answered_sets_is_nltks(ratings, name, distance):
    answered = [rating for rating in ratings if rating[2]]  # NLTK's distances know no empty sets
    units = by_item(answered)
    triples = [(rater, item, labels) for item, rated in units.items() for rater, labels in rated.items()]

    report = measured(answered, resamples=0)

    assert report.items == len(units) > 500
    assert report.alpha[name].value == near(AnnotationTask(data=triples, distance=distance).alpha())


def test_alpha_of_each_label_is_krippendorffs(ratings):
    units = by_item(ratings)
    raters = sorted({rater for rated in units.values() for rater in rated})

    report = measured(ratings, resamples=0)

    checked = 0
    for code, found in report.labels.items():
        data = np.full((len(raters), len(units)), np.nan)
        for column, rated in enumerate(units.values()):
            for rater, labels in rated.items():
                data[raters.index(rater), column] = code in labels
        assert found.prevalence.value == near(np.nanmean(data))
        if 0 < np.nanmean(data) < 1:
            theirs = krippendorff.alpha(data, level_of_measurement="nominal", value_domain=[0.0, 1.0])
            assert found.alpha.value == near(theirs)
            checked += 1
    assert checked > 10


def test_ac1_of_each_label_is_gwets_formula(ratings):
    """Written out: mean over items of the share of agreeing pairs, chance from the mean share of yes."""
    units = by_item(ratings)

    report = measured(ratings, resamples=0)

    for code, found in report.labels.items():
        counts = [(sum(code in labels for labels in rated.values()), len(rated)) for rated in units.values()]
        agreeing = np.mean([(yes * (yes - 1) + (m - yes) * (m - yes - 1)) / (m * (m - 1)) for yes, m in counts])
        share = np.mean([yes / m for yes, m in counts])
        chance = 2 * share * (1 - share)
        if found.ac1.value is not None:
            assert found.ac1.value == near((agreeing - chance) / (1 - chance))
        assert found.percent_agreement.value == near(agreeing)


def test_alpha_that_forgives_branches_is_nltks_with_that_distance(ratings):
    answered = [rating for rating in ratings if rating[2]]
    codes = {code for _, _, labels in answered for code in labels}
    parts = {code: code.split(" > ") for code in codes}
    above = {code: " > ".join(path[:-1]) or None for code, path in parts.items()}
    parents = {parent: None for parent in above.values() if parent} | above
    units = by_item(answered)
    triples = [(rater, item, labels) for item, rated in units.items() for rater, labels in rated.items()]

    def distance(one, other):
        return taxonomy_distance(one, other, parents)

    report = agreement(ratings=answered, codes=sorted(parents), items_total=len(units), parents=parents, resamples=0)

    assert any(parent for parent in parents.values())
    assert report.alpha["taxonomy"].value == near(AnnotationTask(data=triples, distance=distance).alpha())


def test_kappa_of_two_raters_is_scikit_learns(ratings):
    units = by_item(ratings)
    together = defaultdict(list)
    for item, rated in units.items():
        for one in rated:
            for other in rated:
                if one < other:
                    together[one, other].append(item)
    (one, other), items = max(together.items(), key=lambda pair: (len(pair[1]), pair[0]))
    assert len(items) > 50

    report = measured([(item, rater, units[item][rater]) for item in items for rater in (one, other)], resamples=0)

    for code, found in report.labels.items():
        theirs = [[code in units[item][rater] for item in items] for rater in (one, other)]
        assert found.kappa_kind == "cohen"
        if found.kappa.value is not None:
            assert found.kappa.value == near(cohen_kappa_score(*theirs))
        assert found.percent_agreement.value == near(np.mean(np.equal(*theirs)))


def test_the_interval_of_alpha_is_that_of_the_items_drawn_again(ratings):
    units = by_item([rating for rating in ratings if rating[2]])
    units = {item: units[item] for item in sorted(units)[:120]}
    names = sorted(units)
    rated = [(item, rater, labels) for item in names for rater, labels in units[item].items()]

    report = measured(rated, resamples=12, seed=2)

    again = []
    for _, weights in item_weights(len(names), resamples=12, seed=2):
        for row in weights.astype(int):
            drawn = [name for name, often in zip(names, row, strict=True) for _ in range(often)]
            triples = [
                (rater, f"{place}", labels) for place, item in enumerate(drawn) for rater, labels in units[item].items()
            ]
            again.append(AnnotationTask(data=triples, distance=masi_distance).alpha())
    low, high = np.quantile(again, [0.025, 0.975])
    assert (report.alpha["masi"].low, report.alpha["masi"].high) == (near(low), near(high))


@pytest.fixture(scope="module")
def companies():
    """Codes, gold, two rules that look for the words of a tag, and each company's region."""
    folder = DATA / "companies"
    with (folder / "taxonomy.csv").open(encoding="utf-8") as stream:
        names = {row["name"]: row["code"] for row in csv.DictReader(stream)}
    with (folder / "companies.csv").open(encoding="utf-8") as stream:
        about = {row["id"]: row for row in csv.DictReader(stream)}
    gold = [json.loads(line) for line in (folder / "golden.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [about[row["item"]]["text"].lower() for row in gold]
    whole = [frozenset(code for name, code in names.items() if name.lower() in text) for text in texts]
    any_word = [
        frozenset(code for name, code in names.items() if any(word in text.split() for word in name.lower().split()))
        for text in texts
    ]
    return {
        "codes": sorted(names.values()),
        "gold": [frozenset(names[name] for name in row["labels"]) for row in gold],
        "whole": whole,
        "any_word": [None if place % 50 == 0 else labels for place, labels in enumerate(any_word)],
        "regions": [about[row["item"]]["region"] for row in gold],
    }


def matrix(sets, codes):
    return np.array([[code in (labels or ()) for code in codes] for labels in sets], dtype=int)


def f1(true, guess):
    return precision_recall_fscore_support(true, guess, average="micro", zero_division=0)[2]


def test_scores_are_scikit_learns(companies):
    gold, predicted, codes = companies["gold"], companies["whole"], companies["codes"]
    true, guess = matrix(gold, codes), matrix(predicted, codes)

    report = evaluate(
        gold=gold, predicted=predicted, codes=codes, slices={"region": companies["regions"]}, plan=Plan(0)
    )

    assert report.items == len(gold) == 1500
    for average in ("micro", "weighted", "samples"):
        theirs = precision_recall_fscore_support(true, guess, average=average, zero_division=0)[:3]
        assert [report.averages[average][measure].value for measure in MEASURES] == near(list(theirs))
    for place, measure in enumerate(MEASURES):
        values = precision_recall_fscore_support(true, guess, average=None, zero_division=np.nan)[place]
        assert report.averages["macro"][measure].value == near(np.nanmean(values))
        assert report.undefined[measure] == [code for code, one in zip(codes, values, strict=True) if np.isnan(one)]
        for code, value in zip(codes, values, strict=True):
            ours = getattr(report.labels[code], measure).value
            assert (ours is None) if np.isnan(value) else (ours == near(value))
    assert report.exact_match.value == near(accuracy_score(true, guess))
    assert report.hamming_loss.value == near(hamming_loss(true, guess))
    for region, found in report.slices["region"].items():
        inside = np.array(companies["regions"]) == region
        assert report.slice_sizes["region"][region] == inside.sum()
        assert found.value is None or found.value == near(f1(true[inside], guess[inside]))


def test_intervals_are_scikit_learns_on_the_same_rows(companies):
    gold, predicted, codes = companies["gold"], companies["whole"], companies["codes"]
    true, guess = matrix(gold, codes), matrix(predicted, codes)

    found = evaluate(gold=gold, predicted=predicted, codes=codes, plan=Plan(40, 7, "percentile")).averages["micro"][
        "f1"
    ]

    again = [
        f1(true[drawn], guess[drawn])
        for _, weights in item_weights(len(gold), resamples=40, seed=7)
        for drawn in (np.repeat(np.arange(len(gold)), row.astype(int)) for row in weights)
    ]
    assert (found.low, found.high) == (near(np.quantile(again, 0.025)), near(np.quantile(again, 0.975)))


def test_errors_of_each_item_add_up_to_the_report(companies):
    gold, predicted, codes = companies["gold"], companies["any_word"], companies["codes"]

    report = evaluate(gold=gold, predicted=predicted, codes=codes, plan=Plan(0))

    assert report.unanswered == 30
    each = [item_errors(one, other or (), {}) for one, other in zip(gold, predicted, strict=True)]
    assert report.errors == {
        "omission": sum(len(one.omissions) for one in each),
        "hallucination": sum(len(one.hallucinations) for one in each),
        "wrong_label": sum(len(one.wrong) for one in each),
    }
    wrong = report.errors["wrong_label"]
    assert wrong + report.errors["hallucination"] == sum(one.fp for one in report.labels.values())
    assert wrong + report.errors["omission"] == sum(one.fn for one in report.labels.values())


def test_differences_are_scikit_learns(companies):
    gold, codes = companies["gold"], companies["codes"]
    true, one, other = (matrix(sets, codes) for sets in (gold, companies["whole"], companies["any_word"]))

    report = compare(gold=gold, a=companies["whole"], b=companies["any_word"], codes=codes, resamples=200)

    assert report.diff["micro_f1"].estimate.value == near(f1(true, other) - f1(true, one))
    per_label = [
        precision_recall_fscore_support(true, run, average=None, zero_division=np.nan)[2] for run in (one, other)
    ]
    assert report.diff["macro_f1"].estimate.value == near(np.nanmean(per_label[1]) - np.nanmean(per_label[0]))
    for code, value in zip(codes, per_label[1] - per_label[0], strict=True):
        ours = report.labels[code].estimate.value
        assert (ours is None) if np.isnan(value) else (ours == near(value))
