"""What is shipped for Prometheus and Grafana: valid, tested, and about figures that there are."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from reviewapp.home.metrics import GAUGES

ROOT = Path(__file__).resolve().parents[1]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
NAMES = re.compile(r"\bassay[_:][a-z0-9_:]+|\bup\b")
LABELS = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"|\b(?:by|without)\s*\(([^)]*)\)')


def promtool(*arguments):
    """Run it; where it is missing a developer's tests go without, those of CI do not."""
    tool = shutil.which("promtool")
    if tool is None:
        missing = "promtool is missing: apt-get install prometheus"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def rules():
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def targets():
    """The title and the query of everything that is drawn."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield panel["title"], target["expr"]


def test_rules_and_configuration_are_sound_and_the_rules_do_what_their_tests_say():
    promtool("check", "rules", *RULES)
    promtool("check", "config", "--syntax-only", PROMETHEUS / "prometheus.yml")
    promtool("test", "rules", *(PROMETHEUS / "tests").glob("*.yml"))


def test_every_alert_is_proven_to_fire():
    proven = {
        case["alertname"]
        for path in (PROMETHEUS / "tests").glob("*.yml")
        for one in yaml.safe_load(path.read_text())["tests"]
        for case in one.get("alert_rule_test", [])
        if case["exp_alerts"]
    }
    assert {rule["alert"] for rule in rules() if "alert" in rule} == proven


def test_every_query_of_a_dashboard_can_be_read(tmp_path):
    asked = [
        {"record": f"panel:{number}", "expr": expr.replace("$project", ".*")}
        for number, (_, expr) in enumerate(targets())
    ]
    assert len(asked) > 25
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": asked}]}))
    promtool("check", "rules", file)


@pytest.mark.django_db
def test_every_figure_that_a_rule_or_a_dashboard_names_is_told(client, settings):
    settings.METRICS_TOKEN = "t" * 20
    text = client.get("/metrics", headers={"authorization": "Bearer " + "t" * 20}).content.decode()
    told = {"up"} | {rule["record"] for rule in rules() if "record" in rule}
    for family in text_string_to_metric_families(text):
        ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(family.type, [""])
        told |= {family.name + end for end in ends}
    named = {name for _, expr in targets() for name in NAMES.findall(expr)}
    named |= {name for rule in rules() for name in NAMES.findall(rule["expr"])}
    assert named - told == set()
    assert set(GAUGES) - named == set(), "told, but nobody looks at it"


def test_every_label_that_a_query_names_is_one_of_ours():
    known = {label for _, labels in GAUGES.values() for label in labels} | {"route", "method", "status", "le", "job"}
    for expr in [rule["expr"] for rule in rules()] + [expr for _, expr in targets()]:
        found = {one for matched, listed in LABELS.findall(expr) for one in (matched, *listed.split(","))}
        assert {one.strip() for one in found} - {""} <= known, expr


def test_the_dashboards_are_what_their_list_says():
    spec = importlib.util.spec_from_file_location("dashboards_script", ROOT / "scripts" / "dashboards.py")
    script = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = script  # dataclasses look their module up
    spec.loader.exec_module(script)
    assert {path.stem: path.read_text() for path in DASHBOARDS} == {
        one.uid: script.written(one) for one in script.DASHBOARDS
    }, "run .venv/bin/python scripts/dashboards.py"
