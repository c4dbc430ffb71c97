"""What the jobs do by the actions that exist, and what they ask of people where no code can do it."""

from datetime import UTC, datetime, timedelta

import pytest

from evaluation.actions.firings import fire
from evaluation.actions.prompts import find_version
from evaluation.actions.reports import evaluate_run
from evaluation.actions.runs import Scope, start_run
from evaluation.actions.schedule_jobs import JOBS
from evaluation.actions.schedules import Timing, run_now, set_schedule
from evaluation.enums import PromptStatus, RunOrigin, ScheduleJob
from evaluation.models import Acquisition, Evaluation, Firing, OpenAction, Promotion, Run
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Document
from reviewapp.common import clock
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    for place, item in enumerate(make_items(project, 9)):
        Document.objects.filter(item=item).update(text=f"We sell crm to firm {place}.")
    return project


@pytest.fixture
def owner(project):
    return make_member(project, Role.MANAGER)


def done(project, job, owner=None, **parameters):
    """Its one firing, done now."""
    timing = Timing(JOBS[job].recurrence, "Europe/Berlin", owner, parameters)
    made = run_now(
        schedule=set_schedule(project=project, job=job, timing=timing, by=None), by=None, in_background=False
    )
    fire(firing_id=made.pk)
    return Firing.objects.get(pk=made.pk)


def frozen(project, **shares):
    gold = {one.external_id: {"labels": ["crm"]} for one in project.items.order_by("pk")[:4]}
    return import_golden(project=project, spec=FreezeSpec("gold", shares or {"dev": 1.0}), gold=gold, by=None)


@pytest.mark.parametrize("job", [one.value for one in ScheduleJob])
def test_a_new_project_fails_nothing(project, owner, job):
    assert done(project, job, owner).outcome in ("done", "skipped", "opened")


def test_each_production_prompt_is_run_again_out_of_no_cache_and_scored(project, django_capture_on_commit_callbacks):
    release = frozen(project, dev=0.5, test=0.5)
    assert done(project, "nightly").said == "No prompt is in production."
    version = find_version(project=project, reference="baseline-zero", by=None)
    with django_capture_on_commit_callbacks(execute=True):
        first = start_run(version=version, scope=Scope(release, "test"), by=None)
    first.refresh_from_db()
    Promotion.objects.create(
        prompt=version.prompt, version=version, status=PromptStatus.PRODUCTION, created_at=clock.now(),
        evaluation=evaluate_run(run=first, release=release, split="test", by=None),
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        came = done(project, "nightly")
    run = Run.objects.get(origin=RunOrigin.SCHEDULE)
    assert (came.outcome, run.release, run.split, run.uses_cache) == ("done", release, "dev", False)
    assert str(run.public_id) in came.url
    assert Evaluation.objects.filter(run=run).exists()


def test_fresh_items_are_proposed_from_a_run_over_the_items(project, owner, django_capture_on_commit_callbacks):
    by_lot = done(project, "expansion", owner, size=3)
    assert (by_lot.outcome, OpenAction.objects.get().title) == ("opened", "Draw 3 more items to label")
    OpenAction.objects.all().delete()
    frozen(project)
    with django_capture_on_commit_callbacks(execute=True):
        start_run(version=find_version(project=project, reference="baseline-zero", by=None), scope=Scope(), by=None)
    with django_capture_on_commit_callbacks(execute=True):
        came = done(project, "expansion", owner, size=3)
    made = Acquisition.objects.get()
    assert (made.size, made.state, len(made.chosen)) == (3, "done", 3)
    action = OpenAction.objects.get()
    assert (action.title, action.owner, came.url) == ("Make a round of 3 proposed items", owner, action.url)
    assert str(made.public_id) in action.url


def test_an_action_is_due_by_the_schedules_own_calendar_and_opened_once_a_quarter(project, owner):
    with clock.told_by(lambda: NOW):  # in Berlin it is the first of April
        first = done(project, "rotation", owner)
    with clock.told_by(lambda: NOW + timedelta(minutes=1)):
        second = done(project, "rotation", owner)
    action = OpenAction.objects.get()
    assert (action.key, str(action.due_on), action.owner) == ("rotation:2026-2", "2026-04-15", owner)
    assert second.said.endswith("It was open already.")
    assert (first.outcome, action.firing) == ("opened", first)
    with clock.told_by(lambda: NOW + timedelta(days=95)):
        done(project, "rotation", owner)
    assert OpenAction.objects.count() == 2


def test_a_release_from_a_file_says_that_nobody_validated_it(project, owner):
    frozen(project)
    done(project, "validation", owner)
    assert "Its gold came from a file" in OpenAction.objects.get(title="Validate gold@1 blind").why
