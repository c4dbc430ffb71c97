"""deploy/ci: each file parses, and the commands it calls pass a good prompt and stop a sabotaged one."""

import ast
import json
import shlex
import subprocess
from pathlib import Path
from string import Template
from xml.etree import ElementTree

import pytest
import yaml
from django.core.management import call_command

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
GOOD, SABOTAGED = "Say what is sold.\n\n{item}", "Say what is sold, but never erp.\n\n{item}"


def github():
    job = yaml.safe_load((FOLDER / "github-actions.yml").read_text())["jobs"]["gate"]
    return [step["run"] for step in job["steps"] if "run" in step], job["env"]


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
        if words[0] != "python":  # also after a failure: if: always()
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


@pytest.mark.parametrize("system", [github, gitlab, airflow])
def test_the_commands_pass_a_good_prompt_and_stop_a_sabotaged_one(system, sample, tmp_path, capsys):
    project, case = sample
    script, environment = system()
    environment |= {"MODEL": "fake-1", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "PATH": "/usr/bin:/bin"}
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
    assert (code, report["outcome"]) == (1, "failed")
    (fall,) = report["falls"]
    assert (fall["label"], fall["before"], fall["support"], fall["is_sure"]) == ("erp", 1.0, 8, True)
    assert "| `Erp` `erp` | 1.000 |" in summary
    assert report["lost_cases"] == [case.external_id]
    assert f"- `{case.external_id}`" in summary
    suite = ElementTree.parse(tmp_path / "gate.xml").getroot().find("testsuite")
    failed = {one.get("classname") for one in suite.iter("testcase") if one.find("failure") is not None}
    assert failed >= {"gate.baseline", "gate.bank"}
    assert AuditEvent.objects.filter(kind="gate.failed").count() == 1
    if system is github:
        assert (tmp_path / "summary.md").read_text().endswith(summary)
