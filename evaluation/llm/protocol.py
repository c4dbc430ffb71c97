"""What goes into a model and what comes out, the same for the built-in baseline and for every provider."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class LabelSpec:
    """A label as a model is told about it."""

    code: str
    name: str
    definition: str = ""
    parent_code: str | None = None
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocText:
    """One text of an item."""

    kind: str
    text: str


@dataclass(frozen=True)
class ItemText:
    """An item as a model is told about it."""

    external_id: str
    name: str
    documents: tuple[DocText, ...]

    @property
    def text(self) -> str:
        return "\n\n".join([self.name, *(document.text for document in self.documents)])


@dataclass(frozen=True)
class Example:
    """An item with its agreed labels, from the fewshot split only."""

    item: ItemText
    labels: tuple[str, ...]


@dataclass(frozen=True)
class PredictedLabel:
    """One label a model gave, with a confidence between 0 and 1 that is not calibrated.

    `by` keeps every confidence there is: "stated" by the model, "logprob" of its tokens, "share" of repeated samples,
    "decision" of the Decisions endpoint. `confidence` is the one the prompt version asks for.
    """

    code: str
    confidence: float | None = None
    evidence: str = ""
    by: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Something wrong with an answer that was still usable."""

    kind: str  # out_of_taxonomy, duplicate, bad_confidence, evidence_not_found, quotes_instruction
    detail: str


@dataclass(frozen=True)
class Answer:
    """What a model, or a pipeline of several calls, said of an item."""

    labels: tuple[PredictedLabel, ...]
    problems: tuple[Problem, ...] = ()
    model_returned: str = ""
    stages: dict[str, Any] = field(default_factory=dict)  # what each stage on the way gave: retrieved, summary, samples
    routes: tuple[str, ...] = ()  # the fallback routes taken, in words
    review: str = ""  # why a person should look at it; empty if nothing asks for one


@dataclass
class ModelFailure(Exception):
    """A call that gave no usable answer. `pauses_run`: the next item would fail in the same way."""

    kind: str  # rate_limited, quota, auth, timeout, connection, server, bad_request, refused, truncated, invalid_output
    message: str
    retryable: bool = False
    pauses_run: bool = False
    retry_after: float | None = None
    http_status: int | None = None
    raw: str = field(default="", repr=False)
    tokens_in: int | None = None
    tokens_out: int | None = None
    cached_tokens: int | None = None
    response_id: str = ""
    simulated: bool = False
    headers: dict[str, str] = field(default_factory=dict, repr=False)  # the rate limits it told
    stages: dict[str, Any] = field(default_factory=dict, repr=False)
    routes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


class BatchModel(Protocol):
    """Labels many items at once without a call: the built-in baseline."""

    def label_many(self, items: Sequence[ItemText]) -> list[Answer]:
        """One answer an item, in their order."""
        ...
