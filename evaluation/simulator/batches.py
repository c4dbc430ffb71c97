"""Files and batches: lines in, a little later lines out. Kept in memory, as long as the simulator runs."""

import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from evaluation.simulator.chance import draw
from evaluation.simulator.config import Config
from evaluation.simulator.multipart import read_form
from evaluation.simulator.reading import BadRequest

URLS = ("/v1/chat/completions", "/v1/responses", "/v1/embeddings")
LINES_MAX = 50_000
PATIENCE = 5.0  # seconds that one look waits for the answers
DAY = 86_400
AnswerLine = Callable[[int, str, dict[str, Any]], tuple[int, dict[str, Any]]]
_EXPIRED = {"code": "batch_expired", "message": "This request could not be executed before the window expired."}
_CANCELLED = {"code": "batch_cancelled", "message": "This request was not executed: the batch was cancelled."}


class NotFound(Exception):
    """There is nothing of this id."""


@dataclass
class Batch:
    """One batch; `shown` is what the provider says of it."""

    shown: dict[str, Any]
    lines: list[dict[str, Any]]
    began: float
    looks: int = 0
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    worker: threading.Thread | None = None
    stopped: bool = False


class Batches:
    """The files and batches of one simulator."""

    def __init__(self, config: Config, answer: AnswerLine) -> None:
        self._config, self._answer = config, answer
        self._files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._batches: dict[str, Batch] = {}
        self._numbers, self._lock = itertools.count(1), threading.RLock()

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any] | bytes | None:
        """What is said to a request, or None if it is none of these; raises BadRequest and NotFound."""
        kind, _, rest = path.removeprefix("/v1/").partition("/")
        name, _, part = rest.partition("/")
        with self._lock:
            match (kind, method, bool(name), part):
                case ("files", "POST", False, ""):
                    return self._upload(headers, body)
                case ("files", "GET", False, ""):
                    return _page([shown for shown, _ in self._files.values()])
                case ("files", "GET", True, ""):
                    return self._file(name)[0]
                case ("files", "GET", True, "content"):
                    return self._file(name)[1]
                case ("files", "DELETE", True, ""):
                    self._file(name)
                    del self._files[name]
                    return {"id": name, "object": "file", "deleted": True}
                case ("batches", "POST", False, ""):
                    return self._create(body)
                case ("batches", "GET", False, ""):
                    return _page([one.shown for one in reversed(self._batches.values())])
                case ("batches", "GET", True, ""):
                    return self._look(self._batch(name))
                case ("batches", "POST", True, "cancel"):
                    return self._cancel(self._batch(name))
        return None

    def _file(self, name: str) -> tuple[dict[str, Any], bytes]:
        if name not in self._files:
            raise NotFound(f"No such File object: {name}")
        return self._files[name]

    def _batch(self, name: str) -> Batch:
        if name not in self._batches:
            raise NotFound(f"No batch found with id '{name}'.")
        return self._batches[name]

    def _upload(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        form = read_form(headers.get("content-type", ""), body)
        if "file" not in form or "purpose" not in form:
            raise BadRequest("a file and its purpose are needed")
        return self._keep(form["file"].content, form["file"].name, form["purpose"].content.decode("utf-8", "replace"))

    def _keep(self, content: bytes, filename: str, purpose: str) -> dict[str, Any]:
        name = f"file-sim-{next(self._numbers)}"
        shown = {
            "id": name, "object": "file", "bytes": len(content), "created_at": int(time.time()), "filename": filename,
            "purpose": purpose, "status": "processed",
        }  # fmt: skip
        self._files[name] = (shown, content)
        return shown

    def _create(self, body: bytes) -> dict[str, Any]:
        try:
            told = json.loads(body)
            url, source = told["endpoint"], told["input_file_id"]
        except (ValueError, TypeError, KeyError) as error:
            raise BadRequest("endpoint and input_file_id are needed") from error
        if url not in URLS:
            raise BadRequest(f"a batch cannot ask {url}")
        content = self._file(str(source))[1]
        lines, errors = read_lines(content, url)
        now = time.time()
        name = f"batch-sim-{next(self._numbers)}"
        shown: dict[str, Any] = {
            "id": name, "object": "batch", "endpoint": url, "input_file_id": source, "metadata": told.get("metadata"),
            "completion_window": told.get("completion_window", "24h"), "status": "failed" if errors else "validating",
            "created_at": int(now), "expires_at": int(now) + DAY, "output_file_id": None, "error_file_id": None,
            "errors": {"object": "list", "data": errors} if errors else None,
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
        }  # fmt: skip
        batch = Batch(shown, lines, time.monotonic())
        self._batches[name] = batch
        if errors:
            shown["failed_at"] = int(now)
        else:
            batch.worker = threading.Thread(target=self._work, args=(batch,), daemon=True)
            batch.worker.start()
        return shown

    def _work(self, batch: Batch) -> None:
        for number, line in enumerate(batch.lines, start=1):
            if batch.stopped:
                return
            if not self._expires(batch, number):
                batch.answers.append(self._answer(number, line["url"], line["body"]))
            else:
                batch.answers.append((0, {}))

    def _expires(self, batch: Batch, number: int) -> bool:
        key = batch.lines[number - 1]["custom_id"]
        return draw(self._config.seed, "expired", key) < self._config.batch_expired

    def _look(self, batch: Batch) -> dict[str, Any]:
        """What a batch has come to: it moves on when it is looked at."""
        status = batch.shown["status"]
        batch.looks += 1
        if status == "cancelling":
            self._finish(batch, "cancelled")
        elif status in ("validating", "in_progress", "finalizing"):
            due = batch.looks >= self._config.batch_polls
            if due and time.monotonic() - batch.began >= self._config.batch_seconds and batch.worker:
                batch.worker.join(PATIENCE)
                if batch.worker.is_alive():
                    batch.shown["status"] = "finalizing"
                else:
                    expired = any(status == 0 for status, _ in batch.answers)
                    self._finish(batch, "expired" if expired else "completed")
            elif status == "validating":
                batch.shown |= {"status": "in_progress", "in_progress_at": int(time.time())}
        return batch.shown

    def _cancel(self, batch: Batch) -> dict[str, Any]:
        """Stops it; what was answered until then stays, and is billed."""
        if batch.shown["status"] in ("validating", "in_progress", "finalizing"):
            batch.stopped = True
            if batch.worker:
                batch.worker.join(PATIENCE)
            batch.shown |= {"status": "cancelling", "cancelling_at": int(time.time())}
        return batch.shown

    def _finish(self, batch: Batch, status: str) -> None:
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        for place, line in enumerate(batch.lines):
            row: dict[str, Any] = {"id": f"sim-line-{place + 1}", "custom_id": line["custom_id"]}
            if place >= len(batch.answers):
                bad.append(row | {"response": None, "error": _CANCELLED})
                continue
            code, said = batch.answers[place]
            if code == 0:
                bad.append(row | {"response": None, "error": _EXPIRED})
                continue
            response = {"status_code": code, "request_id": row["id"], "body": said}
            (good if code == 200 else bad).append(row | {"response": response, "error": None})
        batch.shown |= {
            "status": status,
            f"{status}_at": int(time.time()),
            "output_file_id": self._keep(_lines(good), "output.jsonl", "batch_output")["id"] if good else None,
            "error_file_id": self._keep(_lines(bad), "errors.jsonl", "batch_output")["id"] if bad else None,
            "request_counts": {"total": len(batch.lines), "completed": len(good), "failed": len(bad)},
        }


def read_lines(content: bytes, url: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The requests of a batch's file, and what is wrong with it."""
    lines: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, raw in enumerate(content.splitlines(), start=1):
        if not raw.strip():
            continue
        try:
            line = json.loads(raw)
        except ValueError:
            line = None
        if wrong := _wrong(line, url, seen):
            errors.append({"code": wrong, "line": number, "message": f"Line {number}: {wrong}.", "param": None})
        else:
            seen.add(line["custom_id"])
            lines.append(line)
    if not lines and not errors:
        errors.append({"code": "empty_file", "line": None, "message": "The file is empty.", "param": None})
    if len(lines) > LINES_MAX:
        errors.append({"code": "too_many_tasks", "line": None, "message": "Too many lines.", "param": None})
    return lines, errors


def _wrong(line: Any, url: str, seen: set[str]) -> str:
    if not isinstance(line, dict) or not isinstance(line.get("body"), dict):
        return "invalid_json_line"
    if not isinstance(line.get("custom_id"), str) or not line["custom_id"]:
        return "missing_required_parameter"
    if line["custom_id"] in seen:
        return "duplicate_custom_id"
    if line.get("method") != "POST":
        return "invalid_method"
    return "mismatched_endpoint" if line.get("url") != url else ""


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "replace")


def _page(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "object": "list",
        "data": rows,
        "has_more": False,
        "first_id": rows[0]["id"] if rows else None,
        "last_id": rows[-1]["id"] if rows else None,
    }
