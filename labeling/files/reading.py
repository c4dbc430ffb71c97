"""Rows out of CSV and JSONL files, streamed, within limits. Nothing is guessed: not the encoding, not the format."""

import csv
import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from errno import EINVAL
from io import RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast

from labeling.files.cells import plain_cell
from reviewapp.common.errors import Refused

MB = 1024 * 1024
READ_HERE = "Use .csv or .jsonl, plain or as .gz, or .xlsx."
_HALVES = re.compile("[\ud800-\udfff]")  # half a character: JSON can hold one, a database cannot


@dataclass(frozen=True)
class Limits:
    """How much a file may hold (DECISIONS 10)."""

    unpacked_bytes: int = 250 * MB
    rows: int = 100_000
    cell_characters: int = 200_000
    columns: int = 500
    depth: int = 20


LIMITS = Limits()


class FileRefused(Refused):
    """The whole file cannot be read; `line` is where, if it is somewhere (1 is the first line)."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(f"Line {line}: {message}" if line else message)
        self.line = line


def of_disk(error: OSError) -> bool:
    """Whether the disk is at fault, and not what a reader of zip or Parquet makes of a damaged file.

    Those readers raise OSError too: without a number, or with that of a place outside the file.
    """
    return error.errno not in (None, EINVAL)


class RowProblem(Exception):
    """One row cannot be used."""

    def __init__(self, line: int, reason: str, key: str = "") -> None:
        super().__init__(f"Line {line}: {reason}")
        self.line, self.reason, self.key = line, reason, key


@dataclass(frozen=True)
class Row:
    """One row: the line it starts on and its values by column, or why it cannot be used."""

    line: int
    values: dict[str, Any]
    problem: RowProblem | None = None


def read_text_rows(path: Path, *, name: str = "", encoding: str = "utf-8", limits: Limits = LIMITS) -> Iterator[Row]:
    """The rows of a .csv or .jsonl (.gz) file; `labeling.files.rows` reads workbooks too.

    `name` is what the person calls it, when the path says nothing. Raises FileRefused where the file as a whole is
    wrong; a row that is wrong is given with its problem.
    """
    name = name or path.name
    parts = name.lower().rsplit("/", 1)[-1].split(".")[1:]
    packed = bool(parts) and parts[-1] == "gz"
    kind = parts[-2 if packed else -1] if len(parts) > packed else ""
    if kind not in ("csv", "tsv", "jsonl", "ndjson"):
        raise FileRefused(f"“{name}” is not a file we read. {READ_HERE}")
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    try:
        "".encode(encoding)
    except LookupError as error:
        raise FileRefused(f"There is no encoding called “{encoding}”. Say for example latin-1 or cp1252.") from error
    with path.open("rb") as raw:
        lines = _lines(raw, packed=packed, encoding=encoding, limits=limits)
        rows = _csv(lines, limits, "\t" if kind == "tsv" else ",") if kind in ("csv", "tsv") else _jsonl(lines, limits)
        number = 0
        for row in rows:
            number += 1
            if number > limits.rows:
                raise FileRefused(f"the file has more than {limits.rows:,} rows. Split it.", row.line)
            yield row
    if not number:
        raise FileRefused("The file has no rows.")


def plain_rows(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows of a table without the apostrophes that we put before what a spreadsheet would take for a formula."""
    for row in rows:
        values = {
            plain_cell(name): plain_cell(value) if isinstance(value, str) else value
            for name, value in row.values.items()
        }
        yield Row(row.line, values, row.problem)


class _Counted(RawIOBase):
    """Counts unpacked bytes as they come, so that a small file that unpacks to a huge one is stopped early."""

    def __init__(self, source: BinaryIO, limit: int) -> None:
        self.source, self.limit, self.count = source, limit, 0

    def readable(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> bytes:
        line = self.source.readline(self.limit - self.count + 1)
        self.count += len(line)
        if self.count > self.limit:
            raise FileRefused(f"The file holds more than {self.limit // MB or 1} MB unpacked. Split it.")
        return line


def _lines(raw: BinaryIO, *, packed: bool, encoding: str, limits: Limits) -> Iterator[str]:
    source = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
    counted = _Counted(source, limits.unpacked_bytes)
    number = offset = 0
    try:
        while line := counted.readline():
            number += 1
            if b"\0" in line:
                raise FileRefused("the file holds NUL bytes. Is it really text, and in this encoding?", number)
            try:
                yield line.decode(encoding if number == 1 else encoding.removesuffix("-sig"))
            except UnicodeDecodeError as error:
                raise FileRefused(
                    f"byte {offset + error.start} is not {encoding.removesuffix('-sig')}. "
                    "If the file is in another encoding, name it.",
                    number,
                ) from error
            offset += len(line)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileRefused("The file ends too early or is not gzip. Send it again.") from error


def _csv(lines: Iterator[str], limits: Limits, separator: str) -> Iterator[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), limits.cell_characters * 50))
    reader = csv.reader(lines, strict=True, delimiter=separator)
    header = [cell.strip() for cell in _next_row(reader, []) or []]
    if not any(header):
        raise FileRefused("The first line must name the columns.")
    if twice := [name for name, number in Counter(header).items() if number > 1]:
        raise FileRefused(f"the column “{twice[0]}” is there twice.", 1)
    if "" in header:
        raise FileRefused(f"column {header.index('') + 1} has no name.", 1)
    if len(header) > limits.columns:
        raise FileRefused(f"the file has {len(header)} columns, more than {limits.columns}.", 1)
    while True:
        start = reader.line_num + 1
        cells = _next_row(reader, header)
        if cells is None:
            return
        if not cells:
            continue
        if len(cells) != len(header):
            reason = f"it has {len(cells)} cells, but there are {len(header)} columns"
            yield Row(start, {}, RowProblem(start, reason))
            continue
        yield checked_row(start, dict(zip(header, cells, strict=True)), limits)


def _next_row(reader: Any, header: list[str]) -> list[str] | None:
    start = reader.line_num + 1
    try:
        return cast("list[str] | None", next(reader, None))
    except csv.Error as error:
        raise FileRefused(f"this is not CSV: {error}. A quote may have been opened and not closed.", start) from error


def _jsonl(lines: Iterator[str], limits: Limits) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            yield Row(number, {}, RowProblem(number, f"it is not JSON ({str(error)[:100]})"))
            continue
        yield row_of_json(number, value, limits) or checked_row(number, value, limits)


def row_of_json(number: int, value: Any, limits: Limits) -> Row | None:
    """A row that says why a JSON value is none, or None if it is one."""
    if not isinstance(value, dict):
        return Row(number, {}, RowProblem(number, "it is not a JSON object"))
    if _depth(value) > limits.depth:
        return Row(number, {}, RowProblem(number, f"it is nested more than {limits.depth} deep"))
    return None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def checked_row(line: int, values: dict[str, Any], limits: Limits = LIMITS) -> Row:
    """A row with its texts held against the limits."""
    for name, value in values.items():
        for text in _texts(value):
            if len(text) > limits.cell_characters:
                reason = f"“{name}” has {len(text):,} characters, more than {limits.cell_characters:,}"
                return Row(line, values, RowProblem(line, reason))
            if (not text.isascii() and _HALVES.search(text)) or "\0" in text:
                return Row(line, values, RowProblem(line, f"“{name}” holds a NUL or half a character"))
    return Row(line, values)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _texts(one)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(one) for one in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(one) for one in value), default=0)
    return 0
