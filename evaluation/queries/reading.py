"""What the scores of a run say in plain words: how good, where the errors are, and what would make it surer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
MOST_NAMED = 5


@dataclass(frozen=True)
class Culprit:
    """A label and its errors."""

    code: str
    name: str
    errors: int


@dataclass(frozen=True)
class Unsure:
    """The label whose F1 is least certain."""

    code: str
    name: str
    support: int
    low: float
    high: float


@dataclass(frozen=True)
class Reading:
    """A report in words; labels are kept apart so that a page can link them."""

    headline: str
    lean: str  # whether it leaves out more than it makes up, where that is certain
    culprits: tuple[Culprit, ...]  # the fewest labels with half of the errors
    errors: int
    unsure: Unsure | None

    @property
    def spread(self) -> str:
        """How many labels make half of the errors, up to the colon before their names."""
        many = len(self.culprits)
        if many >= len(NUMBERS):
            return f"The errors are spread: it takes {many} labels to make half of the {self.errors:,}. The worst:"
        make = "label makes" if many == 1 else "labels make"
        return f"{NUMBERS[many]} {make} half of the {self.errors:,} errors:"

    @property
    def named(self) -> tuple[Culprit, ...]:
        return self.culprits[:MOST_NAMED]

    @property
    def unnamed(self) -> int:
        return len(self.culprits) - len(self.named)

    @property
    def lines(self) -> list[str]:
        """The sentences of it, as a command prints them."""
        said = [self.headline]
        said += [self.lean] if self.lean else []
        if self.culprits:
            names = ", ".join(f"{one.name} ({one.errors})" for one in self.named)
            names += f" and {self.unnamed} more" if self.unnamed else ""
            said.append(f"{self.spread} {names}.")
        if self.unsure:
            said.append(
                f"More gold for {self.unsure.name} would narrow macro F1 most: with {self.unsure.support} in gold its "
                f"F1 is between {self.unsure.low:.2f} and {self.unsure.high:.2f}."
            )
        return said


def reading(report: Mapping[str, Any], names: Mapping[str, str]) -> Reading:
    """Put a report into words; `names` of labels by code. Where some are hidden it names none that make errors."""
    rows = report["labels"].items()
    is_whole = all(found["fp"] is not None for _, found in rows)
    counted = [Culprit(code, names.get(code, code), found["fp"] + found["fn"]) for code, found in rows if is_whole]
    errors = sum(one.errors for one in counted)
    culprits: list[Culprit] = []
    for one in sorted(counted, key=lambda one: -one.errors):
        if 2 * sum(taken.errors for taken in culprits) >= errors:
            break
        culprits.append(one)
    return Reading(
        headline=_headline(report["micro"]["f1"]),
        lean=_lean(report["micro"]),
        culprits=tuple(culprits),
        errors=errors,
        unsure=_unsure(report["labels"], names),
    )


def _headline(f1: Mapping[str, Any]) -> str:
    if f1["value"] is None:
        return f"Micro F1 is undefined: {f1['reason']}."
    if f1["low"] is None:
        return f"Micro F1 is {f1['value']:.2f}. It has no interval: {f1.get('reason') or 'none was drawn'}."
    if f1["low"] == f1["high"]:
        return f"Micro F1 is {f1['value']:.2f} in every resample, which is not the same as certain."
    return f"Micro F1 is {f1['value']:.2f}, between {f1['low']:.2f} and {f1['high']:.2f}."


def _lean(micro: Mapping[str, Any]) -> str:
    precision, recall = micro["precision"], micro["recall"]
    if None in (precision["low"], recall["low"]):
        return ""
    said = f"precision {precision['value']:.2f}, recall {recall['value']:.2f}"
    if recall["high"] < precision["low"]:
        return f"It leaves out more than it makes up ({said})."
    if precision["high"] < recall["low"]:
        return f"It makes up more than it leaves out ({said})."
    return ""


def _unsure(labels: Mapping[str, Any], names: Mapping[str, str]) -> Unsure | None:
    wide = [(code, found) for code, found in labels.items() if found["f1"]["low"] is not None]
    if not wide:
        return None
    code, found = max(wide, key=lambda pair: pair[1]["f1"]["high"] - pair[1]["f1"]["low"])
    f1 = found["f1"]
    if f1["low"] == f1["high"]:
        return None
    return Unsure(code, names.get(code, code), found["support"], f1["low"], f1["high"])
