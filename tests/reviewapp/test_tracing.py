"""That traces are off, and cost nothing, unless they are asked for; and what of Redis is noise."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from reviewapp.common import tracing

ROOT = Path(__file__).resolve().parents[2]
AT_LOAD = re.compile(r"^(?:from|import) (?:opentelemetry|prometheus_client|pythonjsonlogger|redis)\b", re.M)


def test_nothing_of_it_is_loaded_while_metrics_traces_and_json_logs_are_off():
    names = ("METRICS_TOKEN", "METRICS_NETWORKS", "LOG_FORMAT", *tracing.ENDPOINTS)
    env = {key: value for key, value in os.environ.items() if key not in names}
    env["DJANGO_SETTINGS_MODULE"] = "reviewapp.settings"
    code = (
        "import sys, django\n"
        "from reviewapp.common import tracing\n"
        "tracing.start_web()\n"
        "django.setup()\n"
        "import reviewapp.celery, reviewapp.common.metrics, reviewapp.common.middleware, evaluation.limiter\n"
        "slow = ('opentelemetry', 'prometheus_client', 'pythonjsonlogger')\n"
        "print([name for name in sys.modules if name.startswith(slow)])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    for path in (path for folder in ("reviewapp", "labeling", "evaluation") for path in (ROOT / folder).rglob("*.py")):
        assert not AT_LOAD.search(path.read_text()), path


def test_the_standard_variables_switch_it_on_and_off(monkeypatch):
    assert not tracing.is_wanted()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    assert tracing.is_wanted()
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert not tracing.is_wanted()
    assert tracing.begin("a call") is None
    tracing.finish(None, error="timeout")


@pytest.mark.parametrize(
    ("library", "name", "parent", "noise"),
    [
        ("redis", "BRPOP", "a task", True),
        ("redis", "EVALSHA", None, True),
        ("redis", "EVALSHA", "a task", False),
        ("redis", "LPUSH", "a request", False),
        ("celery", "PING", None, False),
    ],
)
def test_what_the_broker_says_all_the_time_is_noise(library, name, parent, noise):
    scope = SimpleNamespace(name=f"opentelemetry.instrumentation.{library}")
    assert tracing.is_noise(SimpleNamespace(instrumentation_scope=scope, name=name, parent=parent)) is noise
