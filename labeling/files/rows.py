"""Rows out of any file that our imports take: tables and JSON lines as text, or the first sheet of a workbook."""

from collections.abc import Iterator
from pathlib import Path

from labeling.files.reading import LIMITS, Limits, Row, read_text_rows
from labeling.files.sheets import read_sheet


def read_rows(path: Path, *, name: str = "", encoding: str = "utf-8", limits: Limits = LIMITS) -> Iterator[Row]:
    """The rows of a .csv, .jsonl (.gz) or .xlsx file. `name` is what the person calls it, when the path says nothing.

    Raises FileRefused where the file as a whole is wrong; a row that is wrong is given with its problem.
    """
    name = name or path.name
    if name.lower().endswith(".xlsx"):
        return read_sheet(path, limits)
    return read_text_rows(path, name=name, encoding=encoding, limits=limits)
