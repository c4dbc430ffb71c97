"""Traces by OpenTelemetry: requests, tasks, statements and calls of providers, as one trace each.

Off, and not even loaded, unless one of the standard variables names where traces go. `begin` and `finish` are the seam
for what the libraries cannot see; they cost nothing while traces are off.
"""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
    from opentelemetry.trace import Span

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
UNTRACED = "healthz,metrics"
ADDRESSES = ("http.url", "http.target", "url.full", "url.path", "url.query")
# What Celery's transport says to Redis all the time; what is said outside of a request or task is left out altogether.
NOISE = {"PING", "LLEN", "SADD", "SREM", "SMEMBERS", "BRPOP", "HSET", "HDEL", "ZADD", "ZREM", "PUBLISH", "SUBSCRIBE"}
_provider: "TracerProvider | None" = None


def is_wanted() -> bool:
    """Whether the environment says where traces go, and does not say that they are off."""
    named = any(os.environ.get(name, "").strip() for name in ENDPOINTS)
    return named and os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true"


def start_web() -> None:
    """Trace requests and what they do. Called before Django builds its chain of middleware."""
    if is_wanted():
        start("assay-web", _by_http())


def start_worker(**_: Any) -> None:
    """Trace tasks and what they do. Called once, before a pool forks; the SDK goes on in the children."""
    if is_wanted():
        start("assay-worker", _by_http())


def start(service: str, sink: "SpanProcessor") -> None:
    """Begin to trace in this process, into the sink; `OTEL_SERVICE_NAME` and the like override the name."""
    global _provider
    if _provider is not None:
        return
    from opentelemetry.instrumentation.celery import CeleryInstrumentor  # noqa: PLC0415 -- nothing is loaded while off
    from opentelemetry.instrumentation.django import DjangoInstrumentor  # noqa: PLC0415
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    os.environ.setdefault("OTEL_SERVICE_NAME", service)
    _provider = TracerProvider(resource=Resource.create({SERVICE_NAME: os.environ["OTEL_SERVICE_NAME"]}))
    _provider.add_span_processor(_without_noise(sink))
    excluded = os.environ.get("OTEL_PYTHON_DJANGO_EXCLUDED_URLS", UNTRACED)
    DjangoInstrumentor().instrument(
        tracer_provider=_provider, excluded_urls=excluded, response_hook=_hide_address, middleware_position=1
    )
    CeleryInstrumentor().instrument(  # type: ignore[no-untyped-call]
        tracer_provider=_provider
    )
    _trace_statements(_provider)
    _trace_redis(_provider)


def _by_http() -> "SpanProcessor":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    return BatchSpanProcessor(OTLPSpanExporter())


def _without_noise(sink: "SpanProcessor") -> "SpanProcessor":
    from opentelemetry.sdk.trace import SpanProcessor  # noqa: PLC0415

    class Quiet(SpanProcessor):
        """Hands on every span that tells something."""

        def on_start(self, span: Any, parent_context: Any = None) -> None:
            sink.on_start(span, parent_context)

        def on_end(self, span: "ReadableSpan") -> None:
            if not is_noise(span):
                sink.on_end(span)

        def shutdown(self) -> None:
            sink.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return sink.force_flush(timeout_millis)

    return Quiet()


def is_noise(span: "ReadableSpan") -> bool:
    """Whether a span is a word with Redis that belongs to no work, or that the broker's transport always says."""
    scope = span.instrumentation_scope
    if scope is None or not scope.name.endswith(".redis"):
        return False
    return span.parent is None or span.name.split(" ")[0].upper() in NOISE


def _hide_address(span: "Span", request: Any, response: Any) -> None:
    """An address can hold an invitation's secret or somebody's words; the route says which page it was."""
    known = getattr(span, "attributes", None) or {}
    route = str(known.get("http.route", ""))
    for name in ADDRESSES:
        if name in known:
            span.set_attribute(name, route)
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        span.set_attribute("enduser.id", str(user.public_id))


def _trace_statements(provider: "TracerProvider") -> None:
    """Statements as they are written, with places for the values, never the values."""
    from django.conf import settings  # noqa: PLC0415

    if "postgresql" in settings.DATABASES["default"]["ENGINE"]:
        from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor  # noqa: PLC0415

        PsycopgInstrumentor().instrument(tracer_provider=provider)
        return
    from django.db import connections  # noqa: PLC0415
    from django.db.backends.signals import connection_created  # noqa: PLC0415

    def wrap(connection: Any, **_: Any) -> None:
        if _sqlite not in connection.execute_wrappers:
            connection.execute_wrappers.append(_sqlite)

    connection_created.connect(wrap, weak=False)
    for connection in connections.all(initialized_only=True):
        wrap(connection)


def _sqlite(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
    """What the libraries do for PostgreSQL, for SQLite; statements that belong to no work are left out."""
    from opentelemetry import trace  # noqa: PLC0415

    if _provider is None or not trace.get_current_span().is_recording():
        return execute(sql, params, many, context)
    attributes = {"db.system": "sqlite", "db.statement": sql}
    tracer = _provider.get_tracer(__name__)
    with tracer.start_as_current_span(sql.split(" ", 1)[0], kind=trace.SpanKind.CLIENT, attributes=attributes):
        return execute(sql, params, many, context)


def _trace_redis(provider: "TracerProvider") -> None:
    from django.conf import settings  # noqa: PLC0415

    if settings.REDIS_URL:
        from opentelemetry.instrumentation.redis import RedisInstrumentor  # noqa: PLC0415

        RedisInstrumentor().instrument(tracer_provider=provider)


def begin(name: str, **attributes: str | int | float) -> "Span | None":
    """A span, under the one this thread is in, for a call that goes out; None while traces are off."""
    if _provider is None:
        return None
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    return _provider.get_tracer(__name__).start_span(
        name, kind=SpanKind.CLIENT, attributes={key.replace("__", "."): value for key, value in attributes.items()}
    )


def finish(span: "Span | None", *, error: str = "", **attributes: str | int | float | None) -> None:
    """End a span with what came of it; `error` is a kind out of a closed list, never a text from outside."""
    if span is None:
        return
    for key, value in attributes.items():
        if value is not None:
            span.set_attribute(key.replace("__", "."), value)
    if error:
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

        span.set_status(Status(StatusCode.ERROR, error))
    span.end()
