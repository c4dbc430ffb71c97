import json

import pytest

from evaluation.stats.rater_profiles import profiles


def test_who_misses_a_label_is_less_sensitive_and_named_with_it():
    ratings = []
    for item in range(40):
        truth = frozenset("A" if item % 2 else "B")
        ratings += [(f"i{item:02}", rater, truth) for rater in ("ann", "ben")]
        ratings.append((f"i{item:02}", "cy", truth - {"A"} if item % 4 == 1 else truth))

    found = {one["rater"]: one for one in profiles(ratings, "ABC")}

    assert found["cy"]["sensitivity"]["value"] < 0.85 < found["ann"]["sensitivity"]["value"]
    assert found["cy"]["differs_on"][0]["label"] == "A"
    assert found["cy"]["differs_on"][0]["times"] == pytest.approx(10, abs=1)
    assert found["ann"]["ratings"] == 40
    assert found["cy"]["sensitivity"]["low"] < found["cy"]["sensitivity"]["value"] < found["cy"]["sensitivity"]["high"]
    assert json.dumps(list(found.values()), allow_nan=False)


def test_one_rater_alone_has_no_profile_but_a_reason():
    found = profiles([("i", "ann", frozenset("A"))], "A")

    assert found[0]["sensitivity"]["value"] is None
    assert found[0]["sensitivity"]["reason"]
    assert profiles([], "A") == []
