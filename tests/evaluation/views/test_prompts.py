"""The editor with its preview, differences, statuses and the list of prompts."""

import pytest
from django.urls import reverse

from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, start_run
from evaluation.forms.prompts import PromptForm
from evaluation.llm.recipe import read_parameters
from evaluation.models import Attempt, Promotion, PromptVersion, Run
from evaluation.queries.promotions import status_of
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
PLAIN = {
    "name": "ask",
    "model": "m-1",
    "provider": "default",
    "template": "Tag.\r\n{examples}\r\n{item}",
    "repair": "on",
}
ALL = PLAIN | {
    "few_shot": "1", "few_shot_how": "random", "few_shot_seed": "7",
    "retrieve_method": "tfidf", "retrieve_k": "3", "retrieve_size": "400", "retrieve_overlap": "40",
    "retrieve_query": "what they sell", "summarise_template": "Say: {item}", "summarise_max_tokens": "90",
    "confidence": "share", "samples": "4", "sample_temperature": "0.9", "uncertain_from": "0.1",
    "uncertain_to": "0.9", "temperature": "0.2", "top_p": "0.5", "seed": "3", "max_tokens": "300", "timeout": "20",
    "route_0_when": "shorter_than", "route_0_value": "20", "route_0_to": "people", "notes": "all of it",
}  # fmt: skip


class World:
    def __init__(self):
        self.project = make_project()
        make_taxonomy(self.project)
        self.people = {role: make_member(self.project, role) for role in (Role.ENGINEER, Role.MANAGER, Role.ANALYST)}
        self.items = make_items(self.project, 4)
        splits = dict(zip((item.external_id for item in self.items), ("dev", "test", "fewshot"), strict=False))
        gold = {key: {"labels": ["crm"], "split": split} for key, split in splits.items()}
        self.release = import_golden(project=self.project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)

    def url(self, name, *more):
        return reverse(f"evaluation:{name}", args=[self.project.slug, *more])


@pytest.fixture
def world(settings):
    settings.LLM_PRICES = {"m-1": [1.0, 2.0]}
    return World()


def test_everything_a_recipe_can_say_is_written_and_comes_back_as_a_start(world, client):
    client.force_login(world.people[Role.ENGINEER])

    answer = client.post(world.url("new-prompt"), ALL)

    version = PromptVersion.objects.get()
    assert answer["Location"] == world.url("prompt", version.public_id)
    assert version.template == "Tag.\n{examples}\n{item}"
    read = read_parameters(version.parameters).model_dump()
    assert read == {
        "provider": "default", "temperature": 0.2, "top_p": 0.5, "seed": 3, "max_tokens": 300, "timeout": 20.0,
        "few_shot": 1, "few_shot_how": "random", "few_shot_seed": 7,
        "retrieve": {"method": "tfidf", "k": 3, "size": 400, "overlap": 40, "query": "what they sell"},
        "summarise": {"template": "Say: {item}", "max_tokens": 90},
        "confidence": "share", "samples": 4, "sample_temperature": 0.9, "uncertain_from": 0.1, "uncertain_to": 0.9,
        "repair": True, "routes": [{"when": "shorter_than", "value": 20, "to": "people"}],
    }  # fmt: skip
    again = PromptForm({name: "" if value is None else value for name, value in PromptForm.filled(version).items()})
    assert again.is_valid(), again.errors
    assert again.recipe().digest() == version.digest
    page = client.get(world.url("new-prompt") + f"?from={version.public_id}").content.decode()
    assert "Starts from ask@1" in page
    assert 'value="what they sell"' in page


def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_lost(world, client):
    client.force_login(world.people[Role.ENGINEER])
    bad = ALL | {"retrieve_overlap": "400", "template": "{items}", "temperature": "3", "route_0_to": "nowhere"}

    page = client.post(world.url("new-prompt"), bad)

    form = page.context["form"]
    assert page.status_code == 422
    assert set(form.errors) == {"template", "__all__"}
    good_route = client.post(world.url("new-prompt"), bad | {"route_0_to": "people"}).context["form"]
    assert set(good_route.errors) == {"template", "retrieve_overlap", "temperature"}
    assert 'value="nowhere"' in page.content.decode()
    unknown = client.post(world.url("new-prompt"), ALL | {"route_0_to": "other@1"})
    assert "no such prompt version" in unknown.content.decode()
    assert not PromptVersion.objects.exists()


def test_a_preview_shows_each_call_for_a_dev_item_and_asks_nobody(world, client):
    client.force_login(world.people[Role.ENGINEER])
    dev, test, _, free = world.items

    def look(source, search="", pick="", headers=None, **more):
        sent = ALL | {"preview": pick, "source": source, "search": search, "repair": ""} | more
        answer = client.post(world.url("new-prompt"), sent, headers=headers)
        assert answer.status_code == 200
        return answer

    shown = look(str(world.release.public_id)).context["preview"]
    text = look(str(world.release.public_id), headers={"HX-Request": "true"}).content.decode()
    assert shown.item.external_id == dev.external_id
    assert [call.stage for call in shown.calls] == ["summarise", "classify"]
    assert text.count('<span class="fenced">') == 3  # the item, the example, the stand-in for the summary
    assert "<html" not in text
    each = shown.calls[1].most_micro_usd
    assert shown.most_micro_usd == shown.calls[0].most_micro_usd + each * 5
    assert [found[0] for found in look("items").context["preview"].found] == sorted(
        one.external_id for one in world.items if one != test
    )
    for source in ("items", str(world.release.public_id)):
        assert "Held-out items are never shown" in look(source, search=test.external_id).content.decode()
        assert look(source, pick=test.external_id).context["preview"].item.external_id != test.external_id
    assert look("items", pick=free.external_id).context["preview"].item.external_id == free.external_id
    assert "no price" in look("items", model="m-2").content.decode()
    routed = look("items", route_0_when="longer_than").context["preview"]
    assert (routed.calls, routed.most_micro_usd) == ([], 0)
    assert "cannot be written out yet" in look("items", template="x").content.decode()
    assert not Attempt.objects.exists()
    assert not PromptVersion.objects.exists()


def test_a_difference_marks_words_and_parameters_and_has_an_address(world, client):
    client.force_login(world.people[Role.ANALYST])
    old, new = (
        write_version(project=world.project, name="ask", recipe=Recipe("chat", "m-1", text, parameters), by=None)
        for text, parameters in (("Give every code.\n{item}", {}), ("Give each code.\n{item}", {"few_shot": 2}))
    )
    page = client.get(world.url("prompt-difference"), {"old": old.public_id, "new": new.public_id})
    text = page.content.decode()
    assert "Give <mark>every</mark> code." in text
    assert "Give <mark>each</mark> code." in text
    assert [one.name for one in page.context["difference"].settings if one.is_changed] == ["few_shot"]
    assert client.get(world.url("prompt-difference")).context["old"] == old  # by itself the newest two


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    """A start calls no worker: a test says when work is done."""
    monkeypatch.setattr("evaluation.actions.runs.nudge", lambda *arguments: None)
    monkeypatch.setattr("evaluation.actions.predictions.nudge", lambda *arguments: None)
    monkeypatch.setattr("evaluation.actions.reports.analyse_all", lambda evaluation: [])
    monkeypatch.setattr("evaluation.actions.promotions.start_suite", lambda **wanted: None)


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_shows_each_prompt_in_the_same_number_of_queries(world, client, item_count, django_assert_num_queries):
    for number in range(item_count):
        recipe = Recipe("baseline_zero")
        version = write_version(project=world.project, name=f"p{number}", recipe=recipe, by=None)
        run = start_run(version=version, scope=Scope(world.release, "dev"), by=None)
        work_on(run_id=run.pk)
        run.refresh_from_db()
        evaluate_run(run=run, release=world.release, split="dev", by=None)
    client.force_login(world.people[Role.ENGINEER])
    with django_assert_num_queries(9):
        page = client.get(world.url("prompts"))
    assert len(page.context["rows"]) == item_count
    assert page.context["rows"][0].rows[0].result.run == run
    assert "make it a candidate" in page.content.decode()


def test_steps_on_the_page_follow_the_role_and_say_what_is_missing(world, client):
    version = write_version(project=world.project, name="p", recipe=Recipe("baseline_zero"), by=None)
    url, page = world.url("prompt-status", version.public_id), world.url("prompt", version.public_id)
    client.force_login(world.people[Role.ENGINEER])
    assert "Ask for the look" not in client.get(page).content.decode()
    client.post(url, {"step": "candidate", "reason": "<b>shorter</b>"})
    assert status_of(version) == "candidate"
    work_on(run_id=Run.objects.get().pk)
    assert "does not include this" in client.post(url, {"step": "look"}, follow=True).content.decode()
    evaluate_run(run=Run.objects.get(), release=world.release, split="dev", by=None)
    client.force_login(world.people[Role.MANAGER])
    text = client.get(page).content.decode()
    assert "Ask for the look" in text
    assert "Looks used: 0 of 10" in text
    assert "&lt;b&gt;shorter" in text
    assert "ask for it first" in client.post(url, {"step": "promote"}, follow=True).content.decode()
    client.post(url, {"step": "look"})
    work_on(run_id=Run.objects.get(split="test").pk)
    said = client.post(url, {"step": "promote", "override": "on", "reason": "too short"}, follow=True)
    assert "at least 20 characters" in said.content.decode()
    client.post(url, {"step": "promote", "override": "on", "reason": "Nobody has set an objective yet."})
    assert status_of(version) == "production"
    assert "gate not passed" in client.get(page).content.decode()
    client.post(url, {"step": "retire"})
    client.post(url, {"step": "roll_back"})
    client.post(url, {"step": "roll_back"})
    assert [one.status for one in Promotion.objects.order_by("pk")] == [
        "candidate", "production", "retired", "production"
    ]  # fmt: skip
    assert client.post(url, {"step": "jump"}, follow=True).status_code == 200
