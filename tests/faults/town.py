"""Real servers and workers as child processes, to be killed: PostgreSQL by DATABASE_URL, the rest our own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parents[2]
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
BEFORE = "import json, django; django.setup();"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Town:
    """One database, one Redis, one simulated provider, and workers; all of it gone at the end."""

    def __init__(self, folder, **settings):
        self.folder, self.children, self.redis_port = folder, [], free_port()
        self.env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
        self.env |= {
            "SECRET_KEY": "for-this-test-only-" + "x" * 40, "ASSAY_VAR": str(folder), "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "reviewapp.settings", "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "OMP_NUM_THREADS": "1", **settings,
        }  # fmt: skip
        self.database = f"faults_{uuid4().hex[:8]}"
        url = os.environ["DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as link:
            link.execute(f"create database {self.database}")
        self.env["DATABASE_URL"] = urllib.parse.urlsplit(url)._replace(path=f"/{self.database}").geturl()
        self.redis = self.start_redis()

    def start(self, *command, **more):
        child = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.env, start_new_session=True, **more)
        self.children.append(child)
        return child

    def start_redis(self):
        command = [
            "redis-server",
            "--port",
            str(self.redis_port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        child = subprocess.Popen(command, cwd=self.folder, start_new_session=True, **QUIET)
        self.children.append(child)
        return child

    def restart_redis(self):
        """Killed with all it knew, and started empty."""
        self.kill(self.redis)
        self.redis = self.start_redis()

    def simulate(self, *options):
        """A simulated provider; its address and the file it logs to."""
        log = self.folder / "calls.jsonl"
        child = self.start("-m", "evaluation.simulator", "--log", str(log), *options, stdout=subprocess.PIPE, text=True)
        address = child.stdout.readline().strip()
        self.env |= {"LLM_BASE_URL": address, "LLM_ALLOWED_HOSTS": address.removesuffix("/v1"), "LLM_API_KEY": "k"}
        return log

    def worker(self, name):
        return self.start("-m", "celery", "-A", "reviewapp", "worker", "-P", "solo", "-n", f"{name}@t", "-l", "ERROR",
                          "--without-gossip", "--without-mingle", **QUIET)  # fmt: skip

    def beat(self):
        return self.start("-m", "celery", "-A", "reviewapp", "beat", "-l", "ERROR", **QUIET)

    def kill(self, child):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def python(self, code):
        """What a few lines print as JSON."""
        command = [sys.executable, "-c", BEFORE + code]
        done = subprocess.run(command, cwd=ROOT, env=self.env, check=True, capture_output=True, text=True)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def manage(self, *command):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.env, check=True, **QUIET)

    def ask(self, sql):
        """The first row of a query."""
        with psycopg.connect(self.env["DATABASE_URL"]) as link:
            return link.execute(sql).fetchone()

    def close(self):
        for child in self.children:
            if child.poll() is None:
                self.kill(child)
            if child.stdout:
                child.stdout.close()
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as link:
            link.execute(f"drop database {self.database} with (force)")


def until(true, *, seconds, every=0.2):
    """Wait for something; False if it never came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(every)
    return False
