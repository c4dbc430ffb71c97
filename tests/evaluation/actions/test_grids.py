"""A grid starts one run a combination with its repeats, within one budget, and marks the best honestly."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.grids import plan_grid, read_axes, start_grid
from evaluation.actions.prompts import Recipe, find_version, write_version
from evaluation.enums import Strategy
from evaluation.models import Grid, Run
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def test_what_makes_no_grid_is_refused_and_nothing_is_written(world, release):
    project, by = world
    version = find_version(project=project, reference="baseline-zero")
    chat = write_version(project=project, name="ask", recipe=Recipe(Strategy.CHAT, "fake-1", "{item}"), by=by)
    for one, axes in (
        (version, {}),
        (version, {"temperature": [0]}),
        (version, {"max_labels": [1.5]}),
        (version, {"threshold": [0, 0.0]}),
        (version, {"threshold": [number / 100 for number in range(25)]}),
        (chat, {"temperature": [3]}),
        (chat, {"provider": ["other"]}),
    ):
        with pytest.raises(Refused):
            start_grid(version=one, release=release, axes=axes, budget_usd=1, by=by)
    for lines in (["threshold"], ["threshold="], ["seed=1", "seed=2"]):
        with pytest.raises(Refused):
            read_axes(lines)
    analyst = make_member(project, Role.ANALYST)
    with pytest.raises(NotAllowed):
        start_grid(version=version, release=release, axes={"threshold": [0.1]}, budget_usd=None, by=analyst)
    assert not Grid.objects.exists()
    assert not Run.objects.exists()
    planned = plan_grid(version=chat, release=release, axes={"temperature": [0, 1], "few_shot": [0, 4]}, sample=9)
    assert (planned.runs, planned.items, planned.most_usd) == (12, 4, 24.0)


def test_a_grid_of_the_baseline_from_its_pages_and_by_command(client, world, release, capsys):
    project, by = world
    arguments = ["--on", "g@1", "--axis", "threshold=0,.9", "--repeats", "1", "--wait", "--json", "-"]
    call_command("grid", project.slug, "baseline-zero", *arguments)
    told = json.loads(capsys.readouterr().out)
    assert [one["settings"] for one in told["combinations"]] == [{"threshold": 0}, {"threshold": 0.9}]
    assert [one["flips"]["value"] for one in told["combinations"]] == [0.0, 0.0]
    client.force_login(by)
    page = reverse("evaluation:grid", args=[project.slug, told["grid"]])
    assert "has the highest micro F1" in client.get(page).content.decode()
    assert client.get(f"{page}download.csv/").content.startswith(b"threshold,state,standing")
    assert client.post(f"{page}write/", {"place": "1"}).status_code == 303
    assert str(find_version(project=project, reference="baseline-zero")) == "baseline-zero@2"
    new = reverse("evaluation:new-grid", args=[project.slug])
    sent = {"prompt": "baseline-zero@1", "on": "g@1", "axes": "max_labels = 1, 2", "repeats": "0", "seed": "0"}
    counted = client.post(new, sent)
    assert (counted.status_code, "2 runs" in counted.content.decode()) == (200, True)
    assert client.post(new, sent | {"axes": "max_labels"}).status_code == 422
    assert client.post(new, sent | {"start": "1"}).status_code == 303


LIST_QUERIES, PAGE_QUERIES = 5, 8


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_pages_ask_the_same_for_one_and_for_three(client, world, release, item_count, django_assert_num_queries):
    project, by = world
    version = find_version(project=project, reference="baseline-zero")
    for _ in range(item_count):
        axes = {"max_labels": list(range(1, item_count + 1))}
        grid = start_grid(version=version, release=release, axes=axes, repeats=0, budget_usd=None, by=by)
    client.force_login(by)
    with django_assert_num_queries(LIST_QUERIES):
        assert client.get(reverse("evaluation:grids", args=[project.slug])).content.decode().count("0 of") == item_count
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(reverse("evaluation:grid", args=[project.slug, grid.public_id]))
