"""The monthly review: what is held against what, kept for good, and shown to each role what is theirs."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from evaluation.actions.firings import fire
from evaluation.actions.open_actions import Work, open_action
from evaluation.actions.prompts import find_version
from evaluation.actions.reports import evaluate_run
from evaluation.actions.review_packs import make_review_pack
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.actions.schedules import Timing, run_now, set_schedule
from evaluation.models import Comparison, Incident, OpenAction, ReviewPack
from evaluation.queries.review_packs import Cell, Line, Section, Shown
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.requests import raise_request
from labeling.enums import Role
from labeling.models import Annotation, Document, Look
from reviewapp.common import clock
from reviewapp.common.errors import Refused
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db
PAGE = 6  # queries
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FEBRUARY, JANUARY = NOW - timedelta(days=10), NOW - timedelta(days=40)


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    for place, item in enumerate(make_items(project, 8)):
        Document.objects.filter(item=item).update(text=f"We sell crm and payroll to firm {place}.")
    return project


def frozen(project, name="gold"):
    gold = {
        one.external_id: {"labels": ["crm"] if place % 3 else ["erp"]} for place, one in enumerate(project.items.all())
    }
    return import_golden(project=project, spec=FreezeSpec(name, {"dev": 0.5, "test": 0.5}), gold=gold, by=None)


def scored(project, release, at, on_commit, split="dev"):
    version = find_version(project=project, reference="baseline-zero", by=None)
    with on_commit(execute=True):
        run = start_run(version=version, scope=Scope(release, split), by=None, setup=Setup(uses_cache=False))
    run.refresh_from_db()
    with patch("django.utils.timezone.now", lambda: at):
        return evaluate_run(run=run, release=release, split=split, by=None)


def pack_of(project, **how):
    with clock.told_by(lambda: NOW):
        return make_review_pack(project=project, month=FEBRUARY.date(), by=None, **how)


def lines(part):
    return {one["name"]: one for one in part["lines"]}


def test_the_same_gold_is_compared_pair_by_pair_and_test_is_never_compared(project, django_capture_on_commit_callbacks):
    release = frozen(project)
    for at in (JANUARY, FEBRUARY):
        for split in ("dev", "test"):
            scored(project, release, at, django_capture_on_commit_callbacks, split)
    looks = Look.objects.count()
    report = pack_of(project).report
    found = lines(report["scores"])["Micro F1"]
    assert (found["how"], found["change"]["value"], found["now"]["n"]) == ("paired on the same 4 items", 0, 4)
    assert Comparison.objects.get().split == "dev"
    held_out = lines(report["held_out"])["Micro F1, held out"]
    assert (held_out["change"], held_out["how"][:10], Look.objects.count()) == (None, "not tested", looks)
    assert held_out["now"]["value"] == round(held_out["now"]["value"], 3)


def test_other_gold_is_said_to_be_not_comparable(project, django_capture_on_commit_callbacks):
    scored(project, frozen(project), JANUARY, django_capture_on_commit_callbacks)
    scored(project, frozen(project), FEBRUARY, django_capture_on_commit_callbacks)
    found = lines(pack_of(project).report["scores"])["Micro F1"]
    assert (found["change"], found["how"]) == (None, "not comparable: gold@1 is other gold than gold@2")
    assert found["before"]["n"] == 4


def test_it_is_kept_as_it_was_and_made_again_only_if_something_changed(project):
    first = pack_of(project)
    assert pack_of(project) == first
    open_action(project=project, work=Work("key", "Look at it"), by=None)
    assert pack_of(project) != first
    for change in (lambda: ReviewPack.objects.update(digest="x"), ReviewPack.objects.all().delete):
        with pytest.raises(DatabaseError, match="a review stays as it was"), transaction.atomic():
            change()
    with pytest.raises(Refused, match="has not begun"), clock.told_by(lambda: NOW):
        make_review_pack(project=project, month=NOW.date() + timedelta(days=40), by=None)


def test_incidents_in_time_are_a_share_with_its_interval(project):
    opened = {"opened_at": FEBRUARY, "created_at": FEBRUARY, "severity": "high", "project": project}
    Incident.objects.create(title="It fell", state="open", **opened)
    found = lines(pack_of(project).report["incidents"])["… recovered within 48 hours"]
    assert (found["now"]["value"], found["now"]["n"]) == (0, 1)
    assert found["now"]["high"] == pytest.approx(0.793, abs=1e-3)  # Wilson, 0 of 1


def test_the_calendar_makes_it_and_its_owner_goes_through_it(project):
    owner = make_member(project, Role.MANAGER)
    with clock.told_by(lambda: NOW):
        timing = Timing("0 9 2 * *", "Europe/Berlin", owner, {})
        made = set_schedule(project=project, job="review", timing=timing, by=None)
        fire(firing_id=run_now(schedule=made, by=None, in_background=False).pk)
    pack, action = ReviewPack.objects.get(), OpenAction.objects.get()
    assert (pack.report["month"], pack.report["zone"], pack.firing) == ("2026-02", "Europe/Berlin", action.firing)
    assert action.url == reverse("evaluation:review-pack", args=[project.slug, pack.public_id])
    assert (action.title, action.owner) == ("Review February 2026", owner)


def test_a_page_and_files_for_each_role_without_raters_agreement_or_requests(client, project):
    raters = [make_member(project, Role.ANNOTATOR) for _ in range(2)]
    in_round = make_round(project, list(project.items.all()[:2]), name="Secret round")
    for task in in_round.tasks.all():
        for seat, rater in zip(task.seats.all(), raters, strict=True):
            Annotation.objects.create(task=task, rater=rater, seat=seat, submitted_at=FEBRUARY)
    asker = make_member(project, Role.ADJUDICATOR)
    raise_request(project=project, task=None, label_code="", text="A rater wrote this", by=asker)
    pack = pack_of(project)
    for role, sees in ((Role.MANAGER, True), (Role.ANALYST, True), (Role.ENGINEER, False)):
        client.force_login(make_member(project, role))
        where = [reverse("evaluation:review-pack", args=[project.slug, pack.public_id])]
        where += [
            reverse("evaluation:review-pack-file", args=[project.slug, pack.public_id, it]) for it in ("html", "json")
        ]
        for url in where:
            text = client.get(url).content.decode()
            assert ("Agreement" in text or '"agreement": {' in text) == sees, (role, url)
            assert ("Guideline requests" in text) == (role == Role.MANAGER)
            assert "A rater wrote this" not in text
            assert not any(str(rater) in text for rater in raters)
    client.force_login(raters[0])
    assert client.get(where[0]).status_code in (403, 404)


def test_it_is_made_from_the_calendar_and_by_a_command(client, project):
    client.force_login(make_member(project, Role.ANALYST))
    calendar = reverse("evaluation:calendar", args=[project.slug])
    month = f"{clock.now():%Y-%m}"
    assert f"Make the review of {clock.now():%B}" in client.get(calendar).content.decode()
    made = client.post(reverse("evaluation:make-review-pack", args=[project.slug]), {"month": month})
    pack = ReviewPack.objects.get()
    assert made.url == reverse("evaluation:review-pack", args=[project.slug, pack.public_id])
    assert made.url in client.get(calendar).content.decode()
    out = StringIO()
    call_command("review_pack", project.slug, "--month", month, "--format", "json", stdout=out)
    assert json.loads(out.getvalue())["digest"] == pack.digest
    with pytest.raises(SystemExit) as refused:
        call_command("review_pack", project.slug, "--month", "2026-13")
    assert refused.value.code == 2


@pytest.mark.parametrize("item_count", [1, 3])
def test_its_page_takes_as_many_queries_however_much_is_in_it(
    client, project, django_assert_num_queries, django_capture_on_commit_callbacks, item_count
):
    release = frozen(project)
    with clock.told_by(lambda: FEBRUARY):
        for number in range(item_count):
            open_action(project=project, work=Work(f"key {number}", f"Look at {number}"), by=None)
            Incident.objects.create(
                project=project, title=f"Fall {number}", severity="low", state="open", created_at=FEBRUARY,
                opened_at=FEBRUARY,
            )  # fmt: skip
    for _ in range(item_count):
        scored(project, release, FEBRUARY, django_capture_on_commit_callbacks)
    pack = pack_of(project)
    client.force_login(make_member(project, Role.MANAGER))
    with django_assert_num_queries(PAGE):
        page = client.get(reverse("evaluation:review-pack", args=[project.slug, pack.public_id])).content.decode()
    assert "Look at 0" in page


def test_what_moved_is_corrected_for_how_much_could_have_moved():
    def line(name, low):
        return Line(name, Cell("1"), Cell("1"), Cell("1"), "", (0.5, low, 1 - low))

    def moved(*found):
        return [one.name for one in Shown(None, {}, [Section("s", "", list(found))], FEBRUARY.date()).moved]

    assert moved(line("alone", 0.05)) == ["alone"]
    many = [line(f"{number}", -0.4) for number in range(8)]
    assert moved(line("far", 0.3), line("near", 0.05), *many) == ["far"]
