"""How fast a provider may be asked: one small state for all workers, changed only by `exchange`.

Two buckets (requests, tokens) refill all the time at the provider's rate; a ceiling on calls in flight grows while
all is well and shrinks when the provider answers 429; a pause that the provider asks for holds for everybody.
The state is a plain dict of JSON values, so it can live in Redis or in the process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CEILING_FIRST = 16.0
CEILING_LEAST = 1.0
CUT = 0.8  # of the ceiling, for each episode of 429
CUT_AGAIN = 15.0  # seconds: answers 429 within them belong to one episode
GROW = 0.05  # of the ceiling, for each ceiling's worth of good answers, once the first episode has ended the doubling
USE = 0.97  # of the stated rate, so that clocks that differ a little do not cost answers 429
BURST = 1.0  # seconds of the rate that may be asked at once after a silence
MISSED = 15.0  # seconds without a sign, after which a worker's calls no longer count as in flight
LOG_KEPT = 40
LEARN = 0.1  # weight of the newest answer in what a call is expected to cost in tokens
TOKENS_A_BYTE, TOKENS_OUT = 0.25, 300.0  # before anything is learned


@dataclass(frozen=True)
class Rates:
    """What the operator says of a provider; None is not limited, or not known."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    most_in_flight: int = 64


@dataclass(frozen=True)
class Ask:
    """A call that wants to go: its size, and the most it may answer."""

    bytes_in: int
    most_out: int


@dataclass(frozen=True)
class Outcome:
    """A call that came back: what was taken for it, what it used, and what the provider said of its limits."""

    ask: Ask
    taken: float
    kind: str  # ok, limited, failed
    tokens_in: int | None = None
    tokens_out: int | None = None
    retry_after: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grant:
    """How many of the asked may go, first come first, with the tokens taken for each; and how long the next waits."""

    taken: tuple[float, ...]
    wait: float


def fresh(now: float) -> dict[str, Any]:
    """The state of a provider nobody has asked yet."""
    return {
        "at": now, "requests": None, "tokens": None, "blocked_until": 0.0, "ceiling": CEILING_FIRST, "doubling": True,
        "cut_at": -1e9, "flying": {}, "per_byte": TOKENS_A_BYTE, "out": TOKENS_OUT, "told": {}, "log": [],
    }  # fmt: skip


def exchange(
    state: dict[str, Any],
    *,
    worker: str,
    in_flight: int,
    rates: Rates,
    now: float,
    finished: Sequence[Outcome] = (),
    asked: Sequence[Ask] = (),
) -> Grant:
    """Take in what came back and let go what may go; changes `state`. `in_flight` is what this worker has out now."""
    flying = state["flying"]
    for name in [name for name, (_, seen) in flying.items() if now - seen > MISSED]:
        del flying[name]
    _refill(state, rates, now)
    for outcome in finished:
        _take_in(state, outcome, rates, now, used=sum(number for number, _ in flying.values()))
    flying[worker] = [in_flight, now]
    taken, wait = [], 0.0
    for ask in asked:
        expected = _expected(state, ask)
        wait = _wait(state, rates, now, expected)
        if wait > 0:
            break
        flying[worker][0] += 1
        for name, amount in (("requests", 1.0), ("tokens", expected)):
            if state[name] is not None:
                state[name] -= amount
        taken.append(expected)
    if not flying[worker][0]:
        del flying[worker]
    return Grant(tuple(taken), wait)


def _rate(state: Mapping[str, Any], rates: Rates, name: str) -> float | None:
    """Per second; what the operator says, or else what the provider told."""
    minute = rates.requests_per_minute if name == "requests" else rates.tokens_per_minute
    minute = minute or state["told"].get(name)
    return minute / 60 * USE if minute else None


def _refill(state: dict[str, Any], rates: Rates, now: float) -> None:
    passed = max(0.0, now - state["at"])
    state["at"] = max(now, state["at"])
    for name in ("requests", "tokens"):
        rate = _rate(state, rates, name)
        if rate is None:
            state[name] = None
            continue
        full = max(rate * BURST, 1.0)
        state[name] = full if state[name] is None else min(full, state[name] + passed * rate)


def _expected(state: Mapping[str, Any], ask: Ask) -> float:
    return ask.bytes_in * float(state["per_byte"]) + min(float(state["out"]), ask.most_out)


def _wait(state: Mapping[str, Any], rates: Rates, now: float, expected: float) -> float:
    """Seconds until a call of this size may go; 0 for now."""
    if state["blocked_until"] > now:
        return float(state["blocked_until"] - now)
    if sum(number for number, _ in state["flying"].values()) >= int(min(state["ceiling"], rates.most_in_flight)):
        return 0.05
    waits = [0.0]
    for name, amount in (("requests", 1.0), ("tokens", expected)):
        rate, level = _rate(state, rates, name), state[name]
        if rate is not None and level is not None:
            needed = min(amount, max(rate * BURST, 1.0))  # a call larger than the bucket goes when the bucket is full
            waits.append((needed - level) / rate)
    longest = max(waits)
    return longest if longest > 1e-9 else 0.0


def _take_in(state: dict[str, Any], outcome: Outcome, rates: Rates, now: float, *, used: int) -> None:
    if outcome.tokens_in is not None and outcome.tokens_out is not None:
        if state["tokens"] is not None:
            state["tokens"] += outcome.taken - outcome.tokens_in - outcome.tokens_out
        if outcome.ask.bytes_in:
            state["per_byte"] += LEARN * (outcome.tokens_in / outcome.ask.bytes_in - state["per_byte"])
        state["out"] += LEARN * (outcome.tokens_out - state["out"])
    elif outcome.kind == "limited" and state["tokens"] is not None:
        state["tokens"] += outcome.taken  # an answer 429 used none
    _believe(state, outcome.headers)
    if outcome.kind == "limited":
        after = outcome.retry_after if outcome.retry_after is not None else 1.0
        state["blocked_until"] = max(state["blocked_until"], now + after)
        if now - state["cut_at"] > CUT_AGAIN:
            state["ceiling"] = max(CEILING_LEAST, state["ceiling"] * CUT)
            state["doubling"], state["cut_at"] = False, now
            _note(state, now, f"429: at most {state['ceiling']:.0f} at once, nothing for {after:.1f} s")
    elif outcome.kind == "ok" and used >= 0.8 * state["ceiling"] and state["ceiling"] < rates.most_in_flight:
        before = int(state["ceiling"])
        step = 1.0 if state["doubling"] else GROW
        state["ceiling"] = min(float(rates.most_in_flight), state["ceiling"] + step)
        if int(state["ceiling"]) // 8 > before // 8:
            _note(state, now, f"all is well: at most {state['ceiling']:.0f} at once")


def _believe(state: dict[str, Any], headers: Mapping[str, str]) -> None:
    """What the provider says of its limits: the rate, and that less is left than we think."""
    for name in ("requests", "tokens"):
        limit, left = (_number(headers.get(f"x-ratelimit-{what}-{name}")) for what in ("limit", "remaining"))
        if limit:
            state["told"][name] = limit
        if left is not None and state[name] is not None:
            state[name] = min(state[name], left)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 1e12 else None


def _note(state: dict[str, Any], now: float, what: str) -> None:
    state["log"] = [*state["log"], [round(now, 2), what]][-LOG_KEPT:]
