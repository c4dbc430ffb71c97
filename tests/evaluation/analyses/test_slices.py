"""The bias audit of a run: which slices there are, what a held-out split shows, the items behind a mark."""

import json
from types import SimpleNamespace

import pytest

from evaluation.analyses import slices
from evaluation.analyses.asked import Asked, Resampling
from evaluation.queries.pairing import Said
from evaluation.stats.cells import SMALLER
from labeling.queries.golden import Gold
from reviewapp.common.errors import Refused

LONG = "We sell customer management software to companies in the region. "


def entry(place, labels, **attributes):
    return Gold(
        item_id=place, external_id=f"co-{place}", labels=frozenset(labels), attributes=attributes,
        text_digest="", weight=1.0, stratum="", name=f"Company {place}",
        documents=[{"position": 0, "kind": "text", "text": LONG * (1 + place % 3)}],
    )  # fmt: skip


def paired(n=200, *, sectors=("a", "b", "c", "d", "e")):
    """Right everywhere but in Asia, where every other item is wrong."""
    gold, said = [], []
    for place in range(n):
        region = "" if place % 40 == 7 else ("Asia", "Europe", "Africa")[place % 3]
        gold.append(entry(place, ["crm"], region=region, sector=sectors[place % len(sectors)]))
        said.append(None if region == "Asia" and place % 2 else Said(frozenset(["crm"])))
    run = SimpleNamespace(project=SimpleNamespace(slices=["region", "sector"]))
    return SimpleNamespace(
        run=run, gold=gold, said=said, codes=["crm", "erp"], parents={"crm": None, "erp": None},
        predicted=[None if one is None else one.labels for one in said],
    )  # fmt: skip


def computed(pairs, **parameters):
    wanted = {**slices.DEFAULTS, **parameters}
    return slices.compute(Asked(pairs, wanted, Resampling(50, 0)))


def found(report, *value):
    return next(one for one in report["slices"] if one["value"] == list(value))


def test_attributes_what_texts_show_and_both_crossed():
    report = computed(paired())
    json.dumps(report, allow_nan=False)

    assert found(report, "Asia")["stands_out"]
    assert found(report, "Asia")["gap"]["high"] < 0
    assert found(report, "")["gap"]["reason"] == "5 items, fewer than 20"
    assert {one["name"] for one in report["properties"]} >= {"region", "sector", slices.LENGTH, slices.LANGUAGE}
    assert not [one for one in report["slices"] if one["by"] == [slices.LANGUAGE]]  # all English: nothing to compare
    assert {tuple(one["by"]) for one in report["slices"] if one["family"] == "crossed"} >= {("region", "sector")}


def test_the_same_input_gives_the_same_bytes():
    assert json.dumps(computed(paired(90))) == json.dumps(computed(paired(90)))


def test_an_attribute_with_many_values_is_pooled_and_the_small_ones_are_taken_together():
    report = computed(paired(200, sectors=[str(number) for number in range(40)]))
    sector = next(one for one in report["properties"] if one["name"] == "sector")
    assert (sector["values"], sector["pooled"]) == (40, 10)
    assert found(report, "other values")["n"] == 50
    together = next(one for one in report["slices"] if one["by"] == ["sector"] and one["value"] == [SMALLER])
    assert together["n"] == 150
    assert len(sector["smaller"]) == 30


def test_a_property_of_the_text_that_an_attribute_tells_already_is_not_shown_twice():
    pairs = paired()
    for place, one in enumerate(pairs.gold):
        one.attributes["band"] = f"band {len(one.documents[0]['text'])}"
        assert place >= 0
    pairs.run.project.slices = ["band"]
    report = computed(pairs)
    assert report["same"] == {slices.LENGTH: "band"}
    assert slices.LENGTH not in {one["name"] for one in report["properties"]}


@pytest.mark.parametrize("parameters", [{"measure": "macro_f1"}, {"smallest": 1}, {"smallest": 100_000}])
def test_what_cannot_be_asked_is_refused(parameters):
    with pytest.raises(Refused):
        computed(paired(10), **parameters)


def test_no_items_and_one():
    for n in (0, 1):
        report = computed(paired(n))
        assert report["families"]["declared"]["tests"] == 0


def test_a_held_out_split_hides_small_slices_and_what_would_give_them_away():
    report = computed(paired(), smallest=2)
    shown = slices.redact(report)

    assert not [one for one in shown["slices"] if one["n"] is not None and one["n"] < 20]
    assert not [one for one in shown["slices"] if one["family"] == "crossed"]
    regions = {one["value"][0]: one for one in shown["slices"] if one["by"] == ["region"]}
    assert regions[""]["n"] is None
    # the blank ones could be had by subtraction, were all other values shown
    assert sum(one["n"] is None for one in regions.values()) == 2
    assert "f1" not in regions[""]


def test_the_items_behind_a_slice_are_as_many_as_it_counts():
    pairs = paired(200, sectors=[str(number) for number in range(40)])
    report = computed(pairs)
    for one in report["slices"]:
        wanted = {"by": one["by"][0], "value": one["value"][0]}
        if len(one["by"]) > 1:
            wanted |= {"by2": one["by"][1], "value2": one["value"][1]}
        said, places = slices.members(pairs, wanted)
        assert len(places) == one["n"], (said, one["value"])


def test_a_mark_that_is_none_leads_to_nothing():
    assert slices.members(paired(5), {})[1] == []
    assert slices.members(paired(5), {"by": "nothing", "value": "x"})[1] == []
    assert slices.members(paired(5), {"by": "region", "value": "x", "by2": "nothing"})[1] == []


def test_the_table_has_a_row_a_slice():
    report = computed(paired())
    rows = slices.table(report)
    assert len(rows) == len(report["slices"])
    assert rows[0]["measure"] == "f1"
    assert len(slices.table(slices.redact(report))) < len(rows)
