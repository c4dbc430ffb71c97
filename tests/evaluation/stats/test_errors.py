import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_the_distance_comes_before_the_order_of_codes():
    found = item_errors({"payroll", "tax"}, {"fin", "hiring"}, PARENTS)

    assert {pair[:2] for pair in found.wrong} == {("payroll", "hiring"), ("tax", "fin")}


@settings(max_examples=150, deadline=None)
@given(
    st.frozensets(st.sampled_from(sorted(PARENTS)), max_size=5),
    st.frozensets(st.sampled_from(sorted(PARENTS)), max_size=5),
)
def test_pairs_are_the_nearest_and_of_those_the_first_by_code(gold, predicted):
    found = item_errors(gold, predicted, PARENTS)

    missing, extra = sorted(gold - predicted), sorted(predicted - gold)
    assert [pair[:2] for pair in found.wrong] == best_by_trying_all(missing, extra)
    assert sorted([*found.omissions, *(one for one, _, _ in found.wrong)]) == missing
    assert sorted([*found.hallucinations, *(other for _, other, _ in found.wrong)]) == extra


def best_by_trying_all(missing, extra):
    """Every way to pair as many as possible: least total distance, then the first extra for the first missing."""
    if len(missing) <= len(extra):
        ways = [list(zip(missing, chosen, strict=True)) for chosen in itertools.permutations(extra, len(missing))]
    else:
        ways = [sorted(zip(chosen, extra, strict=True)) for chosen in itertools.permutations(missing, len(extra))]

    def rank(way):
        of = dict(way)
        return sum(distance(*pair, PARENTS) for pair in way), [
            extra.index(of[one]) if one in of else len(extra) for one in missing
        ]

    return min(ways, key=rank)


def test_many_labels_on_both_sides_are_still_paired_once_each():
    codes = [f"c{place:02}" for place in range(40)]

    found = item_errors(codes[:20], codes[20:], {})

    assert len({one for one, _, _ in found.wrong}) == len({other for _, other, _ in found.wrong}) == 20
