import openai
import pytest

from evaluation.simulator.config import AnswerRow, Rates
from tests.evaluation.simulator.conftest import CODES, LABELS, codes_of, item, request

QUESTIONS = [
    {"type": "predicate", "name": label.code, "instructions": f"{label.name}. {label.definition}"} for label in LABELS
]


def ask(client, one=None, questions=QUESTIONS):
    text = f"DATA n1\n{(one or item()).text}\nEND DATA n1"
    return client.decisions.create(model="m", input=text, questions=questions)


def test_each_label_has_a_probability_and_those_above_half_are_what_chat_gives(start):
    rows = tuple(AnswerRow(("pay", "crm"), name=f"Firm {number}") for number in range(12))
    _sim, client = start(answers=rows, rates=Rates(omit=0.3, hallucinate=0.3, wrong=0.2, misquote=0))

    for row in rows:
        one = item(name=row.name)
        prompt = request(one)["messages"][1]["content"]
        found = client.decisions.create(model="m", input=prompt, questions=QUESTIONS)
        given = [answer.name for answer in found.answers if answer.probability > 0.5]
        assert [answer.name for answer in found.answers] == CODES
        assert sorted(given) == sorted(codes_of(client.chat.completions.create(**request(one))))
    assert found.model == "m-sim-1"
    assert found.usage.total_tokens == found.usage.input_tokens + found.usage.output_tokens > 0


def test_without_answers_the_questions_themselves_say_what_fits(start):
    _sim, client = start()

    found = ask(client)

    assert [answer.name for answer in found.answers if answer.probability > 0.5] == ["pay", "rec"]


def test_choices_and_scores_are_answered_in_order(start):
    _sim, client = start()
    questions = [
        {"type": "choice", "name": "size", "instructions": "?", "choices": [{"value": "big"}, {"value": True}]},
        {"type": "score", "instructions": "?", "levels": [{"label": "low"}, {"label": "mid"}, {"label": "high"}]},
        QUESTIONS[0],
    ]

    choice, score, predicate = ask(client, questions=questions).answers

    assert (choice.type, score.type, predicate.name) == ("choice", "score", "hr")
    assert choice.choice in ("big", True)
    assert sum(one.probability for one in choice.probabilities) == pytest.approx(1, abs=1e-4)
    assert 0 <= score.score <= 2


def test_single_questions_are_refused_on_demand_and_other_faults_spoil_the_list(start):
    sim, client = start()

    def names(kind):
        sim.plan({kind: 1})
        return [(answer.type, answer.name) for answer in ask(client).answers]

    assert [kind for kind, _ in names("refusal")] == ["refusal", "predicate", "refusal", "predicate"]
    assert {kind for kind, _ in names("filtered")} == {"refusal"}
    assert len(names("truncated")) == 2
    assert names("unknown_labels")[-1] == ("predicate", "made-up-label")
    assert len(names("duplicate_labels")) == 8
    assert names("empty_choices") == []


@pytest.mark.parametrize(
    "questions",
    [[], [{"type": "guess"}], [{"type": "choice", "choices": [{"value": "a"}]}], [{"type": "score"}], QUESTIONS * 101],
)
def test_questions_that_cannot_be_asked_are_refused(start, questions):
    with pytest.raises(openai.BadRequestError):
        ask(start()[1], questions=questions)
