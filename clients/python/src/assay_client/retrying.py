"""A transport that waits and asks again where a server is busy, as long as it said, and no longer than a limit.

Only what may be sent twice is: reads, and writes under an Idempotency-Key, whose second sending has no second effect.
A 429 was not acted on, so it is always asked again.
"""

import email.utils
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

BUSY = (429, 502, 503, 504)
READS = ("GET", "HEAD", "OPTIONS")


class Retrying(httpx.BaseTransport):
    """Wraps a transport; tries `tries` times at most, waits `longest` seconds at most each time."""

    def __init__(
        self, inner: httpx.BaseTransport, *, tries: int = 5, longest: float = 120.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.inner, self.tries, self.longest, self.sleep = inner, tries, longest, sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        is_safe = request.method in READS or "Idempotency-Key" in request.headers
        for attempt in range(1, self.tries):
            try:
                response = self.inner.handle_request(request)
            except httpx.TransportError:
                if not is_safe:
                    raise
                self.sleep(self._pause(attempt, None))
                continue
            if response.status_code not in BUSY or not (is_safe or response.status_code == 429):
                return response
            pause = self._pause(attempt, response.headers.get("Retry-After"))
            if pause > self.longest:
                return response
            response.close()
            self.sleep(pause)
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()

    def _pause(self, attempt: int, said: str | None) -> float:
        """Seconds: what the server said, else 0.5, 1, 2, ... with some chance, lest many come at once."""
        if said is not None and (seconds := _seconds(said)) is not None:
            return seconds
        return float(min(self.longest, 0.5 * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0))  # noqa: S311


def _seconds(said: str) -> float | None:
    """Retry-After as seconds; it is a number or a date."""
    if said.strip().isdigit():
        return float(said)
    try:
        at = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)
