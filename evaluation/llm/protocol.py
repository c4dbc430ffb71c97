"""What goes into a model and what comes out, the same for the built-in baseline and for a provider."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol


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
    """One label a model gave; confidence between 0 and 1 as the model states it, not calibrated."""

    code: str
    confidence: float | None = None
    evidence: str = ""


@dataclass(frozen=True)
class Problem:
    """Something wrong with an answer that was still usable."""

    kind: str  # out_of_taxonomy, duplicate, bad_confidence, evidence_not_found
    detail: str


@dataclass(frozen=True)
class Answer:
    """What a model said of an item."""

    labels: tuple[PredictedLabel, ...]
    problems: tuple[Problem, ...] = ()
    raw: str = ""
    model_returned: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    latency_ms: int | None = None


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

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


class Ledger(Protocol):
    """Keeps the record of one item's calls: written before a call starts, closed after it ended."""

    def started(self, *, tokens_at_most: int) -> None:
        """A call is about to be made; may raise ModelFailure to stop it."""
        ...

    def ended(self, *, answer: Answer | None, failure: ModelFailure | None) -> None:
        """The call that was started is over."""
        ...


class Model(Protocol):
    """Labels items; built for one prompt version, taxonomy and set of examples."""

    def answers(
        self, items: Sequence[ItemText], ledger_for: Callable[[ItemText], Ledger]
    ) -> Iterator[tuple[ItemText, Answer | ModelFailure]]:
        """Each item with its answer, or why there is none, as they come."""
        ...
