"""Starts `make demo` in a clone, signs in as each role, asks for its pages, stops it, and does it again.

usage: python scripts/smoke_demo.py FOLDER
"""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PAGES = {
    "manager": [
        "",
        "rounds/",
        "rounds/new/",
        "agreement/",
        "releases/",
        "runs/",
        "people/",
        "audit/",
        "items/",
        "settings/",
    ],
    "annotator": ["", "label/", "taxonomy/", "guidelines/"],
    "annotator2": ["", "label/"],
    "adjudicator": ["", "disputes/", "items/"],
    "engineer": ["", "prompts/", "runs/", "runs/new/", "releases/", "items/"],
    "analyst": ["", "rounds/", "agreement/", "releases/", "runs/"],
}
SAMPLE = {  # what the sample holds, by what its pages say of it to the manager
    "prompts/": ["Production"],
    "rollouts/": ["baseline-few", "Batch"],
    "reviews/": ["baseline-few, new companies", "pilot"],
    "red-team/": ["What is not sold"],
    "incidents/": ["answers for"],
    "alerts/": ["F1 below what Sales needs"],
    "destinations/": ["Not sent"],
}
FORBIDDEN = {"annotator": ["runs/", "agreement/", "items/", "people/"], "engineer": ["label/", "agreement/", "audit/"]}
FIRST_START, LATER_START, STOP = 480, 240, 30  # seconds of patience: CI runs its linters and tests beside it


class Demo:
    """One `make demo` in a folder."""

    def __init__(self, folder):
        self.folder, self.port = Path(folder), free_port()

    def start(self, patience):
        began = time.monotonic()
        env = os.environ | {"PORT": str(self.port)}
        self.process = subprocess.Popen(
            ["make", "demo"], cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.said = []
        os.set_blocking(self.process.stdout.fileno(), False)
        while time.monotonic() - began < patience:
            self.said += self.process.stdout.readlines()
            if any("Ctrl-C" in line for line in self.said):
                return time.monotonic() - began
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        fail("make demo did not come up:\n" + "".join(self.said[-30:]))
        return None

    def stop(self):
        began = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            fail(f"make demo did not stop within {STOP} s of Ctrl-C")
        if left := leftovers(self.folder):
            fail(f"processes are left: {left}")
        return time.monotonic() - began

    def passwords(self):
        path = self.folder / "var" / "demo.env"
        if path.stat().st_mode & 0o077:
            fail("var/demo.env can be read by others")
        pairs = dict(line.split("=", 1) for line in path.read_text().splitlines())
        return {role: pairs[f"DEMO_PASSWORD_{role.upper()}"] for role in PAGES}


def leftovers(folder):
    """Processes that still run in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            here = (entry / "cwd").resolve() == folder.resolve()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if here and ("gunicorn" in command or "celery" in command):
            found.append(command[:80])
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fail(text):
    print(f"FAILED: {text}", file=sys.stderr)
    raise SystemExit(1)


class Browser:
    """Just enough of one: cookies, forms with their token."""

    def __init__(self, base):
        self.base = base
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, path, data=None):
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        request = urllib.request.Request(self.base + path, body, {"Referer": self.base + path})
        try:
            with self.opener.open(request, timeout=30) as response:
                return response.status, response.read().decode(), response.url
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), path

    def sign_in(self, role, password):
        _, page, _ = self.get("/account/sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
        status, page, url = self.get(
            "/account/sign-in/",
            {"login": f"{role}@demo.example", "password": password, "csrfmiddlewaretoken": token},
        )
        if status != 200 or "sign-in" in url:
            fail(f"{role} cannot sign in: {status} {url}")


def visit(demo):
    base = f"http://localhost:{demo.port}"
    for role, password in demo.passwords().items():
        browser = Browser(base)
        browser.sign_in(role, password)
        for page in PAGES[role]:
            status, text, _ = browser.get(f"/projects/offerings/{page}")
            if status != 200 or "<h1" not in text:
                fail(f"{role} asked for {page or 'the overview'} and got {status}")
        for page, said in SAMPLE.items() if role == "manager" else ():
            status, text, _ = browser.get(f"/projects/offerings/{page}")
            if missing := [one for one in said if one not in text]:
                fail(f"{page} ({status}) does not speak of {missing}")
        for page in FORBIDDEN.get(role, []):
            status, _, _ = browser.get(f"/projects/offerings/{page}")
            if status != 404:
                fail(f"{role} asked for {page}, which is not theirs, and got {status}")
    status, text, _ = Browser(base).get("/healthz")
    if status != 200:
        fail(f"/healthz says {status}: {text}")


def main():
    demo = Demo(sys.argv[1])
    print(f"first start: {demo.start(FIRST_START):.1f} s")
    visit(demo)
    print(f"stopped in {demo.stop():.1f} s")
    passwords = demo.passwords()
    print(f"second start: {demo.start(LATER_START):.1f} s")
    if demo.passwords() != passwords:
        fail("the second start changed the passwords")
    visit(demo)
    demo.stop()
    print("make demo works: every role signs in and finds its pages, twice")


if __name__ == "__main__":
    main()
