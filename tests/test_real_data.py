"""The whole command line on real data, against scikit-learn, krippendorff and NLTK to 1e-9.

The data lies beside the repository and is not part of it; where it is absent these tests are skipped.
"""

import csv
import gzip
import json
import math
from collections import defaultdict
from io import StringIO
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from django.core.management import call_command
from nltk.metrics import jaccard_distance, masi_distance
from sklearn.metrics import precision_recall_fscore_support

DATA = next(
    (
        folder / "shared" / "data"
        for folder in Path(__file__).resolve().parents
        if (folder / "shared" / "data").exists()
    ),
    None,
)
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(DATA is None, reason="the real data (shared/data beside the repository) is not here"),
]


def run(*arguments, **options):
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def report(*arguments):
    return json.loads(run(*arguments, "--json", "-"))


def near(value, other):
    assert value == pytest.approx(other, abs=1e-9)


def alpha_of_sets(units, distance):
    """Krippendorff's alpha by its definition, pair by pair."""
    values = [value for unit in units for value in unit]
    n = len(values)
    observed = sum(
        distance(one, other) / (len(unit) - 1)
        for unit in units
        for i, one in enumerate(unit)
        for j, other in enumerate(unit)
        if i != j
    )
    counts = defaultdict(int)
    for value in values:
        counts[value] += 1
    expected = sum(a * b * distance(x, y) for x, a in counts.items() for y, b in counts.items())
    return 1 - (observed / n) / (expected / (n * (n - 1)))


def between(distance):
    return lambda one, other: 0.0 if one == other else (1.0 if not one or not other else distance(one, other))


def test_agreement_of_29_raters():
    folder = DATA / "raters"
    run("create_project", "leoka", name="Leoka")
    run("import_taxonomy", "leoka", str(folder / "taxonomy.csv"))
    run("import_items", "leoka", str(folder / "items.csv.gz"))
    run("import_annotations", "leoka", str(folder / "ratings.csv"), "--round", "all", "--sep", "|")
    found = report("agreement", "leoka", "--round", "all", "--resamples", "20")

    with (folder / "ratings.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    units = defaultdict(dict)
    for row in rows:
        units[row["item"]][row["rater"]] = frozenset(part for part in row["label"].split("|") if part)
    dual = {item: rated for item, rated in units.items() if len(rated) >= 2}
    raters = sorted({rater for rated in units.values() for rater in rated})
    assert (found["items"], found["items_total"]) == (len(dual), len(units))
    assert found["pairs"] == sum(math.comb(len(rated), 2) for rated in dual.values())
    sets = [list(rated.values()) for rated in dual.values()]
    near(found["alpha"]["masi"]["value"], alpha_of_sets(sets, between(masi_distance)))
    near(found["alpha"]["jaccard"]["value"], alpha_of_sets(sets, between(jaccard_distance)))
    exact = [
        np.mean([one == other for i, one in enumerate(unit) for j, other in enumerate(unit) if i < j]) for unit in sets
    ]
    near(found["percent_exact"]["value"], np.mean(exact))

    with (folder / "taxonomy.csv").open(encoding="utf-8") as stream:
        labels = list(csv.DictReader(stream))
    names = {row["code"]: row["name"] for row in labels}
    for row in labels:
        path = f"{names[row['parent']]} > {row['name']}" if row["parent"] else row["name"]
        data = np.full((len(raters), len(units)), np.nan)
        for column, rated in enumerate(units.values()):
            for rater, chosen in rated.items():
                data[raters.index(rater), column] = float(path in chosen)
        ours = found["labels"][row["code"]]
        pairable = data[:, (~np.isnan(data)).sum(axis=0) >= 2]
        near(ours["prevalence"]["value"], np.nanmean(pairable))
        if len({value for value in pairable.ravel() if not np.isnan(value)}) < 2:
            assert ours["alpha"]["value"] is None
            continue
        theirs = krippendorff.alpha(reliability_data=data, level_of_measurement="nominal", value_domain=[0.0, 1.0])
        near(ours["alpha"]["value"], theirs)


@pytest.fixture
def companies():
    folder = DATA / "companies"
    run("create_project", "yc", name="Companies")
    run("import_taxonomy", "yc", str(folder / "taxonomy.csv"))
    run("import_items", "yc", str(folder / "companies.csv"), "--slices", "region")
    run("import_golden", "yc", str(folder / "golden.jsonl"), "--name", "founders", "--splits",
        "dev=.5,test=.4,fewshot=.1", "--seed", "3")  # fmt: skip
    return folder


def test_scores_of_a_keyword_rule(companies, tmp_path):
    with (companies / "taxonomy.csv").open(encoding="utf-8") as stream:
        labels = {row["code"]: row["name"] for row in csv.DictReader(stream)}
    with (companies / "companies.csv").open(encoding="utf-8") as stream:
        texts = {row["id"]: row["text"].lower() for row in csv.DictReader(stream)}
    guess = {key: [code for code, name in labels.items() if name.lower() in text] for key, text in texts.items()}
    lines = [json.dumps({"item": key, "labels": codes}) for key, codes in guess.items()]
    path = tmp_path / "predictions.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    run("import_predictions", "yc", str(path), "--run", "keywords")
    found = report(
        "evaluate", "yc", "--run", "keywords", "--golden", "founders@1", "--split", "dev", "--resamples", "20"
    )

    exported = run("export", "yc", "golden", "--golden", "founders@1").splitlines()
    gold = {row["item"]: row["labels"] for row in map(json.loads, exported) if row["split"] == "dev"}
    codes = sorted(labels)

    def matrix(answers):
        return np.array([[code in answers[key] for code in codes] for key in gold], dtype=int)

    true, predicted = matrix(gold), matrix(guess)
    assert found["items"] == len(gold) == 750
    for average in ("micro", "weighted", "samples"):
        theirs = precision_recall_fscore_support(true, predicted, average=average, zero_division=0)[:3]
        for measure, value in zip(("precision", "recall", "f1"), theirs, strict=True):
            near(found[average][measure]["value"], value)
    per_label = precision_recall_fscore_support(true, predicted, average=None, zero_division=np.nan)
    for measure, values in zip(("precision", "recall", "f1"), per_label[:3], strict=True):
        near(found["macro"][measure]["value"], np.nanmean(values))
        for code, value in zip(codes, values, strict=True):
            ours = found["labels"][code][measure]["value"]
            assert ours is None if np.isnan(value) else ours == pytest.approx(value, abs=1e-9)
    near(found["exact_match"]["value"], (true == predicted).all(axis=1).mean())
    near(found["hamming_loss"]["value"], (true != predicted).mean())


@pytest.mark.long
def test_the_baseline_learns_from_its_examples(companies):
    run("run_prompt", "yc", "baseline-zero", "--on", "founders@1:dev", "--run", "zero", "--wait")
    run("run_prompt", "yc", "baseline-few", "--on", "founders@1:dev", "--run", "few", "--wait")
    found = report("compare", "yc", "zero", "few", "--golden", "founders@1", "--split", "dev", "--resamples", "50")
    assert found["n"] == 750
    assert found["diff"]["micro_f1"]["value"] > 0
    checked = report("verify")
    assert checked["ok"] is True
    assert checked["checked"]["entries"] == 1500
