"""Rows in the body of a request (NDJSON, a JSON list, CSV), put into a file that the importers read.

NDJSON and CSV are copied line by line, in constant memory; `Content-Encoding: gzip` is unpacked on the way.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, ClassVar, cast

from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from labeling.files.items import guess_mapping
from reviewapp.common.errors import Refused

MB = 1024 * 1024
LIST_MAX = 25 * MB  # a JSON list is read whole
COLUMNS_MAX = 500
OF_AN_ITEM = {
    "external_id": "id", "id": "id", "item": "id", "name": "name", "text": "text", "source_url": "source_url",
    "documents": "documents",
}  # fmt: skip


@dataclass
class Rows:
    """The rows of a request, in a file of ours that goes with this object."""

    file: Any
    ending: str
    digest: str = ""
    lines: int = 0
    columns: dict[str, None] = field(default_factory=dict)  # of NDJSON, in the order met
    has_attributes: bool = False  # rows hold their attributes in an object of that name

    @property
    def path(self) -> Path:
        return Path(self.file.name)

    @property
    def name(self) -> str:
        return f"api.{self.ending}"

    def mapping(self) -> dict[str, str] | None:
        """What each column is: as files' are guessed, or plain where the rows say which are attributes; None for CSV,
        whose columns are in its first line."""
        if not self.columns:
            return None
        if not self.has_attributes:
            return guess_mapping(self.columns)
        return {name: OF_AN_ITEM.get(name, "attribute") for name in self.columns}


class RowsParser(BaseParser):
    """Reads nothing into memory but one line, or a list of at most 25 MB."""

    media_type = "application/x-ndjson"
    ending: ClassVar[str] = "ndjson"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        request = (parser_context or {}).get("request")
        packed = request is not None and request.headers.get("Content-Encoding", "").lower() == "gzip"
        source = cast(BinaryIO, gzip.GzipFile(fileobj=stream) if packed else stream)
        rows = Rows(NamedTemporaryFile(suffix=f".{self.ending}"), self.ending)  # noqa: SIM115 -- lives with the rows
        seen = hashlib.sha256()
        try:
            for line in self.lines(source, rows):
                seen.update(line)
                rows.file.write(line)
                rows.lines += 1
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Refused("The body ends too early or is not gzip. Send it again.") from error
        rows.file.flush()
        rows.file.seek(0)
        rows.digest = seen.hexdigest()
        if not rows.lines:
            raise Refused("There are no rows.")
        return rows

    def lines(self, source: BinaryIO, rows: Rows) -> Iterator[bytes]:
        for line in limited(source, settings.UPLOAD_MAX_BYTES):
            yield flattened(line, rows) if line.strip() else line


class CsvRows(RowsParser):
    media_type = "text/csv"
    ending = "csv"

    def lines(self, source: BinaryIO, rows: Rows) -> Iterator[bytes]:
        yield from limited(source, settings.UPLOAD_MAX_BYTES)


class ListedRows(RowsParser):
    media_type = "application/json"

    def lines(self, source: BinaryIO, rows: Rows) -> Iterator[bytes]:
        text = source.read(LIST_MAX + 1)
        if len(text) > LIST_MAX:
            raise Refused("A JSON list has at most 25 MB. Send more as application/x-ndjson, one object a line.")
        try:
            listed = json.loads(text or b"[]")
        except (ValueError, RecursionError) as error:
            raise Refused(f"The body is not JSON ({str(error)[:100]}).") from error
        if not isinstance(listed, list):
            raise Refused("Send a JSON list of objects, or application/x-ndjson with one object a line.")
        for row in listed:
            yield flattened(json.dumps(row).encode() + b"\n", rows)


def limited(source: BinaryIO, limit: int) -> Iterator[bytes]:
    count = 0
    while line := source.readline(limit - count + 1):
        count += len(line)
        if count > limit:
            raise Refused(f"The body holds more than {limit // MB} MB unpacked. Split it.")
        yield line


def flattened(line: bytes, rows: Rows) -> bytes:
    """A row with its `attributes` beside its other values, as files have them; what is no such row stays as it is."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return line  # the importer says what is wrong, with the line
    if not isinstance(row, dict):
        return line
    attributes = row.get("attributes")
    if not isinstance(attributes, dict):
        note_columns(row, rows)
        return line
    rows.has_attributes = True
    del row["attributes"]
    if wrong := sorted(set(attributes) & {*OF_AN_ITEM, *row}):
        raise Refused(f"Line {rows.lines + 1}: an attribute cannot be called “{wrong[0][:100]}”.")
    flat = {**row, **attributes}
    note_columns(flat, rows)
    return json.dumps(flat).encode() + b"\n"


def note_columns(names: Iterable[str], rows: Rows) -> None:
    rows.columns |= dict.fromkeys(names)
    if len(rows.columns) > COLUMNS_MAX:
        raise Refused(f"The rows have more than {COLUMNS_MAX} different names of values.")


def rows_of(request: Request) -> Rows:
    """What one of the parsers read; a body without anything reaches none."""
    if not isinstance(request.data, Rows):
        raise Refused("There are no rows.")
    return request.data


PARSERS = (RowsParser, ListedRows, CsvRows)
