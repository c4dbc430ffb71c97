"""Runs, money and retries from the command line."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from evaluation.actions.prompts import Recipe, write_version
from evaluation.enums import RunOrigin, Strategy
from evaluation.models import Price, Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def said(*arguments, code=0):
    out = StringIO()
    left = 0
    try:
        call_command(*arguments, stdout=out, stderr=StringIO())
    except SystemExit as end:
        left = end.code
    assert left == code
    return out.getvalue()


def test_a_dry_run_a_paused_run_and_a_retry(world, provider):
    project, by = world
    recipe = Recipe(Strategy.CHAT, "fake-1", "{item}", {"max_tokens": 50})
    write_version(project=project, name="ask", recipe=recipe, by=by)
    run = ["run_prompt", project.slug, "ask", "--on", "items"]

    report = json.loads(
        said(*run, "--dry-run", "2", "--seed", "3", "--budget", "1", "--set", "temperature=0.5", "--json", "-")
    )
    assert (report["items"], report["projection"]["items"]) == (2, 4)
    trial = Run.objects.get()
    assert (trial.origin, trial.overrides) == (RunOrigin.TRIAL, {"temperature": 0.5})
    said(*run, "--set", "temperature=9", code=2)
    said(*run, "--dry-run", "2", "--sample", "3", code=2)

    said(*run, "--run", "main", "--budget", "0.0001", "--wait", code=3)
    said("steer_run", project.slug, "main", "pause", code=2)
    said("steer_run", project.slug, "main", "resume", "--budget", "1")
    said("steer_run", project.slug, "main", "pause")
    said("steer_run", project.slug, "main", "cancel")
    provider.requests.clear()
    assert json.loads(said("retry_run", project.slug, "main", "--wait", "--json", "-"))["run"] == "main retry"
    assert len(provider.requests) == 4


def test_limits_and_prices(world):
    project = world[0]
    assert "no limit" in said("set_spending", project.slug)
    report = json.loads(
        said("set_spending", project.slug, "--day", "5", "--item", "0.2", "--item-aim", "0.1", "--json", "-")
    )
    assert report == {"day_usd": 5.0, "item_usd": 0.2, "item_aim_usd": 0.1}
    assert "no limit" in said("set_spending", project.slug, "--no-day-limit")
    said("set_price", project.slug, "m", "--in", "1", "--out", "2", "--from", "2001-01-01", code=2)
    said("set_price", "-", "m", "--in", "1", "--out", "2", "--cached", "0.1")
    assert (Price.objects.get().project, Price.objects.get().micro_usd_cached) == (None, 100_000)
