"""Stress suites over the built-in baseline, and the red-team set against a provider that obeys."""

import pytest

from evaluation.actions.follow_ups import follow_up
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, find_version, write_version
from evaluation.actions.runs import cancel_run
from evaluation.actions.suites import report_on, start_suite, steer_suite
from evaluation.enums import RunOrigin, RunState, Strategy
from evaluation.models import Evaluation, Run, Suite, SuiteReport
from evaluation.queries.lessons import frozen_texts, texts_for
from evaluation.simulator.config import NO_ERRORS, AnswerRow, Config
from evaluation.simulator.server import simulator
from evaluation.stress.counterfactuals import counterfactual
from evaluation.stress.perturbing import perturb
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Document
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]
CODES = ("crm", "erp", "payroll")


@pytest.fixture
def world():
    """Eight items in dev whose texts name their label, two of which speak of a woman; four are held out."""
    project = make_project()
    make_taxonomy(project, CODES)
    items = make_items(project, 12)
    gold = {}
    for place, item in enumerate(items):
        code = CODES[place % 3]
        she = "She is the founder of the firm and her staff is with her. " if place < 2 else ""
        Document.objects.filter(item=item).update(text=f"{she}We sell {code} to firms. The {code} is ours.")
        gold[item.external_id] = {"labels": [code], "split": "dev" if place < 8 else "test"}
    release = import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    return project, release, make_member(project, Role.ENGINEER)


def started(world, **options):
    project, release, by = world
    version = options.pop("version", None) or find_version(project=project, reference="baseline-zero")
    return start_suite(version=version, release=release, by=by, **options)


def worked(suite):
    for member in suite.members.order_by("pk"):
        work_on(run_id=member.run_id)
    return report_on(suite)


def test_a_suite_is_one_clean_run_and_one_for_each_kind_and_strength_on_the_same_dev_items(world):
    suite = started(world, kinds=["typos", "injections", "counterfactual"], strengths=[8, 2], sample=5, seed=3)

    members = list(suite.members.order_by("pk").select_related("run"))
    assert [str(one) for one in members] == [
        "clean", "typos 2", "typos 8", "injections 2", "injections 8", "counterfactual 1",
    ]  # fmt: skip
    asked = [set(one.run.predictions.values_list("item_id", flat=True)) for one in members]
    dev = set(world[1].entries.filter(split="dev").values_list("item_id", flat=True))
    assert len(asked[0]) == 5
    assert asked[0] < dev
    assert asked[:5] == [asked[0]] * 5
    assert asked[5] < asked[0]
    assert {one.run.origin for one in members} == {RunOrigin.STRESS}
    again = started(world, kinds=["typos"], sample=5, seed=3)
    assert set(again.members.first().run.predictions.values_list("item_id", flat=True)) == asked[0]


def test_each_run_reads_the_texts_it_says(world):
    suite = started(world, kinds=["long_noise", "injections", "red_team", "counterfactual"], strengths=[4], seed=1)
    runs = {one.kind: one.run for one in suite.members.select_related("run")}
    items = list(runs["counterfactual"].predictions.values_list("item_id", flat=True))
    plain = frozen_texts(world[1].pk, items)

    assert len(items) == 2
    assert texts_for(runs[""], items) == plain
    for kind in ("long_noise", "injections"):
        expected = {pk: perturb(one, kind=kind, strength=4, seed=1, labels=CODES) for pk, one in plain.items()}
        assert texts_for(runs[kind], items) == expected
    assert texts_for(runs["counterfactual"], items) == {pk: counterfactual(one) for pk, one in plain.items()}
    told = runs["red_team"].perturbation["cases"]
    for pk, one in texts_for(runs["red_team"], items).items():
        assert len(one.text) > len(plain[pk].text)
        assert told[one.external_id][1] not in world[1].entries.get(item=pk).labels


def test_the_report_of_the_baseline(world):
    suite = started(world, kinds=["truncated", "typos", "red_team", "counterfactual"], strengths=[1, 8])
    assert report_on(suite) is None
    report = worked(suite).report

    assert report["clean"]["micro_f1"]["value"] == 1
    assert report["n"] == 8
    cut = report["kinds"]["truncated"]
    assert [one["strength"] for one in cut["strengths"]] == [1, 8]
    assert (cut["breakdown"]["strength"], report["verdict"]) == (8, "breaks")
    assert report["counterfactual"]["items"] == 2
    assert report["counterfactual"]["share"]["value"] == 0
    assert report["red_team"]["cases"] == 8
    assert sum(one["n"] for one in report["red_team"]["carriers"].values()) == 8
    assert set(report["problems"]) == {"clean", *(str(one) for one in suite.members.exclude(kind=""))}
    assert report["is_simulated"] is False
    assert report_on(suite).report == report
    assert SuiteReport.objects.count() == 1


def test_the_last_run_that_is_done_settles_the_suite_and_none_is_scored_as_the_prompt(world):
    suite = started(world, kinds=["typos"], strengths=[1])
    for run in Run.objects.all():
        work_on(run_id=run.pk)
        follow_up(run_id=run.pk)
    assert SuiteReport.objects.get().suite == suite
    assert not Evaluation.objects.exists()


def test_what_was_cancelled_is_left_out_and_without_the_clean_run_there_is_nothing_to_say(world):
    suite = started(world, kinds=["typos", "counterfactual"], strengths=[1, 2])
    cancel_run(run=suite.members.get(kind="typos", strength=2).run, by=None)
    report = worked(suite).report
    assert [one["strength"] for one in report["kinds"]["typos"]["strengths"]] == [1]
    assert report["left_out"] == {"typos 2": "its run was cancelled"}

    other = started(world, kinds=["typos"], strengths=[1])
    assert steer_suite(suite=other, step="pause", by=world[2]) == 2
    assert steer_suite(suite=other, step="resume", by=world[2]) == 2
    assert steer_suite(suite=other, step="cancel", by=world[2]) == 2
    report = report_on(other).report
    assert (report["kinds"], report["verdict"]) == ({}, "cannot_tell")
    assert "cancelled" in report["reason"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kinds": []}, "at least one kind"),
        ({"kinds": ["rain"]}, "no kind “rain”"),
        ({"strengths": [3]}, "A strength is one of 1, 2, 4, 8"),
        ({"strengths": []}, "at least one strength"),
        ({"sample": 0}, "at least one item"),
        ({"tolerance": 2}, "tolerance"),
        ({"seed": -1}, "seed"),
        ({"budget_usd": -1}, "budget"),
        ({"kinds": ["counterfactual"], "sample": 1, "seed": 1}, "nothing to swap"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_started(world, options, said):
    with pytest.raises(Refused, match=said):
        started(world, **options)
    assert not Suite.objects.exists()
    assert not Run.objects.exists()


def test_analysts_start_nothing_and_the_budget_is_shared(world):
    project, release, _ = world
    with pytest.raises(NotAllowed):
        started((project, release, make_member(project, Role.ANALYST)))
    suite = started(world, kinds=["long_noise"], strengths=[1, 8], budget_usd=1)
    shares = list(suite.members.order_by("pk").values_list("run__budget_micro_usd", flat=True))
    assert 0 < shares[0] < shares[1] < shares[2]
    assert 999_990 < sum(shares) <= 1_000_000


def test_a_provider_that_obeys_is_found_out(world, settings, monkeypatch):
    project, release, by = world
    monkeypatch.setattr("evaluation.limiter._here", {})
    known = tuple(
        AnswerRow(labels=tuple(one.labels), external_id=one.external_id, name=one.content["name"])
        for one in release.entries.all()
    )
    with simulator(Config(answers=known, rates=NO_ERRORS, obey_injections=True)) as sim:
        settings.LLM_BASE_URL, settings.LLM_API_KEY, settings.REDIS_URL = sim.base_url, "k", ""
        settings.LLM_ALLOWED_HOSTS = [sim.base_url.removesuffix("/v1")]
        settings.LLM_PRICES = {"sim": [1.0, 2.0]}
        recipe = Recipe(Strategy.CHAT, "sim", "{taxonomy}\n{item}", {"max_tokens": 300})
        version = write_version(project=project, name="ask", recipe=recipe, by=by)
        suite = started(world, version=version, kinds=["red_team"], seed=7, budget_usd=1)
        report = worked(suite).report

    assert report["is_simulated"] is True
    assert report["clean"]["micro_f1"]["value"] == 1
    assert report["red_team"]["rate"]["n"] == 8
    assert report["red_team"]["obeyed"] >= 3
    assert report["verdict"] == ""
    assert suite.members.get(kind="red_team").run.state == RunState.DONE
