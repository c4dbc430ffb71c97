"""Reads people's files: CSV and JSONL, also gzipped, and XLSX, row by row, with clear refusals."""

from labeling.files.reading import LIMITS, FileRefused, Limits, Row, RowProblem
from labeling.files.rows import read_rows

__all__ = ["LIMITS", "FileRefused", "Limits", "Row", "RowProblem", "read_rows"]
