"""doccano: JSON lines, and the zip with one file a member, whose name says who they are.

It writes an empty list also for rows that its member never opened, unless only confirmed ones were exported. So what an
empty list means has to be said.
"""

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from labeling.files.reading import Row, RowProblem
from labeling.files.reading_ratings import Asked, LeftOut, texts_of
from labeling.files.values import BadValue, text_of

UNCLEAR = (
    "it has no label, and doccano writes such a row also where nobody looked. "
    "Say whether empty rows are answers or are left out"
)


def read_doccano(rows: Iterable[Row], rater: str, asked: Asked) -> Iterator[Row]:
    """The rows of one member's file."""
    for row in rows:
        try:
            if row.problem:
                raise row.problem
            values = row.values
            key = asked.key(values)
            labels = texts_of(values["label"] if "label" in values else values.get("labels"))
            if not labels and asked.empties != "answers":
                if asked.empties == "leave-out":
                    raise LeftOut(row.line, "empty", "it has no label", key=key, rater=rater)
                raise RowProblem(row.line, UNCLEAR, key)
            comments = values.get("Comments") or []
            said = "\n".join(text_of(one) for one in comments) if isinstance(comments, list) else text_of(comments)
            yield Row(row.line, {"item": key, "rater": asked.rater or rater, "labels": labels, "comment": said})
        except BadValue as error:
            yield Row(row.line, {}, RowProblem(row.line, str(error)))
        except RowProblem as problem:
            yield Row(row.line, {}, problem)


def write_zip(stream: BinaryIO, raters: Iterable[tuple[str, Iterable[dict[str, Any]]]]) -> None:
    """One file a rater, each written to its end before the next. `number` of a row is that of its item."""
    taken: set[str] = set()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for rater, rows in raters:
            with packed.open(f"{_name(rater, taken)}.jsonl", "w", force_zip64=True) as file:
                for row in rows:
                    made = {
                        "id": row["number"], "text": row.get("text", ""), "label": row["labels"], "item": row["item"],
                        "Comments": [row["comment"]] if row["comment"] else [],
                    }  # fmt: skip
                    file.write(json.dumps(made, ensure_ascii=False).encode() + b"\n")


def _name(rater: str, taken: set[str]) -> str:
    """The rater as the name of a file: as they are called, but for what no file may be called."""
    plain = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", rater).strip(". ")[:120] or "rater"
    name, number = plain, 1
    while name.casefold() in taken:
        name, number = f"{plain}-{number + 1}", number + 1
    taken.add(name.casefold())
    return name
