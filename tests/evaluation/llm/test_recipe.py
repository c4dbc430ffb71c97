import pytest

from evaluation.llm.recipe import Parameters, read_parameters
from reviewapp.common.errors import Refused


def test_nothing_given_is_a_plain_zero_shot_question():
    assert read_parameters({}) == Parameters()
    assert read_parameters({}).few_shot == 0


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"temperature": 3}, "temperature"),
        ({"temprature": 1}, "temprature"),
        ({"few_shot": -1}, "few_shot"),
        ({"few_shot_how": "magic"}, "few_shot_how"),
        ({"retrieve": {"size": 100, "overlap": 200}}, "overlap"),
        ({"confidence": "gut"}, "confidence"),
        ({"routes": [{"when": "empty", "to": ""}]}, "people"),
        ({"routes": [{"when": "full moon", "to": "people"}]}, "when"),
    ],
)
def test_what_makes_no_sense_is_named(raw, said):
    with pytest.raises(Refused, match=said):
        read_parameters(raw)
