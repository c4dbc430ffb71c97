"""What changed and incidents in the browser and on the command line; who may not see them."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.incidents import Plan, open_incident
from evaluation.actions.quality_drops import compute_drop
from evaluation.models import EdgeCase, Incident, IncidentEntry, Promotion, QualityDrop, Run
from labeling.enums import Role, Split
from labeling.models import GoldEntry, Item
from reviewapp.common import clock
from tests.evaluation.actions.test_quality_drops import answered, compared, labelled, project, version  # noqa: F401
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db
LIST_QUERIES = 7


@pytest.fixture
def fell(project, version):  # noqa: F811
    """Two runs of one version, the second worse in the south where another model answered."""
    then = answered(project, "then", version=version)
    return then, answered(project, "now", lost=0.6, south_model="m-2", version=version)


def at(project, name, *rest):  # noqa: F811
    return reverse(f"evaluation:{name}", args=[project.slug, *rest])


def signed_in(client, project, role):  # noqa: F811
    person = make_member(project, role)
    client.force_login(person)
    return person


def test_from_two_runs_to_an_incident_that_is_worked_on(client, project, fell):  # noqa: F811
    signed_in(client, project, Role.ENGINEER)
    sent = {
        "what": "runs", "reference": str(fell[0].public_id), "current": str(fell[1].public_id),
        "idempotency_key": "11111111-1111-4111-8111-111111111111",
    }  # fmt: skip
    where = at(project, "new-quality-drop")
    assert {client.post(where, sent).status_code for _ in range(2)} == {303}
    drop = QualityDrop.objects.get()
    assert b"Being computed" in client.get(at(project, "quality-drop", drop.public_id)).content
    compute_drop(drop_id=drop.pk)
    page = client.get(at(project, "quality-drop", drop.public_id)).content.decode()
    assert page.index("Model returned by the provider") < page.index("Did not change")
    assert "region South: all 80 items" in page
    assert "Ask again" in page
    assert "Roll back" not in page  # it is not in production, and an engineer may not
    rows = client.get(at(project, "download-quality-drop", drop.public_id, "csv")).content.decode()
    assert rows.splitlines()[1].startswith("1,Model returned by the provider,setting")
    same = client.post(where, sent | {"current": sent["reference"], "idempotency_key": ""})
    assert (same.status_code, b"These are the same" in same.content) == (422, True)

    opened = client.post(
        f"{at(project, 'new-incident')}?drop={drop.public_id}", {"title": "South <b>fell</b>", "severity": "high"}
    )
    assert opened.status_code == 303
    incident = Incident.objects.get()
    step = at(project, "step-incident", incident.public_id)
    for told in (
        {"step": "note", "kind": "action", "text": "Told the provider."},
        {"step": "cases"},
        {"step": "again"},
        {"step": "nothing"},
        {"step": "roll_back", "reason": "quality fell in the south"},
    ):
        assert client.post(step, told).status_code == 303
    page = client.get(at(project, "incident", incident.public_id)).content.decode()
    assert "South &lt;b&gt;fell&lt;/b&gt;" in page
    assert "47 h 59 min left" in page
    assert "Past regression" in page
    assert [one.kind for one in IncidentEntry.objects.all()] == ["opened", "action", "cases", "targeted"]
    assert EdgeCase.objects.count() == 10
    assert not Promotion.objects.exists()


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_no_more_for_more(client, project, fell, item_count, django_assert_num_queries):  # noqa: F811
    person = signed_in(client, project, Role.ANALYST)
    assert b"No incident" in client.get(at(project, "incidents")).content
    drop = compared(project, *fell)
    for number in range(item_count):
        open_incident(project=project, plan=Plan(f"Fall {number}", owner=person), drop=drop, by=person)
    with django_assert_num_queries(LIST_QUERIES + (connection.vendor == "postgresql")):  # whose clock is one
        page = client.get(at(project, "incidents")).content.decode()
    assert page.count("Fall ") == item_count


def test_raters_and_other_projects_get_nothing_and_engineers_no_held_out_case(client, project, fell):  # noqa: F811
    sweep_alerts(project=project)
    incident = Incident.objects.get()
    addresses = [at(project, "incidents"), at(project, "incident", incident.public_id),
                 at(project, "quality-drop", incident.drop.public_id)]  # fmt: skip
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
        signed_in(client, project, role)
        assert {client.get(one).status_code for one in addresses} == {404}
        assert client.post(at(project, "step-incident", incident.public_id), {"step": "accept"}).status_code == 404
    other = make_project("elsewhere")
    signed_in(client, other, Role.MANAGER)
    assert client.get(at(other, "incident", incident.public_id)).status_code == 404
    assert client.get(at(other, "quality-drop", incident.drop.public_id)).status_code == 404

    signed_in(client, project, Role.ENGINEER)
    client.post(at(project, "step-incident", incident.public_id), {"step": "accept"})
    client.post(at(project, "step-incident", incident.public_id), {"step": "cases"})
    told = "".join(client.get(one).content.decode() for one in addresses)
    told += client.get(at(project, "download-quality-drop", incident.drop.public_id, "json")).content.decode()
    held_out = Item.objects.filter(pk__in=GoldEntry.objects.filter(split=Split.TEST).values("item"))
    assert all(f">{case.item.name}<" in told for case in EdgeCase.objects.select_related("item"))  # of dev
    assert EdgeCase.objects.count() == 10
    assert not [one for one in held_out if f">{one.name}<" in told or one.external_id in told]


def test_other_held_out_gold_changes_nothing_that_is_said():
    reports = []
    for turned in (0, 1):
        one = labelled(held_out=turned)
        then, now = answered(one, "then"), answered(one, "now", lost=0.6, south_model="m-2")
        report = compared(one, then, now).report
        reports.append({name: report[name] for name in report if name not in ("release", "inputs")})
    assert reports[0] == reports[1]
    assert (reports[0]["moved"]["n"], reports[0]["items_with_gold"]) == (120, 120)


def test_the_commands_do_what_the_pages_do(capsys, project, fell):  # noqa: F811
    with pytest.raises(SystemExit) as gate:
        call_command("what_changed", project.slug, "then", "now", "--gate", "--json", "-")
    assert gate.value.code == 1
    report = json.loads(capsys.readouterr().out)
    assert report["changed"][0]["lies"]["value"] == "South"
    call_command("incident", project.slug, "open", "--title", "South fell", "--of", report["id"], "--json", "-")
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["severity"], told["is_late"]) == ("open", "medium", False)
    call_command("incident", project.slug, "cases", told["id"])
    again = answered(
        project, "again", on=clock.now() + timedelta(hours=1), version=Run.objects.get(name="then").prompt_version
    )
    call_command("incident", project.slug, "recover", told["id"], "--run", again.name)
    call_command("incident", project.slug, "list", "--json", "-")
    assert Incident.objects.get().state == "recovered"
    for bad in (["then"], ["then", "nowhere"], ["--then", "x", "--now", "y"]):
        with pytest.raises(SystemExit) as refused:
            call_command("what_changed", project.slug, *bad)
        assert refused.value.code == 2
