"""Starts and stops the real model for a test."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path

from tests.llm.install import FOLDER

NAME = "gemma-3-270m-q4_k_m"
STOP_SECONDS = 10


@contextmanager
def served_model(*, context=2048):
    """The address of a model server on loopback, ready to answer."""
    command = ["node", str(Path(__file__).with_name("server.mjs")), str(FOLDER), "--context", str(context)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        first = process.stdout.readline()
        if not first:
            raise RuntimeError(f"the model server ended with {process.wait()}")
        yield f"http://127.0.0.1:{json.loads(first)['port']}/v1"
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
