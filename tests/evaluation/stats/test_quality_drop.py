"""The order of what changed: where the fall lies first, what touches all next, what lost no more after it."""

import pytest

from evaluation.stats.quality_drop import ALONG, APART, FITS, FOLLOWS, MIX, OPEN, SYMPTOM, Part, mix_effect, rank
from tests.examples import example


def test_the_part_that_fell_comes_first_and_the_order_is_the_stated_one():
    losses = [(0.8 if place % 5 else 0.6) if place < 50 else (0.0 if place % 5 else 0.1) for place in range(200)]
    south, odd = [place < 50 for place in range(200)], [bool(place % 2) for place in range(200)]
    failed = [place < 40 for place in range(200)]
    parts = [
        Part("latency", SYMPTOM),
        Part("an odd server", touched=odd),
        Part("prompt"),
        Part("no answer", FOLLOWS, touched=failed),
        Part("model returned", touched=south),
    ]

    found = rank(parts, losses)

    assert [(one.name, one.stands) for one in found] == [
        ("model returned", FITS), ("no answer", FITS), ("prompt", OPEN), ("an odd server", APART), ("latency", ALONG),
    ]  # fmt: skip
    assert found[0].share_of_fall.value == pytest.approx(38 / 41)
    assert found[0].share_of_fall.low < 38 / 41 < found[0].share_of_fall.high
    assert (found[0].items, found[0].share_of_items) == (50, 0.25)
    assert found[0].adjusted <= 0.001


def test_without_gold_nothing_is_said_of_the_fall():
    found = rank([Part("model returned", touched=[True] * 40 + [False] * 40), Part("prompt")], [None] * 80)

    assert [one.stands for one in found] == [OPEN, OPEN]
    assert found[0].share_of_fall.value is None
    assert found[0].p is None


def test_a_changed_mix_is_decomposed():
    kitagawa = example("quality_drop.mix")

    effect = mix_effect(*(kitagawa[name] for name in ("then", "right_then", "now", "right_now")))

    assert effect == pytest.approx(kitagawa["effect"])
    assert mix_effect([], [], ["n"], [1.0]) is None
    losses = [0.1] * 40
    assert [rank([Part("region", MIX, mix=mix)], losses)[0].stands for mix in (0.08, 0.01)] == [FITS, APART]
