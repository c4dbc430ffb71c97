"""What changed beside what moved: a model changed in one region is named first, with the region; test gold is out."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.incidents import Plan, open_incident
from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.quality_drops import ask_what_changed, compute_drop, compute_due, look_again, roll_back_after
from evaluation.actions.reports import evaluate_run
from evaluation.analyses.asked import Resampling
from evaluation.enums import RunOrigin, RunState, Strategy
from evaluation.models import Prediction, Price, Promotion, QualityDrop, Run
from evaluation.queries.quality_drops import affected_items, board_of, looked_again
from evaluation.queries.streams import Window
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role, Split
from labeling.models import AuditEvent, Document, Item
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FAST = Resampling(resamples=200, method="percentile")
CODES = ("crm", "erp", "payroll")


@pytest.fixture
def project():
    """160 items of two regions; all are gold, a quarter of them held out."""
    return labelled()


def labelled(*, held_out=0):
    """The held-out gold may be turned by so many labels."""
    project = make_project(slices=["region"])
    make_taxonomy(project, CODES)
    items = Item.objects.bulk_create(
        Item(
            project=project, external_id=f"co-{place:03}", name=f"Company {place}", digest=f"{place:064x}",
            text_digest=f"{place:064x}", attributes={"region": "North" if place % 2 else "South"},
        )
        for place in range(160)
    )  # fmt: skip
    Document.objects.bulk_create(
        Document(item=item, position=0, text=f"We sell {CODES[place % 3]} to firms since {1900 + place}.")
        for place, item in enumerate(items)
    )
    gold = {
        item.external_id: {
            "labels": [CODES[(place + (held_out if place % 4 == 3 else 0)) % 3]],
            "split": "test" if place % 4 == 3 else "dev",
        }
        for place, item in enumerate(items)
    }
    import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    return project


def release_of(project):
    return project.golden_sets.get().releases.get()


def answered(
    project,
    name,
    *,
    on=START,
    lost=0.0,
    model="m-1",
    south_model="",
    odd="",
    version=None,
    code="",
    scored=True,
    split="",
):
    """A finished run that misses labels in the south more often, where another model may have answered."""
    rng, at = Random(name), on + timedelta(hours=6)
    run = Run.objects.create(
        project=project, name=name, prompt_version=version, taxonomy_version=project.taxonomy_versions.get(),
        state=RunState.RUNNING, total=160, inputs={"code": code}, split=split, started_at=at,
    )  # fmt: skip
    rows = []
    for place, item in enumerate(Item.objects.filter(project=project).order_by("pk")):
        is_south = place % 2 == 0
        misses = rng.random() < 0.05 + (lost if is_south else 0)
        mine = (south_model if is_south else "") or (odd if place % 3 == 0 else "") or "m-1"
        rows.append(
            Prediction(
                run=run, item=item, state="done", model_returned=mine, latency_ms=500 + place, finished_at=at,
                labels=[] if misses else [{"code": CODES[place % 3], "confidence": 0.9}],
            )
        )  # fmt: skip
    Prediction.objects.bulk_create(rows)
    run.state, run.finished_at = RunState.DONE, at
    run.save()
    if scored:
        evaluate_run(run=run, release=release_of(project), split=Split.DEV, by=None, resampling=FAST)
    return run


def compared(project, reference, current, by=None):
    windows = [one if isinstance(one, Window) else Window(run=one) for one in (reference, current)]
    drop = ask_what_changed(project=project, reference=windows[0], current=windows[1], by=by, in_background=False)
    return compute_drop(drop_id=drop.pk)


def test_a_changed_model_in_one_region_is_named_first_with_the_region(project):
    runs = [answered(project, f"day {number}", on=START + number * DAY) for number in range(4)]
    bad = answered(project, "day 4", on=START + 4 * DAY, lost=0.6, south_model="m-2")
    runs.append(answered(project, "day 5", on=START + 5 * DAY, lost=0.6, south_model="m-2"))

    drop = compared(project, runs[0], runs[-1])
    board = board_of(drop.report)

    first = board.changes[0]
    assert (first.row["name"], first.is_first) == ("Model returned by the provider", True)
    assert first.row["lies"] == {"attribute": "region", "value": "South", "touched": 80, "n": 80}
    assert first.row["share_of_fall"]["value"] > 0.9
    assert [(one["attribute"], one["value"]) for one in board.fell] == [("region", "South")]
    assert "Most in region South" in board.sentence
    assert "to look at first: Model returned by the provider, on region South" in board.sentence
    assert "caused" not in board.sentence
    began = drop.report["series"]
    assert began["points"][began["began"]["at"]]["of"] == bad.name
    assert drop.report["moved"]["n"] == 120  # dev only
    assert compute_drop(drop_id=drop.pk).report == drop.report
    ids = set(Item.objects.values_list("external_id", flat=True))
    assert not any(one in json.dumps(drop.report) for one in ids)


def test_what_touches_all_or_lost_no_more_comes_after(project):
    then = answered(project, "then", code="9.8")
    now = answered(project, "now", on=START + DAY, lost=0.6, south_model="m-2", odd="m-1b", code="9.9")

    changed = compared(project, then, now).report["changed"]

    assert [one["name"] for one in changed] == ["Model returned by the provider", "Version of Assay"]
    steady = compared(project, then, answered(project, "same", on=START + DAY, code="9.8"))
    assert steady.report["changed"] == []
    assert "None of the settings" in board_of(steady.report).sentence


def test_two_times_of_production_are_compared_without_pairs_and_dated_by_day(project):
    for number in range(6):
        lost = 0.7 if number >= 4 else 0.0
        answered(
            project, f"day {number}", on=START + number * DAY, lost=lost, south_model="m-2" if lost else "",
            scored=False,
        )  # fmt: skip
    windows = [Window(start=START, end=START + 2 * DAY), Window(start=START + 4 * DAY, end=START + 6 * DAY)]

    report = compared(project, *windows).report

    assert not report["paired"]
    assert report["n"] == [320, 320]
    assert report["changed"][0]["name"] == "Model returned by the provider"
    assert report["changed"][0]["lies"]["value"] == "South"
    assert report["series"]["points"][report["series"]["began"]["at"]]["name"] == "05 Mar"
    assert report["moved"]["closeness"]["n"] == [240, 240]


def test_it_is_computed_by_the_sweep_and_refuses_what_it_may_not_compare(project):
    run, rater = answered(project, "a"), make_member(project, Role.ANNOTATOR)
    held_out = answered(project, "b", scored=False, split="test")
    other = answered(project, "c")
    for then, now, by, error, says in (
        (run, held_out, None, Refused, "held-out"),
        (run, run, None, Refused, "the same"),
        (run, other, rater, NotAllowed, "role"),
        (run, Window(start=START, end=START + DAY), None, Refused, "two runs, or two times"),
    ):
        with pytest.raises(error, match=says):
            compared(project, then, now, by=by)
    assert not QualityDrop.objects.exists()
    ask_what_changed(project=project, reference=Window(run=run), current=Window(run=other), by=None)
    assert (compute_due(), compute_due()) == (1, 0)


@pytest.fixture
def version(project):
    return write_version(project=project, name="p", recipe=Recipe(Strategy.BASELINE_ZERO), by=None)


def test_the_slice_is_looked_at_again_with_its_dev_items_only(project, version):
    then = answered(project, "then", version=version)
    now = answered(project, "now", on=START + DAY, lost=0.6, version=version)
    drop, engineer = compared(project, then, now), make_member(project, Role.ENGINEER)

    run = look_again(drop=drop, by=engineer)

    release, items = affected_items(drop)
    assert (len(items), run.total, run.origin) == (80, 80, RunOrigin.TARGETED)
    assert set(run.predictions.values_list("item", flat=True)) == set(items)
    assert not release.entries.filter(item__in=items, split=Split.TEST).exists()
    with pytest.raises(Refused, match="already"):
        look_again(drop=drop, by=engineer)
    with pytest.raises(NotAllowed):
        look_again(drop=drop, by=make_member(project, Role.ANALYST))
    for one in run.predictions.select_related("item"):
        right = release.entries.get(item=one.item).labels
        Prediction.objects.filter(pk=one.pk).update(state="done", labels=[{"code": right[0]}])
    Run.objects.filter(pk=run.pk).update(state=RunState.DONE, finished_at=clock.now())
    (again,) = looked_again(drop)
    assert again.figures["again"]["value"] == 1.0
    assert again.figures["now"]["value"] < again.figures["then"]["value"] < 1.0
    assert again.figures["again"]["n"] == 80


def test_the_prompt_goes_back_once_with_the_reason_on_record(project, version):
    recipe = Recipe(Strategy.BASELINE_ZERO, parameters={"threshold": 0.9})
    worse = write_version(project=project, name="p", recipe=recipe, by=None)
    runs = [answered(project, name, version=one) for name, one in (("then", version), ("now", worse))]
    for one, run in ((version, runs[0]), (worse, runs[1])):
        Promotion.objects.filter(prompt=one.prompt).update(is_current=False)
        Promotion.objects.create(
            prompt=one.prompt, version=one, status="production", created_at=clock.now(),
            evaluation=evaluate_run(run=run, release=release_of(project), split=Split.TEST, by=None, resampling=FAST),
        )  # fmt: skip
    drop, manager = compared(project, *runs), make_member(project, Role.MANAGER)
    with pytest.raises(NotAllowed):
        roll_back_after(drop=drop, reason="quality fell in the south", by=make_member(project, Role.ENGINEER))
    with pytest.raises(Refused, match="Write down why"):
        roll_back_after(drop=drop, reason=" ", by=manager)

    made = [
        roll_back_after(drop=drop, reason="quality fell in the south", by=manager, expected=str(version))
        for _ in range(2)
    ]

    assert made[0] == made[1]
    assert (made[0].version, made[0].is_rollback, made[0].reason) == (version, True, "quality fell in the south")
    assert AuditEvent.objects.filter(kind="prompt.production", after__is_rollback=True).count() == 1
    with pytest.raises(Refused, match="not in production"):
        roll_back_after(drop=drop, reason="quality fell again", by=manager)


def test_asking_again_what_is_paid_for_takes_a_budget(client, project):
    paid = write_version(project=project, name="p", recipe=Recipe(Strategy.CHAT, "m-1", "{item}"), by=None)
    runs = [answered(project, name, lost=lost, version=paid) for name, lost in (("then", 0.0), ("now", 0.9))]
    drop = compared(project, *runs)
    incident = open_incident(project=project, plan=Plan("South fell"), drop=drop, by=None)
    client.force_login(make_member(project, Role.ENGINEER))
    page = client.get(reverse("evaluation:incident", args=[project.slug, incident.public_id])).content.decode()
    assert 'name="budget" value="5' in page
    for name, one in (("incident", incident), ("quality-drop", drop)):
        step = reverse(f"evaluation:step-{name}", args=[project.slug, one.public_id])
        for budget in ("", "0", "-1", "much"):
            answer = client.post(step, {"step": "again", "budget": budget}, follow=True)
            assert "Say what asking" in answer.content.decode()
    assert not Run.objects.filter(origin=RunOrigin.TARGETED).exists()
    with pytest.raises(SystemExit, match="2"):
        call_command("what_changed", project.slug, "then", "now", "--again", stderr=StringIO())
    assert QualityDrop.objects.count() == 1

    Price.objects.create(model="m-1", valid_from="2026-01-01", micro_usd_in=1, micro_usd_out=1)
    client.post(reverse("evaluation:step-incident", args=[project.slug, incident.public_id]),
                {"step": "again", "budget": "2.5"})  # fmt: skip

    assert Run.objects.get(origin=RunOrigin.TARGETED).budget_micro_usd == 2_500_000
