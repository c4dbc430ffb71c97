"""A real web server for a benchmark, on the database of the run, and people who are signed in to it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

TOKEN = "b" * 32  # as cookie and as header: what Django compares


@contextmanager
def serving(settings_module="reviewapp.settings"):
    """The address of a gunicorn with two processes, as a small installation has them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | _own() | {"DJANGO_SETTINGS_MODULE": settings_module}
    app = "bench.floor_wsgi" if "floor" in settings_module else "reviewapp.wsgi"
    command = [sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--workers", "2",
               "--worker-class", "gthread", "--threads", "8", "--keep-alive", "30", "--no-control-socket",
               "--log-level", "error"]  # fmt: skip
    server = subprocess.Popen(command, env=env)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz")
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait(url):
    for _ in range(150):
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server of the benchmark did not come up")


def collect_static():
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
    subprocess.run(command, check=True, env=os.environ | _own())


def _own():
    static = Path(os.environ["ASSAY_VAR"]) / "static"
    return {"SECRET_KEY": settings.SECRET_KEY, "STATIC_ROOT": str(static)}


def session_of(user):
    """The cookie value of a signed-in person."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key
