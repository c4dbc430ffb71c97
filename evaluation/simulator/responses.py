"""The bodies of /v1/responses."""

from typing import Any

from evaluation.simulator.logprobs import token_logprobs
from evaluation.simulator.reading import Asked, BadRequest, messages_of, read
from evaluation.simulator.saying import Said

LOGPROBS = "message.output_text.logprobs"
_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


def read_response(body: dict[str, Any]) -> Asked:
    """The question of a request; raises BadRequest."""
    if body.get("stream") or body.get("background"):
        raise BadRequest("this simulator neither streams nor answers in the background")
    messages = messages_of(body.get("input"))
    if isinstance(body.get("instructions"), str):
        messages = [("system", body["instructions"]), *messages]
    text = body.get("text")
    form = text.get("format") if isinstance(text, dict) else None
    schema = None
    if isinstance(form, dict) and form.get("type") == "json_schema":
        schema = form.get("schema")
        if not isinstance(schema, dict):
            raise BadRequest("text.format.schema is missing")
    return read(body, messages, schema)


def response_body(body: dict[str, Any], asked: Asked, said: Said, usage: tuple[int, int, int]) -> dict[str, Any]:
    """What is particular to this endpoint; `usage` is tokens in, of these cached, tokens out."""
    tokens_in, cached, tokens_out = usage
    reason = _REASONS.get(said.finish)
    status = "incomplete" if reason else "completed"
    return {
        "object": "response",
        "created_at": 0,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "output": [
            {
                "type": "message",
                "id": f"sim-message-{asked.digest}",
                "role": "assistant",
                "status": status,
                "content": [_content(body, asked, said)],
            }
        ],
        "parallel_tool_calls": False,
        "tool_choice": "none",
        "tools": [],
        "temperature": body.get("temperature"),
        "top_p": body.get("top_p"),
        "max_output_tokens": body.get("max_output_tokens"),
        "text": body.get("text") or {"format": {"type": "text"}},
        "service_tier": "default",
        "usage": {
            "input_tokens": tokens_in,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
            "output_tokens": tokens_out,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens_in + tokens_out,
        },
    }


def _content(body: dict[str, Any], asked: Asked, said: Said) -> dict[str, Any]:
    if said.refusal is not None:
        return {"type": "refusal", "refusal": said.refusal}
    content: dict[str, Any] = {"type": "output_text", "text": said.content or "", "annotations": []}
    if LOGPROBS in (body.get("include") or ()):
        top = body.get("top_logprobs")
        content["logprobs"] = token_logprobs(said, asked.codes, min(20, top) if isinstance(top, int) else 0)
    return content
