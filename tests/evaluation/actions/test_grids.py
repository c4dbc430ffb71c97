"""A grid starts one run a combination with its repeats, within one budget, and marks the best honestly."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.follow_ups import follow_up
from evaluation.actions.grid_figures import measure_grid
from evaluation.actions.grids import plan_grid, read_axes, start_grid, write_winner
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, find_version, write_version
from evaluation.enums import Strategy
from evaluation.models import Evaluation, Grid, Run
from evaluation.queries.grids import board
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


@pytest.fixture
def release(world):
    gold = {item.external_id: {"labels": ["crm"]} for item in world[0].items.all()}
    return import_golden(project=world[0], spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)


def test_a_grid_of_calls_shares_its_budget_and_is_measured(world, provider, release):
    project, by = world
    recipe = Recipe(Strategy.CHAT, "fake-1", "{item}", {"max_tokens": 50})
    version = write_version(project=project, name="ask", recipe=recipe, by=by)
    axes = {"temperature": [0, 0.7], "top_p": [1]}
    with pytest.raises(Refused, match="needs a budget"):
        start_grid(version=version, release=release, axes=axes, budget_usd=None, by=by)
    grid = start_grid(version=version, release=release, axes=axes, repeats=1, sample=3, budget_usd=0.0100001, by=by)
    runs = [cell.run for cell in grid.cells.order_by("place", "repeat")]
    assert sum(Decimal(run.budget_micro_usd) for run in runs) == 10_000
    assert {(run.origin, run.uses_cache, run.total) for run in runs} == {("grid", False, 3)}
    assert [run.repeat for run in runs] == [0, 1, 0, 1]
    provider.script = [{}] * 6 + [
        {"content": '{"labels": []}'}
    ]  # the third run, which is the second combination's first
    for run in runs:
        measure_grid(grid)
        work_on(run_id=run.pk)
    measure_grid(grid)
    assert [one["body"]["temperature"] for one in provider.requests] == [0] * 6 + [0.7] * 6
    first, second = board(grid).rows
    assert (first.figures["f1"]["value"], first.figures["flips"]["value"], first.standing) == (1.0, 0.0, "best")
    assert (second.figures["items"], second.figures["f1"]["value"]) == (3, 0.8)
    assert second.figures["flips"]["value"] == pytest.approx(1 / 3)
    assert second.standing == "not distinguishable from the best"
    assert first.figures["ece"]["value"] == pytest.approx(0.3)
    assert first.cost == pytest.approx(0.00012)
    follow_up(run_id=runs[0].pk)
    assert not Evaluation.objects.exists()  # a sample is not scored against the whole split
    chosen = write_winner(grid=grid, place=1, by=by)
    assert (str(chosen), chosen.parameters) == ("ask@2", {"max_tokens": 50, "temperature": 0.7, "top_p": 1})


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
