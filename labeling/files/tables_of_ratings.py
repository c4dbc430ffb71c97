"""Tables of ratings: long (one row a rating), wide (one row an item) and matrix (one column a label)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from labeling.files.reading import Row, RowProblem
from labeling.files.reading_ratings import Asked, LeftOut
from labeling.files.values import KEYS, LABELS, BadValue, text_of

LONG = (
    "item",
    "rater",
    "labels",
    "none_applies",
    "certainty",
    "comment",
    "seconds",
    "submitted_at",
    "evidence",
    "round",
)
WIDE = ("item", "raters", "labels_by_rater")
ITEM = ("item_id", *KEYS)
ABOUT = ("rater", "annotator", "round", *ITEM)


def shape_of(columns: Iterable[str]) -> str:
    """Which of the three a table is, by its columns; "" where it is none."""
    columns = set(columns)
    if "labels_by_rater" in columns:
        return "wide"
    if not columns & set(ITEM):
        return ""
    return "long" if columns & set(LABELS) else "matrix"


def read_long(rows: Iterable[Row], asked: Asked) -> Iterator[Row]:
    """One row a rating, in our own columns or with `item_id`, `unsure`, `status`."""
    for row in rows:
        values = dict(row.values)
        problem = row.problem
        if not problem and "item_id" in values and not set(KEYS) & set(values):
            values["item"] = values.pop("item_id")
        if not problem and asked.item:
            values["item"] = values.get(asked.item)
        if not problem and text_of_flag(values.get("unsure")) and not values.get("certainty"):
            values["certainty"] = "unsure"
        if not problem and not values.get("rater"):
            values["rater"] = values.get("annotator") or asked.rater
        if not problem and isinstance(values.get("evidence"), str) and values["evidence"].startswith("{"):
            try:
                values["evidence"] = json.loads(values["evidence"])
            except (ValueError, RecursionError):
                problem = RowProblem(row.line, "its “evidence” is not JSON")
        status = values.get("status")
        if not problem and status in ("skipped", "draft"):
            kind = "skip" if status == "skipped" else "draft"
            key = str(values.get("item", ""))
            problem = LeftOut(row.line, kind, f"it is {status}", key=key, rater=str(values.get("rater", "")))
        yield Row(row.line, values, problem)


def text_of_flag(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "1", "yes"))


def read_wide(rows: Iterable[Row], asked: Asked) -> Iterator[Row]:
    """One row an item, with its raters in a list and their labels in another."""
    for row in rows:
        try:
            if row.problem:
                raise row.problem
            key = asked.key(row.values, names=ITEM)
            raters, answers = (_listed(row.values.get(name), name) for name in WIDE[1:])
            if len(raters) != len(answers):
                raise RowProblem(row.line, f"it has {len(raters)} raters, but {len(answers)} answers", key)
            if not raters:
                raise LeftOut(row.line, "not answered", "nobody has rated this item", key=key)
            for rater, labels in zip(raters, answers, strict=True):
                if labels is None:
                    problem = LeftOut(row.line, "not answered", "it has no answer", key=key, rater=text_of(rater))
                    yield Row(row.line, {}, problem)
                else:
                    yield Row(row.line, {"item": key, "rater": text_of(rater), "labels": labels})
        except BadValue as error:
            yield Row(row.line, {}, RowProblem(row.line, str(error)))
        except RowProblem as problem:
            yield Row(row.line, {}, problem)


def _listed(value: Any, name: str) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value or "[]")
        except (ValueError, RecursionError) as error:
            raise BadValue(f"“{name}” is not a list in JSON") from error
    if not isinstance(value, list):
        raise BadValue(f"“{name}” is not a list")
    return value


def read_matrix(rows: Iterable[Row], asked: Asked) -> Iterator[Row]:
    """One row a rating, with 1, 0 or nothing under each label; nothing under all of them is no answer."""
    for row in rows:
        try:
            if row.problem:
                raise row.problem
            values = row.values
            key = asked.key(values, names=ITEM)
            rater = text_of(values.get("rater") or values.get("annotator")) or asked.rater
            marks = {name: _mark(name, value) for name, value in values.items() if name not in (*ABOUT, asked.item)}
            blanks = sum(mark is None for mark in marks.values())
            if blanks == len(marks):
                raise LeftOut(row.line, "not answered", "no label has a 0 or a 1", key=key, rater=rater)
            asked.note("single labels left blank (not asked), read as not given", blanks)
            yield Row(row.line, {"item": key, "rater": rater, "labels": [name for name, mark in marks.items() if mark]})
        except BadValue as error:
            yield Row(row.line, {}, RowProblem(row.line, str(error)))
        except RowProblem as problem:
            yield Row(row.line, {}, problem)


def _mark(name: str, value: Any) -> bool | None:
    text = text_of(value).lower()
    if text == "":
        return None
    if text in ("1", "true"):
        return True
    if text in ("0", "false"):
        return False
    raise BadValue(f"under “{name}” stands “{text[:40]}”, not 1, 0 or nothing")


def wide_rows(items: Iterable[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """One row an item; what skips and comments say has no place in it."""
    for rows in items:
        rated = [row for row in rows if not row.get("skipped")]
        if rated:
            yield {
                "item": rated[0]["item"], "raters": [row["rater"] for row in rated],
                "labels_by_rater": [row["labels"] for row in rated],
            }  # fmt: skip


def matrix_rows(rows: Iterable[dict[str, Any]], codes: Sequence[str], about: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A 1 or 0 under each label, and nothing where there is no answer."""
    for row in rows:
        if not row.get("skipped"):
            labels = row.get("labels")
            names = None if labels is None else {one if isinstance(one, str) else one["code"] for one in labels}
            yield {name: row.get(name) for name in about} | {
                code: "" if names is None else int(code in names) for code in codes
            }
