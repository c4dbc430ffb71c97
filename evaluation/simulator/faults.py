"""What goes wrong on purpose: by the number of the call, by how often an item was asked, or by a share."""

import json
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.simulator.chance import draw

STATUSES = {  # the kind: status, type and code of the error
    "rate_limit": (429, "requests", "rate_limit_exceeded"),
    "rate_limit_bare": (429, "requests", "rate_limit_exceeded"),
    "quota": (429, "insufficient_quota", "insufficient_quota"),
    "server_error": (500, "server_error", None),
    "unavailable": (503, "service_unavailable_error", None),
    "auth": (401, "invalid_request_error", "invalid_api_key"),
    "forbidden": (403, "invalid_request_error", None),
    "no_model": (404, "invalid_request_error", "model_not_found"),
    "bad_request": (400, "invalid_request_error", None),
}
TRANSPORT = ("slow", "hang", "cut", "malformed_body", "empty_choices")
CONTENT = ("not_json", "truncated", "refusal", "filtered", "unknown_labels", "duplicate_labels", "huge", "injection")
KINDS = (*STATUSES, *TRANSPORT, *CONTENT)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, and when; all conditions that are given must hold."""

    kind: str
    at: tuple[int, ...] = ()  # numbers of calls, from 1
    first: int | None = None  # calls up to this number
    every: int | None = None  # each so many calls
    tries: tuple[int, ...] = ()  # the first, second, ... time that the same item is asked
    rate: float | None = None  # by the seed, the item and the try
    path: str = ""  # only where the path holds this: /v1/batches are the lines of batches
    model: str = ""
    item: str = ""  # only items whose text holds this
    retry_after: float = 1.0  # seconds, of rate_limit
    delay: float = 1.0  # seconds, of slow

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"“{self.kind}” is no fault; known are {', '.join(KINDS)}")
        if self.rate is not None and not 0 <= self.rate <= 1:
            raise ValueError(f"the rate of the fault “{self.kind}” must be between 0 and 1")
        if self.every is not None and self.every < 1:
            raise ValueError(f"“every” of the fault “{self.kind}” must be at least 1")


@dataclass(frozen=True)
class Moment:
    """A call, as far as faults may depend on it."""

    number: int
    path: str
    model: str
    text: str
    key: str  # stands for the item
    attempt: int  # how often this item was asked, from 1


class Faults:
    """Picks what goes wrong with a call; the first that applies. May be replaced while it runs."""

    def __init__(self, planned: Sequence[Fault], seed: int) -> None:
        self.planned, self.seed = tuple(planned), seed
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def attempt(self, key: str) -> int:
        """Counts one more time that an item is asked."""
        with self._lock:
            self._asked[key] += 1
            return self._asked[key]

    def pick(self, moment: Moment) -> Fault | None:
        return next((fault for fault in self.planned if self._applies(fault, moment)), None)

    def _applies(self, fault: Fault, moment: Moment) -> bool:
        return (
            _within(moment.number, fault.at)
            and _within(moment.attempt, fault.tries)
            and (fault.first is None or moment.number <= fault.first)
            and (fault.every is None or moment.number % fault.every == 0)
            and fault.path in moment.path
            and fault.model in ("", moment.model)
            and fault.item in moment.text
            and (fault.rate is None or draw(self.seed, "fault", fault.kind, moment.key, moment.attempt) < fault.rate)
        )


def _within(number: int, wanted: Collection[int]) -> bool:
    return not wanted or number in wanted


def read_faults(told: Any) -> tuple[Fault, ...]:
    """Faults out of JSON: a list of objects, or an object of kind: share. Raises ValueError.

    >>> read_faults('{"cut": 0.5}')[0].rate
    0.5
    """
    content = json.loads(told) if isinstance(told, str) else told
    if isinstance(content, Mapping):
        content = [{"kind": kind, "rate": rate} for kind, rate in content.items()]
    if not isinstance(content, Sequence) or isinstance(content, str):
        raise ValueError("faults are a list of objects with a “kind”, or an object of kind: share")
    return tuple(_fault(one) for one in content)


def _fault(told: Any) -> Fault:
    if not isinstance(told, Mapping) or "kind" not in told:
        raise ValueError("a fault is an object with a “kind”")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
    for key in ("at", "tries"):
        if isinstance(values.get(key), int):
            values[key] = (values[key],)
    try:
        return Fault(**values)
    except TypeError as error:
        raise ValueError(f"the fault {dict(told)} cannot be used: {error}") from error
