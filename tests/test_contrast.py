"""WCAG 2.2 contrast of the colour tokens, in both schemes: text at 4.5, borders of controls and marks at 3.

Relative luminance and the ratio as WCAG defines them (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
"""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[1] / "static" / "css" / "tokens.css"
GROUNDS = ("paper", "card", "sunk")
TEXT = [
    *[(text, ground) for text in ("ink", "ink-2") for ground in (*GROUNDS, "accent-soft", "gold-soft")],
    *[("ink", ground) for ground in ("good-soft", "bad-soft", "mark")],
    *[(text, ground) for text in ("accent", "bad") for ground in GROUNDS],
    ("accent", "accent-soft"), ("accent-ink", "accent"), ("paper", "ink"),
    ("gold", "gold-soft"), ("gold", "card"), ("good", "good-soft"), ("good", "card"), ("bad", "bad-soft"),
    ("rater-a", "card"), ("rater-a", "paper"), ("rater-b", "card"), ("rater-b", "paper"),
]  # fmt: skip
BORDERS = [
    *[("line-strong", ground) for ground in ("paper", "card")],
    *[("accent", ground) for ground in GROUNDS],
    ("bad", "card"),
    ("good", "card"),
    ("gold", "gold-soft"),
]


def tokens(scheme):
    text = TOKENS.read_text()
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})\b", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})\b", dark))
    return found


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_ratio_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(scheme, text, ground):
    found = tokens(scheme)

    assert contrast(found[text], found[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("border", "ground"), BORDERS)
def test_controls_can_be_seen(scheme, border, ground):
    found = tokens(scheme)

    assert contrast(found[border], found[ground]) >= 3


def test_both_schemes_name_the_same_colours():
    light = set(re.findall(r"--([\w-]+):\s*#", TOKENS.read_text().split("@media")[0]))
    dark = set(re.findall(r"--([\w-]+):\s*#", TOKENS.read_text().split("@media")[1]))

    assert dark == light
