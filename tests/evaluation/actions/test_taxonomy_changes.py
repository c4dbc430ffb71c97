"""What a change touches is counted before it is applied; the bank's cases take the new codes with it."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.actions.edge_cases import add_case
from evaluation.actions.taxonomy_changes import apply_change
from evaluation.models import CaseLabels, Prediction
from evaluation.queries.taxonomy_effects import effects_of, to_carry
from labeling.actions.taxonomy_changes import set_steps, start_change
from labeling.enums import Role
from labeling.models import Release, Round
from labeling.queries.taxonomy_changes import outcome
from tests.world import make_world

pytestmark = pytest.mark.django_db
MERGE = {"kind": "merge", "codes": ["crm", "erp"], "into": {"code": "erp"}}
SPLIT = {"kind": "split", "code": "payroll", "into": [{"code": "wages"}, {"code": "tax"}]}


@pytest.fixture
def world():
    return make_world()


def change_with(world, *steps):
    change = start_change(project=world.project, by=None)
    return set_steps(change=change, steps=steps, by=None)


@pytest.mark.parametrize("steps", [[MERGE], [MERGE, SPLIT, {"kind": "add", "code": "z", "name": "Z"}]])
def test_each_step_says_what_it_touches_in_a_fixed_number_of_queries(world, steps, django_assert_num_queries):
    add_case(item=world.items[0], reason="dual", by=None)
    named = [one for one in Prediction.objects.filter(run__project=world.project) if {"crm", "erp"} & {
        label["code"] for label in one.labels
    }]  # fmt: skip
    change = change_with(world, *steps)
    found = outcome(change)

    with django_assert_num_queries(10):
        effects = effects_of(change, found)

    merge = effects.steps[0]
    assert (merge.annotations, merge.gold, merge.fewshot, merge.cases) == (4, 8, 0, 1)
    assert merge.predictions == len(named) > 0
    assert (effects.releases[0].recoded, effects.releases[0].to_ask) == (8, 0)
    assert effects.open_rounds == [world.round]


def test_cases_take_the_new_codes_and_those_with_a_split_label_wait(world):
    case = add_case(item=world.items[0], reason="dual", by=None)
    other = add_case(item=world.items[1], reason="dual", by=None)
    CaseLabels.objects.create(
        case=other, number=2, taxonomy_version=world.round.taxonomy_version, labels=["payroll"], source="person",
        why="x", created_at=case.created_at,
    )  # fmt: skip

    made = apply_change(change=change_with(world, MERGE, SPLIT), by=None)

    assert list(case.revisions.order_by("number").values_list("labels", "taxonomy_version__number")) == [
        (["crm"], 1), (["erp"], 2),
    ]  # fmt: skip
    assert other.revisions.count() == 2
    waiting = to_carry(world.project, made)
    assert [(one.effect.recoded, one.waiting, one.rounds) for one in waiting] == [(8, 0, [])]


def test_a_manager_goes_the_whole_way_in_the_browser(world):
    client, slug = Client(), world.project.slug
    client.force_login(world.people[Role.MANAGER])
    url = client.post(reverse("evaluation:start-taxonomy-change", args=[slug])).url
    wrong = client.post(f"{url}?add=split", {"code": "crm", "parts": "a = A"})
    assert wrong.status_code == 422
    assert "at least two parts" in wrong.text
    client.post(f"{url}?add=split", {"code": "crm", "parts": "small = Small | For few.\nlarge = <b>Large</b>"})
    page = client.get(url).text
    assert "crm becomes small, large" in page
    client.post(url + "end/", {"how": "apply"})
    after = client.get(url).text
    assert "Ask 8 items again" in after
    client.post(url + "ask-again/", {"release": world.release.public_id})
    asked = Round.objects.get(upkeep__isnull=False)
    assert asked.tasks.count() == 8
    renew = reverse("evaluation:renew-release", args=[slug, world.release.public_id])
    assert "No item of this round is settled yet" in client.get(f"{renew}?round={asked.public_id}").text
    assert "Nothing would be left" in client.post(renew, {"round": ""}).text
    assert Release.objects.count() == 1


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.ENGINEER])
def test_who_labels_or_builds_prompts_sees_no_counts_of_gold(world, role):
    change = change_with(world, MERGE)
    client = Client()
    client.force_login(world.people[role])
    for url in (
        reverse("evaluation:taxonomy-changes", args=[world.project.slug]),
        reverse("evaluation:taxonomy-change", args=[world.project.slug, change.public_id]),
        reverse("evaluation:renew-release", args=[world.project.slug, world.release.public_id]),
    ):
        assert client.get(url).status_code == 404
