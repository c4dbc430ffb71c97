"""One simulated provider: takes requests, keeps count, errs by its plan. Knows nothing of sockets."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from evaluation.simulator.answering import Answerer
from evaluation.simulator.batches import Batches, NotFound
from evaluation.simulator.calllog import Call, CallLog
from evaluation.simulator.chance import digest, draw
from evaluation.simulator.config import Config
from evaluation.simulator.endpoints import ENDPOINTS, Answered, Endpoint, Question
from evaluation.simulator.faults import STATUSES, Fault, Faults, Moment, read_faults
from evaluation.simulator.limits import Limits
from evaluation.simulator.reading import Asked, BadRequest

FINGERPRINT = "simulated"
BATCHED = "/v1/batches"  # how the lines of a batch stand in the log
CONNECTION = ("slow", "hang", "cut", "malformed_body")
SEEN_MOST = 10_000  # beginnings of prompts that are remembered


@dataclass(frozen=True)
class Reply:
    """What goes back. `way`: whole, cut (half of it, then the connection ends) or hang (nothing, ever)."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    way: str = "whole"


class Simulator:
    """The provider. `calls` is its log; `plan` replaces what goes wrong from now on."""

    def __init__(self, config: Config, *, sleep: Callable[[float], object] = time.sleep) -> None:
        self.config, self.base_url = config, ""
        self.answerer, self.log = Answerer(config), CallLog(config.log)
        self.faults = Faults(config.faults, config.seed)
        self.limits = Limits(rpm=config.rpm, tpm=config.tpm, second_is=config.second_is, burst=config.burst)
        self.batches = Batches(config, self._line)
        self._sleep, self._numbers, self._lock = sleep, itertools.count(1), threading.Lock()
        self._in_flight, self._samples, self._seen = 0, Counter[str](), set[str]()

    @property
    def calls(self) -> list[Call]:
        return self.log.calls()

    def plan(self, told: Any) -> None:
        """Other faults from now on; what was counted stays counted."""
        self.faults.planned = read_faults(told)

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """Any request."""
        path, _, query = target.partition("?")
        if method == "POST" and path in ENDPOINTS:
            return self._call(path, ENDPOINTS[path], body)
        if path.startswith(("/v1/files", "/v1/batches")):
            return self._keeps(method, path, headers, body)
        if method == "GET" and path == "/v1/models":
            return self._json(200, {"object": "list", "data": [_model("any-model")]})
        if method == "GET" and path.startswith("/v1/models/"):
            return self._json(200, _model(path.removeprefix("/v1/models/")))
        if method == "GET" and path == "/log":
            after = query.removeprefix("after=")
            return self._json(200, {"calls": self.log.rows(int(after) if after.isdecimal() else 0)})
        if method == "PUT" and path == "/faults":
            try:
                self.plan(json.loads(body))
            except ValueError as error:
                return self.error(400, str(error), "invalid_request_error", None)
            return self._json(200, {"faults": len(self.faults.planned)})
        return self.error(404, f"Invalid URL ({method} {path})", "invalid_request_error", "unknown_url")

    def _keeps(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Files and batches."""
        try:
            said = self.batches.handle(method, path, headers, body)
        except BadRequest as error:
            return self.error(400, str(error), "invalid_request_error", None)
        except NotFound as error:
            return self.error(404, str(error), "invalid_request_error", None)
        if said is None:
            return self.error(404, f"Invalid URL ({method} {path})", "invalid_request_error", "unknown_url")
        if isinstance(said, bytes):
            return Reply(200, said, {"x-simulated": "1", "content-type": "application/octet-stream"})
        return self._json(200, said)

    def _line(self, number: int, url: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """One line of a batch: neither limits nor latency hold for it, nor what goes wrong with connections."""
        began = time.time()
        call = Call("", BATCHED, "", 200, "", "", "", 0, 0, 0, False, began, began, 0)
        reply, call = self._decide(number, BATCHED + url, ENDPOINTS[url], json.dumps(body).encode(), call)
        self.log.add(replace(call, status=reply.status, ended=time.time()))
        return reply.status, json.loads(reply.body)

    def _call(self, path: str, endpoint: Endpoint, raw: bytes) -> Reply:
        """A question, from its bytes to the bytes of its answer; the log has it before they leave."""
        began = time.time()
        with self._lock:
            number = next(self._numbers)
            self._in_flight += 1
            in_flight = self._in_flight
        try:
            call = Call("", path, "", 200, "", "", "", 0, 0, 0, False, began, began, in_flight)
            reply, call = self._decide(number, path, endpoint, raw, call)
            self.log.add(replace(call, status=reply.status, ended=time.time()))
            return reply
        finally:
            with self._lock:
                self._in_flight -= 1

    def _decide(self, number: int, path: str, endpoint: Endpoint, raw: bytes, call: Call) -> tuple[Reply, Call]:
        try:
            body = _object(raw)
            asked = endpoint.read(body)
        except BadRequest as error:
            call = replace(call, id=f"sim-{number:x}", request_digest=digest(raw.decode("utf-8", "replace")))
            return self.error(400, str(error), "invalid_request_error", None), call
        call = replace(
            call,
            id=f"sim-{asked.digest}-{number:x}",
            model=asked.model,
            item=asked.text[:80],
            request_digest=asked.digest,
            tokens_in=asked.tokens_in,
        )
        moment = Moment(number, path, asked.model, asked.text, asked.key, self.faults.attempt(asked.key))
        batched = path.startswith(BATCHED)
        fault = self.faults.pick(moment)
        if batched and fault and fault.kind in CONNECTION:
            fault = None
        kind = fault.kind if fault else ""
        if fault and kind in STATUSES:
            return self._failed(fault), replace(call, fault=kind)
        if not batched:
            verdict = self.limits.admit(asked.model, asked.tokens_in)
            if verdict.wait is not None:
                headers = verdict.headers | self.limits.wait_headers(verdict.wait)
                said = f"Rate limit reached for {asked.model} on {verdict.over} per min. Please try again later."
                refused = self.error(429, said, verdict.over, "rate_limit_exceeded", headers)
                return refused, replace(call, fault="limits")
            self._sleep_for(moment, fault)
        question = Question(body, asked, kind, self._sample(asked), self._longest_seen(asked))
        answered = endpoint.answer(question, self.answerer)
        headers = {} if batched else self.limits.charge(asked.model, answered.tokens_out)
        call = replace(
            call,
            fault=kind,
            tokens_in=answered.tokens_in,
            tokens_cached=answered.tokens_cached,
            tokens_out=answered.tokens_out,
            billed=True,
        )
        return self._envelope(call, answered, kind, headers), call

    def _envelope(self, call: Call, answered: Answered, fault: str, headers: dict[str, str]) -> Reply:
        common = {"id": call.id, "created": int(call.began), "model": f"{call.model}-sim-1"}
        reply = self._json(200, common | answered.content, headers)
        if fault == "malformed_body":
            return replace(reply, body=reply.body[: len(reply.body) // 2] + b"\n<html>")
        if fault in ("cut", "hang"):
            return replace(reply, way=fault, status=200 if fault == "cut" else 0)
        return reply

    def _failed(self, fault: Fault) -> Reply:
        status, kind, code = STATUSES[fault.kind]
        headers = self.limits.wait_headers(fault.retry_after) if fault.kind == "rate_limit" else {}
        return self.error(status, f"Simulated: {fault.kind.replace('_', ' ')}.", kind, code, headers)

    def _sleep_for(self, moment: Moment, fault: Fault | None) -> None:
        spread = self.config.latency_spread * (2 * draw(self.config.seed, "latency", moment.key, moment.attempt) - 1)
        seconds = self.config.latency_ms / 1000 * max(0.0, 1 + spread)
        if fault and fault.kind == "slow":
            seconds += fault.delay
        if seconds:
            self._sleep(seconds)

    def _sample(self, asked: Asked) -> int:
        """Which of several answers this is: the request's seed, else how often this was asked before."""
        if not asked.temperature:
            return 0
        if asked.sample is not None:
            return asked.sample
        with self._lock:
            self._samples[asked.digest] += 1
            return self._samples[asked.digest]

    def _longest_seen(self, asked: Asked) -> str:
        """The longest beginning of the prompt that was sent before; all of them are remembered."""
        keys = {digest(f"{asked.model}\x1f{prefix}"): prefix for prefix in asked.prefixes}
        with self._lock:
            found = max((prefix for key, prefix in keys.items() if key in self._seen), key=len, default="")
            if len(self._seen) < SEEN_MOST:
                self._seen.update(keys)
            return found

    def error(
        self, status: int, message: str, kind: str, code: str | None, headers: dict[str, str] | None = None
    ) -> Reply:
        """An error as providers word it."""
        return self._json(status, {"error": {"message": message, "type": kind, "param": None, "code": code}}, headers)

    def _json(self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> Reply:
        body = json.dumps(content | {"system_fingerprint": FINGERPRINT}, ensure_ascii=False)
        return Reply(status, body.encode("utf-8", "replace"), {"x-simulated": "1", **(headers or {})})


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadRequest("we could not parse the JSON body of your request") from error
    if not isinstance(body, dict):
        raise BadRequest("the body must be an object")
    return body


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "simulator"}
