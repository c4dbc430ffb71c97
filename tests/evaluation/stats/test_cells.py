"""Which items are in which slice."""

from evaluation.stats.cells import OTHER, cells_of, pooled


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
