"""The log of calls, in memory and as JSON lines. A call is in it before its answer leaves."""

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

KEPT = 200_000


@dataclass(frozen=True)
class Call:
    """One call. `billed`: a provider would charge its tokens, whether or not the answer arrived."""

    id: str
    path: str
    model: str
    status: int  # 0: never answered
    fault: str
    item: str
    request_digest: str  # equal for the same request, whatever the fence around the item was
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    billed: bool
    began: float
    ended: float
    in_flight: int


class CallLog:
    """Lines are appended whole, one write each, so that nobody's death tears one."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._file = os.open(path, flags, 0o600) if path else None

    def add(self, call: Call) -> None:
        with self._lock:
            if len(self._calls) < KEPT:
                self._calls.append(call)
            if self._file is not None:
                os.write(self._file, (json.dumps(asdict(call), ensure_ascii=False) + "\n").encode("utf-8", "replace"))

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def rows(self, after: int = 0) -> list[dict[str, Any]]:
        """As JSON has it, from a place on."""
        return [asdict(call) for call in self.calls()[after:]]

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None
