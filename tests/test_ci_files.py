"""deploy/ci: each file parses, and its commands pass a good prompt and stop a sabotaged one.

Those of the Actions workflow run as its runner would run them: each step by bash in a process of its own, on a database
in a file. Those of the other two run in this process.
"""

import ast
import json
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from secrets import token_urlsafe
from string import Template
from xml.etree import ElementTree

import pytest
import yaml
from django.core.management import call_command
from django.db import connection

from evaluation.actions.edge_cases import add_case
from evaluation.actions.follow_ups import follow_up
from evaluation.actions.objectives import Wanted, set_objective
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, start_run
from evaluation.models import Promotion
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.models import AuditEvent, Document
from reviewapp.common import clock
from tests.evaluation.actions.conftest import at_once, provider
from tests.factories import make_items, make_project, make_taxonomy

__all__ = ["at_once", "provider"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]
FOLDER = Path(__file__).parent.parent / "deploy/ci"
MARGIN = "0.15"  # 24 items that are all alike leave 0.142 open
GOOD, SABOTAGED = "Say what is sold.\n\n{item}", "Say what is sold, but never erp.\n\n{item}"


def gitlab():
    job = yaml.safe_load((FOLDER / "gitlab-ci.yml").read_text())["assay-gate"]
    assert job["artifacts"]["reports"]["junit"] == "gate.xml"
    return job["script"], job["variables"]


def airflow():
    source = (FOLDER / "airflow_dag.py").read_text()
    compile(source, "airflow_dag.py", "exec")
    told = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body if isinstance(node, ast.Assign)
    }  # fmt: skip
    return told["GATE"].split(" && "), {**told["SETTINGS"], "ASSAY_HOME": "/app", "FILES": "."}


def run(script, environment):
    """The script's lines as the shell would read them, those of manage.py in this process; the first code not 0."""
    code = 0
    for line in script:
        words = shlex.split(Template(line).safe_substitute(environment))
        if words[0] != "python":
            subprocess.run(["bash", "-ec", line], env=environment, check=True)
            continue
        assert words[1] == "/app/manage.py"
        try:
            call_command(*words[2:])
        except SystemExit as left:
            code = code or left.code
    return code


@pytest.fixture
def sample(provider, monkeypatch, tmp_path):
    """A project as the files name it: a version in production, an objective, an edge case that it passes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompts").mkdir()

    def answer(body):
        asked = body["messages"][-1]["content"]
        codes = [code for code in ("crm", "erp") if f"sells {code}." in asked and f"never {code}" not in str(body)]
        return {"labels": [{"code": code, "confidence": 0.9, "evidence": ""} for code in codes]}

    provider.answer = answer
    project = make_project("acme")
    make_taxonomy(project)
    gold, items = {}, make_items(project, 26)
    for place, item in enumerate(items):
        code = "erp" if place % 3 == 0 else "crm"
        Document.objects.filter(item=item).update(text=f"The company {item.name} sells {code}.")
        gold[item.external_id] = {"labels": [code], "split": "dev" if place < 24 else "test"}
    release = import_golden(project=project, spec=FreezeSpec("pilot", {"dev": 1.0}), gold=gold, by=None)
    set_objective(project=project, name="Daily", wanted=Wanted(min_precision=0.6, min_recall=0.5), by=None)
    version = write_version(project=project, name="tag", recipe=Recipe("chat", "fake-1", "{item}"), by=None)
    add_case(item=items[0], reason="dual", by=None)
    for split in ("dev", "test"):
        first = start_run(version=version, scope=Scope(release, split), budget_usd=1, by=None)
        work_on(run_id=first.pk)
        follow_up(run_id=first.pk)
        first.refresh_from_db()
    scored = evaluate_run(run=first, release=release, split="test", by=None)
    Promotion.objects.create(
        prompt=version.prompt, version=version, status="production", evaluation=scored, created_at=clock.now()
    )
    return project, items[0]


def check_failure(folder, report, summary, case):
    """What the files say of the sabotaged prompt: which label fell, from what to what, and which case was lost."""
    assert report["outcome"] == "failed"
    (fall,) = report["falls"]
    assert (fall["label"], fall["before"], fall["support"], fall["is_sure"]) == ("erp", 1.0, 8, True)
    assert "| `Erp` `erp` | 1.000 |" in summary
    assert report["lost_cases"] == [case.external_id]
    assert f"- `{case.external_id}`" in summary
    suite = ElementTree.parse(folder / "gate.xml").getroot().find("testsuite")
    failed = {one.get("classname") for one in suite.iter("testcase") if one.find("failure") is not None}
    assert failed >= {"gate.baseline", "gate.bank"}


@pytest.mark.parametrize("system", [gitlab, airflow])
def test_the_commands_pass_a_good_prompt_and_stop_a_sabotaged_one(system, sample, tmp_path):
    project, case = sample
    script, environment = system()
    environment |= {"MODEL": "fake-1", "MARGIN": MARGIN, "PATH": "/usr/bin:/bin"}
    prompt, gate = tmp_path / "prompts/tag.txt", tmp_path / "gate.json"

    def held(text):
        prompt.write_text(text)
        if system is airflow:  # it judges what is there
            recipe = Recipe("chat", "fake-1", text)
            write_version(project=project, name="tag", recipe=recipe, by=None)
        code = run(script, environment)
        return code, json.loads(gate.read_text()), (tmp_path / "gate.md").read_text()

    code, report, summary = held(GOOD)
    assert (code, report["outcome"], report["falls"]) == (0, "passed", []), report["checks"]
    assert summary.startswith("## ✅ Passed: `tag@2` on `pilot@1:dev`")
    code, report, summary = held(SABOTAGED)
    assert code == 1
    check_failure(tmp_path, report, summary, case)
    assert AuditEvent.objects.filter(kind="gate.failed").count() == 1


def runner(folder, provider):
    """The job's environment: what the file says, and what a runner and the secrets would give."""
    job = yaml.safe_load((FOLDER / "github-actions.yml").read_text())["jobs"]["gate"]
    mine = {name: value for name, value in job["env"].items() if "${{" not in value}
    python = folder / "bin/python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    given = {
        "PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(folder), "SECRET_KEY": token_urlsafe(50),
        "ASSAY_VAR": str(folder / "var"), "GITHUB_STEP_SUMMARY": str(folder / "summary.md"), "MODEL": "fake-1",
        "MARGIN": MARGIN,
        "LLM_API_KEY": "k", "LLM_BASE_URL": provider.base_url, "LLM_PRICES": '{"fake-1": [1.0, 2.0]}',
        "LLM_ALLOWED_HOSTS": provider.base_url.removesuffix("/v1"), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    return job["steps"], mine | given


def work(steps, folder, environment):
    """Each `run:` in its order, by `bash -e` as a runner does; the job's exit code, and what was printed."""
    code, said = 0, []
    for step in steps:
        if "run" not in step or (code and step.get("if") != "always()"):
            continue
        script = step["run"].replace("/app/manage.py", str(FOLDER.parent.parent / "manage.py"))
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        code, said = code or done.returncode, [*said, done.stdout + done.stderr]
    return code, "\n".join(said)


def test_the_actions_workflow_as_its_runner_runs_it(sample, provider, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("the processes share a database by its file, which PostgreSQL has none of")
    _, case = sample
    steps, environment = runner(tmp_path, provider)
    file = tmp_path / "var/assay.sqlite3"
    file.parent.mkdir()
    file.write_bytes(connection.connection.serialize())
    (tmp_path / "prompts/tag.txt").write_text(GOOD)
    code, said = work(steps, tmp_path, environment)
    assert code == 0, said
    assert (tmp_path / "summary.md").read_text().startswith("## ✅ Passed: `tag@2` on `pilot@1:dev`")

    (tmp_path / "prompts/tag.txt").write_text(SABOTAGED)
    code, said = work(steps, tmp_path, environment)
    assert code == 1, said
    summary = (tmp_path / "gate.md").read_text()
    check_failure(tmp_path, json.loads((tmp_path / "gate.json").read_text()), summary, case)
    assert (tmp_path / "summary.md").read_text().endswith(summary)  # also after a failure: if: always()
    with closing(sqlite3.connect(file)) as link:
        assert link.execute("select count(*) from labeling_auditevent where kind = 'gate.failed'").fetchone() == (1,)
