"""The server is killed amid fifty submissions and started again; the clients try again. Each answer is there once."""

import html
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
RATERS = 50
PREPARE = """
import json, django
django.setup()
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy
project = make_project("kill")
made = make_round(project, make_items(project, {raters}), raters=1, taxonomy=make_taxonomy(project))
keys = []
for _ in range({raters}):
    user = make_member(project, "annotator")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.save()
    keys.append(session.session_key)
print(json.dumps({{"page": f"/projects/kill/label/{{made.public_id}}/", "sessions": keys}}))
"""
COUNT = """
import json, django
django.setup()
from collections import Counter
from labeling.models import Annotation, AuditEvent, Revision, Seat
print(json.dumps({
    "annotations": Annotation.objects.count(), "counted": Annotation.objects.filter(is_counted=True).count(),
    "revisions": Revision.objects.count(), "submitted": Seat.objects.filter(state="submitted").count(),
    "events": AuditEvent.objects.filter(kind="annotation.submitted").count(),
    "most of one rater": max(Counter(Annotation.objects.values_list("rater", flat=True)).values()),
}))
"""


@pytest.fixture
def env(tmp_path):
    """The surroundings of a server with a database of its own: PostgreSQL where the tests run on it, else SQLite."""
    found = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    found |= {
        "SECRET_KEY": "for-this-test-only-" + "x" * 40, "ASSAY_VAR": str(tmp_path), "LOG_LEVEL": "CRITICAL",
        "STATIC_ROOT": str(tmp_path / "static"), "DJANGO_SETTINGS_MODULE": "reviewapp.settings", "TASKS_EAGER": "1",
    }  # fmt: skip
    url, name = os.environ.get("DATABASE_URL", ""), f"kill_{uuid4().hex[:8]}"
    if url:
        with psycopg.connect(url, autocommit=True) as link:
            link.execute(f"create database {name}")
        found["DATABASE_URL"] = urllib.parse.urlsplit(url)._replace(path=f"/{name}").geturl()
    for command in (["migrate", "-v", "0", "--skip-checks"], ["collectstatic", "--noinput", "-v", "0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=found, check=True)
    yield found
    if url:
        with psycopg.connect(url, autocommit=True) as link:
            link.execute(f"drop database {name} with (force)")


def python(code, env):
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


class Server:
    """One gunicorn on one port, that can be killed and started again."""

    def __init__(self, env):
        self.env = env
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self):
        command = [sys.executable, "-m", "gunicorn", "reviewapp.wsgi", "--bind", f"127.0.0.1:{self.port}",
                   "--workers", "2", "--worker-class", "gthread", "--threads", "8", "--no-control-socket",
                   "--log-level", "critical"]  # fmt: skip
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, start_new_session=True)
        for _ in range(300):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 0.2):
                    return
            except OSError:
                time.sleep(0.05)
        pytest.fail("the server did not come up")

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, verb, url, session, body=None):
        headers = {"Cookie": f"sessionid={session}; csrftoken={'k' * 32}", "X-CSRFToken": "k" * 32}
        if body is not None:
            headers |= {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            link.request(verb, url, body=urllib.parse.urlencode(body) if body is not None else None, headers=headers)
            answer = link.getresponse()
            return answer.status, answer.read().decode()
        finally:
            link.close()


@pytest.mark.long
@pytest.mark.postgres
def test_every_submission_is_there_exactly_once(env):
    world = python(PREPARE.format(raters=RATERS), env)
    server = Server(env)
    server.start()
    forms = []
    for session in world["sessions"]:
        status, page = server.ask("GET", world["page"], session)
        assert status == 200
        found = dict(re.findall(r'data-(submit|receipt|idempotency)="([^"]*)"', page))
        body = {"labels": "crm", "receipt": html.unescape(found["receipt"]), "idempotency_key": found["idempotency"]}
        forms.append((session, found["submit"], body))
    tries, before_the_kill = [], threading.Semaphore(0)

    def client(session, url, body):
        """What the page's outbox does: the same form again until the server says that it has it."""
        for _ in range(200):
            tries.append(url)
            try:
                status, said = server.ask("POST", url, session, body)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
                continue
            if status == 200:
                before_the_kill.release()
                return
            assert status >= 500, (status, said[:200])
            time.sleep(0.1)

    threads = [threading.Thread(target=client, args=form) for form in forms]
    for thread in threads:
        thread.start()
    for _ in range(10):
        before_the_kill.acquire(timeout=30)
    server.kill()
    server.start()
    for thread in threads:
        thread.join(60)
    done = python(COUNT, env)
    server.kill()

    assert len(tries) > RATERS  # the kill came in the middle
    assert done == {
        "annotations": RATERS, "counted": RATERS, "revisions": RATERS, "submitted": RATERS, "events": RATERS,
        "most of one rater": 1,
    }  # fmt: skip
