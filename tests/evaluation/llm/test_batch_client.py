"""Lines of a batch's files; the sending and collecting is tested with runs, in actions/test_batches.py."""

import json

from evaluation.llm.batch_client import _reply
from evaluation.llm.protocol import ModelFailure

BODY = {
    "id": "r-1", "model": "m-1", "object": "chat.completion", "created": 1, "system_fingerprint": "simulated",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "{}"}}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
}  # fmt: skip


def line(**changes):
    return json.dumps({"custom_id": "7", "response": {"status_code": 200, "body": BODY}, "error": None} | changes)


def test_a_line_with_an_answer():
    name, reply = _reply(line(), "chat")
    assert (name, reply.raw, reply.tokens_in, reply.tokens_out, reply.simulated) == ("7", "{}", 5, 2, True)


def test_lines_without_one():
    said = {
        "server": [line(error={"code": "batch_expired", "message": "too late"}), line(response=None), "{broken"],
        "bad_request": [line(response={"status_code": 400, "body": {"error": {"message": "no"}}})],
        "quota": [line(response={"status_code": 429, "body": {"error": {"code": "insufficient_quota"}}})],
        "invalid_output": [line(response={"status_code": 200, "body": {}})],
    }
    for kind, lines in said.items():
        for one in lines:
            found = _reply(one, "chat")[1]
            assert isinstance(found, ModelFailure)
            assert found.kind == kind
