"""A new release: what was measured on the one before is measured on it by one click, and the two are held together."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from evaluation.actions.prompts import Recipe, find_version, write_version
from evaluation.actions.refits import settle, settle_waiting, start_refit
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, cancel_run, start_run
from evaluation.enums import RunState, Strategy
from evaluation.models import Analysis, Evaluation, Refit, RefitRun, Run
from evaluation.queries.refits import offer_of
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Document, Look
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
OFFERED, HELD = 10, 7  # queries


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    for place, item in enumerate(make_items(project, 16)):
        Document.objects.filter(item=item).update(text=f"We sell crm and payroll to firm {place}.")
    return project


def frozen(project, first, last, *, splits=("dev",)):
    """A number of the set `gold` that holds these items."""
    rows = list(project.items.order_by("pk"))[first:last]
    gold = {
        one.external_id: {"labels": ["crm"] if place % 3 else ["erp"], "split": splits[place % len(splits)]}
        for place, one in enumerate(rows)
    }
    return import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)


def scored(project, release, on_commit, prompt="baseline-zero"):
    version = find_version(project=project, reference=prompt, by=None)
    with on_commit(execute=True):
        run = start_run(version=version, scope=Scope(release, "dev"), by=None)
    run.refresh_from_db()
    return evaluate_run(run=run, release=release, split="dev", by=None)


def test_one_click_runs_scores_calibrates_and_compares_on_the_items_of_both(
    client, project, django_capture_on_commit_callbacks
):
    old = frozen(project, 0, 12)
    scored(project, old, django_capture_on_commit_callbacks)
    assert offer_of(project) is None
    new = frozen(project, 4, 16)
    offer = offer_of(project)
    assert (offer.release, offer.before, offer.names, offer.is_paid) == (new, old, "baseline-zero@1", False)
    client.force_login(make_member(project, Role.ENGINEER))
    for page in ("what-next", "release", "refit"):
        where = reverse(f"evaluation:{page}", args=[project.slug, *([] if page == "what-next" else [new.public_id])])
        assert "Measure on gold@2" in client.get(where).content.decode(), page
    url = reverse("evaluation:measure-release", args=[project.slug, new.public_id])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url).status_code == 303
    row = RefitRun.objects.get()
    assert (row.run.release, row.evaluation.release, row.run.origin) == (new, new, "refit")
    common = row.report["common"]
    assert (common["n"], common["only_before"], common["only_now"]) == (8, 4, 4)
    assert common["diff"]["micro_f1"]["value"] == 0  # the same answers to the same items
    assert [one["code"] for one in row.report["measures"]] == ["micro_f1", "macro_f1", "exact_match", "ece"]
    assert Analysis.objects.filter(evaluation=row.evaluation, kind="calibration").count() == 1
    shown = client.get(reverse("evaluation:refit", args=[project.slug, new.public_id])).content.decode()
    assert "on the same 8 items" in shown
    assert "no difference on the same items" in shown
    assert 'class="chart narrow"' in shown
    assert "Calibrate its" not in client.get(reverse("evaluation:what-next", args=[project.slug])).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url).status_code == 303
    assert (Refit.objects.count(), Run.objects.count(), Evaluation.objects.count(), offer_of(project)) == (
        1,
        2,
        2,
        None,
    )
    assert not Look.objects.exists()


def test_what_stopped_goes_on_and_a_lost_message_is_made_up_for(project, django_capture_on_commit_callbacks):
    scored(project, frozen(project, 0, 6), django_capture_on_commit_callbacks)
    new = frozen(project, 6, 12)
    refit = start_refit(project=project, release=new, by=None)  # nothing after the commit: no worker hears of it
    row = refit.rows.get()
    cancel_run(run=row.run, by=None)
    with django_capture_on_commit_callbacks(execute=True):
        start_refit(project=project, release=new, by=None)
    row.refresh_from_db()
    assert (row.run.state, row.report["common"]["reason"]) == (RunState.DONE, "no item is in both")
    assert settle(row_id=row.pk).report == row.report
    RefitRun.objects.update(report=None, evaluation=None)
    assert settle_waiting() == 1
    row.refresh_from_db()
    assert row.report["common"]["n"] == 0


def test_a_prompt_that_cannot_run_says_why_and_the_others_do(project, capsys, django_capture_on_commit_callbacks):
    old = frozen(project, 0, 8, splits=("dev", "fewshot"))
    for prompt in ("baseline-zero", "baseline-few"):
        scored(project, old, django_capture_on_commit_callbacks, prompt)
    frozen(project, 0, 8)
    out = StringIO()
    with pytest.raises(SystemExit) as left, django_capture_on_commit_callbacks(execute=True):
        call_command("refit", project.slug, golden="gold@2", wait=True, json="-", stdout=out)
    found = json.loads(out.getvalue())["prompts"]
    assert left.value.code == 3
    assert "no release with a fewshot split" in found["baseline-few@1"]["obstacle"]
    assert found["baseline-zero@1"]["report"]["common"]["n"] == 4


def test_only_the_newest_release_and_only_makers(project, django_capture_on_commit_callbacks):
    old = frozen(project, 0, 6)
    scored(project, old, django_capture_on_commit_callbacks)
    new = frozen(project, 0, 8)
    with pytest.raises(Refused, match="Nothing that is in use waits"):
        start_refit(project=project, release=old, by=None)
    with pytest.raises(NotAllowed):
        start_refit(project=project, release=new, by=make_member(project, Role.ANALYST))


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_page_takes_as_many_queries_however_many_prompts(
    client, project, django_assert_num_queries, django_capture_on_commit_callbacks, item_count
):
    old = frozen(project, 0, 8)
    for number in range(item_count):
        recipe = Recipe(Strategy.BASELINE_ZERO)
        version = write_version(project=project, name=f"prompt-{number}", recipe=recipe, by=None)
        scored(project, old, django_capture_on_commit_callbacks, str(version))
    new = frozen(project, 2, 10)
    client.force_login(make_member(project, Role.ENGINEER))
    url = reverse("evaluation:refit", args=[project.slug, new.public_id])
    with django_assert_num_queries(OFFERED + (connection.vendor == "postgresql")):  # whose clock is one
        assert f"prompt-{item_count - 1}@1" in client.get(url).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        start_refit(project=project, release=new, by=None)
    with django_assert_num_queries(HELD):
        page = client.get(url).content.decode()
    assert page.count("on the same 6 items") == item_count
