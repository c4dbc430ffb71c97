"""Label Studio: its JSON, and the flat JSON_MIN, CSV and TSV with one row an annotation.

JSON: a task has `data` and one element of `annotations` for each annotator; `was_cancelled` is a skip, and an empty
`result` is an answer. In the flat forms the control's value is an object for several labels, a bare text for one, and
absent for none; skipped tasks are not in them at all.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from labeling.files.reading import FileRefused, Row, RowProblem
from labeling.files.reading_ratings import Asked, LeftOut, texts_of
from labeling.files.values import BadValue, text_of
from labeling.labelnames import PATH

CONTROL, SPANS, COMMENT, TEXT = "labels", "evidence", "comment", "text"
FLAT = ("annotator", "annotation_id", "created_at", "updated_at", "lead_time", "id")
CHOICES = ("choices", "taxonomy")


def is_flat(columns: Iterable[str]) -> bool:
    return {"annotator", "annotation_id"} <= set(columns)


def choosing_controls(objects: Iterable[Row]) -> list[str]:
    """The controls of the JSON export whose results are choices or taxonomies."""
    names: dict[str, None] = {}
    for task in objects:
        annotations = task.values.get("annotations")
        for annotation in annotations if isinstance(annotations, list) else []:
            results = annotation.get("result") if isinstance(annotation, dict) else None
            for one in results if isinstance(results, list) else []:
                if isinstance(one, dict) and one.get("type") in CHOICES:
                    names[str(one.get("from_name"))] = None
    return list(names)


def read_tasks(objects: Iterable[Row], controls: list[str], asked: Asked) -> Iterator[Row]:
    """One row an annotation out of the JSON export. Without any control of choices, marked passages are the answer."""
    if controls:
        asked.one_question(controls)
    for task in objects:
        try:
            if task.problem:
                raise task.problem
            yield from _task(task, asked, controls)
        except BadValue as error:
            yield Row(task.line, {}, RowProblem(task.line, str(error)))
        except RowProblem as problem:
            yield Row(task.line, {}, problem)


def _task(task: Row, asked: Asked, controls: list[str]) -> Iterator[Row]:
    values = task.values
    data = values.get("data", values)
    if not isinstance(data, dict):
        raise BadValue("its “data” is no object")
    meta = values.get("meta")
    key = asked.key(data, meta if isinstance(meta, dict) else None)
    for name, what in (("drafts", "drafts"), ("predictions", "predictions")):
        asked.note(f"{what} left out: they are no answers", len(_objects(values, name)))
    annotations = _objects(values, "annotations")
    if not annotations:
        reason = "nobody has annotated this task"
        yield Row(task.line, {}, LeftOut(task.line, "not answered", reason, key=key))
    for annotation in annotations:
        try:
            yield Row(task.line, _annotation(task.line, key, annotation, asked, controls))
        except BadValue as error:
            yield Row(task.line, {}, RowProblem(task.line, str(error), key))
        except RowProblem as problem:
            yield Row(task.line, {}, problem)


def _objects(values: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = values.get(name) or []
    if not isinstance(found, list):
        raise BadValue(f"its “{name}” is no list")
    if name == "annotations" and not all(isinstance(one, dict) for one in found):
        raise BadValue("its “annotations” holds something that is no annotation")
    return found


def _annotation(line: int, key: str, annotation: dict[str, Any], asked: Asked, controls: list[str]) -> dict[str, Any]:
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    rater = text_of(by) or asked.rater
    if annotation.get("was_cancelled"):
        raise LeftOut(line, "skip", "its annotator skipped it", key=key, rater=rater)
    if annotation.get("ground_truth"):
        asked.note("annotations marked as ground truth, taken over as what their annotator said")
    labels: list[str] = []
    spans: dict[str, list[str]] = {}
    comment = ""
    results = annotation.get("result") or []
    if not isinstance(results, list):
        raise BadValue("its “result” is no list")
    for one in results:
        value = one.get("value") if isinstance(one, dict) else None
        if not isinstance(value, dict):
            raise BadValue("an element of its “result” has no value")
        kind, name = text_of(one.get("type")), text_of(one.get("from_name"))
        if kind in CHOICES:
            if asked.question and name != asked.question:
                asked.note(f"answers to “{name}” left out: “{asked.question}” was asked for")
                continue
            labels += _paths(value.get(kind)) if kind == "taxonomy" else texts_of(value.get(kind))
        elif kind == "labels":
            for label in texts_of(value.get("labels")):
                spans.setdefault(label, []).append(text_of(value.get("text")))
        elif kind == "textarea" and name == COMMENT:
            comment = "\n".join(texts_of(value.get("text")))
        else:
            asked.note(f"results of the kind “{kind}” left out: they hold no label")
    if not controls:
        labels = list(spans)
    asked.note("marked passages left out: their label is not among the answer", len(set(spans) - set(labels)))
    return {
        "item": key, "rater": rater, "labels": labels, "comment": comment,
        "seconds": asked.seconds(annotation.get("lead_time")),
        "submitted_at": annotation.get("updated_at") or annotation.get("created_at"),
        "evidence": {label: [text for text in texts if text] for label, texts in spans.items() if label in labels},
    }  # fmt: skip


def _paths(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(path, list) and path for path in value):
        raise BadValue("its taxonomy is no list of paths")
    return [PATH.join(text_of(part) for part in path) for path in value]


def find_control(rows: Iterable[Row], asked: Asked) -> str:
    """The column of the flat forms that holds the labels: named, or the one that shows it, or called as ours."""
    showing: list[str] = []
    columns: list[str] = []
    for row in rows:
        for name, value in row.values.items():
            if name not in columns:
                columns.append(name)
            if name not in showing and _several(value) is not None:
                showing.append(name)
    if asked.question:
        if asked.question not in columns:
            raise FileRefused(f"The file has no column “{asked.question}”.")
        return asked.question
    if len(showing) == 1:
        return showing[0]
    called = [name for name in (CONTROL, "label", "choices", "choice", "taxonomy") if name in columns]
    if not showing and called:
        return called[0]
    return asked.one_question(showing or [name for name in columns if name not in FLAT])


def read_flat(rows: Iterable[Row], control: str, asked: Asked) -> Iterator[Row]:
    """One row an annotation out of JSON_MIN, CSV or TSV."""
    names = ("item", "external_id")
    for row in rows:
        try:
            if row.problem:
                raise row.problem
            values = row.values
            by = values.get("annotator")
            if isinstance(by, dict):
                by = by.get("email") or by.get("id")
            made = {
                "item": asked.key(values, names=names),
                "rater": text_of(by) or asked.rater,
                "labels": _polymorphic(values.get(control)),
                "seconds": asked.seconds(values.get("lead_time")),
                "submitted_at": values.get("updated_at") or values.get("created_at"),
            }
            if isinstance(values.get(COMMENT), str) and control != COMMENT:
                made["comment"] = values[COMMENT]
            yield Row(row.line, made)
        except BadValue as error:
            yield Row(row.line, {}, RowProblem(row.line, str(error)))
        except RowProblem as problem:
            yield Row(row.line, {}, problem)


def _several(value: Any) -> list[str] | None:
    """The labels of a value that can be nothing but an answer: an object, its text in CSV, or paths."""
    if isinstance(value, str) and value.startswith(('{"choices"', '{"taxonomy"', "[[")):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, dict):
        if set(value) == {"choices"}:
            return texts_of(value["choices"])
        if set(value) == {"taxonomy"}:
            return _paths(value["taxonomy"])
    if isinstance(value, list) and value and all(isinstance(path, list) for path in value):
        return _paths(value)
    return None


def _polymorphic(value: Any) -> list[str]:
    """Several labels, a single one, or none at all, which is an answer too."""
    if value is None or value == "":
        return []
    several = _several(value)
    if several is not None:
        return several
    if isinstance(value, str):
        return [value.strip()]
    raise BadValue("its answer is neither a label nor a list of choices; export JSON instead")


def tasks_of(items: Iterable[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Tasks as Label Studio writes them, one an item, out of the item's rows."""
    number = 0
    for place, rows in enumerate(items, start=1):
        annotations = []
        for row in rows:
            number += 1
            annotations.append(_written(number, row))
        first = rows[0]
        data = {"item": first["item"], TEXT: first.get("text", ""), "round": first.get("round", "")}
        yield {
            "id": place, "data": data, "annotations": annotations, "drafts": [], "predictions": [], "meta": {},
            "inner_id": place,
            "total_annotations": sum(not row.get("skipped") for row in rows),
            "cancelled_annotations": sum(bool(row.get("skipped")) for row in rows),
        }  # fmt: skip


def _written(number: int, row: dict[str, Any]) -> dict[str, Any]:
    result: list[dict[str, Any]] = []
    if row.get("labels"):
        result.append(_result(CONTROL, "choices", {"choices": row["labels"]}))
    for code, quotes in (row.get("evidence") or {}).items():
        result += [_result(SPANS, "labels", {"text": quote, "labels": [code]}) for quote in quotes]
    if row.get("comment"):
        result.append(_result(COMMENT, "textarea", {"text": [row["comment"]]}))
    return {
        "id": number, "completed_by": {"email": row["rater"]}, "result": result,
        "was_cancelled": bool(row.get("skipped")), "ground_truth": False, "lead_time": row.get("seconds"),
        "created_at": row.get("submitted_at"), "updated_at": row.get("submitted_at"),
    }  # fmt: skip


def _result(control: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"from_name": control, "to_name": TEXT, "type": kind, "value": value}


def flat_rows(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows of JSON_MIN: the control's value as an object, a text, or absent."""
    for number, row in enumerate((row for row in rows if not row.get("skipped")), start=1):
        labels = row["labels"]
        made = {
            "item": row["item"], TEXT: row.get("text", ""), "id": number, "annotator": row["rater"],
            "annotation_id": number, "created_at": row["submitted_at"], "updated_at": row["submitted_at"],
            "lead_time": row["seconds"], COMMENT: row["comment"],
        }  # fmt: skip
        if labels:
            made[CONTROL] = labels[0] if len(labels) == 1 else {"choices": labels}
        yield made


FLAT_COLUMNS = ["item", TEXT, "id", CONTROL, COMMENT, "annotator", "annotation_id", "created_at", "updated_at",
                "lead_time"]  # fmt: skip
