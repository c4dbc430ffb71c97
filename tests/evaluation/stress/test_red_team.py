from collections import Counter

import pytest

from evaluation.llm.protocol import DocText, ItemText
from evaluation.stress.bank import BANK
from evaluation.stress.red_team import attacked, case_of, deal

LABELS = ["crm", "erp"]


def named(count):
    return [f"item-{place}" for place in range(count)]


def test_each_item_has_one_case_and_the_carriers_come_by_turns():
    found = deal(named(130), LABELS, 5, own={})
    assert Counter(one for one, _ in found.values()) == {one.id: 2 for one in BANK}
    few = [case_of(one).carrier for one in deal(named(10), LABELS, 5, own={}).values()]
    assert set(Counter(few).values()) == {2}
    assert found == deal(named(130)[::-1], LABELS, 5, own={})
    assert found != deal(named(130), LABELS, 6, own={})


def test_no_label_is_demanded_that_the_item_has():
    own = {name: ["crm"] if place % 2 else LABELS for place, name in enumerate(named(130))}
    for name, dealt in deal(named(130), LABELS, 0, own=own).items():
        assert dealt[1] in ("", "erp") if "erp" not in own[name] else dealt[1] == ""


def test_the_text_that_was_dealt_stands_in_the_item_at_the_same_place_each_time():
    item = ItemText("a", "Bell", (DocText("web", "We mend bells. We ring them. We hang them."),))
    dealt = deal(["a"], LABELS, 0, own={})["a"]
    once = attacked(item, dealt, 0)
    assert case_of(dealt).text in once.text
    assert once == attacked(item, dealt, 0)
    empty = ItemText("a", "Bell", (DocText("web", " "),))
    assert attacked(empty, dealt, 0) == empty
    with pytest.raises(KeyError):
        case_of(["no-such-text", ""])
