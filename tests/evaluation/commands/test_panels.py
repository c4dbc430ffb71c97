"""Rubrics and panels by command."""

import json

import pytest
from django.core.management import call_command

from tests.evaluation.panels import SECRET_RUNS, make_room

pytestmark = pytest.mark.django_db


def run(capsys, *words):
    call_command(*words, "--json", "-")
    return json.loads(capsys.readouterr().out)


def test_a_rubric_goes_out_and_comes_in_and_a_panel_is_made_and_closed(capsys, tmp_path):
    room = make_room(anchors=1)
    slug = room.project.slug
    shown = run(capsys, "rubric", slug, "show", "Quality@1")["rubrics"][0]
    shown["criteria"][0]["question"] = "Now?"
    file = tmp_path / "rubric.json"
    file.write_text(json.dumps({key: one for key, one in shown.items() if key != "version"}))
    assert run(capsys, "rubric", slug, "write", str(file), "--note", "Asked")["version"] == 2

    raters = ",".join(user.email for user in room.raters)
    wanted = ("--runs", ",".join(SECRET_RUNS), "--rubric", "Quality", "--raters", raters, "--size", "2")
    made = run(capsys, "panel", slug, "make", "P", *wanted, "--balance", "sector")
    assert (made["rubric"], made["seats"], made["outputs"]) == ("Quality v2", 8, 4)
    with pytest.raises(SystemExit) as refusal:
        call_command("panel", slug, "close", "P")
    assert refusal.value.code == 2

    assert run(capsys, "panel", slug, "close", "P", "--with-rest")["state"] == "closed"
    assert [one["name"] for one in run(capsys, "panel", slug, "list")["panels"]] == ["P"]
