"""Cells of CSV files we write."""


def safe_cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula: an apostrophe goes before what would start one."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
