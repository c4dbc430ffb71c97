"""Cells of spreadsheets and CSV files we write."""

STARTS = ("=", "+", "-", "@", "\t", "\r")
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
