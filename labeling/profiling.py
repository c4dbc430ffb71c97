"""What a file of items is like, column by column, and what of that is unusual against the file before.

A finding needs two things: a difference that matters, and one beyond chance where it could be chance. Shares: Cohen's h
(1988) of at least 0.2 and the pooled z-test of two proportions; lengths: a quarter more or less, and the z-test of two
means; both with Bonferroni's correction over the columns.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import asin, erfc, sqrt
from typing import Any

ALPHA = 0.05
MATTERS_H = 0.2
MATTERS_LENGTH = 0.25  # of the mean length before
MATTERS_ROWS = 2.0  # times as many, or as few
MATTERS_RANGE = 0.5  # of the range before, beyond its ends
NEW_SHARE, GONE_SHARE = 0.01, 0.05  # of the rows, from which a value that is new or gone is told
DISTINCT = 1000  # values counted of a column; of more it is only known that there are more
LISTED = 50  # values that a column may have to be compared value by value
TOP = 5
LONGEST = 80  # characters of a value that is kept
NUMERIC = 0.95  # of the filled cells, from which a column counts as numbers


@dataclass
class Column:
    """What is counted of one column while a file is read."""

    filled: int = 0
    total: int = 0
    squares: int = 0
    shortest: int | None = None
    longest: int | None = None
    values: Counter[str] = field(default_factory=Counter)
    is_over: bool = False  # it has more than DISTINCT values
    numbers: int = 0
    low: float | None = None
    high: float | None = None

    def add(self, text: str) -> None:
        length = len(text)
        self.filled += 1
        self.total += length
        self.squares += length * length
        self.shortest = length if self.shortest is None else min(self.shortest, length)
        self.longest = length if self.longest is None else max(self.longest, length)
        kept = text[:LONGEST]
        if kept in self.values or len(self.values) < DISTINCT:
            self.values[kept] += 1
        else:
            self.is_over = True
        try:
            number = float(text) if length <= 30 else None
        except ValueError:
            number = None
        if number is not None and abs(number) < 1e300:
            self.numbers += 1
            self.low = number if self.low is None else min(self.low, number)
            self.high = number if self.high is None else max(self.high, number)


class Profiler:
    """Counts a file's columns row by row; values are kept only of the columns named as `told`."""

    def __init__(self, columns: Collection[str], *, told: Collection[str]) -> None:
        self.rows = 0
        self.columns = {name: Column() for name in columns}
        self.told = set(told)

    def add(self, values: Mapping[str, Any]) -> None:
        self.rows += 1
        for name, column in self.columns.items():
            value = values.get(name)
            text = "" if value is None or value == [] else str(value).strip()
            if text:
                column.add(text)

    def as_dict(self) -> dict[str, Any]:
        """{"rows", "columns": {name: {"filled", "null_rate", "length", "distinct", "top", "values", "numbers"}}}."""
        return {"rows": self.rows, "columns": {name: self._said(name, one) for name, one in self.columns.items()}}

    def _said(self, name: str, one: Column) -> dict[str, Any]:
        mean = one.total / one.filled if one.filled else None
        spread = sqrt(max(one.squares / one.filled - mean * mean, 0.0)) if mean is not None else None
        is_told = name in self.told and not one.is_over
        is_number = bool(one.filled) and one.numbers >= NUMERIC * one.filled
        return {
            "filled": one.filled,
            "null_rate": 1 - one.filled / self.rows if self.rows else None,
            "length": {"min": one.shortest, "max": one.longest, "mean": mean, "sd": spread},
            "distinct": len(one.values),
            "distinct_is_least": one.is_over,
            "top": [list(pair) for pair in one.values.most_common(TOP)] if is_told else [],
            "values": dict(one.values) if is_told and len(one.values) <= LISTED else None,
            "numbers": {"min": one.low, "max": one.high} if is_number else None,
        }


@dataclass(frozen=True)
class Unusual:
    """One thing that is not as in the file before."""

    kind: str  # rows, column_new, column_missing, null_rate, length, range, values_new or values_missing
    column: str
    says: str

    def as_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "column": self.column, "says": self.says}


def unusual(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Unusual]:
    """What stands out in `now` against `then`, both as of `Profiler.as_dict`; nothing where either has no rows."""
    if not then["rows"] or not now["rows"]:
        return []
    found: list[Unusual] = []
    times = now["rows"] / then["rows"]
    if not 1 / MATTERS_ROWS < times < MATTERS_ROWS:
        found.append(Unusual("rows", "", f"{now['rows']:,} rows, {then['rows']:,} last time"))
    gone = [name for name in then["columns"] if name not in now["columns"]]
    new = [name for name in now["columns"] if name not in then["columns"]]
    found += [Unusual("column_missing", name, "the column is missing") for name in gone]
    found += [Unusual("column_new", name, "a new column") for name in new]
    both = [name for name in now["columns"] if name in then["columns"]]
    level = ALPHA / max(2 * len(both), 1)
    for name in both:
        found += _of_column(name, then, now, level)
    return found


def _of_column(name: str, then: Mapping[str, Any], now: Mapping[str, Any], level: float) -> list[Unusual]:
    was, one = then["columns"][name], now["columns"][name]
    rows = then["rows"], now["rows"]
    found = []
    empty = rows[0] - was["filled"], rows[1] - one["filled"]
    if _moved(empty, rows, level):
        says = f"{empty[1] / rows[1]:.1%} empty, {empty[0] / rows[0]:.1%} last time"
        found.append(Unusual("null_rate", name, says))
    if was["numbers"] and one["numbers"]:
        return found + _range(name, was["numbers"], one["numbers"])
    if was["values"] is not None and one["values"] is not None:
        return found + _values(name, was["values"], one["values"], rows, level)
    lengths = was["length"], one["length"]
    if was["filled"] > 1 and one["filled"] > 1 and _longer(lengths, (was["filled"], one["filled"]), level):
        says = f"{lengths[1]['mean']:,.0f} characters on average, {lengths[0]['mean']:,.0f} last time"
        found.append(Unusual("length", name, says))
    return found


def _range(name: str, was: Mapping[str, float], now: Mapping[str, float]) -> list[Unusual]:
    room = MATTERS_RANGE * (was["max"] - was["min"])
    if was["min"] - room <= now["min"] and now["max"] <= was["max"] + room:
        return []
    return [Unusual("range", name, f"{now['min']:g} to {now['max']:g}, {was['min']:g} to {was['max']:g} last time")]


def _values(
    name: str, was: Mapping[str, int], now: Mapping[str, int], rows: tuple[int, int], level: float
) -> list[Unusual]:
    """Values that are new or gone. Those of a column that was always different are not: all would be new."""
    known = sum(now[one] for one in now if one in was)
    if not known:
        return (
            [Unusual("values_new", name, f"none of its {len(now)} values was there last time")] if now and was else []
        )
    new = [one for one in now if one not in was and now[one] >= NEW_SHARE * rows[1]]
    gone = [
        one for one in was
        if one not in now and was[one] >= GONE_SHARE * rows[0] and _p((was[one], 0), rows) <= level
    ]  # fmt: skip
    found = []
    if new:
        share = sum(now[one] for one in new) / rows[1]
        found.append(Unusual("values_new", name, f"new: {_named(new)} ({share:.1%} of the rows)"))
    if gone:
        share = sum(was[one] for one in gone) / rows[0]
        found.append(Unusual("values_missing", name, f"missing: {_named(gone)} ({share:.1%} of the rows last time)"))
    return found


def _named(values: list[str]) -> str:
    more = f" and {len(values) - 3} more" if len(values) > 3 else ""
    return ", ".join(f"“{one}”" for one in values[:3]) + more


def _moved(hits: tuple[int, int], n: tuple[int, int], level: float) -> bool:
    then, now = (2 * asin(sqrt(hit / size)) for hit, size in zip(hits, n, strict=True))
    return abs(now - then) >= MATTERS_H and _p(hits, n) <= level


def _p(hits: tuple[int, int], n: tuple[int, int]) -> float:
    """Two-sided, of the pooled z of two proportions; 1 where neither varies."""
    both = sum(hits) / sum(n)
    error = sqrt(both * (1 - both) * (1 / n[0] + 1 / n[1]))
    return erfc(abs(hits[1] / n[1] - hits[0] / n[0]) / error / sqrt(2)) if error else 1.0


def _longer(lengths: tuple[Mapping[str, float], Mapping[str, float]], n: tuple[int, int], level: float) -> bool:
    then, now = lengths
    apart = abs(now["mean"] - then["mean"])
    error = sqrt(then["sd"] ** 2 / n[0] + now["sd"] ** 2 / n[1])
    p = erfc(apart / error / sqrt(2)) if error else (0.0 if apart else 1.0)
    return apart >= MATTERS_LENGTH * then["mean"] and p <= level
