"""An OpenAI-compatible chat endpoint: strict schema out, bounded retries, every attempt reported as it happens."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openai
import tenacity

from evaluation.llm import parse, prompts
from evaluation.llm.protocol import Answer, Example, ItemText, LabelSpec, Ledger, ModelFailure

ATTEMPTS = 4
WAIT_MAX = 60.0
_QUOTA = ("insufficient_quota", "billing_hard_limit_reached")


@dataclass(frozen=True)
class Endpoint:
    """Where and how to ask. The key is kept out of every representation."""

    base_url: str
    model: str
    api_key: str = field(repr=False)
    temperature: float | None = None
    max_tokens: int = 2000
    timeout: float = 60.0
    seed: int | None = None


class ChatModel:
    """Labels one item a call, by a template, in strict JSON."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        template: str,
        labels: Sequence[LabelSpec],
        guidelines: str = "",
        examples: Sequence[Example] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        prompts.check_template(template)
        self.endpoint, self.template, self.labels = endpoint, template, list(labels)
        self.guidelines, self.examples, self.sleep = guidelines, list(examples), sleep
        self.codes = frozenset(label.code for label in labels)
        self.client = openai.OpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key or "none",
            timeout=endpoint.timeout,
            max_retries=0,
            http_client=openai.DefaultHttpxClient(follow_redirects=False),
        )

    def answers(
        self, items: Sequence[ItemText], ledger_for: Callable[[ItemText], Ledger]
    ) -> Iterator[tuple[ItemText, Answer | ModelFailure]]:
        """Each item with its answer or its failure, one call after the other."""
        for item in items:
            try:
                yield item, self.label(item, ledger_for(item))
            except ModelFailure as failure:
                yield item, failure

    def label(self, item: ItemText, ledger: Ledger) -> Answer:
        """One item's answer; raises ModelFailure when the attempts are used up or it is no use trying again."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, ModelFailure) and error.retryable),
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(self._attempt, item, ledger)

    def _attempt(self, item: ItemText, ledger: Ledger) -> Answer:
        messages = prompts.render(
            self.template,
            labels=self.labels,
            guidelines=self.guidelines,
            examples=self.examples,
            item=item,
            nonce=secrets.token_hex(8),
        )
        ledger.started(tokens_at_most=self._most_tokens(messages))
        began = time.monotonic()
        try:
            answer = self._ask(messages, item, began)
        except ModelFailure as failure:
            ledger.ended(answer=None, failure=failure)
            raise
        ledger.ended(answer=answer, failure=None)
        return answer

    def _most_tokens(self, messages: list[dict[str, str]]) -> int:
        """What is sent can be at most this many tokens: a token is at least one byte."""
        schema = json.dumps(prompts.output_schema([label.code for label in self.labels]))
        return len(schema) + sum(len(message["content"].encode()) + 20 for message in messages)

    def _ask(self, messages: list[dict[str, str]], item: ItemText, began: float) -> Answer:
        extra: dict[str, Any] = {}
        if self.endpoint.temperature is not None:
            extra["temperature"] = self.endpoint.temperature
        if self.endpoint.seed is not None:
            extra["seed"] = self.endpoint.seed
        try:
            completion = self.client.chat.completions.create(  # type: ignore[call-overload]
                model=self.endpoint.model,
                messages=messages,
                max_completion_tokens=self.endpoint.max_tokens,
                response_format={
                    "type": "json_schema",
                    "json_schema": {
                        "name": "labels",
                        "strict": True,
                        "schema": prompts.output_schema([label.code for label in self.labels]),
                    },
                },
                **extra,
            )
        except (openai.APIError, json.JSONDecodeError) as error:
            raise _failure(error) from None  # the cause may hold headers, and headers the key
        return self._read(completion, item, began)

    def _read(self, completion: Any, item: ItemText, began: float) -> Answer:
        usage = getattr(completion, "usage", None)
        tokens: dict[str, Any] = {
            "tokens_in": getattr(usage, "prompt_tokens", None),
            "tokens_out": getattr(usage, "completion_tokens", None),
        }
        choices = getattr(completion, "choices", None)
        if not choices:
            raise ModelFailure("invalid_output", "the answer holds no choice", retryable=True, **tokens)
        message = choices[0].message
        if getattr(message, "refusal", None):
            raise ModelFailure("refused", "the model refused to answer", raw=str(message.refusal)[:2000], **tokens)
        raw = message.content or ""
        if choices[0].finish_reason == "length":
            raise ModelFailure("truncated", "the answer was cut off: raise max_tokens", raw=raw, **tokens)
        if choices[0].finish_reason == "content_filter":
            raise ModelFailure("refused", "the provider's filter stopped the answer", raw=raw, **tokens)
        try:
            labels, problems = parse.parse_answer(raw, codes=self.codes, item=item)
        except ModelFailure as failure:
            failure.tokens_in, failure.tokens_out = tokens["tokens_in"], tokens["tokens_out"]
            raise
        return Answer(
            labels=labels,
            problems=problems,
            raw=raw,
            model_returned=str(completion.model or "")[:160],
            latency_ms=round((time.monotonic() - began) * 1000),
            **tokens,
        )


def _wait(state: tenacity.RetryCallState) -> float:
    """What the provider asks for, else exponential with full jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, ModelFailure) and error.retry_after is not None:
        return min(error.retry_after, WAIT_MAX)
    return float(tenacity.wait_random_exponential(multiplier=1, max=30)(state))


def _failure(error: Exception) -> ModelFailure:
    """The typed failure behind an exception of the client."""
    if isinstance(error, json.JSONDecodeError):
        return ModelFailure("server", "the provider's answer is not JSON", retryable=True)
    if isinstance(error, openai.APITimeoutError):
        return ModelFailure("timeout", "the provider did not answer in time", retryable=True)
    if isinstance(error, openai.APIConnectionError):
        return ModelFailure("connection", "the provider could not be reached", retryable=True)
    if isinstance(error, openai.APIStatusError):
        return _by_status(error)
    return ModelFailure("server", "the provider's answer could not be read", retryable=True)


def _by_status(error: openai.APIStatusError) -> ModelFailure:
    status = error.status_code
    said: dict[str, Any] = {"http_status": status, "raw": str(error.body)[:2000] if error.body else ""}
    if status == 429:
        if error.code in _QUOTA:
            return ModelFailure("quota", "the provider's quota is used up", pauses_run=True, **said)
        after = _seconds(error.response.headers)
        return ModelFailure("rate_limited", "the provider asks to slow down", retryable=True, retry_after=after, **said)
    if status in (401, 403):
        return ModelFailure("auth", "the provider refuses the key", pauses_run=True, **said)
    if status == 404:
        return ModelFailure("bad_request", "the provider knows no such model or address", pauses_run=True, **said)
    if status in (408, 409) or status >= 500:
        return ModelFailure(
            "server",
            f"the provider answered {status}",
            retryable=True,
            retry_after=_seconds(error.response.headers),
            **said,
        )
    return ModelFailure("bad_request", f"the provider refuses the request ({status})", **said)


def _seconds(headers: Mapping[str, str]) -> float | None:
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if seconds >= 0 else None
