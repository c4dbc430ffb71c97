"""The bodies of /v1/chat/completions."""

from typing import Any

from evaluation.simulator.logprobs import token_logprobs
from evaluation.simulator.reading import Asked, BadRequest, messages_of, read
from evaluation.simulator.saying import Said


def read_chat(body: dict[str, Any]) -> Asked:
    """The question of a request; raises BadRequest."""
    if body.get("n") not in (None, 1):
        raise BadRequest("this simulator gives one choice a call: n must be 1")
    if body.get("stream"):
        raise BadRequest("this simulator does not stream")
    form = body.get("response_format")
    schema = None
    if isinstance(form, dict) and form.get("type") == "json_schema":
        schema = (form.get("json_schema") or {}).get("schema")
        if not isinstance(schema, dict):
            raise BadRequest("response_format.json_schema.schema is missing")
    return read(body, messages_of(body.get("messages")), schema)


def most_tokens(body: dict[str, Any]) -> int | None:
    """How long the answer may be."""
    for name in ("max_completion_tokens", "max_tokens", "max_output_tokens"):
        if isinstance(body.get(name), int):
            return int(body[name])
    return None


def chat_body(body: dict[str, Any], asked: Asked, said: Said, usage: tuple[int, int, int]) -> dict[str, Any]:
    """What is particular to this endpoint; `usage` is tokens in, of these cached, tokens out."""
    tokens_in, cached, tokens_out = usage
    logprobs = None
    if body.get("logprobs"):
        top = body.get("top_logprobs")
        content = token_logprobs(said, asked.codes, min(20, top) if isinstance(top, int) else 0)
        logprobs = {"content": content, "refusal": None}
    return {
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "finish_reason": said.finish,
                "logprobs": logprobs,
                "message": {
                    "role": "assistant",
                    "content": said.content,
                    "refusal": said.refusal,
                    "annotations": [],
                },
            }
        ],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
    }
