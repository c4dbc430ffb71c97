import io
import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest
from django.core.management import call_command

from evaluation.simulator.config import AnswerRow, Config, Rates
from evaluation.simulator.faults import Fault
from evaluation.simulator.options import add_options, config_from
from tests.evaluation.simulator.conftest import fetch

ROOT = Path(__file__).resolve().parents[3]


def config(*words):
    parser = ArgumentParser()
    add_options(parser)
    return config_from(vars(parser.parse_args(words)))


def test_without_options_it_is_the_default_configuration():
    assert config() == Config()


def test_every_option_arrives(tmp_path):
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"name": "Acme", "labels": ["pay"], "slice": "small"}\n\n{"text": "Long", "labels": []}\n')
    faults = tmp_path / "faults.json"
    faults.write_text('[{"kind": "cut", "at": [2, 5]}]')

    found = config(
        "--answers", str(answers), "--faults", str(faults), "--omit", ".3", "--rpm", "600", "--second-is", "0.1",
        "--slice-rates", '{"small": {"omit": 0.5}}', "--latency-ms", "20", "--obey-injections", "--log", "x.jsonl",
    )  # fmt: skip

    assert found.answers == (AnswerRow(("pay",), name="Acme", slice="small"), AnswerRow((), text="Long"))
    assert found.faults == (Fault("cut", at=(2, 5)),)
    assert found.rates == Rates(omit=0.3)
    assert found.rates_for("any", "small").omit == 0.5
    assert (found.rpm, found.second_is, found.latency_ms, found.log) == (600, 0.1, 20.0, Path("x.jsonl"))
    assert found.obey_injections
    assert config("--faults", '{"cut": 0.1}').faults == (Fault("cut", rate=0.1),)


@pytest.mark.parametrize(
    "words",
    [
        ["--omit", "1.5"],
        ["--omit", ".6", "--wrong", ".6"],
        ["--rpm", "0"],
        ["--second-is", "0"],
        ["--slice-rates", '{"small": 1}'],
        ["--slice-rates", '{"small": {"often": 1}}'],
        ["--slice-rates", "{"],
        ["--faults", '{"nothing": 1}'],
    ],
)
def test_what_makes_no_sense_is_refused(words):
    with pytest.raises(ValueError):
        config(*words)


@pytest.mark.parametrize("option", ["--faults", "--slice-rates", "--model-rates"])
def test_json_that_cannot_be_read_is_named_by_its_option(option):
    with pytest.raises(ValueError, match=option):
        config(option, '{"cut": .5}')


@pytest.mark.parametrize("row", ["{", "[]", '{"name": "Acme"}', '{"labels": []}', '{"name": " ", "labels": []}'])
def test_an_answer_that_cannot_be_used_is_named_by_its_line(tmp_path, row):
    path = tmp_path / "answers.jsonl"
    path.write_text('{"name": "A", "labels": []}\n' + row)

    with pytest.raises(ValueError, match=r"answers.jsonl, line 2"):
        config("--answers", str(path))


def test_it_starts_alone_without_django_and_its_log_outlives_it(tmp_path):
    code = (
        "import sys, evaluation.simulator.__main__ as main; "
        "say = main._say; "
        "main._say = lambda sim: (say(sim), sys.stdout.write(f'{\"django\" in sys.modules}\\n'), sys.stdout.flush()); "
        "main.main()"
    )
    log = tmp_path / "log.jsonl"
    running = subprocess.Popen(
        [sys.executable, "-c", code, "--log", str(log)], cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        address, base_url, hosts, key, django = (running.stdout.readline().strip() for _ in range(5))
        sim = type("Running", (), {"base_url": address})
        status, _ = fetch(sim, "POST", "/v1/chat/completions", {"model": "m", "messages": [{"content": "Hi."}]})
    finally:
        running.kill()
        running.wait()
        running.stdout.close()

    assert (status, django) == (200, "False")
    assert base_url == f"LLM_BASE_URL={address}"
    assert hosts == f"LLM_ALLOWED_HOSTS={address.removesuffix('/v1')}"
    assert key == "LLM_API_KEY=simulated"
    assert [json.loads(row)["item"] for row in log.read_text().splitlines()] == ["Hi."]


def test_the_command_refuses_bad_input_and_runs_until_it_is_stopped(monkeypatch):
    def stopped(self, poll_interval=0.5):
        raise KeyboardInterrupt

    monkeypatch.setattr("evaluation.simulator.server.Server.serve_forever", stopped)
    out, err = io.StringIO(), io.StringIO()

    call_command("simulate_provider", stdout=out, stderr=err)
    with pytest.raises(SystemExit) as left:
        call_command("simulate_provider", "--omit", "2", stdout=out, stderr=err)

    assert out.getvalue().startswith("http://127.0.0.1:")
    assert left.value.code == 2
    assert "omit" in err.getvalue()
