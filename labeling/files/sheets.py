"""XLSX in and out. A workbook is a zip of XML: it is measured by its directory before anything is unpacked."""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from labeling.files.cells import plain_cell, safe_cell
from labeling.files.reading import LIMITS, MB, FileRefused, Limits, Row, RowProblem, checked_row, of_disk

PACKED_MAX = 20 * MB
UNPACKED_MAX = 250 * MB
PARTS_MAX = 2000
RATIO_MAX = 100  # how many times larger a part may be than packed, where it is of some size
SMALL = MB
CELL_MAX = 32_767  # characters that a spreadsheet holds in a cell
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def check_size(packed: int) -> None:
    """Refuse a workbook of too many bytes, before it is kept."""
    if packed > PACKED_MAX:
        raise FileRefused(f"The workbook is larger than {PACKED_MAX // MB} MB. Save it as CSV.")


def check_workbook(path: Path) -> None:
    """Refuse what is no workbook, or would unpack to more than it should, or declares entities."""
    check_size(path.stat().st_size)
    try:
        with zipfile.ZipFile(path) as packed:
            check_directory(packed)
            if "xl/workbook.xml" not in packed.namelist():
                raise FileRefused("This is no workbook (.xlsx).")
            for part in packed.infolist():
                if part.filename.endswith((".xml", ".rels", ".vml")):
                    with packed.open(part) as stream:
                        _check_xml(stream)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        if isinstance(error, OSError) and of_disk(error):
            raise  # the disk, not the workbook
        raise FileRefused("This is no workbook (.xlsx), or it is protected by a password.") from error


def check_directory(packed: zipfile.ZipFile, *, most: int = UNPACKED_MAX) -> None:
    """Refuse a zip by what its directory says: too many parts, too much, or packed too tightly to be honest."""
    parts = packed.infolist()
    if len(parts) > PARTS_MAX:
        raise FileRefused(f"The file holds more than {PARTS_MAX:,} parts.")
    if sum(part.file_size for part in parts) > most:
        raise FileRefused(f"The file holds more than {most // MB} MB unpacked. Split it.")
    for part in parts:
        if part.file_size > SMALL and part.file_size > RATIO_MAX * max(part.compress_size, 1):
            raise FileRefused("A part of the file unpacks to over a hundred times its size, so it is not opened.")


def _check_xml(stream: Any) -> None:
    """Only as far as the first element: whatever declares entities stands before it."""
    try:
        for _ in iterparse(stream, events=("start",), forbid_dtd=True):
            return
    except DefusedXmlException as error:
        raise FileRefused("The workbook declares XML entities, so it is not opened.") from error
    except ParseError as error:
        raise FileRefused("A part of the workbook is no XML.") from error


def read_sheet(path: Path, limits: Limits = LIMITS) -> Iterator[Row]:
    """The rows of the first sheet; the first row names the columns. Formulas are read as their stored values."""
    check_workbook(path)
    with _damage_told():
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        if not book.worksheets:
            raise FileRefused("The workbook has no sheet.")
        yield from _rows(_lines(book.worksheets[0], limits), limits)
    finally:
        book.close()


@contextmanager
def _damage_told() -> Iterator[None]:
    """A damaged workbook raises nearly anything; a disk that cannot be read is another matter."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and of_disk(error):
            raise
        raise FileRefused("The workbook cannot be read. Save it again, or as CSV.") from error


def _lines(sheet: Any, limits: Limits) -> Iterator[tuple[Any, ...]]:
    """The sheet's rows as they are unpacked, which is when damage shows."""
    cells = iter(sheet.iter_rows(values_only=True, max_col=limits.columns + 1))
    while True:
        with _damage_told():
            line = next(cells, None)
        if line is None:
            return
        yield line


def _rows(lines: Iterator[tuple[Any, ...]], limits: Limits) -> Iterator[Row]:
    header = [plain_cell(_text(cell).strip()) for cell in next(lines, ())]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise FileRefused("The first row must name the columns.")
    if len(header) > limits.columns:
        raise FileRefused(f"The sheet has more than {limits.columns} columns.")
    if "" in header or len(set(header)) != len(header):
        raise FileRefused("A column has no name, or two have the same.", 1)
    number = 0
    for line, cells in enumerate(lines, start=2):
        if not any(cell not in (None, "") for cell in cells):
            continue
        number += 1
        if number > limits.rows:
            raise FileRefused(f"The sheet has more than {limits.rows:,} rows. Split it.", line)
        if any(cell not in (None, "") for cell in cells[len(header) :]):
            yield Row(line, {}, RowProblem(line, "it has cells beyond the named columns"))
            continue
        texts = [plain_cell(_text(cell)) for cell in cells[: len(header)]]
        yield checked_row(line, dict(zip(header, texts + [""] * (len(header) - len(texts)), strict=True)), limits)
    if not number:
        raise FileRefused("The sheet has no rows.")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()  # a sheet keeps a day as its midnight
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)


def write_sheet(
    stream: BinaryIO, rows: Iterable[dict[str, Any]], columns: Sequence[str], *, title: str = "Export"
) -> None:
    """A sheet of texts and numbers, none of them a formula; written row by row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.append([_cell(sheet, name) for name in columns])
    for row in rows:
        sheet.append([_cell(sheet, row.get(name)) for name in columns])
    book.save(stream)


def _cell(sheet: Any, value: Any) -> Any:
    if value is None or isinstance(value, (int, float)):
        return value
    text = _ILLEGAL.sub("�", safe_cell(str(value)))
    if len(text) > CELL_MAX:
        raise FileRefused(f"A cell has more than {CELL_MAX:,} characters, too many for XLSX. Export CSV instead.")
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell
