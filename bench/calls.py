"""Calls a second of one run on four worker processes, 32 in flight, against a provider that takes 200 ms and has no
limit. The peer is the ideal: in flight divided by latency."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

IN_FLIGHT, WORKERS, LATENCY_MS = 32, 4, 200
WORK = """
import django; django.setup()
from evaluation.actions import predictions
predictions.SLICE = 1e9  # a worker stays until all is done
predictions.work_on(run_id={run})
"""
ROOT = Path(__file__).resolve().parents[1]


def run(*, quick=False):
    items = 600 if quick else 3000
    folder = Path(tempfile.mkdtemp(prefix="assay-calls-"))
    log = folder / "calls.jsonl"
    command = [sys.executable, "-m", "evaluation.simulator", "--latency-ms", str(LATENCY_MS), "--log", str(log)]
    simulator = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    address = simulator.stdout.readline().strip()
    try:
        env = os.environ | {
            "LLM_BASE_URL": address, "LLM_ALLOWED_HOSTS": address.removesuffix("/v1"), "LLM_API_KEY": "k",
            "LLM_PRICES": '{"sim": [0.4, 1.6]}', "OMP_NUM_THREADS": "1", "TASKS_EAGER": "0",
            "RUN_WORKERS": str(WORKERS), "RUN_IN_FLIGHT": str(IN_FLIGHT // WORKERS),
        }  # fmt: skip
        pk = _prepared(items, address)
        command = [sys.executable, "-c", WORK.format(run=pk)]
        workers = [subprocess.Popen(command, cwd=ROOT, env=env) for _ in range(WORKERS)]
        for worker in workers:
            worker.wait()
    finally:
        simulator.terminate()
        simulator.wait()
    calls = sorted((json.loads(line) for line in log.read_text().splitlines()), key=lambda call: call["began"])
    inner = calls[len(calls) // 5 : -len(calls) // 5]  # while all four work
    rate = len(inner) / (inner[-1]["began"] - inner[0]["began"])
    ideal = IN_FLIGHT / LATENCY_MS * 1000
    yield {
        "name": "calls", "ours": rate, "peer": ideal, "ratio": rate / ideal, "unit": "calls/s", "n": len(calls),
        "note": f"{IN_FLIGHT} in flight / {LATENCY_MS} ms",
    }  # fmt: skip


def _prepared(items, address):
    from django.conf import settings

    from evaluation.actions import runs
    from evaluation.actions.prompts import Recipe, write_version
    from evaluation.enums import Strategy
    from tests.factories import make_items, make_member, make_project, make_taxonomy

    settings.LLM_BASE_URL, settings.LLM_PRICES = address, {"sim": [0.4, 1.6]}
    runs.nudge = lambda *arguments: None
    project = make_project()
    make_taxonomy(project)
    make_items(project, items)
    by = make_member(project, "engineer")
    recipe = Recipe(Strategy.CHAT, "sim", "{taxonomy} {item}", {"max_tokens": 200})
    version = write_version(project=project, name="ask", recipe=recipe, by=by)
    return runs.start_run(version=version, scope=runs.Scope(), by=by, budget_usd=50).pk
