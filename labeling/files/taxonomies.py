"""Taxonomy rows and whole taxonomies: names, parents and codes checked before anything is written."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labeling.files.reading import RowProblem
from labeling.files.values import BadValue, text_of


@dataclass(frozen=True)
class LabelRow:
    """One label as a file describes it."""

    line: int
    code: str
    name: str
    definition: str
    parent: str | None
    examples: tuple[str, ...]
    synonyms: tuple[str, ...]


def label_of(line: int, values: Mapping[str, Any]) -> LabelRow:
    """What a row says; raises BadValue. A missing name is the code, a missing code is made from the name."""
    name, code = text_of(values.get("name")), text_of(values.get("code") or values.get("id"))
    if not name and not code:
        raise BadValue("it has neither a code nor a name")
    code = code or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not code:
        raise BadValue("no code can be made from its name: give one")
    for column, text, most in (("code", code, 100), ("name", name, 200)):
        if len(text) > most:
            raise BadValue(f"“{column}” has more than {most} characters")
    definition = text_of(values.get("definition") or values.get("description"))
    if len(definition) > 4000:
        raise BadValue("“definition” has more than 4,000 characters")
    return LabelRow(
        line=line,
        code=code,
        name=name or code,
        definition=definition,
        parent=text_of(values.get("parent")) or None,
        examples=_list_of(values.get("examples"), "examples"),
        synonyms=_list_of(values.get("synonyms"), "synonyms"),
    )


def _list_of(value: Any, column: str) -> tuple[str, ...]:
    if isinstance(value, list):
        if not all(isinstance(one, str) for one in value):
            raise BadValue(f"“{column}” holds something that is not a text")
        return tuple(one.strip() for one in value if one.strip())
    text = text_of(value)
    return tuple(part.strip() for part in re.split(r"[|\n]", text) if part.strip())


def in_reading_order(rows: Iterable[LabelRow]) -> tuple[list[LabelRow], list[RowProblem]]:
    """The labels as a tree in reading order, parents first; and what is wrong with them (then the order is empty).

    A parent is named by code, or by name where that is unique.
    """
    rows = list(rows)
    by_code: dict[str, LabelRow] = {}
    names: dict[str, list[str]] = {}
    problems: list[RowProblem] = []
    for row in rows:
        if row.code in by_code:
            problems.append(RowProblem(row.line, f"the code is already on line {by_code[row.code].line}", row.code))
        else:
            by_code[row.code] = row
            names.setdefault(row.name, []).append(row.code)
    children: dict[str | None, list[LabelRow]] = {}
    for row in rows:
        parent = row.parent
        if parent is not None and parent not in by_code:
            candidates = names.get(parent, [])
            if len(candidates) != 1:
                problems.append(RowProblem(row.line, f"its parent “{parent}” is no label of this file", row.code))
                continue
            parent = candidates[0]
        children.setdefault(parent, []).append(LabelRow(**{**row.__dict__, "parent": parent}))
    if problems:
        return [], problems
    order: list[LabelRow] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        row = waiting.pop()
        order.append(row)
        waiting += reversed(children.get(row.code, []))
    if len(order) < len(rows):
        reached = {row.code for row in order}
        lost = [row for row in rows if row.code not in reached]
        return [], [RowProblem(row.line, "its parents lead in a circle", row.code) for row in lost]
    return order, []
