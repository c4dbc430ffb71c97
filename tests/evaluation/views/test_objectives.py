"""Objectives on pages and as gates."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.objectives import Wanted, set_objective
from evaluation.models import Objective
from evaluation.queries.objectives import standing_of, targets
from labeling.enums import Role
from tests.evaluation.views.test_slices import make_world
from tests.factories import make_member

pytestmark = pytest.mark.django_db
QUERIES = 8


def gate(project, capsys, name):
    arguments = ["--run", "run", "--golden", "gold@1", "--split", "dev", "--json", "-", "--objective", name]
    try:
        call_command("evaluate", project.slug, *arguments)
        code = 0
    except SystemExit as left:
        code = left.code
    return code, capsys.readouterr()


def test_a_gate_names_its_objective(capsys):
    project, evaluation, _ = make_world()
    recall = evaluation.report["micro"]["recall"]
    for name, least, code, said in (
        ("Low", 0.5, 0, "met"),
        ("High", 0.999, 1, "missed"),
        ("Near", recall["value"], 3, "cannot tell yet"),
    ):
        wanted = Wanted(min_precision=None, min_recall=least)
        set_objective(project=project, name=name, wanted=wanted, by=None)
        found, out = gate(project, capsys, name)
        assert found == code
        report = json.loads(out.out)["objective"]
        assert (report["name"], report["number"], report["verdict"]) == (name, 1, said)
        assert report["asked"]["min_recall"] == least
        assert f"Recall: {said}" in out.err
    assert gate(project, capsys, "Nobody")[0] == 2


def test_purpose_puts_its_figure_first_and_flips_are_not_measured():
    project, evaluation, _ = make_world()
    wanted = Wanted(
        purpose="completeness", min_recall=0.5, recall_of={"crm": 0.5}, max_flips=0.1, max_gap=0.2, max_cost=1
    )
    objective = set_objective(project=project, name="Search", wanted=wanted, by=None)
    judged = standing_of(objective, evaluation).judged
    assert [one.asked.name for one in judged][:2] == ["Recall", "Recall of crm"]
    unmeasured = [one.asked.name for one in judged if one.verdict == "not measured"]
    assert unmeasured == ["Flip rate", "Largest gap between a slice and the rest", "Cost an item"]
    assert targets(objective) == {"precision": 0.95, "recall": 0.5, "gap": 0.2}
    assert targets(None) == {}


def test_a_gap_is_read_off_the_stored_slices(capsys):
    project, evaluation, _ = make_world()
    objective = set_objective(project=project, name="Fair", wanted=Wanted(min_precision=None, max_gap=0.01), by=None)
    code, _ = gate(project, capsys, "Fair")
    assert code == 1
    assert standing_of(objective, evaluation).judged[0].asked.figure.value > 0.1


def test_the_strip_is_chosen_without_script_and_kept_in_the_session(client):
    project, evaluation, engineer = make_world()
    client.force_login(engineer)
    page = reverse("evaluation:evaluation", args=[project.slug, evaluation.public_id])
    assert "what is good enough" in client.get(page).content.decode()
    set_objective(project=project, name="Sales", wanted=Wanted(), by=None)
    search = set_objective(project=project, name="Search <b>", wanted=Wanted(min_recall=0.5), by=None)
    assert "Held against Sales" in client.get(page).content.decode()
    choose = reverse("evaluation:choose-objective", args=[project.slug])
    answer = client.post(choose, {"objective": search.public_id, "next": page})
    assert (answer.status_code, answer.url) == (303, page)
    text = client.get(page).content.decode()
    assert "Held against Search &lt;b&gt;" in text
    assert "Held against Search" in client.get(reverse("project", args=[project.slug])).content.decode()
    away = client.post(choose, {"objective": search.public_id, "next": "https://evil.example/"})
    assert away.url.endswith("/objectives/")


def test_another_projects_objective_is_not_found(client):
    project, _, engineer = make_world()
    other, _, _ = make_world()
    theirs = set_objective(project=other, name="Theirs", wanted=Wanted(), by=None)
    client.force_login(engineer)
    choose = reverse("evaluation:choose-objective", args=[project.slug])
    assert client.post(choose, {"objective": theirs.public_id}).status_code == 404
    assert client.post(choose, {"objective": "x"}).status_code == 404


def test_a_manager_makes_changes_and_archives(client):
    project, _, _ = make_world()
    client.force_login(make_member(project, Role.MANAGER))
    new = reverse("evaluation:new-objective", args=[project.slug])
    sent = {"name": "Sales", "purpose": "correctness", "counted": "item", "min_precision": "0.9", "recall_of": "crm=.8"}
    assert client.post(new, sent | {"recall_of": "crm"}).status_code == 422
    assert client.post(new, sent).status_code == 303
    assert client.post(new, sent).status_code == 422
    made = Objective.objects.get()
    assert (made.recall_of, made.is_default) == ({"crm": 0.8}, True)
    mine = reverse("evaluation:objective", args=[project.slug, made.public_id])
    assert "crm=0.8" in client.get(mine).content.decode()
    client.post(mine, sent | {"min_precision": ""})
    made.refresh_from_db()
    assert (made.number, made.min_precision) == (2, None)
    client.post(mine, {"archive": "1"})
    made.refresh_from_db()
    assert made.archived_at
    assert not made.is_default


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_the_same_for_one_and_for_three(client, item_count, django_assert_num_queries):
    project, _, engineer = make_world()
    wanted = Wanted(min_recall=0.5, max_gap=0.1, max_cost=1)
    for number in range(item_count):
        set_objective(project=project, name=f"Use {number}", wanted=wanted, by=None)
    client.force_login(engineer)
    url = reverse("evaluation:objectives", args=[project.slug])
    client.get(url)
    with django_assert_num_queries(QUERIES):
        assert client.get(url).content.decode().count("Recall:") == item_count


def test_commands_set_and_list(capsys):
    project, _, _ = make_world()
    call_command("set_objective", project.slug, "Sales", "--target-f1", "0.8", "--recall-of", "crm=.7", "--default")
    capsys.readouterr()
    call_command("objectives", project.slug, "--json", "-")
    (row,) = json.loads(capsys.readouterr().out)["objectives"]
    assert (row["target_f1"], row["recall_of"], row["is_default"]) == (0.8, {"crm": 0.7}, True)
    call_command("set_objective", project.slug, "Sales", "--archive")
    assert Objective.objects.get().archived_at
