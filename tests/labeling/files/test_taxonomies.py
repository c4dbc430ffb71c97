from labeling.files.taxonomies import in_reading_order, label_of


def rows(*values):
    return [label_of(line, one) for line, one in enumerate(values, start=2)]


def test_parents_come_before_their_children_whatever_the_order():
    order, problems = in_reading_order(
        rows({"code": "b1", "parent": "b"}, {"code": "a"}, {"code": "b"}, {"code": "a1", "parent": "a"})
    )
    assert not problems
    assert [row.code for row in order] == ["a", "a1", "b", "b1"]


def test_a_parent_may_be_named_and_a_code_made():
    order, _ = in_reading_order(rows({"name": "Human resources"}, {"name": "Payroll", "parent": "Human resources"}))
    assert [(row.code, row.parent) for row in order] == [("human-resources", None), ("payroll", "human-resources")]


def test_every_mistake_is_named():
    _, problems = in_reading_order(rows({"code": "a"}, {"code": "a"}, {"code": "c", "parent": "nobody"}))
    assert [problem.line for problem in problems] == [3, 4]


def test_a_circle_is_found():
    _, problems = in_reading_order(rows({"code": "a", "parent": "b"}, {"code": "b", "parent": "a"}, {"code": "c"}))
    assert {problem.key for problem in problems} == {"a", "b"}


def test_examples_are_a_list_or_split_by_bars():
    assert label_of(2, {"name": "X", "examples": "one | two"}).examples == ("one", "two")
    assert label_of(2, {"name": "X", "examples": ["one"]}).examples == ("one",)
