"""What each log line carries beside its message: which request, who (an id, no name), which project, run and task.

This module knows no Django: the web server and Celery use it before Django is loaded.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

REQUEST_HEADER = "assay_request_id"  # of a task's message: the request that sent it
FIELDS = ("request_id", "user_id", "project", "run_id", "task_id", "task")
WRITTEN = ("time", "level", "logger", "message", *FIELDS, "trace_id", "exception")
LINE = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
_context: ContextVar[Mapping[str, str]] = ContextVar("log_context", default={})  # noqa: B039 -- never changed in place


def current() -> Mapping[str, str]:
    """What is known here and now, by the names of FIELDS."""
    return _context.get()


def begin(**known: Any) -> "Token[Mapping[str, str]]":
    """Start anew with these fields, as a request or a task does; give the token to `end`."""
    return _context.set(_said(known))


def end(token: "Token[Mapping[str, str]]") -> None:
    _context.reset(token)


def add(**known: Any) -> None:
    """Fields that are known from here on, until what began ends."""
    _context.set({**_context.get(), **_said(known)})


@contextmanager
def about(**known: Any) -> Iterator[None]:
    """In this block, log lines are about these."""
    token = _context.set({**_context.get(), **_said(known)})
    try:
        yield
    finally:
        _context.reset(token)


def _said(known: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in known.items() if value not in (None, "")}


class Context(logging.Filter):
    """Puts what is known on each record; the line format always finds a request id."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in {"request_id": "-", **_context.get(), **_trace()}.items():
            if name not in record.__dict__:
                setattr(record, name, value)
        return True


def _trace() -> dict[str, str]:
    """The trace that this is part of, if traces are on at all."""
    if "opentelemetry.sdk.trace" not in sys.modules:
        return {}
    from opentelemetry.trace import format_trace_id, get_current_span  # noqa: PLC0415 -- only if loaded already

    span = get_current_span().get_span_context()
    return {"trace_id": format_trace_id(span.trace_id)} if span.is_valid else {}


def formatter(form: str) -> logging.Formatter:
    """How lines look: "text" for people, "json" for a collector: one object a line, with all fields that are known."""
    if form == "text":
        return logging.Formatter(LINE)
    if form != "json":
        raise ValueError(f"LOG_FORMAT is “{form}”; it can be text or json.")
    from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 -- only where asked for

    class Picked(JsonFormatter):
        """Only the fields of WRITTEN: libraries put requests, arguments and bodies on their records."""

        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            return {name: log_data[name] for name in WRITTEN if log_data.get(name) not in (None, "", "-")}

    names = {"levelname": "level", "name": "logger", "exc_info": "exception"}
    fields = "%(levelname)s %(name)s %(message)s"
    return Picked(fields, rename_fields=names, timestamp="time", json_ensure_ascii=False)


def for_web_server(form: str) -> dict[str, Any]:
    """The logging of gunicorn itself, in the same form."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": Context}},
        "formatters": {"line": {"()": formatter, "form": form}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["context"]},
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            name: {"level": "INFO", "handlers": ["console"], "propagate": False}
            for name in ("gunicorn.error", "gunicorn.access")
        },
    }


def connect_tasks() -> None:
    """Carry a request's id into the tasks that it sends, and give each task's lines its own id."""
    from celery import signals  # noqa: PLC0415 -- only in processes that send or run tasks

    signals.before_task_publish.connect(_send, weak=False)
    signals.task_prerun.connect(_start, weak=False)
    signals.task_postrun.connect(_finish, weak=False)


def _send(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None and (known := current().get("request_id")):
        headers[REQUEST_HEADER] = known


_tokens: dict[str, "Token[Mapping[str, str]]"] = {}


def _start(task_id: str, task: Any, **_: Any) -> None:
    request_id = task.request.get(REQUEST_HEADER) or current().get("request_id")
    _tokens[task_id] = begin(request_id=request_id, task_id=task_id, task=task.name)


def _finish(task_id: str, **_: Any) -> None:
    if token := _tokens.pop(task_id, None):
        end(token)
