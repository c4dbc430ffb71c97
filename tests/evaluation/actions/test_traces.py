"""One request, the task it sends, and the calls of providers that the task makes are one trace."""

from contextvars import Context

import pytest
from celery.app.trace import build_tracer
from django.db import connection

from reviewapp import celery_app
from reviewapp.common import tracing
from tests.evaluation.actions.asked import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once"), pytest.mark.urls("tests.reviewapp.telling")]


@pytest.fixture
def spans(settings, monkeypatch):
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    settings.MIDDLEWARE = [*settings.MIDDLEWARE]
    monkeypatch.setenv("OTEL_SERVICE_NAME", "tests")
    kept = InMemorySpanExporter()
    tracing.start("tests", SimpleSpanProcessor(kept))
    yield kept.get_finished_spans
    tracing._provider = None
    DjangoInstrumentor().uninstrument()
    CeleryInstrumentor().uninstrument()
    if connection.vendor == "postgresql":
        PsycopgInstrumentor().uninstrument()
    if tracing._sqlite in connection.execute_wrappers:
        connection.execute_wrappers.remove(tracing._sqlite)


def carried_out(task):
    """What a worker in another process does with the message that was sent: it knows no more than is in it."""
    with celery_app.connection_for_read() as broker, broker.SimpleQueue("celery") as queue:
        message = queue.get(timeout=2)
        message.ack()
    tracer = build_tracer(task.name, task, app=celery_app)
    Context().run(tracer, message.headers["id"], message.payload[0], message.payload[1], message.headers)
    return message


def test_a_request_its_task_and_the_calls_are_one_trace_without_any_text(world, provider, client, spans, settings):
    from evaluation.tasks import work_on_run

    run = start(world)
    client.force_login(world[1])
    settings.CELERY_TASK_ALWAYS_EAGER = False
    client.get(f"/projects/{run.project.slug}/send/{run.public_id}/?q=private+words")
    message = carried_out(work_on_run)
    found = {one.name: one for one in spans()}
    request, sent = found["GET projects/<slug:project>/send/<uuid:run_id>/"], found[f"apply_async/{work_on_run.name}"]
    task = found[f"run/{work_on_run.name}"]
    calls = [one for one in spans() if one.name == "chat fake-1"]
    assert [sent.parent.span_id, task.parent.span_id] == [request.context.span_id, sent.context.span_id]
    assert {one.parent.span_id for one in calls} == {task.context.span_id}
    assert len(calls) == 4
    assert {one.context.trace_id for one in spans()} == {request.context.trace_id}
    told = calls[0].attributes
    assert (told["gen_ai.request.model"], told["gen_ai.response.model"]) == ("fake-1", "fake-1-2025")
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (100, 10)
    assert (told["assay.cost_micro_usd"], told["assay.outcome"]) == (120, "ok")
    assert told["assay.run"] == str(run.public_id)
    said = str([dict(one.attributes) for one in spans()])
    for text in ("private", "sells things", str(world[1]), world[1].email):
        assert text not in said
    if connection.vendor == "sqlite":  # PostgreSQL's library sees only connections that are opened after it
        assert any(one.name == "SELECT" for one in spans())
    assert len(message.headers["assay_request_id"]) == 12


def test_a_call_that_fails_says_which_kind_of_failure_it_was(world, provider, spans):
    from evaluation.actions.predictions import work_on

    provider.script = [{"status": 503}]
    work_on(run_id=start(world).pk)
    failed = [one for one in spans() if not one.status.is_ok and one.name == "chat fake-1"]
    assert [(one.status.description, one.attributes["http.response.status_code"]) for one in failed] == [
        ("server", 503)
    ]
