"""Dawid and Skene's model against crowd-kit, and what it does where it has nothing to go by."""

import numpy as np
import pytest

from evaluation.stats.dawid_skene import consensus, votes_on
from tests.examples import example


def drawn_votes():
    """Four raters of known quality, each of whom sees four items in five."""
    draw = np.random.default_rng(4)
    truth = draw.random(300) < 0.4
    quality = [(0.95, 0.9), (0.8, 0.85), (0.6, 0.9), (0.9, 0.6)]
    votes = []
    for item in range(300):
        for rater, (sensitivity, specificity) in enumerate(quality):
            if draw.random() < 0.8:
                yes = draw.random() < (sensitivity if truth[item] else 1 - specificity)
                votes.append((f"i{item:03}", f"r{rater}", bool(yes)))
    return votes, truth


def test_it_is_what_crowd_kit_finds():
    known = example("agreement.dawid_skene")
    votes, _ = drawn_votes()

    found = consensus(votes, prior=1e-12)

    assert found.prevalence == pytest.approx(known["prevalence"], abs=1e-5)
    assert [one.sensitivity for one in found.profiles] == pytest.approx(known["sensitivity"], abs=1e-5)
    assert [one.specificity for one in found.profiles] == pytest.approx(known["specificity"], abs=1e-5)


def test_it_follows_who_was_right_elsewhere_against_a_majority():
    """Two raters who guess together against one who agrees with a fourth and a fifth everywhere else."""
    votes = []
    for item in range(60):
        truth = item % 2 == 0
        votes += [(f"i{item:02}", rater, truth) for rater in ("good", "fair", "sound")]
        votes += [(f"i{item:02}", "wild", item % 3 == 0), (f"i{item:02}", "loose", item % 5 == 0)]
    votes += [("last", "good", True), ("last", "wild", False), ("last", "loose", False)]

    found = consensus(votes)

    assert dict(zip(found.items, found.probability, strict=True))["last"] > 0.9


def test_the_order_of_votes_does_not_matter():
    votes, _ = drawn_votes()

    assert consensus(votes) == consensus(votes[::-1])


def test_raters_who_always_agree_are_taken_at_their_word():
    votes = [(f"i{item}", rater, item % 3 == 0) for item in range(30) for rater in "ab"]

    found = consensus(votes)

    assert all((p > 0.9) == (int(item[1:]) % 3 == 0) for item, p in zip(found.items, found.probability, strict=True))
    assert all(one.sensitivity > 0.9 and one.specificity > 0.9 for one in found.profiles)
    assert found.profiles[0].n == 30


@pytest.mark.parametrize(
    "votes",
    [[], [("i", "a", True)], [("i", "a", True), ("i", "b", True)]],
    ids=["no votes", "one rater", "all equal"],
)
def test_without_anything_to_judge_by_it_says_so(votes):
    found = consensus(votes)

    assert found.reason
    assert found.probability == ()


def test_two_votes_of_one_rater_are_an_error():
    with pytest.raises(ValueError, match="twice"):
        consensus([("i", "a", True), ("i", "a", False)])


def test_votes_on_a_label():
    assert votes_on("A", [("i", "a", frozenset("AB")), ("i", "b", frozenset())]) == [
        ("i", "a", True),
        ("i", "b", False),
    ]
