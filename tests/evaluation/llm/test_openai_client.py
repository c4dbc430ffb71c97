"""The client against a real HTTP server that misbehaves on demand. One call, one request, one typed outcome."""

import json
import logging

import pytest

from evaluation.llm.calls import Call
from evaluation.llm.openai_client import Client, seconds_of
from evaluation.llm.prompts import output_schema
from evaluation.llm.protocol import ModelFailure
from tests.fake_openai import fake_openai

KEY = "sk-very-secret-key"


@pytest.fixture(scope="module")
def fake():
    with fake_openai(lambda body: {"labels": [{"code": "payroll", "confidence": 0.8, "evidence": "payroll"}]}) as one:
        yield one


@pytest.fixture
def server(fake):
    fake.requests.clear()
    fake.script.clear()
    return fake


def ask(server, **changes):
    client = Client(base_url=server.base_url, api_key=KEY)
    said = {"messages": (("system", "be good"), ("user", "We sell payroll.")), "schema": output_schema(["payroll"])}
    return client.ask(Call("classify", "default", "chat", "fake-1", **{**said, "timeout": 5.0, **changes}))


def test_a_reply_with_its_tokens_and_model(server):
    reply = ask(server, temperature=0.0, seed=7, logprobs=True)
    assert json.loads(reply.raw)["labels"][0]["code"] == "payroll"
    assert (reply.tokens_in, reply.tokens_out, reply.model_returned) == (100, 10, "fake-1-2025")
    sent = server.requests[0]["body"]
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert (sent["temperature"], sent["seed"], sent["logprobs"]) == (0.0, 7, True)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("step", "kind", "retryable", "pauses"),
    [
        ({"status": 401}, "auth", False, True),
        ({"status": 404}, "bad_request", False, True),
        ({"status": 400}, "bad_request", False, False),
        ({"status": 503}, "server", True, False),
        ({"status": 429, "headers": {"retry-after": "7"}}, "rate_limited", True, False),
        ({"status": 429, "body": json.dumps({"error": {"code": "insufficient_quota"}})}, "quota", False, True),
        ({"refusal": "I will not"}, "refused", False, False),
        ({"finish_reason": "length"}, "truncated", False, False),
        ({"finish_reason": "content_filter"}, "refused", False, False),
        ({"body": "<html>"}, "garbled", True, False),
        ({"body": '{"choices": []}'}, "invalid_output", False, False),
    ],
)
def test_each_failure_is_typed_and_asked_once(server, step, kind, retryable, pauses):
    server.script = [step]
    with pytest.raises(ModelFailure) as caught:
        ask(server)
    assert (caught.value.kind, caught.value.retryable, caught.value.pauses_run) == (kind, retryable, pauses)
    assert len(server.requests) == 1


def test_the_wait_that_a_provider_asks_for(server):
    server.script = [{"status": 429, "headers": {"retry-after": "7", "x-ratelimit-limit-requests": "600"}}]
    with pytest.raises(ModelFailure) as caught:
        ask(server)
    assert caught.value.retry_after == 7
    assert caught.value.headers["x-ratelimit-limit-requests"] == "600"
    assert seconds_of({"retry-after-ms": "250", "retry-after": "9"}) == 0.25
    assert seconds_of({"retry-after": "soon"}) is None


def test_silence_is_a_timeout(server):
    server.script = [{"delay": 0.2}]
    with pytest.raises(ModelFailure) as caught:
        ask(server, timeout=0.05)
    assert caught.value.kind == "timeout"


def test_a_provider_that_is_not_there():
    client = Client(base_url="http://127.0.0.1:9/v1", api_key=KEY)
    with pytest.raises(ModelFailure) as caught:
        client.ask(Call("classify", "default", "chat", "m", (("user", "x"),)))
    assert (caught.value.kind, caught.value.retryable) == ("unreachable", True)


def test_the_key_is_said_nowhere(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.script = [{"status": 401}]
    with pytest.raises(ModelFailure) as caught:
        ask(server)
    assert server.requests[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(caught.value) + str(caught.value) + caplog.text
