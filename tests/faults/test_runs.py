"""Runs on real workers that are killed, and at the rate that a provider allows. Needs PostgreSQL and redis-server."""

import json
import os
import random
from collections import Counter

import pytest

from tests.faults.town import Town, until

pytestmark = pytest.mark.faults
SHORT = os.environ.get("FAULTS") == "short"

PREPARE = """
from tests.factories import make_items, make_member, make_project, make_taxonomy
from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.runs import Scope, start_run
project = make_project("faults")
make_taxonomy(project)
make_items(project, {items})
by = make_member(project, "engineer")
version = write_version(project=project, name="ask", by=by,
    recipe=Recipe("chat", "sim", "{{taxonomy}} {{item}}", {{"max_tokens": 200, "provider": "{provider}"}}))
run = start_run(version=version, scope=Scope(), by=by, budget_usd={budget})
print(json.dumps(run.pk))
"""
FOUND = """
from evaluation.models import Attempt, Prediction, Run
run = Run.objects.get()
attempts = list(Attempt.objects.values_list(
    "prediction__item__name", "response_id", "outcome", "error_kind", "cost_micro_usd", "reserved_micro_usd"))
print(json.dumps({"state": run.state, "spent": run.spent_micro_usd, "reserved": run.reserved_micro_usd,
    "budget": run.budget_micro_usd, "attempts": attempts, "simulated": run.is_simulated,
    "answers": dict(__import__("collections").Counter(Prediction.objects.values_list("state", flat=True))),
    "predictions": Prediction.objects.count()}))
"""
PRICE = {"sim": [0.4, 1.6]}


@pytest.fixture
def town(tmp_path):
    made = Town(
        tmp_path, LLM_PRICES=json.dumps(PRICE), RUN_WORKERS="4", RUN_IN_FLIGHT="8", RUN_LEASE_SECONDS="3",
        RUN_SWEEP_SECONDS="1",
    )  # fmt: skip
    yield made
    made.close()


def done(town):
    return town.ask("select count(*) from evaluation_prediction where state in ('done', 'failed')")[0]


def finished(town):
    return town.ask("select state from evaluation_run")[0] not in ("queued", "running")


def calls_in(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_workers_are_killed_five_times_and_nothing_is_lost_or_bought_twice(town):
    items, kills, draw = 400 if SHORT else 2000, 5, random.Random(11)
    log = town.simulate("--latency-ms", "60")
    town.manage("migrate", "-v", "0", "--skip-checks")
    town.python(PREPARE.format(items=items, budget=5, provider="default"))
    town.beat()
    workers = [town.worker(f"w{number}") for number in range(3)]
    for number in range(kills):
        aim = items * (number + 1) / (kills + 2)
        assert until(lambda aim=aim: done(town) >= aim or finished(town), seconds=60), f"stuck at {done(town)}"
        victim = draw.randrange(len(workers))
        town.kill(workers[victim])
        if number == 2:
            town.restart_redis()
        workers[victim] = town.worker(f"again{number}")
    assert until(lambda: finished(town), seconds=90), f"stuck at {done(town)}"

    found, calls = town.python(FOUND), calls_in(log)
    assert found["state"] == "done"
    assert found["answers"] == {"done": items}
    assert found["predictions"] == items
    assert found["simulated"] is True
    by_id = {call["id"]: call for call in calls}
    assert len(by_id) == len(calls)
    answered = [one for one in found["attempts"] if one[2] == "ok"]
    lost = [one for one in found["attempts"] if one[2] == "error"]
    assert {one[3] for one in lost} <= {"lost"}
    # every stored answer is one call of the provider's own log, and costs what the log says
    for _, response_id, _, _, cost, _ in answered:
        call = by_id[response_id]
        assert cost == -(-(call["tokens_in"] * 400_000 + call["tokens_out"] * 1_600_000) // 1_000_000)
    assert len(answered) == items
    # calls that nobody heard the end of: at most those in flight when a worker died, each counted at its worst case
    unheard = [call for call in calls if call["id"] not in {one[1] for one in answered}]
    assert len(unheard) <= len(lost) <= kills * 8
    assert all(one[4] is None for one in lost)
    assert found["spent"] == sum(one[4] for one in answered) + sum(one[5] for one in lost)
    assert found["reserved"] == 0
    assert found["spent"] <= found["budget"]
    # an item is asked once, and again only where a call of its own was lost
    asked, forgiven = Counter(one[0] for one in found["attempts"]), Counter(one[0] for one in lost)
    assert all(asked[name] == 1 + forgiven[name] for name in asked)
    print(f"\n{items} items, {kills} kills: {len(lost)} calls lost, {len(unheard)} of them billed unseen")


@pytest.mark.skipif(SHORT, reason="only in the long form")
def test_four_workers_use_the_rate_a_provider_allows_and_hardly_pass_it(town):
    per_minute, tokens, faster = 600, 100_000, 4  # a minute of the provider lasts fifteen seconds here
    log = town.simulate("--latency-ms", "50", "--rpm", str(per_minute), "--tpm", str(tokens),
                        "--second-is", str(1 / faster), "--burst", str(faster / 60))  # fmt: skip
    told = {"requests_per_minute": per_minute * faster, "tokens_per_minute": tokens * faster}
    town.env["LLM_PROVIDERS"] = json.dumps({"busy": {"base_url": town.env["LLM_BASE_URL"], **told}})
    town.manage("migrate", "-v", "0", "--skip-checks")
    items = 700
    town.python(PREPARE.format(items=items, budget=5, provider="busy"))
    for number in range(4):
        town.worker(f"w{number}")
    town.beat()
    assert until(lambda: finished(town), seconds=90), f"stuck at {done(town)}"

    calls = sorted(calls_in(log), key=lambda call: call["began"])
    inner = calls[len(calls) // 10 : -len(calls) // 10]  # workers start and stop one by one
    span = inner[-1]["began"] - inner[0]["began"]
    served = [call for call in inner if call["status"] == 200]
    used = {
        "requests": len(served) / span / (per_minute * faster / 60),
        "tokens": sum(call["tokens_in"] + call["tokens_out"] for call in served) / span / (tokens * faster / 60),
    }
    limited = sum(1 for call in calls if call["status"] == 429)
    print(f"\n{len(served) / span:.1f} calls/s: {used['requests']:.0%} of the requests and {used['tokens']:.0%} of the "
          f"tokens permitted; {limited} of {len(calls)} answered 429")  # fmt: skip
    assert max(used.values()) >= 0.9
    assert limited <= 0.01 * len(calls)
    assert len(town.ask("select pace::text from evaluation_run")[0]) > 10
