"""Two windows of a stream: a loss in one region is seen, and chance raises no more alarms than stated."""

from random import Random

import pytest

from evaluation.stats.drift import ALPHA
from evaluation.stats.windows import Overruled, Seen, Texts, compare_windows, control_bands, levels

LABELS = [f"l{number}" for number in range(12)]
REGIONS = ["North", "South", "East", "West"]


def stream(rng, n, *, lost=0.0):
    """n predictions; in the south each label is lost with the given chance."""
    seen = []
    for _ in range(n):
        region = rng.choice(REGIONS)
        gold = frozenset(rng.sample(LABELS, rng.randint(1, 3)))
        said = frozenset(one for one in gold if rng.random() > 0.1 + (lost if region == "South" else 0.0))
        f1 = 2 * len(said & gold) / (len(said) + len(gold))
        seen.append(Seen({"region": region}, said, confidence=rng.betavariate(8, 2), f1=f1))
    return seen


def test_a_silent_loss_in_one_region_is_found_there():
    rng = Random(7)
    found = compare_windows(stream(rng, 1000), stream(rng, 400, lost=0.5), cohort="region")
    fired = {(one.cohort, one.signal.name) for one in found if one.signal.fired}
    assert ("South", "F1 on gold") in fired
    assert ("South", "no label") in fired
    assert not {cohort for cohort, _ in fired} - {"South", ""}
    assert ("", "region") not in fired


@pytest.mark.parametrize("times", [40, pytest.param(200, marks=pytest.mark.long)])
def test_without_a_change_alarms_are_as_rare_as_stated(times):
    rng = Random(11)
    alarms = 0
    for _ in range(times):
        then, now = stream(rng, 250), stream(rng, 150)
        alarms += any(one.signal.fired for one in compare_windows(then, now, cohort="region"))
    assert alarms <= ALPHA * times


def test_each_kind_of_signal_is_looked_at_once():
    rng = Random(1)
    texts = Texts(["en"] * 40, list(range(40)), [0.1 * (number % 5) for number in range(40)])
    found = compare_windows(stream(rng, 200), stream(rng, 200), texts=(texts, texts), cohort="region")
    names = [(one.cohort, one.signal.name) for one in found]
    assert len(names) == len(set(names))
    assert {name for cohort, name in names if cohort == ""} == {
        "region", "language of the text", "length in words", "share of new words", "no answer", "no label",
        "number of labels", "confidence", "F1 on gold", *(f"label {one}" for one in LABELS),
    }  # fmt: skip
    assert {cohort for cohort, _ in names} == {"", *REGIONS}


def test_a_failed_answer_is_none_and_not_an_empty_one():
    then = [Seen({}, frozenset())] * 100
    now = [Seen({}, None)] * 60 + [Seen({}, frozenset())] * 40
    found = {one.signal.name: one.signal for one in compare_windows(then, now)}
    assert (found["no answer"].reference, found["no answer"].current) == (0.0, 0.6)
    assert found["no answer"].fired
    assert found["no label"].n == (100, 40)


def test_nothing_to_compare_says_so():
    found = compare_windows([], [])
    assert found
    assert all(one.signal.effect.reason for one in found)


def test_bands_of_a_control_chart():
    # mean 0.5, spread 0.5025 (of 100 zeros and ones), 3 of its errors
    bands = control_bands([0.0, 1.0] * 50, [[1.0] * 25, [0.0, 1.0] * 10])
    half = 3 * 0.502519 * (1 / 25 + 1 / 100) ** 0.5
    assert (bands[0].low, bands[0].high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-5)
    assert [one.is_out for one in bands] == [True, False]
    with pytest.raises(ValueError, match="at least 2"):
        control_bands([1.0], [[1.0]])


def test_people_who_overrule_more_are_an_outcome_and_on_the_chart():
    rng = Random(3)
    then, now = stream(rng, 200), stream(rng, 200)
    people = (Overruled(200, 20, 80, 2), Overruled(100, 30, 20, 1))
    found = {one.signal.name: one for one in compare_windows(then, now, people=people)}
    rate = found["answered otherwise by people"]
    assert (rate.kind, rate.signal.fired, rate.signal.reference, rate.signal.current) == ("outcomes", True, 0.1, 0.3)
    assert found["audited and wrong"].signal.p is None  # 20 audited are too few
    chart = levels(then, now, people)
    assert chart["answered otherwise by people"]["is_out"]
    assert chart["answered otherwise by people"]["value"] == pytest.approx(0.3)
    assert "audited and wrong" not in chart
    assert "answered otherwise by people" not in levels(then, now)


def test_an_attribute_is_not_mistaken_for_what_is_read_off_the_text():
    seen = [Seen({"language": "en"}, frozenset("a")) for _ in range(30)]
    texts = Texts(languages=["de"] * 30, words=[5] * 30, new_words=[0.0] * 30)
    names = [one.signal.name for one in compare_windows(seen, seen, texts=(texts, texts))]
    assert names.count("language") == 1
    assert len(set(names)) == len(names)
