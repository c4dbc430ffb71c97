"""A repeat asks the same again, takes nothing from the cache, and never costs more than all were given."""

import pytest

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import find_version
from evaluation.actions.repeats import repeat_run, shares
from evaluation.actions.runs import Scope, start_run
from evaluation.models import Evaluation, Run
from evaluation.queries.objectives import Facts
from evaluation.queries.repeats import decoding, most_flipping, repeated, report, table
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.actions.asked import start
from tests.factories import make_items, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def worked(*runs):
    for run in runs:
        work_on(run_id=run.pk)
        run.refresh_from_db()
    return runs[0]


def released(project, split):
    gold = {item.external_id: {"labels": ["crm"], "split": split} for item in project.items.all()}
    return import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)


def test_a_repeat_is_asked_anew_and_the_flips_are_seen(world, provider):
    project, by = world
    scope = Scope(released(project, "dev"), "dev")
    run = worked(start(world, scope=scope, temperature=0.5))
    assert repeated(run).found is None
    provider.script = [{"content": '{"labels": []}'}]  # one of the four says something else this time
    repeats = repeat_run(run=run, by=by, budget_usd=0.01)
    worked(*repeats)
    assert len(provider.requests) == 3 * 4
    assert [one.name for one in repeats] == [f"{run.name} repeat 1", f"{run.name} repeat 2"]
    assert {(one.origin, one.repeat_of, one.uses_cache, one.budget_micro_usd) for one in repeats} == {
        ("repeat", run, False, 5_000)
    }
    one = repeated(repeats[0])
    assert (one.original, one.found.repeats, one.found.items) == (run, 3, 4)
    assert (one.found.sets.value, one.found.labels["crm"].flipped) == (0.25, 1)
    assert one.found.f1.values == (1.0, pytest.approx(6 / 7), 1.0)
    (row,) = most_flipping(one)
    assert row.sets == [(["crm"], 2), ([], 1)]
    assert dict(decoding(run)) == {
        "Temperature": "0.5",
        "Top-p": "not set: the provider's default",
        "Seed": "not set: the provider's default",
    }
    assert [line["label"] for line in table(report(one))] == ["", "crm", "erp", "payroll"]
    assert Facts(Evaluation(run=run, split="dev")).flips.value == 0.25
    more = repeat_run(run=repeats[0], times=1, sample=2, by=by)  # of the original, numbered on
    assert (more[0].repeat_of, more[0].repeat, more[0].total) == (run, 3, 2)
    worked(*more)
    assert repeated(run).found.items == 2


def test_the_baseline_never_flips_and_of_test_only_aggregates_are_told(world):
    project, by = world
    make_items(project, 20)
    version = find_version(project=project, reference="baseline-zero")
    run = worked(start_run(version=version, scope=Scope(released(project, "test"), "test"), by=by))
    worked(*repeat_run(run=run, by=by, times=1))
    one = repeated(run)
    assert (one.found.sets.value, one.found.pairwise.value) == (0.0, 0.0)
    content = report(one)["stability"]
    assert (one.found.f1, most_flipping(one)) == (None, [])
    assert content["sets"]["high"] == round(one.found.sets.high, 3)
    few = [found for found in content["labels"].values() if found["when_said"]["value"] is None]
    assert all(found["flipped"] is None for found in few)
    assert Facts(Evaluation(run=run, split="test")).flips.high == content["sets"]["high"]


def test_what_cannot_be_repeated_is_refused_and_nothing_is_written(world):
    project, by = world
    going = start_run(version=find_version(project=project, reference="baseline-zero"), scope=Scope(), by=by)
    said = {item.external_id: {"labels": []} for item in project.items.all()}
    imported = import_predictions(project=project, name="theirs", predictions=said, by=None)
    for run in (going, imported):
        with pytest.raises(Refused):
            repeat_run(run=run, by=by)
    worked(going)
    for asked in ({"times": 0}, {"times": 11}, {"sample": 0}, {"budget_usd": -1}, {"budget_usd": float("inf")}):
        with pytest.raises(Refused):
            repeat_run(run=going, by=by, **asked)
    with pytest.raises(NotAllowed):
        repeat_run(run=going, by=make_member(project, Role.ANALYST))
    assert not Run.objects.exclude(repeat_of=None).exists()


def test_shares_never_pass_the_whole():
    assert shares(None, 2) == [None, None]
    assert shares(0.000007, 3) == [0.000002] * 3
