"""Asks one call of an OpenAI-compatible provider, by its Chat, Responses, Decisions or Embeddings endpoint.

One request, no retries: those are the worker's business, which keeps the record of each. Every failure is typed.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx2
import openai

from evaluation.llm.calls import CHAT, DECISIONS, EMBEDDINGS, RESPONSES, Call, Reply
from evaluation.llm.protocol import ModelFailure

_QUOTA = ("insufficient_quota", "billing_hard_limit_reached")
CONNECT = 5.0


class Client:
    """Asks one provider. The key is kept out of every representation; redirects are not followed."""

    def __init__(self, *, base_url: str, api_key: str) -> None:
        self.base_url = base_url
        self.api = openai.OpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            max_retries=0,
            http_client=openai.DefaultHttpxClient(follow_redirects=False),
        )

    def ask(self, call: Call) -> Reply:
        """The reply to one call; raises ModelFailure."""
        began = time.monotonic()
        try:
            response = _SENDERS[call.api](self.api, call)
            headers = rate_headers(response.headers)
            content = response.parse()
        except (openai.APIError, json.JSONDecodeError) as error:
            raise failure_of(error) from None  # the cause may hold headers, and headers the key
        latency = round((time.monotonic() - began) * 1000)
        return read(call.api, content, headers=headers, latency_ms=latency)


def body_of(call: Call) -> dict[str, Any]:
    """The request's body, the same for a single call and for a line of a batch."""
    return _BODIES[call.api](call)


def read(api: str, content: Any, *, headers: Mapping[str, str], latency_ms: int | None = None) -> Reply:
    """The reply in a provider's answer; raises ModelFailure where there is none to use."""
    usage = getattr(content, "usage", None)
    common: dict[str, Any] = {
        "tokens_in": _count(usage, "prompt_tokens", "input_tokens"),
        "tokens_out": _count(usage, "completion_tokens", "output_tokens"),
        "cached_tokens": _cached(usage),
        "response_id": str(getattr(content, "id", None) or "")[:120],
        "simulated": headers.get("x-simulated") == "1",
        "headers": dict(headers),
    }
    failure = {**common, "retryable": False}
    raw, tokens, finish = _READERS[api](content, failure)
    return Reply(
        raw=raw,
        tokens=tokens,
        finish=finish,
        model_returned=str(getattr(content, "model", None) or "")[:160],
        latency_ms=latency_ms,
        **common,
    )


def rate_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What a provider says of its limits, and whether it is a simulator."""
    kept = ("x-ratelimit-", "retry-after", "x-simulated")
    return {name.lower(): str(value)[:100] for name, value in headers.items() if name.lower().startswith(kept)}


def _chat_body(call: Call) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": call.model,
        "messages": [{"role": role, "content": text} for role, text in call.messages],
        "max_completion_tokens": call.max_tokens,
        **_sampling(call),
    }
    if call.schema:
        schema = {"name": "labels", "strict": True, "schema": call.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if call.seed is not None:
        body["seed"] = call.seed
    if call.logprobs:
        body |= {"logprobs": True}
    return body


def _responses_body(call: Call) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": call.model,
        "input": [{"role": role, "content": text} for role, text in call.messages],
        "max_output_tokens": call.max_tokens,
        "store": False,
        **_sampling(call),
    }
    if call.schema:
        body["text"] = {"format": {"type": "json_schema", "name": "labels", "strict": True, "schema": call.schema}}
    if call.logprobs:
        body["include"] = ["message.output_text.logprobs"]
    return body


def _decisions_body(call: Call) -> dict[str, Any]:
    return {
        "model": call.model,
        "input": "\n\n".join(text for _, text in call.messages),
        "questions": [{"type": "predicate", "name": code, "instructions": asked} for code, asked in call.questions],
    }


def _embeddings_body(call: Call) -> dict[str, Any]:
    return {"model": call.model, "input": list(call.texts), "encoding_format": "float"}


def _sampling(call: Call) -> dict[str, Any]:
    said: dict[str, Any] = {"temperature": call.temperature, "top_p": call.top_p}
    if call.cache_key and call.api in (CHAT, RESPONSES):
        said["prompt_cache_key"] = call.cache_key
    return {name: value for name, value in said.items() if value is not None}


_BODIES = {CHAT: _chat_body, RESPONSES: _responses_body, DECISIONS: _decisions_body, EMBEDDINGS: _embeddings_body}


def _send_chat(client: openai.OpenAI, call: Call) -> Any:
    return client.chat.completions.with_raw_response.create(**_chat_body(call), timeout=_timeout(call))


def _send_responses(client: openai.OpenAI, call: Call) -> Any:
    return client.responses.with_raw_response.create(**_responses_body(call), timeout=_timeout(call))


def _send_decisions(client: openai.OpenAI, call: Call) -> Any:
    return client.decisions.with_raw_response.create(**_decisions_body(call), timeout=_timeout(call))


def _send_embeddings(client: openai.OpenAI, call: Call) -> Any:
    return client.embeddings.with_raw_response.create(**_embeddings_body(call), timeout=_timeout(call))


_SENDERS = {CHAT: _send_chat, RESPONSES: _send_responses, DECISIONS: _send_decisions, EMBEDDINGS: _send_embeddings}


def _timeout(call: Call) -> Any:
    return openai.Timeout(call.timeout, connect=min(CONNECT, call.timeout))


Read = tuple[str, tuple[tuple[str, float], ...], str]


def _read_chat(content: Any, failure: dict[str, Any]) -> Read:
    choices = getattr(content, "choices", None)
    if not choices or getattr(choices[0], "message", None) is None:
        raise ModelFailure("invalid_output", "the answer holds no choice", **failure)
    message, finish = choices[0].message, str(choices[0].finish_reason or "")
    raw = message.content or ""
    if getattr(message, "refusal", None):
        raise ModelFailure("refused", "the model refused to answer", raw=str(message.refusal)[:2000], **failure)
    _check_finish(finish, raw, failure)
    found = getattr(choices[0], "logprobs", None)
    tokens = tuple((one.token, float(one.logprob)) for one in (getattr(found, "content", None) or ()))
    return raw, tokens, finish


def _read_responses(content: Any, failure: dict[str, Any]) -> Read:
    raw, tokens = "", []
    for message in getattr(content, "output", None) or ():
        for part in getattr(message, "content", None) or ():
            if part.type == "refusal":
                raise ModelFailure("refused", "the model refused to answer", raw=str(part.refusal)[:2000], **failure)
            if part.type == "output_text":
                raw += part.text
                tokens += [(one.token, float(one.logprob)) for one in (part.logprobs or ())]
    details = getattr(content, "incomplete_details", None)
    finish = str(getattr(details, "reason", None) or getattr(content, "status", None) or "")
    _check_finish({"max_output_tokens": "length"}.get(finish, finish), raw, failure)
    if not raw:
        raise ModelFailure("invalid_output", "the answer holds no text", **failure)
    return raw, tuple(tokens), finish


def _check_finish(finish: str, raw: str, failure: dict[str, Any]) -> None:
    if finish == "length":
        raise ModelFailure("truncated", "the answer was cut off: raise max_tokens", raw=raw, **failure)
    if finish == "content_filter":
        raise ModelFailure("refused", "the provider's filter stopped the answer", raw=raw, **failure)


def _read_decisions(content: Any, failure: dict[str, Any]) -> Read:
    answers = getattr(content, "answers", None) or ()
    said = [{"name": one.name, "probability": getattr(one, "probability", None)} for one in answers]
    if not said:
        raise ModelFailure("invalid_output", "the answer decides nothing", **failure)
    if all(one["probability"] is None for one in said):
        raise ModelFailure("refused", "the model refused to decide", **failure)
    return json.dumps({"decisions": said}), (), "stop"


def _read_embeddings(content: Any, failure: dict[str, Any]) -> Read:
    vectors = [
        [round(number, 7) for number in one.embedding]
        for one in sorted(getattr(content, "data", None) or (), key=lambda one: one.index)
    ]
    if not vectors:
        raise ModelFailure("invalid_output", "the answer holds no vector", **failure)
    return json.dumps({"vectors": vectors}), (), "stop"


_READERS = {CHAT: _read_chat, RESPONSES: _read_responses, DECISIONS: _read_decisions, EMBEDDINGS: _read_embeddings}


def _count(usage: Any, *names: str) -> int | None:
    for name in names:
        value = getattr(usage, name, None)
        if isinstance(value, int) and value >= 0:
            return value
    return None


def _cached(usage: Any) -> int | None:
    details = getattr(usage, "prompt_tokens_details", None) or getattr(usage, "input_tokens_details", None)
    return _count(details, "cached_tokens")


def failure_of(error: Exception) -> ModelFailure:
    """The typed failure behind an exception of the client."""
    if isinstance(error, json.JSONDecodeError):
        return ModelFailure("garbled", "the provider's answer is not JSON", retryable=True)
    if isinstance(error.__cause__, (httpx2.ConnectError, httpx2.ConnectTimeout)):  # it has heard nothing
        return ModelFailure("unreachable", "the provider could not be reached", retryable=True)
    if isinstance(error, openai.APITimeoutError):
        return ModelFailure("timeout", "the provider did not answer in time", retryable=True)
    if isinstance(error, openai.APIConnectionError):
        return ModelFailure("connection", "the connection broke before the answer was there", retryable=True)
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, Mapping) else {}
        code = str(error.code or body.get("code") or "")
        return failure_by_status(
            error.status_code, code, str(error.body or "")[:2000], rate_headers(error.response.headers)
        )
    return ModelFailure("garbled", "the provider's answer could not be read", retryable=True)


def failure_by_status(status: int, code: str, raw: str, headers: Mapping[str, str]) -> ModelFailure:
    """The typed failure behind an HTTP status."""
    said: dict[str, Any] = {
        "http_status": status,
        "raw": raw,
        "headers": dict(headers),
        "simulated": headers.get("x-simulated") == "1",
    }
    if status == 429:
        if code in _QUOTA:
            return ModelFailure("quota", "the provider's quota is used up", pauses_run=True, **said)
        after = seconds_of(headers)
        return ModelFailure("rate_limited", "the provider asks to slow down", retryable=True, retry_after=after, **said)
    if status in (401, 403):
        return ModelFailure("auth", "the provider refuses the key", pauses_run=True, **said)
    if status == 404:
        return ModelFailure("bad_request", "the provider knows no such model or address", pauses_run=True, **said)
    if status in (408, 409) or status >= 500:
        after = seconds_of(headers)
        return ModelFailure("server", f"the provider answered {status}", retryable=True, retry_after=after, **said)
    return ModelFailure("bad_request", f"the provider refuses the request ({status})", **said)


def seconds_of(headers: Mapping[str, str]) -> float | None:
    """How long the provider asks to wait."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * scale
        except ValueError:
            continue
        if 0 <= seconds < 86_400:
            return seconds
    return None
