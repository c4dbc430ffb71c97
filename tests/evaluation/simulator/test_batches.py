import json

import openai
import pytest

from evaluation.simulator.batches import read_lines
from tests.evaluation.simulator.conftest import item, request

URL = "/v1/chat/completions"


def line(number, **told):
    body = request(item(f"Firm {number} sells payroll.", f"Firm {number}"))
    return {"custom_id": f"row-{number}", "method": "POST", "url": URL, "body": body} | told


def upload(client, rows):
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    return client.files.create(file=("in.jsonl", content), purpose="batch")


def begin(client, rows, endpoint=URL):
    source = upload(client, rows)
    return client.batches.create(input_file_id=source.id, endpoint=endpoint, completion_window="24h")


def rows_of(client, name):
    return [json.loads(row) for row in client.files.content(name).text.splitlines()] if name else []


def test_a_file_comes_back_as_it_was_sent(start):
    _sim, client = start()
    content = b'{"a": "\xc3\xa9"}\r\n\r\n--x\n'

    sent = client.files.create(file=("in.jsonl", content), purpose="batch")

    assert (sent.filename, sent.bytes, sent.purpose) == ("in.jsonl", len(content), "batch")
    assert client.files.content(sent.id).content == content
    assert [one.id for one in client.files.list()] == [sent.id]
    assert client.files.delete(sent.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(sent.id)


def test_a_batch_is_done_after_it_was_looked_at_often_enough(start):
    sim, client = start(batch_polls=3, rpm=1)

    batch = begin(client, [line(number) for number in range(3)])
    states = [batch.status, *(client.batches.retrieve(batch.id).status for _ in range(4))]
    done = client.batches.retrieve(batch.id)
    rows = rows_of(client, done.output_file_id)

    assert states == ["validating", "in_progress", "in_progress", "completed", "completed"]
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (3, 3, 0)
    assert done.error_file_id is None
    assert [row["custom_id"] for row in rows] == ["row-0", "row-1", "row-2"]
    body = rows[1]["response"]["body"]
    live = client.chat.completions.create(**line(1)["body"])
    assert body["choices"][0]["message"]["content"] == live.choices[0].message.content
    assert (body["model"], body["system_fingerprint"], rows[1]["error"]) == ("m-sim-1", "simulated", None)
    assert [(call.path, call.billed) for call in sim.calls[:3]] == [("/v1/batches", True)] * 3
    assert [one.id for one in client.batches.list()] == [batch.id]


def test_responses_and_embeddings_go_in_batches_too_and_decisions_do_not(start):
    _sim, client = start(batch_polls=1)

    for url, body in (
        ("/v1/responses", {"model": "m", "input": "Hi."}),
        ("/v1/embeddings", {"model": "m", "input": "a"}),
    ):
        batch = begin(client, [line(0, url=url, body=body)], endpoint=url)
        done = client.batches.retrieve(batch.id)
        assert rows_of(client, done.output_file_id)[0]["response"]["status_code"] == 200
    with pytest.raises(openai.BadRequestError):
        begin(client, [line(0)], endpoint="/v1/decisions")


def test_lines_that_fail_or_expire_are_in_the_error_file(start):
    sim, client = start(batch_polls=1, batch_expired=0.3)
    sim.plan([{"kind": "server_error", "path": "/v1/batches", "at": [1, 2]}, {"kind": "hang"}])

    batch = begin(client, [line(number) for number in range(12)])
    done = client.batches.retrieve(batch.id)
    good, bad = rows_of(client, done.output_file_id), rows_of(client, done.error_file_id)

    assert done.status == "expired"
    assert sorted(row["custom_id"] for row in good + bad) == sorted(f"row-{number}" for number in range(12))
    assert {row["response"]["status_code"] for row in bad if row["response"]} == {500}
    assert {row["error"]["code"] for row in bad if row["error"]} == {"batch_expired"}
    assert done.request_counts.failed == len(bad) > 2
    expired = sum(row["error"] is not None for row in bad)
    assert len(sim.calls) == 12 - expired


def test_a_cancelled_batch_keeps_what_was_answered(start):
    _sim, client = start(batch_polls=9)
    batch = begin(client, [line(number) for number in range(300)])

    said = client.batches.cancel(batch.id)
    done = client.batches.retrieve(batch.id)
    good, bad = rows_of(client, done.output_file_id), rows_of(client, done.error_file_id)

    assert (said.status, done.status) == ("cancelling", "cancelled")
    assert len(good) + len(bad) == 300
    assert {row["error"]["code"] for row in bad} <= {"batch_cancelled"}  # it may have been quicker
    assert client.batches.cancel(batch.id).status == "cancelled"


def test_a_file_that_cannot_be_used_fails_the_batch(start):
    _sim, client = start()

    batch = begin(client, [line(0), line(0)])

    assert (batch.status, [error.code for error in batch.errors.data]) == ("failed", ["duplicate_custom_id"])
    assert client.batches.retrieve(batch.id).status == "failed"
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch-sim-99")
    with pytest.raises(openai.NotFoundError):
        client.batches.create(input_file_id="none", endpoint=URL, completion_window="24h")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"{", "invalid_json_line"),
        (b'{"body": {}}', "missing_required_parameter"),
        (b'{"body": {}, "custom_id": "a", "method": "GET"}', "invalid_method"),
        (b'{"body": {}, "custom_id": "a", "method": "POST", "url": "/v1/responses"}', "mismatched_endpoint"),
    ],
)
def test_what_is_wrong_with_a_line_is_named(content, code):
    assert [error["code"] for error in read_lines(content, URL)[1]] == [code]
