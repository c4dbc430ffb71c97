"""The chat client against a real HTTP server that misbehaves on demand."""

import json
import logging

import pytest

from evaluation.llm.openai_client import ATTEMPTS, ChatModel, Endpoint
from evaluation.llm.protocol import DocText, ItemText, LabelSpec, ModelFailure
from tests.fake_openai import fake_openai

ITEM = ItemText("co-1", "Acme", (DocText("text", "We sell payroll."),))
KEY = "sk-very-secret-key"


class Book:
    """Remembers what a ledger is told."""

    def __init__(self):
        self.open, self.closed, self.most = 0, [], 0

    def started(self, *, tokens_at_most):
        self.open += 1
        self.most = tokens_at_most

    def ended(self, *, answer, failure):
        self.closed.append(failure.kind if failure else "ok")


@pytest.fixture
def server():
    with fake_openai(lambda body: {"labels": [{"code": "payroll", "confidence": 0.8, "evidence": "payroll"}]}) as fake:
        yield fake


def model(server, waits=None, **options):
    endpoint = Endpoint(base_url=server.base_url, model="fake-1", api_key=KEY, timeout=options.pop("timeout", 5.0))
    return ChatModel(
        endpoint,
        template="{taxonomy} {item}",
        labels=[LabelSpec("payroll", "Payroll")],
        sleep=(waits if waits is not None else []).append,
    )


def test_an_answer_with_its_cost_and_model(server):
    book = Book()
    answer = model(server).label(ITEM, book)
    assert [label.code for label in answer.labels] == ["payroll"]
    assert (answer.tokens_in, answer.tokens_out, answer.model_returned) == (100, 10, "fake-1-2025")
    assert (book.open, book.closed) == (1, ["ok"])
    sent = server.requests[0]["body"]
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert book.most > len(sent["messages"][1]["content"])


def test_a_busy_provider_is_asked_again_when_it_says(server):
    waits = []
    server.script = [{"status": 429, "headers": {"retry-after": "7"}}, {"status": 500}]
    book = Book()
    assert model(server, waits).label(ITEM, book).labels
    assert waits[0] == 7
    assert book.closed == ["rate_limited", "server", "ok"]


def test_attempts_are_bounded(server):
    server.script = [{"status": 503}] * 20
    with pytest.raises(ModelFailure) as caught:
        model(server).label(ITEM, Book())
    assert caught.value.kind == "server"
    assert len(server.requests) == ATTEMPTS


@pytest.mark.parametrize(
    ("step", "kind", "pauses", "asked"),
    [
        ({"status": 401}, "auth", True, 1),
        ({"status": 404}, "bad_request", True, 1),
        ({"status": 400}, "bad_request", False, 1),
        ({"status": 429, "body": json.dumps({"error": {"code": "insufficient_quota"}})}, "quota", True, 1),
        ({"refusal": "I will not"}, "refused", False, 1),
        ({"finish_reason": "length"}, "truncated", False, 1),
    ],
)
def test_failures_that_no_retry_would_mend(server, step, kind, pauses, asked):
    server.script = [step]
    with pytest.raises(ModelFailure) as caught:
        model(server).label(ITEM, Book())
    assert (caught.value.kind, caught.value.pauses_run) == (kind, pauses)
    assert len(server.requests) == asked


@pytest.mark.parametrize(
    ("step", "kind"),
    [({"body": "<html>"}, "server"), ({"content": "not json"}, "invalid_output"), ({"delay": 1.0}, "timeout")],
)
def test_garbage_and_silence_are_retried_and_then_said(server, step, kind):
    server.script = [step] * ATTEMPTS
    with pytest.raises(ModelFailure) as caught:
        model(server, timeout=0.3 if kind == "timeout" else 5.0).label(ITEM, Book())
    assert caught.value.kind == kind


def test_a_provider_that_is_not_there(server):
    endpoint = Endpoint(base_url="http://127.0.0.1:9/v1", model="m", api_key=KEY)
    asked = ChatModel(endpoint, template="{item}", labels=[LabelSpec("a", "A")], sleep=lambda seconds: None)
    with pytest.raises(ModelFailure) as caught:
        asked.label(ITEM, Book())
    assert caught.value.kind == "connection"


def test_the_key_is_said_nowhere(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.script = [{"status": 401}]
    asked = model(server)
    with pytest.raises(ModelFailure) as caught:
        asked.label(ITEM, Book())
    assert server.requests[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(asked.endpoint) + repr(caught.value) + str(caught.value) + caplog.text


def test_answers_go_on_after_a_failure(server):
    server.script = [{"status": 400}]
    found = list(model(server).answers([ITEM, ITEM], lambda item: Book()))
    assert isinstance(found[0][1], ModelFailure)
    assert found[1][1].labels
