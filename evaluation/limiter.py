"""Keeps the limits of each provider for all workers: in Redis where there is one, else in this process."""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings

from evaluation.llm.limits import Ask, Grant, Outcome, Rates, exchange, fresh

if TYPE_CHECKING:
    import redis

logger = logging.getLogger(__name__)
KEPT = 3600  # seconds after the last call
AWAY = 1.0  # seconds to wait where Redis does not answer

_here: dict[str, dict[str, Any]] = {}
_lock = threading.Lock()


class Limiter:
    """One provider's model, as one worker sees it."""

    def __init__(self, *, provider: str, model: str, rates: Rates, worker: str) -> None:
        self.key = f"{settings.REDIS_PREFIX}limits:{provider}:{model}"
        self.rates, self.worker, self.state = rates, worker, fresh(time.time())

    def exchange(self, *, in_flight: int, finished: Sequence[Outcome], asked: Sequence[Ask]) -> Grant:
        """Tell what came back, ask what may go. Where Redis is away nothing goes, and what came back is told later."""

        def change(state: dict[str, Any]) -> Grant:
            return exchange(
                state, worker=self.worker, in_flight=in_flight, rates=self.rates, now=time.time(),
                finished=finished, asked=asked,
            )  # fmt: skip

        if settings.REDIS_URL:
            return self._in_redis(change)
        with _lock:
            self.state = _here.setdefault(self.key, fresh(time.time()))
            return change(self.state)

    def _in_redis(self, change: Callable[[dict[str, Any]], Grant]) -> Grant:
        from redis import RedisError  # noqa: PLC0415 -- a third of a second, and not needed without Redis

        granted: list[Grant] = []

        def swap(pipe: "redis.client.Pipeline") -> None:
            raw = cast(bytes | None, pipe.get(self.key))
            state = json.loads(raw) if raw else fresh(time.time())
            granted.append(change(state))
            self.state = state
            pipe.multi()
            pipe.set(self.key, json.dumps(state), ex=KEPT)

        try:
            _redis().transaction(swap, self.key)
        except (RedisError, OSError) as error:
            logger.warning("the limits are out of reach: %s", type(error).__name__)
            return Grant((), AWAY)
        return granted[-1]


def _redis() -> "redis.Redis":
    from redis import Redis  # noqa: PLC0415

    global _connected
    if _connected is None:
        _connected = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    return _connected


_connected: "redis.Redis | None" = None
