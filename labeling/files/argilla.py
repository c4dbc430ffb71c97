"""Argilla: flat records, with the responses of all users in lists, and nested ones, which have lost their status."""

from collections.abc import Iterable, Iterator
from typing import Any

from labeling.files.reading import Row, RowProblem
from labeling.files.reading_ratings import Asked, LeftOut, texts_of
from labeling.files.values import BadValue, text_of

QUESTION = "labels"
ENDING = ".responses"
LOST = (
    "records are nested: Argilla leaves out there whether a response is submitted, a draft or discarded, "
    "so all were taken for answers"
)


def is_argilla(columns: Iterable[str]) -> bool:
    columns = set(columns)
    return any(name.endswith(ENDING) for name in columns) or {"fields", "responses"} <= columns


def read_argilla(rows: Iterable[Row], asked: Asked) -> Iterator[Row]:
    """One row a response."""
    questions: list[str] = []
    for row in rows:
        try:
            if row.problem:
                raise row.problem
            yield from _record(row, asked, questions)
        except BadValue as error:
            yield Row(row.line, {}, RowProblem(row.line, str(error)))
        except RowProblem as problem:
            yield Row(row.line, {}, problem)


def _record(row: Row, asked: Asked, questions: list[str]) -> Iterator[Row]:
    values = row.values
    nested = isinstance(values.get("responses"), dict) and "fields" in values
    if nested:
        asked.note(LOST)
        found = values["responses"]
        there = list(found)
    else:
        there = [name.removesuffix(ENDING) for name in values if name.endswith(ENDING)]
    questions += [name for name in there if name not in questions]
    metadata, fields = values.get("metadata"), values.get("fields")
    key = asked.key(values if not nested else None, metadata, fields, values, names=("item", "external_id", "id"))
    if asked.question and asked.question not in there:
        answers: list[tuple[Any, Any, Any]] = []
    elif not questions:
        answers = []
    elif nested:
        listed = found.get(asked.one_question(questions)) or []
        answers = [(one.get("value"), one.get("user_id"), "submitted") for one in listed if isinstance(one, dict)]
        if len(answers) != len(listed):
            raise BadValue("a response is no object")
    else:
        name = asked.one_question(questions)
        answers = _flat(values, name)
    if not answers:
        yield Row(row.line, {}, LeftOut(row.line, "not answered", "nobody has answered this record", key=key))
    for value, user, status in answers:
        rater = text_of(user) or asked.rater
        if status == "discarded":
            problem = LeftOut(row.line, "skip", "its annotator discarded it", key=key, rater=rater)
        elif status not in ("submitted", None):
            problem = LeftOut(row.line, "draft", f"it is {status}, not submitted", key=key, rater=rater)
        else:
            yield Row(row.line, {"item": key, "rater": rater, "labels": [] if value is None else texts_of(value)})
            continue
        yield Row(row.line, {}, problem)


def _flat(values: dict[str, Any], name: str) -> list[tuple[Any, Any, Any]]:
    answers = values.get(f"{name}{ENDING}") or []
    users = values.get(f"{name}{ENDING}.users") or [None] * len(answers)
    states = values.get(f"{name}{ENDING}.status") or [None] * len(answers)
    if not all(isinstance(one, list) for one in (answers, users, states)):
        raise BadValue("its responses are no list")
    if not len(answers) == len(users) == len(states):
        raise BadValue("it has not as many users or states as responses")
    return list(zip(answers, users, states, strict=True))


def records_of(items: Iterable[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Flat records, one an item, out of the item's rows."""
    for rows in items:
        yield {
            "id": rows[0]["item"], "text": rows[0].get("text", ""),
            f"{QUESTION}{ENDING}": [row.get("labels") or [] for row in rows],
            f"{QUESTION}{ENDING}.users": [row["rater"] for row in rows],
            f"{QUESTION}{ENDING}.status": ["discarded" if row.get("skipped") else "submitted" for row in rows],
            "status": "completed",
        }  # fmt: skip
