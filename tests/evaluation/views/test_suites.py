"""Stress suites in the browser and on the command line."""

import csv
import io
import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.predictions import work_on
from evaluation.actions.suites import report_on
from evaluation.models import Run, Suite
from labeling.enums import Role
from tests.evaluation.actions.test_suites import CODES, started, world  # noqa: F401
from tests.factories import make_member

pytestmark = [pytest.mark.django_db]
LIST_QUERIES = 8


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """A start calls no worker: a test says when work is done."""
    monkeypatch.setattr("evaluation.actions.runs.nudge", lambda *arguments: None)
    monkeypatch.setattr("evaluation.actions.predictions.nudge", lambda *arguments: None)


@pytest.fixture
def engineer(world, client):  # noqa: F811
    client.force_login(world[2])
    return client


def url(world, name, *rest, **query):  # noqa: F811
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(f"evaluation:{name}", args=[world[0].slug, *rest]) + (f"?{asked}" if asked else "")


def read(client, *where, **query):
    answer = client.get(url(*where, **query))
    assert answer.status_code == 200
    return answer.content.decode()


def worked(suite):
    for member in suite.members.order_by("pk"):
        work_on(run_id=member.run_id)
    return report_on(suite)


def form(world, **more):  # noqa: F811
    return {
        "prompt": "baseline-zero", "on": str(world[1].public_id), "kinds": ["typos", "red_team"],
        "strengths": ["1", "8"], "sample": "5", "tolerance": "0.05", "seed": "2",
    } | more  # fmt: skip


def test_a_suite_is_started_once_after_its_size_was_told(engineer, world):  # noqa: F811
    assert "No suite yet" in read(engineer, world, "suites")
    page = read(engineer, world, "new-suite", prompt="baseline-few")
    assert '<option value="baseline-few" selected' in page
    assert "31 runs × 8 items: at most 248 answers." in page
    sized = engineer.post(url(world, "new-suite"), form(world, estimate="1")).content.decode()
    assert "4 runs × 5 items: at most 20 answers." in sized
    assert not Suite.objects.exists()

    key = "8f6cf3a5-33f7-4d4c-8b2f-1c51de1a3c55"
    for _ in range(2):
        answer = engineer.post(url(world, "new-suite"), form(world, idempotency_key=key))
    suite = Suite.objects.get()
    assert answer["Location"] == url(world, "suite", suite.public_id)
    assert (suite.kinds, suite.strengths, suite.sample, suite.seed) == (["typos", "red_team"], [1, 8], 5, 2)


@pytest.mark.parametrize("wrong", [{"kinds": []}, {"strengths": []}, {"on": "?"}, {"sample": "0"}, {"tolerance": "2"}])
def test_a_wrong_form_is_shown_again_and_starts_nothing(engineer, world, wrong):  # noqa: F811
    assert engineer.post(url(world, "new-suite"), form(world) | wrong).status_code == 422
    assert not Run.objects.exists()


def test_the_page_while_it_runs_and_afterwards(engineer, world):  # noqa: F811
    suite = started(world, kinds=["truncated", "red_team", "counterfactual"], strengths=[1, 8])
    page = read(engineer, world, "suite", suite.public_id)
    assert "0 of 5 runs done, 0 of 34 answers" in page
    assert 'hx-trigger="every 2s"' in page
    assert engineer.get(url(world, "download-suite", suite.public_id, "json")).status_code == 404
    engineer.post(url(world, "steer-suite", suite.public_id), {"step": "pause"})
    assert "paused with its suite" in read(engineer, world, "suite", suite.public_id)
    engineer.post(url(world, "steer-suite", suite.public_id), {"step": "resume"})

    report = worked(suite).report

    page = read(engineer, world, "suite", suite.public_id)
    assert "Breaks: it loses certainly more than 0.05 of F1 with cut off from strength 8 on." in page
    assert "breaks at 8" in page
    assert 'class="dot loss"' in page
    assert 'hx-trigger="every 2s"' not in page
    assert "simulated" not in page
    assert json.loads(engineer.get(url(world, "download-suite", suite.public_id, "json")).content) == report
    text = engineer.get(url(world, "download-suite", suite.public_id, "csv")).content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["kind"], row["strength"]) for row in rows[:5]] == [
        ("clean", "0"), ("truncated", "1"), ("truncated", "8"), ("red_team", "1"), ("counterfactual", "1"),
    ]  # fmt: skip
    assert float(rows[2]["drop_low"]) > 0.05
    assert engineer.get(url(world, "download-suite", suite.public_id, "exe")).status_code == 404


def test_items_clean_beside_disturbed(engineer, world):  # noqa: F811
    suite = started(world, kinds=["truncated", "red_team"], strengths=[8])
    worked(suite)
    page = read(engineer, world, "suite-items", suite.public_id, kind="truncated", strength=8)
    assert "answers changed" in page
    assert page.count('class="badge bad">changed') == 8
    entry = world[1].entries.filter(split="dev").first()
    one = read(engineer, world, "suite-item", suite.public_id, entry.item.public_id, kind="truncated", strength=8)
    assert "<del>" in one
    assert "We sell" in one
    assert "Not obeyed" in read(engineer, world, "suite-item", suite.public_id, entry.item.public_id, kind="red_team")
    held_out = world[1].entries.filter(split="test").first().item
    for where in (
        url(world, "suite-item", suite.public_id, held_out.public_id, kind="red_team"),
        url(world, "suite-items", suite.public_id, kind="typos", strength=1),
        url(world, "suite-items", suite.public_id, kind="truncated", strength="x"),
    ):
        assert engineer.get(where).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_however_many_there_are(
    engineer, world, count, django_assert_num_queries  # noqa: F811
):  # fmt: skip
    for seed in range(count):
        worked(started(world, kinds=["counterfactual"], seed=seed))
    with django_assert_num_queries(LIST_QUERIES):
        page = read(engineer, world, "suites")
    assert page.count("With genders swapped 0 of 2 answers changed") == count


def test_analysts_read_and_start_nothing(client, world):  # noqa: F811
    suite = started(world, kinds=["counterfactual"])
    client.force_login(make_member(world[0], Role.ANALYST))
    assert "New suite" not in read(client, world, "suite", suite.public_id)
    assert client.get(url(world, "new-suite")).status_code == 404


def command(world, capsys, *more):  # noqa: F811
    try:
        call_command("stress", world[0].slug, "baseline-zero", "--on", "gold@1", "--json", "-", *more)
        code = 0
    except SystemExit as left:
        code = left.code
    return code, capsys.readouterr()


def test_the_command_is_a_gate(world, capsys):  # noqa: F811
    asked = ["--kinds", "truncated", "--strengths", "1,8", "--sample", "all", "--wait"]
    code, out = command(world, capsys, *asked, "--must-hold", "4")
    report = json.loads(out.out)
    assert (code, report["verdict"], report["runs"], report["done"]) == (0, "breaks", 3, 24)
    assert "Breaks" in out.err
    assert command(world, capsys, *asked, "--must-hold", "8")[0] == 1
    assert command(world, capsys, "--kinds", "red_team", "--wait", "--must-hold", "8")[0] == 3
    code, out = command(world, capsys, "--kinds", "typos", "--strengths", "1")
    assert (code, json.loads(out.out)["report"]) == (0, None)
    for wrong in (["--must-hold", "2"], ["--kinds", "rain"], ["--strengths", "x"], ["--sample", "0"]):
        assert command(world, capsys, *wrong)[0] == 2
