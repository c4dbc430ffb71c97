"""Tuning tasks by command: made of a cluster, listed, closed, and refused in words."""

import json

import pytest
from django.core.management import call_command

from evaluation.models import TuningTask
from tests.evaluation.triaged import Triaged

pytestmark = pytest.mark.django_db


def test_they_are_opened_listed_and_closed(capsys):
    world = Triaged()
    world.start()

    def told(*parts):
        call_command("tuning_task", world.project.slug, *parts, "--json", "-")
        return json.loads(capsys.readouterr().out)

    at = ("--run", "run", "--golden", "gold@1", "--cluster", "1")
    made = told("open", "Mend it", *at, "--owner", world.analyst.email, "--due", "2030-01-02", "--note", "first")
    assert (made["state"], made["owner"], made["cluster"]) == ("open", world.analyst.email, 1)
    assert made["due_on"] == "2030-01-02"
    assert TuningTask.objects.get().examples.exists()
    assert [one["title"] for one in told("list")["tasks"]] == ["Mend it"]
    closed = told("close", "Mend it", "--note", "then")
    assert (closed["state"], closed["note"]) == ("done", "first\nthen")
    assert told("list")["tasks"] == []
    assert len(told("list", "--state", "all")["tasks"]) == 1
    for parts in (
        ("open", "X", *at[:4], "--cluster", "99"), ("open", "X", *at, "--owner", "nobody@x.example"),
        ("open", "X", *at, "--due", "soon"), ("close", "nothing"), ("open", "X"), ("close",),
    ):  # fmt: skip
        with pytest.raises(SystemExit, match="2"):
            told(*parts)
