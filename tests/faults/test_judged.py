"""Our retries before an independent judge: a mock that breaks on purpose and reports how its clients behaved."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections import Counter

import pytest

from tests.faults.test_runs import FOUND, PREPARE, SHORT, finished
from tests.faults.town import Town, free_port, until

pytestmark = [pytest.mark.faults, pytest.mark.skipif(SHORT, reason="only in the long form")]
LLMOCK = "from llmock.cli import app; app()"


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path, LLM_PRICES=json.dumps({"sim": [0.4, 1.6]}), RUN_LEASE_SECONDS="5", RUN_SWEEP_SECONDS="1")
    yield made
    made.close()


def answers(port):
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=1):
        return True
    return False


def test_an_independent_mock_finds_no_fault_with_our_retries(town):
    port, items = free_port(), 60
    town.start("-c", LLMOCK, "serve", "--port", str(port), "--log-level", "error", "--error-rate", "429=0.1",
               "--error-rate", "500=0.08", "--error-rate", "503=0.05", "--rpm", "1200")  # fmt: skip
    assert until(lambda: answers(port), seconds=30)
    town.env |= {"LLM_BASE_URL": f"http://127.0.0.1:{port}/v1", "LLM_ALLOWED_HOSTS": f"http://127.0.0.1:{port}"}
    town.manage("migrate", "-v", "0", "--skip-checks")
    town.python(PREPARE.format(items=items, budget=5, provider="default"))
    town.worker("w")
    town.beat()
    assert until(lambda: finished(town), seconds=120)

    found = town.python(FOUND)
    kinds = Counter(one[3] or one[2] for one in found["attempts"])
    command = [sys.executable, "-c", LLMOCK, "report", "--url", f"http://127.0.0.1:{port}", "--json"]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    print(f"\n{items} items: {dict(kinds)}; the judge says {judged.returncode}: {judged.stdout[:800]}")
    assert found["state"] == "done"
    assert found["answers"] == {"done": items}
    assert kinds["ok"] == items
    assert kinds["rate_limited"] + kinds["server"] > 0
    assert judged.returncode == 0, judged.stdout
