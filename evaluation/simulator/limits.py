"""The provider's own rate limits: a bucket of requests and one of tokens for each model."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


class Bucket:
    """Holds up to `most`, fills evenly. May be overdrawn by what is only known afterwards."""

    def __init__(self, per_minute: int, *, second_is: float, burst: float, now: float) -> None:
        self.per_minute = per_minute
        self.speed = per_minute / (60 * second_is)  # in real seconds
        self.most = max(1.0, per_minute * burst)
        self.held, self.seen = self.most, now

    def fill(self, now: float) -> None:
        self.held = min(self.most, self.held + max(0.0, now - self.seen) * self.speed)
        self.seen = max(self.seen, now)

    def wait_for(self, amount: float) -> float:
        """Seconds until so much is there."""
        return max(0.0, (amount - self.held) / self.speed)


@dataclass(frozen=True)
class Verdict:
    """Whether a call may go on, and what the headers say."""

    wait: float | None  # None: go on
    over: str  # requests or tokens
    headers: dict[str, str]


class Limits:
    """One set of buckets for each model. Without limits there are no headers."""

    def __init__(
        self,
        *,
        rpm: int | None,
        tpm: int | None,
        second_is: float = 1.0,
        burst: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._told = {"requests": rpm, "tokens": tpm}
        self._second_is, self._burst, self._clock = second_is, burst, clock
        self._buckets: dict[str, dict[str, Bucket]] = {}
        self._lock = threading.Lock()

    def admit(self, model: str, tokens: int) -> Verdict:
        """Takes one request and its tokens, or neither."""
        with self._lock:
            buckets = self._of(model)
            asks = {kind: (1 if kind == "requests" else tokens) for kind in buckets}
            waits = {kind: bucket.wait_for(asks[kind]) for kind, bucket in buckets.items()}
            over = max(waits, key=lambda kind: waits[kind], default="")
            refused = bool(over) and waits[over] > 0
            if not refused:
                for kind, bucket in buckets.items():
                    bucket.held -= asks[kind]
            return Verdict(waits[over] if refused else None, over if refused else "", _headers(buckets))

    def charge(self, model: str, tokens: int) -> dict[str, str]:
        """Takes what an answer cost, known only now; the headers after it."""
        with self._lock:
            buckets = self._of(model)
            if "tokens" in buckets:
                buckets["tokens"].held -= tokens
            return _headers(buckets)

    def wait_headers(self, wait: float) -> dict[str, str]:
        """When to come again: whole seconds as providers say it, parts of them where time is scaled."""
        rounded = str(math.ceil(wait)) if self._second_is == 1 else f"{math.ceil(wait * 1000) / 1000:.3f}"
        return {"retry-after": rounded, "retry-after-ms": str(math.ceil(wait * 1000))}

    def _of(self, model: str) -> dict[str, Bucket]:
        now = self._clock()
        if model not in self._buckets:
            self._buckets[model] = {
                kind: Bucket(limit, second_is=self._second_is, burst=self._burst, now=now)
                for kind, limit in self._told.items()
                if limit is not None
            }
        for bucket in self._buckets[model].values():
            bucket.fill(now)
        return self._buckets[model]


def _headers(buckets: dict[str, Bucket]) -> dict[str, str]:
    said = {}
    for kind, bucket in buckets.items():
        said[f"x-ratelimit-limit-{kind}"] = str(bucket.per_minute)
        said[f"x-ratelimit-remaining-{kind}"] = str(max(0, math.floor(bucket.held)))
        said[f"x-ratelimit-reset-{kind}"] = duration(bucket.wait_for(bucket.most))
    return said


def duration(seconds: float) -> str:
    """As providers write it.

    >>> duration(0.02), duration(1.5), duration(360)
    ('20ms', '1.5s', '6m0s')
    """
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    shown = f"{rest:.3f}".rstrip("0").rstrip(".")
    return f"{int(minutes)}m{shown}s" if minutes else f"{shown}s"
