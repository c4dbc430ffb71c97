import json
import threading

from evaluation.simulator.calllog import Call, CallLog
from evaluation.simulator.faults import Fault
from tests.evaluation.simulator.conftest import TEXT, fetch, item, request


def test_every_call_is_in_the_file_before_its_answer_arrives(start, tmp_path):
    _sim, client = start(log=tmp_path / "log.jsonl")

    found = client.chat.completions.create(**request())
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]

    assert len(rows) == 1
    assert (rows[0]["id"], rows[0]["path"], rows[0]["status"]) == (found.id, "/v1/chat/completions", 200)
    assert (rows[0]["tokens_in"], rows[0]["tokens_out"]) == (found.usage.prompt_tokens, found.usage.completion_tokens)
    assert (rows[0]["item"], rows[0]["in_flight"]) == (f"Acme\n\n{TEXT}"[:80], 1)


def test_the_digest_sees_through_the_fence_and_nothing_else(start):
    sim, client = start()

    for sent in (request(), request(nonce="ef01"), request(item("Other.")), request() | {"model": "n"}):
        client.chat.completions.create(**sent)
    client.chat.completions.create(**request(), temperature=1, seed=1)

    first, again, *others = [call.request_digest for call in sim.calls]
    assert first == again
    assert len({first, *others}) == 4


def test_the_log_can_be_asked_for(start):
    sim, client = start()
    for _ in range(3):
        client.chat.completions.create(**request())

    assert len(fetch(sim, "GET", "/log")[1]["calls"]) == 3
    assert [row["id"] for row in fetch(sim, "GET", "/log?after=2")[1]["calls"]] == [sim.calls[2].id]


def test_faults_can_be_planned_from_outside(start):
    sim, _client = start()

    assert fetch(sim, "PUT", "/faults", {"quota": 1})[1]["faults"] == 1
    assert sim.faults.planned == (Fault("quota", rate=1),)
    assert fetch(sim, "PUT", "/faults", {"nothing": 1})[0] == 400
    assert fetch(sim, "GET", "/nothing")[0] == 404


def test_many_at_once_write_whole_lines(tmp_path):
    log = CallLog(tmp_path / "log.jsonl")
    call = Call("i", "p", "m", 200, "", "é" * 80, "d", 1, 0, 1, True, 0.0, 1.0, 1)
    threads = [threading.Thread(target=lambda: [log.add(call) for _ in range(100)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()

    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert len(rows) == 400 == len(log.calls())
