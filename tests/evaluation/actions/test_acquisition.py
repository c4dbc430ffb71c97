"""From a run's answers to a round: what is left out, who may, what raters never see, and no pick is held out."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.acquisition import make_round as label_next
from evaluation.actions.acquisition import start_acquisition, work_on_acquisition
from evaluation.models import Acquisition, Prediction, Run
from evaluation.queries.acquisition import Ask, plan
from labeling.actions.golden import FreezeSpec, freeze_round, import_golden
from labeling.actions.rounds import close_round
from labeling.actions.seats import claim_seat
from labeling.enums import Role
from labeling.models import AuditEvent, Cursor, Decision, DecisionLabel, Document, GoldEntry, Label, Round, Task
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db
WORDS = [
    "zebra",
    "apple",
    "river",
    "stone",
    "cloud",
    "piano",
    "lemon",
    "tiger",
    "ocean",
    "ember",
    "maple",
    "sugar",
    "robot",
    "violin",
    "desert",
    "candle",
]


@pytest.fixture
def world():
    """Sixteen items, the later the less sure; the first is gold and the second in an open round."""
    project = make_project()
    version = make_taxonomy(project)
    items = make_items(project, 16)
    for item, word in zip(items, WORDS, strict=True):
        Document.objects.filter(item=item).update(text=f"{word} {word}s {word}ing")
    import_golden(
        project=project, spec=FreezeSpec("g", {"test": 1.0}), gold={items[0].external_id: {"labels": ["crm"]}}, by=None
    )
    make_round(project, items[1:2], taxonomy=version)
    return project, items, run_of(project, items, version)


def run_of(project, items, version, name="r", codes=("crm", "crm"), stated=True):
    run = Run.objects.create(project=project, name=name, taxonomy_version=version, state="running", total=len(items))
    for place, item in enumerate(items):
        label = {"code": codes[place % 2]} | ({"confidence": 0.99 - place * 0.03} if stated else {})
        Prediction.objects.create(run=run, item=item, state="done", labels=[label])
    Run.objects.filter(pk=run.pk).update(state="done")
    run.refresh_from_db()
    return run


def made(ask, by=None):
    found = start_acquisition(ask=ask, by=by, at_once=True)
    work_on_acquisition(acquisition_id=found.pk)
    found.refresh_from_db()
    return found


def test_the_least_sure_are_picked_and_what_is_labelled_is_left_out(world):
    _, items, run = world
    planned = plan(Ask(run, {"least": 1.0}, size=3, random_share=0.0))

    assert [row["item"] for row in planned.chosen] == [item.pk for item in items[:-4:-1]]
    assert (planned.counts["pool"], planned.counts["labelled"]) == (14, 2)


def test_what_needs_confidences_or_several_runs_is_refused_without_them(world):
    project, items, run = world
    plain = run_of(project, items, run.taxonomy_version, "plain", ("crm", "erp"), stated=False)
    for name in ("least", "margin", "entropy"):
        with pytest.raises(Refused, match="needs the confidence"):
            plan(Ask(plain, {name: 1.0}))
    with pytest.raises(Refused, match="several runs"):
        plan(Ask(run, {"votes": 1.0}))
    for name in ("votes", "jaccard"):
        planned = plan(Ask(run, {name: 1.0}, size=7, random_share=0.0, committee=[plain]))
        assert {row["item"] for row in planned.chosen} == {item.pk for item in items[3::2]}
    assert len(plan(Ask(plain, {"rarity": 0.5, "diversity": 0.5}, size=4)).chosen) == 4


def test_a_manager_makes_a_round_once_and_its_picks_are_never_held_out(world):
    project, _, run = world
    engineer, manager = make_member(project, Role.ENGINEER), make_member(project, Role.MANAGER)
    found = made(Ask(run, {"least": 1.0}, size=8, random_share=0.5), by=engineer)
    with pytest.raises(NotAllowed):
        label_next(acquisition=found, by=engineer)
    done = label_next(acquisition=found, by=manager)
    with pytest.raises(NotAllowed):
        label_next(acquisition=found, by=manager)
    lot = done.tasks.exclude(stratum="picked by a model's answers")
    assert [task.weight for task in lot] == [3.5] * 4  # 14 texts, 4 drawn
    assert set(done.tasks.exclude(pk__in=lot).values_list("weight", flat=True)) == {1.0}

    settle(done)
    alpha = {"alpha": {"masi": {"value": 1.0}}}
    spec = FreezeSpec("h", {"dev": 0.5, "test": 0.5}, seed=3)
    release = freeze_round(in_round=done, spec=spec, agreement=alpha, by=manager, override_reason="no raters here")
    test = GoldEntry.objects.filter(release=release, split="test")
    assert set(test.values_list("weight", "stratum")) == {(3.5, "")}
    with pytest.raises(Refused, match="model's answers picked them"):
        freeze_round(in_round=done, spec=FreezeSpec("h", {"test": 1.0}), agreement=alpha, by=manager,
                     override_reason="x")  # fmt: skip


def settle(in_round):
    label = Label.objects.get(version=in_round.taxonomy_version, code="crm")
    for task in in_round.tasks.all():
        decision = Decision.objects.create(task=task, number=1, kind="agreed", decided_at=clock.now())
        DecisionLabel.objects.create(decision=decision, label=label)
    Task.objects.filter(round=in_round).update(state="settled", decisions_made=1, settled_at=clock.now())


def test_an_open_round_is_topped_up_on_the_record_and_found_by_those_who_were_through(world):
    project, _, run = world
    in_round = Round.objects.get(project=project)
    rater = make_member(project, Role.ANNOTATOR)
    claim_seat(in_round=in_round, by=rater)
    Cursor.objects.filter(rater=rater).update(place=2**45)

    label_next(acquisition=made(Ask(run, {"least": 1.0}, size=4)), top_up=in_round, by=None)

    assert in_round.tasks.count() == 5
    assert set(Cursor.objects.values_list("place", flat=True)) == {-1}
    assert in_round.tasks.exclude(stratum="").count() == 4  # its weights are not those of this pool
    assert AuditEvent.objects.filter(kind="round.topped_up").count() == 1
    again = made(Ask(run, {"least": 1.0}, size=2))
    close_round(in_round=in_round, by=None)
    with pytest.raises(Refused, match="open round"):
        label_next(acquisition=again, top_up=in_round, by=None)


def test_two_choices_do_not_put_an_item_in_two_rounds(world):
    one, other = (made(Ask(world[2], {"least": 1.0}, size=3)) for _ in range(2))
    label_next(acquisition=one, by=None)

    with pytest.raises(Refused, match="meanwhile"):
        label_next(acquisition=other, by=None)
    assert Round.objects.count() == 2


def test_the_reason_is_shown_to_managers_and_never_to_raters(world, client):
    project, _, run = world
    manager, rater = make_member(project, Role.MANAGER), make_member(project, Role.ANNOTATOR)
    found = made(Ask(run, {"least": 1.0}, size=4), by=manager)
    page = reverse("evaluation:acquisition", args=[project.slug, found.public_id])
    client.force_login(manager)
    assert "close to a coin" in client.get(page).content.decode()
    answer = client.post(reverse("evaluation:label-acquisition", args=[project.slug, found.public_id]), {})
    assert answer.status_code in (302, 303)
    in_round = Acquisition.objects.get().round
    Round.objects.exclude(pk=in_round.pk).update(state="closed", closed_at=clock.now())

    client.force_login(rater)
    claim_seat(in_round=in_round, by=rater)
    seen = [client.get(reverse("project", args=[project.slug]))]
    seen += [client.get(reverse("labeling:label-home", args=[project.slug]), follow=True)]
    seen += [client.get(reverse("labeling:label", args=[project.slug, in_round.public_id]), follow=True)]
    for answer in seen:
        assert answer.status_code == 200
        text = answer.content.decode().lower()
        assert not any(word in text for word in ("active learning", "picked by", "coin's", "active-learning"))
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(world, client, django_assert_num_queries, item_count):
    project, _, run = world
    client.force_login(make_member(project, Role.ANALYST))
    for _ in range(item_count):
        start_acquisition(ask=Ask(run, {"least": 1.0}), by=None, at_once=True)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(reverse("evaluation:acquisitions", args=[project.slug]))


LIST_QUERIES = 6


def test_from_the_command_line(world):
    slug = world[0].slug
    preview = said("acquire", slug, "--run", "r", "--size", "4", "--preview")
    assert (preview["round"], len(preview["items"])) == (None, 4)
    assert not Acquisition.objects.exists()
    assert said("acquire", slug, "--run", "r", "--size", "4", "--round", "more")["round"] == "more"
    assert said("acquire", slug, "--run", "r", "--size", "2", "--round", "more")["round"] == "more"
    assert Round.objects.get(name="more").tasks.count() == 6
    with pytest.raises(SystemExit) as end:
        said("acquire", slug, "--run", "r", "--strategy", "luck")
    assert end.value.code == 2


def said(*arguments):
    out = StringIO()
    call_command(*arguments, "--json", "-", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())
