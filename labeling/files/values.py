"""What single values of a row mean: keys, label lists, numbers, times, addresses."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

KEYS = ("item", "id", "external_id")
LABELS = ("labels", "label")
KEY_MAX = 255


class BadValue(Exception):
    """A value cannot be used; the message names its column."""


def text_of(value: Any) -> str:
    """A value as text, as a CSV cell would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list)):
        raise BadValue("a list or object stands where a text is expected")
    return str(value).strip()


def key_of(values: Mapping[str, Any]) -> str:
    """The item a row is about."""
    column = next((name for name in KEYS if name in values), None)
    if column is None:
        raise BadValue(f"no column says which item it is about: {', '.join(KEYS)}")
    key = text_of(values[column])
    if not key:
        raise BadValue(f"“{column}” is empty")
    if len(key) > KEY_MAX:
        raise BadValue(f"“{column}” has more than {KEY_MAX} characters")
    return key


def labels_of(values: Mapping[str, Any], *, sep: str) -> list[Any]:
    """The label list of a row: empty means none applies; a missing column or null is refused (DECISIONS 9)."""
    column = next((name for name in LABELS if name in values), None)
    if column is None or values[column] is None:
        raise BadValue("it has no “labels”. Where none applies, leave the cell empty")
    value = values[column]
    if isinstance(value, str):
        return [part.strip() for part in value.split(sep) if part.strip()]
    if isinstance(value, list):
        return value
    raise BadValue(f"“{column}” is neither a text nor a list")


def names_of(entries: list[Any]) -> list[str]:
    """A label list that must hold texts only."""
    if not all(isinstance(entry, str) and entry.strip() for entry in entries):
        raise BadValue("“labels” holds something that is not a label")
    return [entry.strip() for entry in entries]


def confident_label(entry: Any) -> tuple[str, float | None]:
    """One predicted label: a code, `code:confidence`, or {"code", "confidence"}."""
    if isinstance(entry, dict):
        code, confidence = entry.get("code"), entry.get("confidence")
        if not isinstance(code, str) or not code.strip():
            raise BadValue("a predicted label has no “code”")
        return code.strip(), None if confidence is None else share_of(confidence, "confidence")
    if not isinstance(entry, str) or not entry.strip():
        raise BadValue("“labels” holds something that is not a label")
    code, colon, confidence = entry.strip().rpartition(":")
    if colon and _is_number(confidence):
        return code.strip(), share_of(confidence, "confidence")
    return entry.strip(), None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def share_of(value: Any, column: str) -> float:
    number = number_of(value, column)
    if not 0 <= number <= 1:
        raise BadValue(f"“{column}” is {number:g}, not between 0 and 1")
    return number


def number_of(value: Any, column: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadValue(f"“{column}” is not a number") from error
    if not math.isfinite(number):
        raise BadValue(f"“{column}” is not a finite number")
    return number


def count_of(value: Any, column: str, *, most: int) -> int | None:
    """A whole number from 0 to `most`, or None where the cell is empty."""
    if value is None or value == "":
        return None
    number = number_of(value, column)
    if not 0 <= number <= most:
        raise BadValue(f"“{column}” is not between 0 and {most}")
    return round(number)


def time_of(value: Any, column: str) -> datetime | None:
    """An ISO 8601 time, or None where the cell is empty; without a zone it is UTC."""
    text = text_of(value)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadValue(f"“{column}” is not a time like 2025-03-01T12:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def address_of(value: Any, column: str) -> str:
    """An http or https address, or "". Other schemes could run something when clicked."""
    text = text_of(value)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise BadValue(f"“{column}” is not an address") from error
    if parts.scheme not in ("http", "https") or not parts.netloc or len(text) > 2000:
        raise BadValue(f"“{column}” is not an http or https address")
    return text
