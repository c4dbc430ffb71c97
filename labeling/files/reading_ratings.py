"""What the readers of other tools' files share: how they were asked to read, and what they note by the way."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labeling.files.reading import FileRefused, RowProblem
from labeling.files.values import KEY_MAX, BadValue, text_of

EMPTIES = ("answers", "leave-out")
LONGEST = 7 * 24 * 3600  # seconds somebody can have worked on one item; more is a page left open


class LeftOut(RowProblem):
    """A row that holds no answer: it is listed, and refuses nothing. `kind` says what it was."""

    def __init__(self, line: int, kind: str, reason: str, *, key: str = "", rater: str = "") -> None:
        super().__init__(line, reason, key)
        self.kind, self.rater = kind, rater


@dataclass
class Asked:
    """How a file is to be read. `notes` counts what could not be taken over and belongs to no row of its own."""

    item: str = ""  # the field that holds the item's id; "" looks for item, external_id and id
    question: str = ""  # the control or question that holds the labels, where there are several
    rater: str = ""  # who rated, where the file does not say
    empties: str = ""  # "answers" or "leave-out": what an empty list means where the format leaves it open
    notes: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, number: int = 1) -> None:
        if number:
            self.notes[what] += number

    def key(self, *places: Mapping[str, Any] | None, names: tuple[str, ...] = ("item", "external_id", "id")) -> str:
        """The item's id, from the first place that has it."""
        for name in (self.item,) if self.item else names:
            for place in places:
                if isinstance(place, Mapping) and place.get(name) not in (None, ""):
                    key = text_of(place[name])
                    if len(key) > KEY_MAX:
                        raise BadValue(f"“{name}” has more than {KEY_MAX} characters")
                    return key
        wanted = f"“{self.item}”" if self.item else ", ".join(f"“{name}”" for name in names)
        raise BadValue(f"it has no {wanted} that says which item it is about. Name the field that does")

    def one_question(self, names: list[str]) -> str:
        """The question to read; refused where there are several and none was named."""
        if self.question:
            if self.question not in names:
                raise FileRefused(f"There is no question “{self.question}” in this file, but {_listed(names)}.")
            return self.question
        if len(names) != 1:
            raise FileRefused(f"Several questions could hold the labels: {_listed(names)}. Name one.")
        return names[0]

    def seconds(self, value: Any) -> int | None:
        """Whole seconds; a time no one can have worked is left out and counted."""
        if value is None or value == "":
            return None
        try:
            seconds = float(value)
        except (TypeError, ValueError) as error:
            raise BadValue("the working time is not a number") from error
        if not 0 <= seconds <= LONGEST:
            self.note("working times left out: longer than a week, or below 0")
            return None
        return round(seconds)


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names[:20]) or "none"


def texts_of(value: Any) -> list[str]:
    """A list of labels; a single text is a list of one."""
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, list) and all(isinstance(one, (str, int)) and not isinstance(one, bool) for one in value):
        return [str(one).strip() for one in value]
    raise BadValue("its labels are neither a text nor a list of texts")
