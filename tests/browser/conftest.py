"""A real server and worker on a small sample project, and a real Chromium, for the whole session."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a-long-demo-password"
ROLES = ("manager", "annotator", "annotator2", "adjudicator", "engineer", "analyst")


class Site:
    """Where the server is, and signing in to it."""

    def __init__(self, server, browser):
        self.base, self.env = server
        self.browser, self.password = browser, PASSWORD

    def run(self, *command):
        """A command on the server's own database."""
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.env, check=True, capture_output=True)

    def sign_in(self, role, **options):
        context = self.browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.problems = []
        page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(f"{self.base}/account/sign-in/")
        page.fill("[name=login]", f"{role}@demo.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url(lambda url: "sign-in" not in url)
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

    def url(self, path=""):
        return f"{self.base}/projects/offerings/{path}"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    var = tmp_path_factory.mktemp("site")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    env |= {
        "SECRET_KEY": "for-browser-tests-only-" + "x" * 40, "ASSAY_VAR": str(var), "STATIC_ROOT": str(var / "static"),
        "LOG_LEVEL": "WARNING", **{f"DEMO_PASSWORD_{role.upper()}": PASSWORD for role in ROLES},
    }  # fmt: skip
    for command in (["migrate", "-v", "0"], ["collectstatic", "--noinput", "-v", "0"],
                    ["build_demo", "--items", "400", "--sample", "80"]):  # fmt: skip
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
    commands = [
        [sys.executable, "-m", "gunicorn", "reviewapp.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
         "--threads", "8", "--no-control-socket"],
        [sys.executable, "-m", "celery", "-A", "reviewapp", "worker", "-P", "threads", "-c", "2", "-B"],
    ]  # fmt: skip
    log = (var / "log.txt").open("wb")
    children = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log) for command in commands]
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(base, children, var / "log.txt")
        yield base, env
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
        log.close()


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
    pytest.fail("the server did not come up:\n" + log.read_text(errors="replace")[-3000:])


@pytest.fixture(scope="session")
def browser():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("Chromium is not here. Install it: apt-get install -y chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield opened
        opened.close()


@pytest.fixture
def site(server, browser):
    opened = Site(server, browser)
    yield opened
    for context in browser.contexts:
        context.close()
