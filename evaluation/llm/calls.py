"""One question to a provider and its reply, as plain values: made by a pipeline, asked by a worker."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

CHAT, RESPONSES, DECISIONS, EMBEDDINGS = "chat", "responses", "decisions", "embeddings"


@dataclass(frozen=True)
class Call:
    """What is asked. `nonce` fences untrusted text and is new for each call, so it is no part of the identity."""

    stage: str  # retrieve, summarise, classify, repair
    provider: str
    api: str
    model: str
    messages: tuple[tuple[str, str], ...]  # (role, text)
    address: str = ""  # of the provider: another one behind the same name gives other answers
    nonce: str = ""
    schema: dict[str, Any] | None = None  # the strict JSON schema of the answer
    questions: tuple[tuple[str, str], ...] = ()  # of the Decisions endpoint: (label code, question)
    texts: tuple[str, ...] = ()  # to embed
    max_tokens: int = 2000
    timeout: float = 60.0
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    logprobs: bool = False
    sample_index: int = 0
    cache_key: str = ""  # tells the provider which calls share a prefix

    @cached_property
    def key(self) -> str:
        """The same for the same question: SHA-256 of all that matters to the answer, without the nonce."""
        said = [[role, self._without_nonce(text)] for role, text in self.messages]
        parts = [
            self.address, self.provider, self.api, self.model, said,
            self.schema, self.questions, self.texts, self.max_tokens,
            self.temperature, self.top_p, self.seed, self.logprobs, self.sample_index,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the messages exactly as they are sent."""
        return hashlib.sha256(json.dumps(self.messages, ensure_ascii=False).encode()).hexdigest()

    @cached_property
    def bytes_in(self) -> int:
        """The size of what is sent; a token is at least one byte, so there are at most as many tokens."""
        schema = len(json.dumps(self.schema)) if self.schema else 0
        asked = sum(len(code) + len(question.encode()) + 40 for code, question in self.questions)
        said = sum(len(text.encode()) + 20 for _, text in self.messages)
        return schema + asked + said + sum(len(text.encode()) + 8 for text in self.texts)

    @property
    def most_tokens_out(self) -> int:
        return 0 if self.api in (DECISIONS, EMBEDDINGS) else self.max_tokens

    def _without_nonce(self, text: str) -> str:
        return text.replace(self.nonce, "") if self.nonce else text


@dataclass(frozen=True)
class Reply:
    """What came back, kept as text (`raw`) so that it can be read again without paying again."""

    raw: str
    tokens: tuple[tuple[str, float], ...] = ()  # the answer's tokens with their log-probabilities
    tokens_in: int | None = None
    tokens_out: int | None = None
    cached_tokens: int | None = None
    model_returned: str = ""
    response_id: str = ""
    finish: str = ""
    latency_ms: int | None = None
    simulated: bool = False
    headers: dict[str, str] = field(default_factory=dict)
