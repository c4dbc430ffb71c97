"""Nothing that is held out trains a model: not its item, nor one that says the same. Each file is on the record."""

import json
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from evaluation.actions.gates import Asked, hold_gate
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.objectives import Wanted, set_objective
from evaluation.actions.panels import close_panel
from evaluation.actions.reports import evaluate_run
from evaluation.actions.review_tasks import claim_task, submit_review
from evaluation.actions.training_exports import declare_training, export_training, give_out
from evaluation.enums import PanelKind, PanelState
from evaluation.gates.report import Outcome
from evaluation.models import Choice, ModelTraining, Panel, PanelSeat
from evaluation.queries.training_exports import given_out
from evaluation.queries.training_files import Line, without_tested
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import AuditEvent, GoldEntry, Item, Sight, TrainingExport, TrainingItem
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.panels import make_room
from tests.evaluation.reviewed import opened, production_run, said
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_chats_of_a_split_without_what_is_held_out():
    project = make_project()
    make_taxonomy(project)
    one, two, three, four = make_items(project, 4)
    gold = {
        one.external_id: {"labels": ["erp", "crm"], "split": "dev"},
        two.external_id: {"labels": [], "split": "dev"},
        three.external_id: {"labels": ["erp"], "split": "dev"},
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    Item.objects.filter(pk=four.pk).update(text_digest=two.text_digest)
    held = {three.external_id: {"labels": ["erp"], "split": "test"}, four.external_id: {"labels": [], "split": "test"}}
    import_golden(project=project, spec=FreezeSpec("later", {}), gold=held, by=None)
    assert GoldEntry.objects.filter(split="test").count() == 2
    engineer = make_member(project, Role.ENGINEER)
    lines = list(export_training(project=project, source=release, split="dev", by=engineer))
    assert [line["item"] for line in lines] == [one.external_id]
    assert json.loads(lines[0]["messages"][-1]["content"]) == ["crm", "erp"]
    assert "sells things" in lines[0]["messages"][1]["content"]
    assert AuditEvent.objects.filter(kind="training.exported").count() == 1
    with pytest.raises(Refused, match="never"):
        export_training(project=project, source=release, split="test", by=engineer)
    with pytest.raises(NotAllowed):
        export_training(project=project, source=release, split="dev", by=make_member(project, Role.ANNOTATOR))
    assert AuditEvent.objects.filter(kind="training.exported").count() == 1


def test_an_open_panel_tells_nothing():
    project = make_project()
    panel = Panel(project=project, name="P", state=PanelState.OPEN)
    with pytest.raises(Refused, match="open"):
        export_training(project=project, source=panel, by=None)


def test_what_an_item_said_before_it_was_changed_is_held_out_too():
    project = make_project()
    make_taxonomy(project)
    changed, held = make_items(project, 2)
    gold = {changed.external_id: {"labels": ["crm"], "split": "dev"}}
    release = import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    before = GoldEntry.objects.get(release=release).text_digest
    Item.objects.filter(pk=changed.pk).update(text_digest="c" * 64)  # it says something else by now
    Item.objects.filter(pk=held.pk).update(text_digest=before)
    held_out = {held.external_id: {"labels": ["crm"], "split": "test"}}
    import_golden(project=project, spec=FreezeSpec("later", {}), gold=held_out, by=None)
    lines = [Line(changed.pk, before, {}), Line(held.pk, "d" * 64, {}), Line(changed.pk, "e" * 64, {})]

    with pytest.raises(Refused, match="Nothing in it"):
        export_training(project=project, source=release, split="dev", by=None)
    assert [line.text_digest for line in without_tested(project, iter(lines))] == ["e" * 64]
    assert not TrainingExport.objects.exists()


def test_preferences_say_what_people_chose_and_never_who():
    room = make_room(items=3)
    panel = room.panel(kind=PanelKind.PAIRS)
    seats = PanelSeat.objects.filter(rater__panel=panel, rater__role="rater").select_related("rater__user")
    first, second, third = PanelSeat.objects.filter(rater=seats[0].rater).order_by("place")
    for seat, better in ((first, "a"), (second, "b"), (third, "t")):
        Choice.objects.create(seat=seat, number=1, better=better, comment="secret", created_at=clock.now())
    close_panel(panel=panel, with_rest=True, by=room.manager)
    panel.refresh_from_db()

    lines = {line["item"]: line for line in export_training(project=room.project, source=panel, by=room.manager)}

    assert set(lines) == {first.pair.a.item.external_id, second.pair.a.item.external_id}  # a tie prefers nothing
    for seat, sides in ((first, ("a", "b")), (second, ("b", "a"))):
        line = lines[seat.pair.a.item.external_id]
        chosen, rejected = (
            json.dumps(sorted(label["code"] for label in getattr(seat.pair, side).labels)) for side in sides
        )
        assert line["chosen"] == [{"role": "assistant", "content": chosen}]
        assert line["rejected"] == [{"role": "assistant", "content": rejected}]
        assert [one["role"] for one in line["prompt"]] == ["system", "user"]
        assert "sells things" in line["prompt"][1]["content"]
    told = json.dumps(list(lines.values()))
    assert not any(word in told for word in ("secret", "zebra", seats[0].rater.user.email))
    export = TrainingExport.objects.get()
    assert (export.what, export.lines, export.items, export.splits) == ("preferences", 2, 2, {"": 2})
    assert Sight.objects.filter(user=room.manager).count() == 2


def test_corrections_prefer_the_reviewer_to_the_run_and_hold_nothing_held_out(at_once, world):
    project, _ = world
    items = make_items(project, 4)
    run = production_run(project, items, [said(("crm", 0.5), ("erp", 0.4)), said(("crm", 0.5)), said(), None])
    review = opened(run, blind_share=0)
    reviewer, manager = make_member(project, Role.ADJUDICATOR), make_member(project, Role.MANAGER)
    while task := claim_task(review=review, by=reviewer):
        submit_review(task=task, labels=["crm"], after=0, by=reviewer)

    lines = list(export_training(project=project, source=review, by=manager))

    asked = {line["item"]: (line["chosen"][0]["content"], line["rejected"][0]["content"]) for line in lines}
    assert asked == {
        items[0].external_id: ('["crm"]', '["crm", "erp"]'),
        items[2].external_id: ('["crm"]', "[]"),
    }  # the second was right already, the fourth had no answer
    assert reviewer.email not in json.dumps(lines)
    held = {items[0].external_id: {"labels": ["crm"], "split": "test"}}
    with pytest.raises(Refused, match="went out in a training file"):
        import_golden(project=project, spec=FreezeSpec("late", {}), gold=held, by=None)


def test_files_of_a_review_are_on_the_record_like_training_files_and_hold_nothing_held_out(at_once, world, client):
    project, _ = world
    items = make_items(project, 3)
    review = opened(production_run(project, items, [said(("crm", 0.5))] * 3), blind_share=0)
    reviewer, analyst = make_member(project, Role.ADJUDICATOR), make_member(project, Role.ANALYST)
    while task := claim_task(review=review, by=reviewer):
        submit_review(task=task, labels=["crm"], after=0, by=reviewer)
    held = {items[0].external_id: {"labels": ["crm"], "split": "test"}}
    import_golden(project=project, spec=FreezeSpec("gold", {}), gold=held, by=None)
    with pytest.raises(NotAllowed):
        give_out(source=review, by=reviewer)

    client.force_login(analyst)
    for form in ("csv", "jsonl", "json"):
        answer = client.get(reverse("evaluation:download-review", args=[project.slug, review.public_id, form]))
        assert items[0].external_id not in answer.content.decode()
    call_command("review", project.slug, "export", stdout=StringIO())

    export = TrainingExport.objects.get()  # the same rows are one file, and figures are none
    assert (export.what, export.lines, export.items, export.created_by) == ("corrections", 2, 2, analyst)
    assert set(export.given.values_list("item", flat=True)) == {items[1].pk, items[2].pk}
    assert AuditEvent.objects.filter(kind="training.exported").count() == 3
    assert Sight.objects.filter(user=analyst).count() == 2
    gold = {items[1].external_id: {"labels": ["crm"], "split": "test"}}
    with pytest.raises(Refused, match="went out in a training file"):
        import_golden(project=project, spec=FreezeSpec("late", {}), gold=gold, by=None)


def test_files_of_a_panel_are_on_the_record_without_what_is_held_out_since():
    room = make_room(items=3)
    panel = room.panel(kind=PanelKind.PAIRS)
    seats = PanelSeat.objects.filter(rater__panel=panel, rater__role="rater").select_related("rater__user")
    for seat in seats.filter(rater=seats[0].rater):
        Choice.objects.create(seat=seat, number=1, better="t", created_at=clock.now())
    close_panel(panel=panel, with_rest=True, by=room.manager)
    panel.refresh_from_db()
    held, *rest = room.items
    gold = {held.external_id: {"labels": ["crm"], "split": "test"}}
    import_golden(project=room.project, spec=FreezeSpec("gold", {}), gold=gold, by=None)

    rows = give_out(source=panel, by=room.manager)

    assert {row["item"] for row in rows} == {item.external_id for item in rest}
    assert give_out(source=panel, by=room.manager) == rows
    export = TrainingExport.objects.get()
    assert (export.what, export.lines, export.source) == ("preferences", 2, str(panel))
    empty = room.panel(kind=PanelKind.SCORES, name="Empty", size=2)
    close_panel(panel=empty, with_rest=True, by=room.manager)
    empty.refresh_from_db()
    assert give_out(source=empty, by=room.manager) == []
    assert TrainingExport.objects.count() == 1  # nobody said anything, so nothing went out


def test_what_went_out_is_never_dealt_into_a_test_split_and_never_changes():
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 8)
    gold = {item.external_id: {"labels": ["crm"], "split": "fewshot"} for item in items[:3]}
    release = import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    list(export_training(project=project, source=release, split="fewshot", by=None, operator="me"))
    given = {item.pk for item in items[:3]}

    for seed in range(5):
        spec = FreezeSpec("later", {"dev": 0.4, "test": 0.6}, seed=seed)
        later = import_golden(
            project=project, spec=spec, gold={item.external_id: {"labels": []} for item in items}, by=None
        )
        test = later.entries.filter(split="test").values_list("item", flat=True)
        assert len(test) == 5
        assert not given & set(test)
    export = TrainingExport.objects.get()
    assert (export.number, export.items, export.splits, export.operator) == (1, 3, {"fewshot": 3}, "me")
    for rows in (TrainingExport.objects.all(), TrainingItem.objects.all()):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingExport.objects.update(items=0)


def test_a_gate_cannot_tell_until_somebody_says_whether_the_model_was_trained_with_the_split():
    project = make_project()
    make_taxonomy(project)
    items = make_items(project, 24)
    gold = {item.external_id: {"labels": ["crm"], "split": "dev"} for item in items}
    release = import_golden(project=project, spec=FreezeSpec("g", {}), gold=gold, by=None)
    said_so = {
        item.external_id: {"labels": [{"code": "crm" if place < 12 else "erp"}]} for place, item in enumerate(items)
    }
    early = import_predictions(project=project, name="early", predictions=said_so, by=None)
    small = {item.external_id: {"labels": ["crm"], "split": "fewshot"} for item in items[:12]}
    part = import_golden(project=project, spec=FreezeSpec("part", {}), gold=small, by=None)
    list(export_training(project=project, source=part, split="fewshot", by=None))
    export = TrainingExport.objects.get()
    tuned = import_predictions(project=project, name="tuned", predictions=said_so, by=None)
    objective = set_objective(project=project, name="Daily", wanted=Wanted(min_precision=0.1), by=None)

    def gate(run):
        return hold_gate(run=run, release=release, split="dev", asked=Asked(objectives=[objective]), by=None)

    assert given_out(early, release, "dev").given == 0  # it was over before the file was written
    assert gate(early).outcome == Outcome.PASSED
    found = given_out(tuned, release, "dev")
    assert found.counts() == {"items": 24, "given_out": 12, "left_out": 0, "untold": 12}
    report = gate(tuned)
    assert report.outcome == Outcome.UNSURE
    assert "12 of the 24 items" in report.with_outcome(Outcome.UNSURE)[0].sentence

    engineer = make_member(project, Role.ENGINEER)
    with pytest.raises(NotAllowed):
        declare_training(export=export, model="tuned", is_trained=True, by=make_member(project, Role.ANALYST))
    declare_training(export=export, model="tuned", is_trained=True, by=engineer)
    scored = evaluate_run(run=tuned, release=release, split="dev", by=None)
    assert (scored.report["items"], scored.report["excluded"], scored.report["micro"]["f1"]["value"]) == (12, 12, 0.0)
    report = gate(tuned)
    assert [one.group for one in report.checks] == ["objective"]
    assert any("the 12 that “tuned” was trained with are left out" in note for note in report.notes)
    declare_training(export=export, model="tuned", is_trained=False, by=engineer)
    assert gate(tuned).outcome == Outcome.PASSED
    assert given_out(tuned, release, "dev").sentence.endswith("was trained with none of them.")
    assert AuditEvent.objects.filter(kind="training.declared").count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelTraining.objects.update(is_trained=True)


def test_the_pages_list_what_went_out_and_write_the_next_file(client):
    project = make_project()
    make_taxonomy(project)
    gold = {item.external_id: {"labels": ["crm"], "split": "dev"} for item in make_items(project, 2)}
    release = import_golden(project=project, spec=FreezeSpec("gold", {}), gold=gold, by=None)
    client.force_login(make_member(project, Role.ENGINEER))
    url = reverse("evaluation:training-files", args=[project.slug])

    answer = client.post(url, {"source": f"release:{release.public_id}:dev"})
    body = b"".join(answer.streaming_content)

    export = TrainingExport.objects.get()
    assert sha256(body).hexdigest() == export.digest
    assert "attachment" in answer["Content-Disposition"]
    assert client.post(url, {"source": f"release:{release.public_id}:test"}).status_code == 422
    assert "gold@1" in client.get(url).content.decode()
    page = reverse("evaluation:training-file", args=[project.slug, export.public_id])
    assert "Nobody has said" in client.get(page).content.decode()
    assert client.post(page, {"model": "ft:small", "is_trained": "yes"}).status_code == 303
    assert "Yes, items left out" in client.get(page).content.decode()
    client.force_login(make_member(project, Role.ANALYST))
    assert client.post(url, {"source": f"release:{release.public_id}:dev"}).status_code == 200
    assert TrainingExport.objects.count() == 1
