"""The client against the real application, and both examples as they stand in their files."""

import re
import runpy
from pathlib import Path

import httpx
import pytest
from assay_client import Client, Prediction, Problem
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from evaluation.actions.imported_runs import import_predictions
from evaluation.models import Run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.tokens import issue_token
from labeling.enums import Role
from labeling.models import Document
from reviewapp.wsgi import application
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
CLIENT = Path(__file__).parent.parent.parent / "clients/python"
EXAMPLE, README = CLIENT / "examples/notebook.py", CLIENT / "README.md"


@pytest.fixture
def open_connection():
    """A request closes no connection, which is in the test's transaction; as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def served(monkeypatch, open_connection):
    """A project with dev and test gold, a run before, and a token of an engineer."""
    project = make_project("acme")
    make_taxonomy(project)
    items = make_items(project, 12)
    gold = {}
    for place, item in enumerate(items):
        code, text = ("crm", "keeps each customer") if place % 2 else ("erp", "plans resources")
        Document.objects.filter(item=item).update(text=f"{item.name} {text}.")
        gold[item.external_id] = {"labels": [code], "split": "dev" if place < 8 else "test"}
    release = import_golden(project=project, spec=FreezeSpec("pilot", {"dev": 1.0}), gold=gold, by=None)
    said = {item: {"labels": []} for item in gold}
    import_predictions(project=project, name="rules 1", predictions=said, by=None)
    engineer = make_member(project, Role.ENGINEER)
    token = issue_token(
        user=engineer, name="t", scopes=["read", "predict", "evaluate"], days=1, project=project, by=engineer
    )
    transport = httpx.WSGITransport(app=application)
    monkeypatch.setattr("httpx.HTTPTransport", lambda: transport)
    monkeypatch.setenv("ASSAY_URL", "http://testserver")
    monkeypatch.setenv("ASSAY_TOKEN", token.secret)
    return Client("http://testserver", token.secret, "acme"), release


def test_gold_out_predictions_in_scores_and_a_gate_back(served):
    assay, release = served
    entries = list(assay.gold("pilot"))
    assert [one.labels for one in entries] == [("erp",), ("crm",)] * 4
    assert entries[1].text.endswith("keeps each customer.")
    assert assay.release("pilot@1").digest == release.digest

    def mine():
        return (Prediction(one.item, {one.labels[0]: 0.8}) for one in entries)

    run = assay.push("mine", mine(), part=3)
    assert (run.state, run.total) == ("done", 8)
    assert assay.push("mine", mine(), part=3).id == run.id
    assert Run.objects.filter(project__slug="acme").count() == 2
    with pytest.raises(Problem) as caught:
        assay.push("mine", [Prediction(entries[0].item, {})])
    assert caught.value.status in (403, 409, 422)

    scored = assay.evaluate(run, "pilot")
    assert (scored.f1().value, scored.f1().n, scored.label("crm").value) == (1.0, 8, 1.0)
    found = assay.compare("rules 1", run, "pilot", labels=["crm"])
    assert (found.verdict, found.difference.value) == ("better", 1.0)
    assert assay.gate(run, "pilot", baseline="rules 1").verdict == "pass"
    worse = assay.gate("rules 1", "pilot", baseline=run)
    assert (worse.verdict, len(worse.reasons)) == ("fail", 1)
    assert {one.name for one in assay.runs()} == {"mine", "rules 1"}


def test_what_is_refused_comes_as_a_problem(served):
    assay, _ = served
    with pytest.raises(Problem) as caught:
        list(assay.gold("pilot", "test"))
    assert (caught.value.status, caught.value.is_temporary) == (403, False)
    assert "held out" in caught.value.detail
    with pytest.raises(Problem) as caught:
        assay.push("bad", [Prediction("nobody", {"crm": 0.5})])
    assert caught.value.status == 422
    assert caught.value.errors


def test_a_client_that_is_too_fast_waits_as_long_as_it_is_told(served, monkeypatch):
    assay, _ = served
    monkeypatch.setattr("labeling.api.views.TokenThrottle.THROTTLE_RATES", {"token": "2/min"})
    cache.clear()
    waits = []
    assay._http._transport.sleep = lambda seconds: (waits.append(seconds), cache.clear())
    assert [len(list(assay.runs())) for _ in range(3)] == [1, 1, 1]
    assert len(waits) == 1
    assert 50 <= waits[0] <= 61


def test_the_example_of_20_lines_runs(served, capsys):
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(EXAMPLE))
    assert not left.value.code
    assert capsys.readouterr().out.splitlines() == [
        "rules 2 0.667 [0.222, 0.933], n 8", "not_worse 0.667 [0.222, 0.933], n 8",
    ]  # fmt: skip
    assert len(EXAMPLE.read_text().splitlines()) <= 20


def test_the_example_of_the_readme_runs(served, capsys, settings):
    assay, _ = served
    settings.ALLOWED_HOSTS = ["assay.example.org"]
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    token = assay._http.headers["Authorization"].removeprefix("Bearer ")
    exec(compile(block, README.name, "exec"), {"token": token, "pipeline": lambda text: ["crm"] * ("each" in text)})
    assert capsys.readouterr().out.splitlines() == ["0.667 [0.222, 0.933], n 8", "not_worse", "()"]
