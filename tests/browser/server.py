"""A real server and worker on a small sample project, for the browser tests and for the screenshots."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Error

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a-long-demo-password"
ROLES = ("manager", "annotator", "annotator2", "adjudicator", "engineer", "analyst")
CHROMIUM = {"args": ["--no-sandbox", "--disable-dev-shm-usage"]}
BUILD = ("build_demo", "--prepare", "--items", "400", "--sample", "80")
CALL = "from django.core.management import call_command; [call_command(*one) for one in {commands}]"


class Server:
    """Where it listens, the commands of its project, and the cookies of who has signed in to it."""

    def __init__(self, base, env):
        self.base, self.env, self.cookies = base, env, {}
        self.log = Path(env["ASSAY_VAR"]) / "log.txt"

    def manage_all(self, *commands):
        """Commands one after another in one process, whose start is most of what a command takes."""
        self.manage("shell", "-v", "0", "-c", CALL.format(commands=json.dumps(commands)))

    def manage(self, *command):
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout


@contextmanager
def running(var, *, shared=None, **settings):
    """The server on an own folder, for as long as the block lasts; with `shared`, on a copy of the sample there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    env |= {
        "SECRET_KEY": "for-browser-tests-only-" + "x" * 40, "ASSAY_VAR": str(var), "STATIC_ROOT": str(var / "static"),
        "LOG_LEVEL": "WARNING", **{f"DEMO_PASSWORD_{role.upper()}": PASSWORD for role in ROLES}, **settings,
    }  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", env)
    if shared:
        shutil.copytree(built_once(server, shared), var, dirs_exist_ok=True)
    else:
        server.manage(*BUILD)
    commands = [
        [sys.executable, "-m", "gunicorn", "reviewapp.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
         "--threads", "8", "--no-control-socket"],
        [sys.executable, "-m", "celery", "-A", "reviewapp", "worker", "-P", "threads", "-c", "2", "-B"],
    ]  # fmt: skip
    log = server.log.open("wb")
    children = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log) for command in commands]
    try:
        _wait_for(server.base, children, server.log)
        yield server
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
        log.close()


def built_once(server, shared):
    """The folder of the sample that all workers copy: who comes first builds it, the others wait."""
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = shared / "built"
        if not built.exists():
            half = Path(tempfile.mkdtemp(dir=shared))
            Server(server.base, server.env | {"ASSAY_VAR": str(half), "STATIC_ROOT": str(half / "static")}).manage(
                *BUILD
            )
            half.rename(built)
    return built


def _wait_for(base, children, log):
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"{base}/healthz", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        if any(child.poll() is not None for child in children):
            break
        time.sleep(0.2)
    raise RuntimeError("the server did not come up:\n" + log.read_text(errors="replace")[-3000:])


def find_chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise RuntimeError("Chromium is not here. Install it: apt-get install -y chromium")
    return found


class Site:
    """Signing in to a server, and the addresses of its sample project."""

    def __init__(self, server, browser):
        self.base, self.run, self.run_all, self.cookies = server.base, server.manage, server.manage_all, server.cookies
        self.browser, self.password, self.log = browser, PASSWORD, server.log

    def sign_in(self, role, **options):
        """A page of somebody who has signed in: by the form the first time, with the cookies of that time later on."""
        context = self.browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.problems = []
        page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        if role in self.cookies:
            context.add_cookies(self.cookies[role])
            return page
        page.goto(f"{self.base}/account/sign-in/")
        page.fill("[name=login]", f"{role}@demo.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url(lambda url: "sign-in" not in url)
        self.cookies[role] = context.cookies()
        return page

    def submit(self, page, press=None):
        """Submit what is on a labelling page, by its button or a key, and wait for what comes next."""
        before = page.locator("[data-item] h1").inner_text()
        if press:
            page.keyboard.press(press)
        else:
            page.locator("[data-run=submit]").click()
        self.wait_for_another(page, before)
        return before

    def wait_for_another(self, page, before):
        page.wait_for_function(
            "before => { const one = document.querySelector('[data-item] h1, .empty h2');"
            " return one && one.innerText !== before; }",
            arg=before,
        )

    def seen(self):
        """For the report of a failure: every open page's address and text, and the end of the server's log."""
        shown = []
        for page in (page for context in self.browser.contexts for page in context.pages):
            try:
                shown.append((f"page {page.url}", page.inner_text("body", timeout=5_000)))
            except Error as error:
                shown.append((f"page {page.url}", f"did not answer: {error}"))
        return [*shown, ("server", self.log.read_text(errors="replace")[-3000:])]

    def url(self, path=""):
        return f"{self.base}/projects/offerings/{path}"
