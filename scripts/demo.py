"""make demo: from a fresh clone to a running Assay with sample data. Standard library only, until the packages are in.

It makes a virtual environment, installs the pinned requirements, prepares a SQLite database with the sample project and
starts the web server and the worker together. Everything it writes is in .venv/ and var/.
"""

import hashlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("ASSAY_VAR", ROOT / "var"))
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SECRETS = VAR / "demo.env"
ROLES = ("manager", "annotator", "annotator2", "adjudicator", "engineer", "analyst")
OLDEST, NEWEST = (3, 11), (3, 13)


def say(text):
    print(text, flush=True)


def leave(text):
    print(text, file=sys.stderr, flush=True)
    raise SystemExit(2)


def version_of(python):
    """The version of an interpreter, found by running it; None if it does not run or cannot make environments."""
    code = "import sys, ensurepip, venv; print(sys.version_info[0], sys.version_info[1])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return tuple(int(part) for part in done.stdout.split())


def find_python():
    names = [sys.executable, "python3.12", "python3.13", "python3.11", "python3", "/usr/bin/python3"]
    for name in names:
        version = version_of(name)
        if version and OLDEST <= version <= NEWEST:
            return name
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        leave("This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv")
    return leave(
        f"Assay needs Python 3.11, 3.12 or 3.13; this is {sys.version_info[0]}.{sys.version_info[1]}. "
        "Install one of them (on Debian or Ubuntu: apt-get install python3 python3-venv) and run make demo again."
    )


def install(requirements="requirements.txt"):
    """Make the environment; install again only when the lock has changed."""
    lock = ROOT / requirements
    mark = VENV / f".{requirements}.sha256"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if PYTHON.exists() and mark.exists() and mark.read_text() == digest and version_of(str(PYTHON)):
        return
    if not PYTHON.exists() or not version_of(str(PYTHON)):
        say("Making a virtual environment ...")
        shutil.rmtree(VENV, ignore_errors=True)
        run([find_python(), "-m", "venv", str(VENV)], "make the virtual environment")
    say("Installing the pinned requirements (a minute or two the first time) ...")
    tool = shutil.which("uv")
    if tool:
        command = [tool, "pip", "install", "-q", "--python", str(PYTHON)]
    else:
        command = [str(PYTHON), "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check"]
    run([*command, "--require-hashes", "-r", str(lock)], "install the requirements")
    mark.write_text(digest)


def run(command, what, env=None):
    done = subprocess.run(command, cwd=ROOT, env=env, check=False)
    if done.returncode:
        leave(f"Could not {what}. The message above says why.")


def read_secrets():
    """The random key and passwords of this demo, written once, readable by their owner only."""
    VAR.mkdir(parents=True, exist_ok=True)
    if not SECRETS.exists():
        lines = [f"SECRET_KEY={secrets.token_urlsafe(50)}"]
        lines += [f"DEMO_PASSWORD_{role.upper()}={secrets.token_urlsafe(9)}" for role in ROLES]
        handle = os.open(SECRETS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write("\n".join(lines) + "\n")
    return dict(line.split("=", 1) for line in SECRETS.read_text().splitlines() if "=" in line)


def check_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            leave(f"Port {port} is in use. Stop what uses it, or choose another: make demo PORT={port + 1}")


def environment(port):
    known = read_secrets()
    env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    return (
        env
        | known
        | {
            "ASSAY_VAR": str(VAR),
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
            "BASE_URL": f"http://localhost:{port}",
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": "WARNING",
        }
    )


def serve(env, port):
    logs = VAR / "log"
    logs.mkdir(exist_ok=True)
    commands = {
        "web": [
            str(PYTHON), "-m", "gunicorn", "reviewapp.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
            "--workers", "1", "--threads", "8", "--timeout", "120", "--graceful-timeout", "3", "--no-control-socket",
        ],
        "worker": [
            str(PYTHON), "-m", "celery", "-A", "reviewapp", "worker", "-P", "threads", "-c", "2", "-B", "-l", "WARNING",
            "--without-gossip", "--without-mingle",
        ],
    }  # fmt: skip
    children = {}
    streams = []
    for name, command in commands.items():
        stream = (logs / f"{name}.log").open("ab")
        streams.append(stream)
        children[name] = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL, start_new_session=True
        )
    stopping = []

    def stop(*_):
        stopping.append(True)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    code = 0
    try:
        announced = False
        while not stopping:
            for name, child in children.items():
                if child.poll() is not None:
                    tail = (logs / f"{name}.log").read_text(errors="replace").splitlines()[-15:]
                    print("\n".join(tail), file=sys.stderr)
                    print(f"The {name} process ended. Its log is {logs / name}.log", file=sys.stderr)
                    code = 1
                    stopping.append(True)
            if not announced and is_up(port):
                announce(env, port)
                announced = True
            time.sleep(0.2)
    finally:
        for child in children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + 8
        for child in children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        for stream in streams:
            stream.close()
    say("\nStopped. Your data is kept in var/; make demo goes on with it.")
    return code


def is_up(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announce(env, port):
    say(f"\nAssay is running: http://localhost:{port}\n")
    for role in ROLES:
        say(f"  {role:<12} {role}@demo.example   {env[f'DEMO_PASSWORD_{role.upper()}']}")
    say("\nCtrl-C stops it.")


def main():
    try:
        port = int(os.environ.get("PORT") or "8000")
    except ValueError:
        leave("PORT is not a number.")
    install()
    check_port(port)
    env = environment(port)
    if (VAR / "demo.building").exists():
        say("The sample project was not finished last time. Building it anew ...")
        for leftover in [*VAR.glob("assay.sqlite3*"), VAR / "demo.building"]:
            leftover.unlink()
    run([str(PYTHON), "manage.py", "build_demo", "--prepare"], "build the sample project", env)
    return serve(env, port)


if __name__ == "__main__":
    if sys.argv[1:] == ["--install"]:
        install()
    elif sys.argv[1:] == ["--install-dev"]:
        install("requirements-dev.txt")
    else:
        sys.exit(main())
