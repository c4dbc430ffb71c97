"""Cells of spreadsheets and CSV files we write."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # full-width forms are folded by some
_SUSPECT = frozenset((*STARTS, "'"))


def safe_cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula: an apostrophe goes before what would start one.

    Also before what would look as if that had been done, so that `plain_cell` gives back what there was.
    """
    if text[:1] not in _SUSPECT:
        return text
    return f"'{text}" if text.lstrip("'")[:1] in STARTS and text.lstrip("'") else text


def plain_cell(text: str) -> str:
    """What a cell said before `safe_cell`."""
    return text[1:] if text[:1] == "'" and text.lstrip("'")[:1] in STARTS and text.lstrip("'") else text


def as_cell(value: object) -> str:
    """What is written into a cell of CSV: a number as it is, also below 0; nothing for None; other things safely.

    >>> as_cell(-0.25), as_cell("-0.25"), as_cell(None)
    ('-0.25', "'-0.25", '')
    """
    if value is None:
        return ""
    return str(value) if isinstance(value, (int, float)) else safe_cell(str(value))
