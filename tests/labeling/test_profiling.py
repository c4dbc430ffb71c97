"""A profile counts what is there; a finding needs a difference that matters and is beyond chance."""

import pytest

from labeling.profiling import Profiler, unusual


def profile(rows, told=("sector", "size")):
    names = list(dict.fromkeys(name for row in rows for name in row))
    found = Profiler(names, told=told)
    for row in rows:
        found.add(row)
    return found.as_dict()


def companies(number=200, **changed):
    rows = []
    for place in range(number):
        row = {"sector": "IT" if place % 2 else "Health", "size": str(10 + place % 50), "text": "x" * (90 + place % 20)}
        rows.append(row | {name: make(place) for name, make in changed.items()})
    return profile(rows)


def test_a_column_is_counted():
    found = profile([{"sector": "IT", "text": "ab"}, {"sector": " ", "text": "abcd"}, {"sector": "IT", "text": None}])

    assert found["rows"] == 3
    sector, text = found["columns"]["sector"], found["columns"]["text"]
    assert (sector["filled"], sector["null_rate"], sector["values"]) == (1 + 1, pytest.approx(1 / 3), {"IT": 2})
    assert text["length"] == {"min": 2, "max": 4, "mean": 3.0, "sd": 1.0}
    assert (text["top"], text["values"], text["numbers"]) == ([], None, None)  # a text is never kept
    assert companies()["columns"]["size"]["numbers"] == {"min": 10.0, "max": 59.0}


@pytest.mark.parametrize(
    ("now", "kinds"),
    [
        (companies(), []),
        (companies(190), []),
        (companies(20), ["rows"]),
        (companies(country=lambda place: "CH"), ["column_new"]),
        (companies(sector=lambda place: "" if place % 3 == 0 else ["IT", "Health"][place % 2]), ["null_rate"]),
        (companies(text=lambda place: "x" * (150 + place % 20)), ["length"]),
        (companies(size=lambda place: str(100 + place % 500)), ["range"]),
        (companies(sector=lambda place: "Health"), ["values_missing"]),
        (companies(sector=lambda place: ["IT", "Health", "Mines"][place % 3]), ["values_new"]),
        (companies(sector=lambda place: "Mines"), ["values_new"]),
        (companies(sector=lambda place: "Mines" if place == 7 else ["Health", "IT"][place % 2]), []),
    ],
)
def test_what_stands_out_is_named(now, kinds):
    assert sorted(one.kind for one in unusual(companies(), now)) == kinds


def test_what_stands_out_says_both_figures():
    (found,) = unusual(companies(), companies(sector=lambda place: "" if place % 2 else "Health"))[:1]

    assert found.as_dict() == {"kind": "null_rate", "column": "sector", "says": "50.0% empty, 0.0% last time"}


def test_with_too_few_rows_nothing_is_beyond_chance():
    few = companies(4, sector=lambda place: "" if place == 0 else "Health")
    assert unusual(companies(4), few) == []
    assert unusual(companies(0) | {"rows": 0}, companies()) == []
