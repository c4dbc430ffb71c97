"""The figures of a panel: for whom, when, and that they are the stored ones."""

import csv
import io
import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.enums import PanelKind
from evaluation.models import Panel, PanelReport
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.common.errors import Refused
from tests.api import bearer
from tests.evaluation.panel_answers import choose, close, rate
from tests.evaluation.panels import SECRET_RUNS, make_room
from tests.factories import make_member

pytestmark = [pytest.mark.django_db]
PAGE_QUERIES = 19


@pytest.fixture
def room():
    return make_room(items=4)


def read(client, panel, name="panel-figures", *rest, **query):
    return client.get(reverse(f"evaluation:{name}", args=[panel.project.slug, panel.public_id, *rest]), query)


def test_an_open_panel_shows_counts_and_no_score_or_run(room, client):
    panel = room.panel()
    rate(panel)
    client.force_login(room.manager)

    page = read(client, panel).content.decode()

    assert "0 of 16 answers" in page
    assert not any(name in page for name in (*SECRET_RUNS, "whisper", "Mean score", '<svg class="chart'))
    assert read(client, panel, "panel-figures-download", "runs", "json").status_code == 422
    assert not PanelReport.objects.exists()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ENGINEER, Role.ANALYST])
def test_raters_have_names_for_managers_alone(room, client, role):
    panel = room.panel()
    rate(panel)
    close(panel)
    reader = room.manager if role == Role.MANAGER else make_member(room.project, role)
    client.force_login(reader)

    pages = [read(client, panel, part=part).content.decode() for part in ("runs", "agreement", "raters", "gaps")]
    pages += [
        read(client, panel, "panel-figures-download", what, "csv").content.decode() for what in ("raters", "gaps")
    ]
    pages.append(read(client, panel, "panel-figures-download", "runs", "json").content.decode())

    said = "".join(pages)
    assert "whisper" not in said
    assert any(str(rater) in said for rater in room.raters) == (role == Role.MANAGER)
    assert ("Rater 1" in said) == (role != Role.MANAGER)


def test_raters_cannot_read_it(room, client):
    panel = room.panel()
    rate(panel)
    close(panel)
    client.force_login(room.raters[0])

    assert read(client, panel).status_code in (403, 404)
    assert read(client, panel, "panel-figures-download", "runs", "json").status_code in (403, 404)


@pytest.mark.parametrize("item_count", [2, 4])
def test_figures_are_computed_once_and_every_part_is_shown(client, item_count, django_assert_num_queries):
    room = make_room(items=item_count)
    panel = room.panel()
    rate(panel)
    close(panel)
    client.force_login(room.manager)
    read(client, panel)

    with django_assert_num_queries(PAGE_QUERIES):
        page = read(client, panel, part="gaps")

    assert page.status_code == 200
    for part in ("runs", "agreement", "raters", "halo"):
        assert b'<svg class="chart' in read(client, panel, part=part).content
    assert read(client, panel, part="judges").status_code == 404
    assert PanelReport.objects.count() == 1


def test_pairs_have_win_rates_strengths_and_position(room, client):
    panel = room.panel()
    choose(panel)
    Panel.objects.filter(pk=panel.pk).update(kind=PanelKind.PAIRS)
    panel.refresh_from_db()
    close(panel)
    client.force_login(room.manager)

    runs, position = read(client, panel).content.decode(), read(client, panel, part="position").content.decode()
    rows = list(
        csv.DictReader(io.StringIO(read(client, panel, "panel-figures-download", "runs", "csv").content.decode()))
    )

    assert "A against B" in runs
    assert "Exact binomial test" in position
    assert [row["what"] for row in rows] == ["win rate", "log strength", "log strength"]
    assert read(client, panel, part="halo").status_code == 404


def test_the_command_reports_without_names_and_waits_for_the_close(room, capsys):
    panel = room.panel()
    rate(panel)

    with pytest.raises(SystemExit) as left:
        call_command("panel_report", room.project.slug, "P", "--json", "-")
    assert (left.value.code, json.loads(capsys.readouterr().out)["done"]) == (3, 0)

    close(panel)
    call_command("panel_report", room.project.slug, "P", "--json", "-")
    report = json.loads(capsys.readouterr().out)

    assert report["means"][0]["n"] == 4
    assert not any(str(rater) in json.dumps(report) for rater in room.raters)


def test_what_raters_said_is_a_file_once_the_panel_is_closed(room, client, tmp_path):
    panel = room.panel()
    rate(panel)
    engineer = make_member(room.project, Role.ENGINEER)
    client.force_login(engineer)
    api = reverse("api:panel-answers", args=[room.project.slug, panel.public_id])
    assert read(client, panel, "panel-answers", "csv").status_code == 422
    assert client.get(api, headers=bearer(engineer)).status_code == 422
    close(panel)

    sheet = list(csv.DictReader(io.StringIO(read(client, panel, "panel-answers", "csv").content.decode())))
    lines = [json.loads(line) for line in client.get(api, headers=bearer(engineer)).getvalue().splitlines()]

    assert len(sheet) == len(lines) == 16
    codes = list(panel.rubric_version.criteria.values_list("code", flat=True))
    assert [[int(row[code]) for code in codes] for row in sheet] == [
        [row["scores"][code] for code in codes] for row in lines
    ]
    assert {row["rater"] for row in lines if row["role"] == "rater"} == {"Rater 1", "Rater 2"}
    assert not any(user.email in str(lines) + str(sheet) for user in room.raters)
    call_command("panel", room.project.slug, "export", panel.name, out=str(tmp_path / "out.jsonl"))
    assert any(user.email in (tmp_path / "out.jsonl").read_text() for user in room.raters)
    gold = {room.items[0].external_id: {"labels": ["crm"], "split": "test"}}
    with pytest.raises(Refused, match="went out in a training file"):
        import_golden(project=room.project, spec=FreezeSpec("gold", {"test": 1.0}), gold=gold, by=None)
    client.force_login(room.raters[0])
    assert read(client, panel, "panel-answers", "csv").status_code == 404
