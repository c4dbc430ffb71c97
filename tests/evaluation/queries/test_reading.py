import pytest

from evaluation.queries.reading import reading
from evaluation.stats.resampling import Plan
from evaluation.stats.scores import evaluate

CODES = ["a", "b", "c"]
NAMES = {"a": "Alpha", "b": "Beta", "c": "Gamma"}


def report(gold, predicted):
    return evaluate(gold=gold, predicted=predicted, codes=CODES, plan=Plan(200)).as_dict()


def test_where_the_errors_are_and_what_is_least_certain():
    gold = [frozenset("a")] * 40 + [frozenset("b")] * 30 + [frozenset("c")] * 3
    predicted = [frozenset("a")] * 40 + [frozenset()] * 20 + [frozenset("b")] * 10 + [frozenset("c"), None, None]

    found = reading(report(gold, predicted), NAMES)

    assert found.headline.startswith("Micro F1 is 0.82, between 0.7")
    assert [(one.name, one.errors) for one in found.culprits] == [("Beta", 20)]
    assert (found.unsure.name, found.unsure.support) == ("Gamma", 3)
    assert found.lines[1].startswith("It leaves out more than it makes up (precision 1.00, recall 0.70")
    assert found.lines[2] == "One label makes half of the 22 errors: Beta (20)."
    assert found.lines[3].startswith("More gold for Gamma would narrow macro F1 most: with 3 in gold its F1 is between")


def test_the_other_lean():
    found = reading(report([frozenset("a")] * 50, [frozenset("abc")] * 30 + [frozenset("a")] * 20), NAMES)

    assert found.lean.startswith("It makes up more than it leaves out")


def test_many_culprits_are_named_in_part():
    labels = {
        str(number): {"fp": 1, "fn": 0, "support": 0, "f1": {"value": 0.0, "low": None, "high": None}}
        for number in range(24)
    }
    whole = {"value": 0.0, "low": 0.0, "high": 0.0}
    found = reading({"labels": labels, "micro": {"f1": whole, "precision": whole, "recall": whole}}, {})

    assert found.spread == "The errors are spread: it takes 12 labels to make half of the 24. The worst:"
    assert (len(found.named), found.unnamed) == (5, 7)
    assert found.lines[1].endswith("4 (1) and 7 more.")


@pytest.mark.parametrize(
    ("gold", "predicted", "said"),
    [
        ([], [], "Micro F1 is undefined: there are no items."),
        ([frozenset()] * 3, [frozenset()] * 3, "Micro F1 is undefined: nothing was predicted and nothing is in gold."),
        ([frozenset("a")], [frozenset("a")],
         "Micro F1 is 1.00. It has no interval: an interval needs at least 2 items."),
        ([frozenset("a")] * 5, [frozenset("a")] * 5, "Micro F1 is 1.00, between 0.48 and 1.00."),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_said_so(gold, predicted, said):
    assert reading(report(gold, predicted), NAMES).lines[0] == said
