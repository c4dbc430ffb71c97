import json
import math

from evaluation.simulator.config import Rates
from tests.evaluation.simulator.conftest import codes_of, request


def response(**told):
    sent = request()
    form = sent["response_format"]["json_schema"]
    return {
        "model": "m",
        "instructions": sent["messages"][0]["content"],
        "input": [{"role": "user", "content": [{"type": "input_text", "text": sent["messages"][1]["content"]}]}],
        "text": {"format": {"type": "json_schema", **form}},
    } | told


def test_it_says_what_chat_says(start):
    _sim, client = start(rates=Rates(omit=0.3, hallucinate=0.3, wrong=0.3, misquote=0))

    found = client.responses.create(**response())
    chat = client.chat.completions.create(**request())

    assert found.output_text == chat.choices[0].message.content
    assert (found.status, found.model, found.id[:4]) == ("completed", "m-sim-1", "sim-")
    assert found.usage.input_tokens == chat.usage.prompt_tokens
    assert found.usage.total_tokens == found.usage.input_tokens + found.usage.output_tokens
    assert found.system_fingerprint == "simulated"


def test_logprobs_come_when_they_are_included(start):
    _sim, client = start()

    bare = client.responses.create(**response()).output[0].content[0]
    told = client.responses.create(**response(), include=["message.output_text.logprobs"], top_logprobs=2)

    tokens = told.output[0].content[0].logprobs
    assert bare.logprobs is None
    assert "".join(token.token for token in tokens) == told.output_text
    assert all(math.exp(token.logprob) <= 1 for token in tokens)
    assert {len(token.top_logprobs) for token in tokens} == {1, 2}


def test_what_is_cut_filtered_or_refused_says_so(start):
    sim, client = start()

    cut = client.responses.create(**response(), max_output_tokens=3)
    assert (cut.status, cut.incomplete_details.reason, cut.usage.output_tokens) == (
        "incomplete",
        "max_output_tokens",
        3,
    )
    sim.plan({"filtered": 1})
    assert client.responses.create(**response()).incomplete_details.reason == "content_filter"
    sim.plan({"refusal": 1})
    refused = client.responses.create(**response())
    assert (refused.output[0].content[0].type, refused.output_text) == ("refusal", "")
    sim.plan({"empty_choices": 1})
    assert client.responses.create(**response()).output == []


def test_samples_are_told_apart_by_metadata_or_by_their_number(start):
    sim, client = start(rates=Rates(omit=0.5, hallucinate=0.5, wrong=0, misquote=0), waver=1)

    told = [client.responses.create(**response(), temperature=1, metadata={"sample": str(n)}) for n in (1, 2, 3, 1)]
    counted = [client.responses.create(**response(), temperature=1).output_text for _ in range(4)]

    assert told[0].output_text == told[3].output_text
    assert len({one.output_text for one in told}) > 1
    assert len(set(counted)) > 1
    assert sim.calls[0].request_digest == sim.calls[3].request_digest != sim.calls[1].request_digest


def test_plain_input_is_read_too(start):
    _sim, client = start()

    found = client.responses.create(model="m", input="Acme sells payroll. It is old.")

    assert found.output_text == "Acme sells payroll. It is old."
    assert json.loads(client.responses.create(**response(instructions=None)).output_text)["labels"]
    assert codes_of(client.chat.completions.create(**request())) == ["pay", "rec"]
