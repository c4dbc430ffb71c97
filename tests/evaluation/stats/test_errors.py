from evaluation.stats.errors import distance, item_errors, totals

PARENTS = {"hr": None, "payroll": "hr", "hiring": "hr", "fin": None, "tax": "fin", "vat": "tax"}


def test_distance_is_steps_in_the_tree():
    assert distance("payroll", "payroll", PARENTS) == 0
    assert distance("payroll", "hr", PARENTS) == 1
    assert distance("payroll", "hiring", PARENTS) == 2
    assert distance("payroll", "tax", PARENTS) == 4


def test_a_wrong_label_pairs_with_the_nearest():
    found = item_errors({"payroll", "tax"}, {"hiring", "fin"}, PARENTS)
    assert set(found.wrong) == {("payroll", "hiring", "sibling"), ("tax", "fin", "too vague")}
    assert not found.omissions
    assert not found.hallucinations


def test_what_is_left_over_was_omitted_or_made_up():
    assert item_errors({"payroll", "vat"}, {"hiring"}, PARENTS).omissions == ("vat",)
    assert item_errors(set(), {"vat"}, PARENTS).hallucinations == ("vat",)


def test_relations():
    assert item_errors({"tax"}, {"vat"}, PARENTS).wrong[0][2] == "too specific"
    assert item_errors({"vat"}, {"payroll"}, PARENTS).wrong[0][2] == "unrelated"


def test_ties_go_by_code():
    found = item_errors({"payroll"}, {"vat", "tax"}, {})
    assert found.wrong == (("payroll", "tax", "unrelated"),)


def test_totals_count_no_answer_as_omissions():
    gold = [frozenset({"tax", "vat"}), frozenset({"hr"})]
    assert totals(gold, [None, frozenset({"fin"})], PARENTS) == {"omission": 2, "hallucination": 0, "wrong_label": 1}
