"""What the errors page says: the report in words and rows, with labels by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# share -> how people say it, for the nearest one
FRACTIONS = (
    (1.0, "All errors"), (0.9, "Nine errors in ten"), (0.8, "Four errors in five"), (0.75, "Three errors in four"),
    (2 / 3, "Two errors in three"), (0.6, "Three errors in five"), (0.5, "Half of the errors"),
    (0.4, "Two errors in five"), (1 / 3, "One error in three"), (0.25, "One error in four"),
    (0.2, "One error in five"), (0.1, "One error in ten"),
)  # fmt: skip
NAMES = {
    "too vague": "Too vague",
    "too specific": "Too specific",
    "sibling": "A sibling",
    "same branch": "Same branch",
    "unrelated": "Unrelated",
    "hallucination": "Made up",
    "omission": "Left out",
}
MEANS = {
    "too vague": "a label above the right one, too vague",
    "too specific": "a label below the right one, too specific",
    "sibling": "a sibling of the right label",
    "same branch": "another label of the same branch",
    "unrelated": "an unrelated label in the place of the right one",
    "hallucination": "labels made up, with nothing in gold for them",
    "omission": "labels left out, with nothing predicted for them",
}
EXPLAINS = {
    "too vague": "An ancestor of the gold label",
    "too specific": "A descendant of the gold label",
    "sibling": "Both have the same parent",
    "same branch": "Further apart, under the same top label",
    "unrelated": "Under another top label",
    "hallucination": "Predicted, with no gold label left to stand for",
    "omission": "In gold, with no prediction left to stand for it",
}
GROUNDS = {
    "unsupported": (
        "No quote in the text",
        "The quote is not in the text, or none was given although one was asked for",
    ),
    "supported": (
        "A quote in the text",
        "The text says what was quoted, and gold has no label for it: read these first",
    ),
    "unknown": ("Not recorded", "This run recorded no evidence"),
}


@dataclass(frozen=True)
class Line:
    """One row of a table of errors."""

    key: str
    name: str
    means: str
    count: int
    share: Mapping[str, Any]
    per_item: Mapping[str, Any]


def by_kind(report: Mapping[str, Any]) -> list[Line]:
    """Every error once, by subtype or kind; shares are of all errors."""
    rates = {**report["kinds"], **report["subtypes"]}
    return [
        Line(key, name, EXPLAINS[key], rates[key]["count"], rates[key]["share"], rates[key]["per_item"])
        for key, name in NAMES.items()
    ]


def by_grounds(report: Mapping[str, Any]) -> list[Line]:
    """What is made up, by the evidence given for it."""
    return [
        Line(key, *said, rate["count"], rate["share"], rate["per_item"])
        for key, said in GROUNDS.items()
        for rate in (report["support"][key],)
    ]


def sentence(report: Mapping[str, Any]) -> str:
    """What the errors mostly are, in plain words."""
    if not report["items"]:
        return "This split has no items that can be scored."
    if not report["total"]:
        return "The run made no errors on these items: every answer is what gold says."
    first = max(by_kind(report), key=lambda line: line.count)
    explained = report["flow"]["explained"]
    said = (
        f"{fraction(first.share['value'])} {_are(first.share['value'])} {MEANS[first.key]} ({first.share['value']:.0%})"
    )
    flows = report["flow"]["distinct"]
    if flows > explained["flows"]:
        said += (
            f"; the {_number(explained['flows'])} commonest of {flows:,} confusions explain {explained['value']:.0%}"
        )
    return f"{said}."


def doubt(report: Mapping[str, Any]) -> str:
    """What would change that sentence: whether the two largest groups can be told apart."""
    first, second = sorted(by_kind(report), key=lambda line: -line.count)[:2]
    if not report["total"] or first.share.get("low") is None:
        return "With so few items the order of the kinds means little: score more of them."
    if second.share.get("high") is not None and second.share["high"] >= first.share["low"]:
        return (
            f"“{first.name}” and “{second.name}” cannot be told apart on these items, as their intervals overlap: "
            "other items could put them in the other order."
        )
    return (
        f"“{first.name}” is the largest kind beyond chance; the order of the smaller ones may change with other items."
    )


def fraction(share: float) -> str:
    """A share as people say it.

    >>> fraction(0.41), fraction(0.02)
    ('Two errors in five', 'Few errors')
    """
    if share < 0.07:
        return "Few errors"
    return min(FRACTIONS, key=lambda pair: abs(pair[0] - share))[1]


def _are(share: float) -> str:
    return "is" if fraction(share).startswith("One ") else "are"


def _number(count: int) -> str:
    return "ten" if count == 10 else f"{count}"


def distinct(names: Mapping[str, str], codes: Iterable[str]) -> dict[str, str]:
    """A name for each code, with the code behind it where another one has the same name."""
    found = {code: names.get(code, code) for code in codes}
    often: dict[str, int] = {}
    for name in found.values():
        often[name] = often.get(name, 0) + 1
    return {code: name if often[name] == 1 else f"{name} ({code})" for code, name in found.items()}
