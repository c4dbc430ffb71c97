"""The page of a comparison in words: the verdict, what would change it, and rows with their links."""

from types import SimpleNamespace

import numpy as np
import pytest

from evaluation.queries.versus import versus
from evaluation.stats.compare import Family, compare

CODES = ["crm", "erp", "pay"]
NAMES = {"crm": "CRM", "erp": "ERP", "pay": "Payroll"}


def comparison(report, split="dev"):
    labels = SimpleNamespace(values_list=lambda *names: list(NAMES.items()))
    release = SimpleNamespace(taxonomy_version=SimpleNamespace(labels=labels))
    return SimpleNamespace(
        report=report | {"cost": {"a": {"value": None}, "b": {"value": 12.5}}}, split=split, release=release
    )


def board(a, b, *, n=120, split="dev", url="/items/", **options):
    """Runs that are right on a share of the items, the same ones first."""
    draw = np.random.default_rng(0)
    gold = [frozenset({draw.choice(CODES)}) for _ in range(n)]
    runs = [[one if place < share * n else frozenset() for place, one in enumerate(gold)] for share in (a, b)]
    slices = {"sector": ["IT" if place % 2 else "" for place in range(n)]}
    options = {"resamples": 400, "swaps": 999} | options
    report = compare(gold=gold, a=runs[0], b=runs[1], codes=CODES, slices=slices, **options).as_dict()
    return versus(comparison(report, split), items_url=url)


def test_better_and_worse_are_said_with_their_interval():
    found = board(0.5, 0.8)
    assert (found.title, found.tone) == ("B is better", "good")
    assert found.sentence.startswith("B is better by 0.")
    assert "(95%)" in found.sentence
    assert "interval reached 0" in found.what_would_change_it

    found = board(0.8, 0.5)
    assert (found.title, found.tone) == ("B is worse", "bad")
    assert "between −0." in found.sentence


def test_equal_runs_are_not_worse_where_there_are_items_enough_for_the_margin():
    few = board(0.6, 0.6)
    assert few.title == "It cannot be told yet"
    assert few.what_would_change_it == "About 63 more items on dev would settle a difference of this size."
    found = board(0.6, 0.6, margin=0.05)
    assert found.title == "B is not worse"
    assert found.labels == []
    assert found.label_chart is None
    assert found.unmoved == 3
    assert "do not differ" in found.what_would_change_it


def test_what_cannot_be_told_says_how_many_more():
    found = board(0.6, 0.575, n=80, margin=0.01)
    assert found.title == "It cannot be told yet"
    assert "a loss of more than 0.01 is possible" in found.sentence
    assert "more items on dev would settle a difference of this size" in found.what_would_change_it
    assert "four times of five" in found.what_would_change_it


def test_a_declared_loss_decides_and_is_named():
    found = board(0.9, 0.3, family=Family(("crm",), (("sector", ""),)))
    assert found.sentence.startswith("B loses in what was declared to matter: CRM −0.")
    assert "sector: (blank)" in found.sentence
    assert [row.kind for row in found.family] == ["overall", "declared label", "declared slice"]
    assert all(row.finding == "worse" for row in found.family)


def test_marks_lead_to_items_on_dev_only():
    found = board(0.5, 0.8)
    assert found.flip_urls["only_b"] == "/items/?kind=only_b"
    assert found.labels[0].fixed_url.startswith("/items/?kind=only_b&code=")
    assert found.slices["sector"][0].url.startswith("/items/?kind=moved&attribute=sector")
    assert 'href="/items/' in found.label_chart.svg

    found = board(0.5, 0.8, split="test", url="")
    assert set(found.flip_urls.values()) == {""}
    assert "href" not in found.chart.svg + found.label_chart.svg


def test_a_held_out_difference_within_the_noise_has_no_figure():
    found = board(0.6, 0.59, split="test", url="")
    assert found.sentence.startswith("Micro F1 shows no change beyond the noise")
    assert found.labels == []
    assert found.flips["only_a"] is None
    assert {row.difference["value"] for row in (*found.averages, *found.family)} == {None}
    assert len(found.chart.table) == 1


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_compare_says_so(n):
    found = board(1.0, 0.0, n=n)
    assert found.title == "It cannot be told yet"
    assert "there are no items" in found.sentence or "no interval" in found.sentence
