"""Prodigy's choice tasks: one JSON line an annotator; what is accepted are the ids of the options."""

import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from labeling.files.reading import Row, RowProblem
from labeling.files.reading_ratings import Asked, LeftOut, texts_of
from labeling.files.values import BadValue, text_of


def is_prodigy(columns: Iterable[str]) -> bool:
    columns = set(columns)
    return "answer" in columns and bool(columns & {"accept", "_input_hash", "_view_id"})


def read_prodigy(rows: Iterable[Row], asked: Asked) -> Iterator[Row]:
    """One row an accepted task."""
    for row in rows:
        try:
            if row.problem:
                raise row.problem
            yield Row(row.line, _task(row, asked))
        except BadValue as error:
            yield Row(row.line, {}, RowProblem(row.line, str(error)))
        except RowProblem as problem:
            yield Row(row.line, {}, problem)


def _task(row: Row, asked: Asked) -> dict[str, Any]:
    values = row.values
    meta = values.get("meta")
    key = asked.key(values, meta if isinstance(meta, dict) else None)
    rater = text_of(values.get("_annotator_id") or values.get("_session_id")) or asked.rater
    answer = values.get("answer")
    if answer == "ignore":
        raise LeftOut(row.line, "skip", "its annotator ignored it", key=key, rater=rater)
    if answer == "reject":
        raise LeftOut(row.line, "rejected", "its annotator rejected the task", key=key, rater=rater)
    if answer != "accept":
        raise RowProblem(row.line, "its “answer” is not accept, reject or ignore", key)
    if "accept" not in values:
        raise RowProblem(row.line, "it has no “accept”: it is no task of choices", key)
    stamp = values.get("_timestamp")
    try:
        at = datetime.fromtimestamp(stamp, tz=UTC).isoformat() if isinstance(stamp, (int, float)) else None
    except (OverflowError, OSError, ValueError) as error:
        raise RowProblem(row.line, "its “_timestamp” is no time", key) from error
    return {"item": key, "rater": rater, "labels": texts_of(values["accept"]), "submitted_at": at,
            "comment": text_of(values.get("comment"))}  # fmt: skip


def lines_of(rows: Iterable[dict[str, Any]], names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Tasks as Prodigy writes them, with the options of the taxonomy."""
    options = [{"id": code, "text": name} for code, name in names.items()]
    for row in rows:
        at = row.get("submitted_at")
        number = zlib.crc32(row["item"].encode())
        yield {
            "text": row.get("text", ""), "options": options, "accept": row.get("labels") or [],
            "answer": "ignore" if row.get("skipped") else "accept", "meta": {"item": row["item"]},
            "_input_hash": number, "_task_hash": number, "_view_id": "choice", "config": {"choice_style": "multiple"},
            "_annotator_id": row["rater"], "_session_id": row["rater"], "comment": row.get("comment") or "",
            "_timestamp": datetime.fromisoformat(at).timestamp() if at else None,
        }  # fmt: skip
