import pytest

from evaluation.stats.rated_units import rated_units

RATINGS = [("j", "b", frozenset("A")), ("i", "b", frozenset()), ("i", "a", frozenset("AB")), ("k", "a", frozenset("B"))]


def test_only_items_with_two_ratings_are_units():
    units = rated_units(RATINGS, "AB")

    assert units.names == ["i"]
    assert units.raters == ["a", "b"]
    assert units.marks.toarray().tolist() == [[1, 1], [0, 0]]
    assert units.two_raters == ("a", "b")
    assert units.closed is None


def test_labels_are_closed_over_their_ancestors_where_there_are_any():
    units = rated_units(RATINGS, "AB", {"B": "A", "A": None}, least=1)

    assert units.names == ["i", "j", "k"]
    assert units.closed.toarray().tolist() == [[1, 1], [0, 0], [1, 0], [1, 1]]


def test_a_rater_who_comes_twice_is_an_error():
    with pytest.raises(ValueError, match="twice"):
        rated_units([*RATINGS, RATINGS[0]], "AB")
