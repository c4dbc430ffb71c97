import numpy as np
import pytest

from evaluation.stats.grades import LEVELS, closeness_weights, coincidences, graded


def test_ratings_are_read_with_their_gaps():
    found = graded([["b", None, "a"], ["b", None, None]])

    assert found.grades == ("a", "b")
    assert found.places.tolist() == [[1, 0], [1, -1]]  # a unit that nobody rated is none
    assert found.counts.tolist() == [[0, 2], [1, 0]]


def test_an_array_of_numbers_is_read_as_lists_are():
    array = np.array([[2.0, np.nan, 1.0], [2.0, np.nan, np.nan]])

    one, other = graded(array), graded(array.tolist())

    assert one.grades == other.grades
    assert one.places.tolist() == other.places.tolist()


def test_a_grade_that_is_not_listed_is_an_error():
    with pytest.raises(ValueError, match="7 is not one of the grades"):
        graded([[1, 7]], [1, 2])


@pytest.mark.parametrize("level", LEVELS)
def test_distances_are_symmetric_and_0_only_for_equal_grades(level):
    apart = LEVELS[level]([0, 1, 2, 5], np.array([[3.0, 1.0, 4.0, 2.0]]))[0]

    assert np.allclose(apart, apart.T)
    assert ((apart == 0) == np.eye(4, dtype=bool)).all()


def test_weights_are_1_for_equal_and_0_for_the_farthest_grades():
    assert closeness_weights("linear", [1, 2, 4])[0].tolist() == pytest.approx([1, 2 / 3, 0])
    assert closeness_weights("quadratic", [1, 2, 4])[0].tolist() == pytest.approx([1, 8 / 9, 0])
    assert closeness_weights("linear", ["low", "mid", "top"])[0].tolist() == [1, 0.5, 0]
    assert closeness_weights("none", [1, 2]).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(ValueError, match="cubic"):
        closeness_weights("cubic", [1, 2])


def test_coincidences_weigh_a_unit_by_its_ratings():
    cells = coincidences(np.array([[0, -1], [0, -1], [1, 1]]), 2).toarray()

    assert cells[0].reshape(2, 2).tolist() == [[1, 1], [1, 0]]
    assert cells.sum(axis=1).tolist() == [3, 0]  # one rating meets nobody
