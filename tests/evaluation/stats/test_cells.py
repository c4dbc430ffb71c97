"""Which items are in which slice."""

from evaluation.stats.cells import OTHER, SMALLER, cells_of, pooled, smaller_together


def test_a_cell_a_value_and_a_cell_a_pair():
    found = cells_of({"region": ["Asia", "", "Asia"]}, {"length": ["short", "short", "long"]})

    assert [(cell.family, cell.by, cell.value, cell.members.tolist()) for cell in found] == [
        ("declared", ("region",), ("",), [1]),
        ("declared", ("region",), ("Asia",), [0, 2]),
        ("derived", ("length",), ("long",), [2]),
        ("derived", ("length",), ("short",), [0, 1]),
        ("crossed", ("region", "length"), ("", "short"), [1]),
        ("crossed", ("region", "length"), ("Asia", "long"), [2]),
        ("crossed", ("region", "length"), ("Asia", "short"), [0]),
    ]


def test_without_crossing():
    assert len(cells_of({"a": ["x"]}, {"b": ["y"]}, crossed=False)) == 2


def test_nothing_to_slice_by():
    assert cells_of({}, {}) == []
    assert cells_of({"a": []}, {}) == []


def test_the_largest_values_stay_and_the_rest_is_pooled():
    values = [str(number) for number in range(40)] + ["7", "8"]
    found, left = pooled(values, most=30)
    assert left == 10
    assert found.count(OTHER) == 10
    assert found[7] == "7"
    assert pooled(["a", "b"]) == (["a", "b"], 0)


def test_values_too_small_for_figures_are_taken_together():
    found = cells_of({"language": ["en"] * 9 + ["de", "es", "de", "fr"]}, {"alike": ["x"] * 13}, crossed=False)

    (together,) = smaller_together(found, smallest=4)

    assert (together.family, together.by, together.value) == ("declared", ("language",), (SMALLER,))
    assert together.members.tolist() == [9, 10, 11, 12]
    assert smaller_together(found, smallest=5) == []  # four together are too few
    assert smaller_together(cells_of({"a": ["x"] * 9 + ["y"] * 5}, {}), smallest=9) == []  # one alone is itself
