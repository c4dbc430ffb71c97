"""Reads people's files: CSV and JSONL, also gzipped, row by row, with clear refusals."""

from labeling.files.reading import LIMITS, FileRefused, Limits, Row, RowProblem, read_rows

__all__ = ["LIMITS", "FileRefused", "Limits", "Row", "RowProblem", "read_rows"]
