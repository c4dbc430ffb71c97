"""Ratings of one question as arrays: raters by units, with gaps, and how far two grades are apart.

A rating is any value that can be told from another one; None and NaN are missing. The grades are those found, in their
order, unless the full list is given: with weights or ordinal distances give it, or a grade that nobody chose is not
between its neighbours (a scale of 1, 2, 4 is then one of three steps).
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.resampling import Floats, Places

MISSING = -1
Ratings = Sequence[Sequence[Any]] | np.ndarray
# From the grades and how often each occurs (..., q) to distances (..., q, q).
Distance = Callable[[Sequence[Any], Floats], Floats]


@dataclass(frozen=True)
class Graded:
    """The units with at least one rating: the place of each rating's grade, `MISSING` where there is none."""

    grades: tuple[Any, ...]
    places: Places  # (raters, units)

    @property
    def counts(self) -> Floats:
        """How many raters gave each unit each grade: (units, q)."""
        units, q = self.places.shape[1], len(self.grades)
        found = np.zeros((units, q))
        for row in self.places:
            given = np.flatnonzero(row != MISSING)
            np.add.at(found, (given, row[given]), 1.0)
        return found


def graded(ratings: Ratings, grades: Sequence[Hashable] | None = None) -> Graded:
    """Read ratings (raters, units); ValueError if raters have different numbers of units or a grade is not listed."""
    if isinstance(ratings, np.ndarray) and ratings.ndim == 2 and ratings.dtype.kind in "fiu" and grades is None:
        return _graded_numbers(ratings)
    rows = [[None if _is_missing(value) else value for value in row] for row in ratings]
    if len({len(row) for row in rows}) > 1:
        raise ValueError("every rater needs a place for every unit, with None where there is no rating")
    found = {value for row in rows for value in row if value is not None}
    if grades is None:
        known = tuple(sorted(found))
    else:
        known = tuple(grades)
        if unknown := found - set(known):
            raise ValueError(f"{sorted(map(str, unknown))[0]} is not one of the grades")
    place = {grade: number for number, grade in enumerate(known)}
    places = np.array([[MISSING if value is None else place[value] for value in row] for row in rows], dtype=np.intp)
    places = places.reshape(len(rows), len(rows[0]) if rows else 0)
    return Graded(known, places[:, (places != MISSING).any(axis=0)])


def _graded_numbers(ratings: np.ndarray) -> Graded:
    given = ~np.isnan(ratings)
    known, place = np.unique(ratings[given], return_inverse=True)
    places = np.full(ratings.shape, MISSING, dtype=np.intp)
    places[given] = place
    return Graded(tuple(known.tolist()), places[:, given.any(axis=0)])


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def nominal(grades: Sequence[Any], often: Floats) -> Floats:
    """1 between any two grades."""
    return np.broadcast_to(1.0 - np.eye(len(grades)), (*often.shape[:-1], len(grades), len(grades)))


def ordinal(grades: Sequence[Any], often: Floats) -> Floats:
    """(how many ratings lie from one grade to the other, the ends by half) squared (Krippendorff 2011)."""
    total = np.cumsum(often, axis=-1) - often / 2
    return (total[..., :, None] - total[..., None, :]) ** 2


def interval(grades: Sequence[Any], often: Floats) -> Floats:
    """The difference squared."""
    values = np.array([float(one) for one in grades])
    apart = (values[:, None] - values[None, :]) ** 2
    return np.broadcast_to(apart, (*often.shape[:-1], *apart.shape))


def relative(grades: Sequence[Any], often: Floats) -> Floats:
    """(the difference by the sum) squared, for values with a zero; 0 and 0 are at 0."""
    values = np.array([float(one) for one in grades])
    total = values[:, None] + values[None, :]
    apart = np.divide(values[:, None] - values[None, :], total, out=np.zeros_like(total), where=total != 0) ** 2
    return np.broadcast_to(apart, (*often.shape[:-1], *apart.shape))


LEVELS: dict[str, Distance] = {"nominal": nominal, "ordinal": ordinal, "interval": interval, "ratio": relative}


def measured_by(apart: Callable[[Any, Any], float]) -> Distance:
    """A distance for alpha from any function of two grades; sets, words, places on a map."""

    def distance(grades: Sequence[Any], often: Floats) -> Floats:
        found = np.array([[float(apart(one, other)) for other in grades] for one in grades])
        return np.broadcast_to(found.reshape(len(grades), len(grades)), (*often.shape[:-1], *(len(grades),) * 2))

    return distance


WEIGHTS = ("none", "linear", "quadratic")


def closeness_weights(kind: str, grades: Sequence[Any]) -> Floats:
    """1 for equal grades; else 0, or 1 - (their distance by the largest), plain or squared.

    Numbers are at their values, anything else at its place in the list.
    """
    q = len(grades)
    if kind not in WEIGHTS:
        raise ValueError(f"weights are one of {', '.join(WEIGHTS)}, not {kind}")
    if kind == "none" or q < 2:
        return np.eye(q)
    are_numbers = all(isinstance(one, int | float | np.number) for one in grades)
    values = np.array([float(one) for one in grades]) if are_numbers else np.arange(q, dtype=np.float64)
    apart = np.abs(values[:, None] - values[None, :]) / np.ptp(values)
    return np.asarray(1 - (apart if kind == "linear" else apart**2))


def coincidences(places: Places, q: int) -> sparse.csr_matrix:
    """How often two grades meet in a unit, each pair of raters with 1 / (m - 1): (units, q * q).

    Summed over a unit's cells it is its ratings m, and 0 for a unit with one rating (Krippendorff 2011).
    """
    raters, units = places.shape
    given = places != MISSING
    many = given.sum(axis=0)
    rows, columns = [], []
    for one in range(raters):
        for other in range(raters):
            if one != other:
                both = np.flatnonzero(given[one] & given[other])
                rows.append(both)
                columns.append(places[one, both] * q + places[other, both])
    if not rows:
        return sparse.csr_matrix((units, q * q))
    row = np.concatenate(rows)
    return sparse.csr_matrix((1 / (many[row] - 1), (row, np.concatenate(columns))), shape=(units, q * q))
