"""What a judge is sent and how its answer is read."""

import json

import pytest

from evaluation.llm.judging import Question, RubricText, read_scores, schema_of
from evaluation.llm.protocol import ModelFailure


def test_the_schema_names_every_criterion_and_allows_no_other():
    schema = schema_of(RubricText((Question("fit", "Fit", "", ("a", "b", "c", "d", "e")),)))
    assert schema["required"] == ["fit", "comment"]
    assert schema["properties"]["fit"]["enum"] == [1, 2, 3, 4, 5]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "said", ["no", "[]", {"fit": True}, {"fit": 4.5}, {"fit": 0}, {"fit": "4"}, {}, {"fit": 4, "x": 1}]
)
def test_what_is_no_score_is_invalid_output(said):
    with pytest.raises(ModelFailure) as failure:
        read_scores(said if isinstance(said, str) else json.dumps(said), ["fit"])
    assert failure.value.kind == "invalid_output"
