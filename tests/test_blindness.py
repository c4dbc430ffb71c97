"""Two worlds that differ in one secret must look the same to whoever may not know it.

Each test builds the same project twice with another secret, walks every page one actor can reach, and compares what
came back, byte for byte after ids and tokens are taken out. Leaks planted on purpose prove that the walk finds them.
"""

import random
from functools import cache
from uuid import UUID

import pytest
from django.http import HttpResponse

from evaluation.models import Prediction
from labeling.actions import seats
from labeling.actions.adjudication import decide, open_for_adjudication
from labeling.actions.rechecks import open_for_recheck
from labeling.actions.requests import raise_request
from labeling.actions.returns import return_to_rater
from labeling.enums import Role
from labeling.models import Annotation, Label, Opening, Round
from labeling.queries.queue import MyRound
from labeling.visibility import answers_to_adjudicate
from tests.two_worlds import World, differences, first_difference

pytestmark = pytest.mark.django_db

SECRETS = {
    "what another rater says, and how sure they are": {"ben": ("payroll",), "sure": False},
    "whether another rater agrees": {"ben": ("crm",)},
    "whether another rater has answered": {"ben_answers": False},
    "what the model says, and which run wrote an output": {"model": "payroll", "kept": "payroll", "first": "tuned"},
    "what gold says, and what another rater scored": {"gold": "payroll", "ben_scores": 5},
    "that the item ahead is a hidden check": {"check": 2},
    "that a hidden check was answered well": {"check": 0},
    "that a hidden check was answered wrongly": {"check": 0, "gold": "payroll"},
    "that texts were tried on the model": {"tried": "crm"},
}
EVERYTHING = {
    "ben": ("payroll",), "sure": False, "model": "payroll", "kept": "erp", "gold": "payroll", "check": 0,
    "first": "tuned", "ben_scores": 1, "tried": "erp", "said": "payroll", "is_audit": True, "reviewer": "ada",
    "corrected": "erp",
}  # fmt: skip
UNKNOWN_TO_JUDGES = {
    "what people and gold say": {
        "ben": ("payroll",), "gold": "payroll", "first": "tuned", "ben_scores": 1, "corrected": "erp",
        "reviewer": "ada",
    },
    "what the model says, of what is reviewed blind too": {"model": "payroll", "kept": "payroll", "said": "payroll"},
    "which tasks of a review are its audit": {"is_audit": True},
}  # fmt: skip
# what raters say, who reviewed, and of what is held out both gold and what the model says
UNKNOWN_TO_ENGINEERS = {"ben": ("payroll",), "sure": False, "reviewer": "ada", "kept": "payroll"}


@cache
def usual(who, whole):
    """What somebody sees of the world with no option set, walked once. The rows of another world come before its own,
    so that its numbers of rows are not those of the worlds that it is held against."""
    World("before")
    world = World("world-0")
    return world.seen_by(getattr(world, who), whole=whole)


def told_by(options, who, *, whole=False):
    """What tells a world with these options from the usual one."""
    before = usual(who, whole)  # first, while there is nothing else
    world = World("world-1", **options)
    return differences(before, world.seen_by(getattr(world, who), whole=whole))


@pytest.mark.parametrize("secret", SECRETS)
def test_a_rater_cannot_tell(secret):
    assert not told_by(SECRETS[secret], "ann")


def test_a_rater_who_tries_every_route_cannot_tell_anything():
    assert not told_by(EVERYTHING, "ann", whole=True)


PAIRS = {
    "whether somebody else took the seat when one's time ran out": ({"late": False}, {"late": True}),
    "what others tried on the model, when all blind work is over": (
        {"is_over": True, "tried": "crm"}, {"is_over": True, "tried": "payroll"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("secret", PAIRS)
def test_a_rater_cannot_tell_two_worlds_apart(secret):
    one, other = (World(f"world-{place}", **options) for place, options in enumerate(PAIRS[secret]))
    assert not differences(one.seen_by(one.ann), other.seen_by(other.ann))


@pytest.mark.parametrize("secret", UNKNOWN_TO_JUDGES)
def test_an_adjudicator_cannot_tell_before_opening(secret):
    assert not told_by(UNKNOWN_TO_JUDGES[secret], "jo")


def test_an_engineer_cannot_tell_who_said_what_nor_anything_held_out():
    assert not told_by(UNKNOWN_TO_ENGINEERS, "eli")


def settle(world, task):
    decide(task=task, labels=[], rationale="None of them.", by=world.jo, chance=lambda: 0.0)


def send_back(world, task):
    seen = answers_to_adjudicate(task=task, viewer=world.jo)
    who = next(answer.who for answer in seen if answer.comment)  # Ben's
    return_to_rater(task=task, who=who, reason="unreadable", by=world.jo)


def ask_and_send_back(world, task):
    send_back(world, task)
    raise_request(project=world.project, task=task, label_code="crm", text="What of add-ons?", by=world.jo)


@pytest.mark.parametrize("act", [settle, ask_and_send_back])
def test_a_rater_cannot_tell_what_a_judge_does(act):
    before = usual("ann", False)
    world = World("world-1")
    task = world.round.tasks.get(state="disputed")
    open_for_adjudication(task=task, by=world.jo)
    act(world, task)
    assert not differences(before, world.seen_by(world.ann))


def test_a_second_judge_cannot_tell_how_the_first_decided():
    worlds = [World(f"world-{place}") for place in range(2)]
    seen = []
    for world, code in zip(worlds, ("crm", "erp"), strict=True):
        task = world.round.tasks.get(state="disputed")
        open_for_adjudication(task=task, by=world.jo)
        labels = list(Label.objects.filter(version=world.taxonomy, code=code))
        Round.objects.update(second_share=1)
        task.refresh_from_db()
        decide(task=task, labels=labels, rationale=f"It is {code}.", by=world.jo, chance=lambda: 0.0)
        second = world.person("pat", Role.ADJUDICATOR)
        open_for_recheck(task=task, by=second)
        Opening.objects.update(mirror=False)
        Annotation.objects.filter(rater=world.ann).update(public_id=UUID(int=world.ann.pk))
        Annotation.objects.filter(rater=world.ben, task=task).update(public_id=UUID(int=world.ben.pk))
        seen.append(world.seen_by(second))
    assert not differences(*seen)


def plant_in_the_look_ahead(monkeypatch):
    """The item ahead is another where the model is of another mind."""
    from labeling.views import label

    plain = label._ahead

    def ahead(request, in_round):
        prediction = (
            Prediction.objects.filter(item__tasks__round=in_round, run__name="run")
            .order_by("item__external_id")
            .first()
        )
        return None if "crm" in str(prediction.labels) else plain(request, in_round)

    monkeypatch.setattr(label, "_ahead", ahead)


def plant_in_the_lease(monkeypatch):
    """A lease is renewed only while nobody else is done with the item."""
    plain = seats.renew_lease

    def renew(*, seat, by, ahead=False):
        others = Annotation.objects.filter(task__round=seat.round).exclude(rater=by)
        return plain(seat=seat, by=by, ahead=ahead) and not others.exists()

    monkeypatch.setattr("labeling.views.answers.renew_lease", renew)


def plant_in_the_number_of_queries(monkeypatch):
    """The page of own answers looks at each answer that others gave to the round."""
    from labeling.queries import queue

    plain = queue.recent_own

    def recent(user, in_round, **options):
        for answer in Annotation.objects.filter(task__round=in_round).exclude(rater=user):
            answer.refresh_from_db()
        return plain(user, in_round, **options)

    monkeypatch.setattr(queue, "recent_own", recent)


def plant_in_progress(monkeypatch):
    """The progress bar counts everybody's answers."""
    monkeypatch.setattr(
        "labeling.queries.queue._done", lambda user, in_round: in_round.seats.filter(state="submitted").count()
    )


def plant_in_a_header(monkeypatch):
    """A header tells how many tasks are in dispute."""
    from reviewapp.common import http

    plain = http.render

    def render(request, template, context, **options):
        answer: HttpResponse = plain(request, template, context, **options)
        if context.get("round"):
            answer["X-Debug"] = str(context["round"].tasks.filter(state="disputed").count())
        return answer

    monkeypatch.setattr(http, "render", render)


def plant_in_the_order_of_labels(monkeypatch):
    """Labels that others chose come first."""
    from labeling.models import RevisionLabel
    from labeling.queries import queue

    plain = queue.choices

    def choices(version):
        popular = set(RevisionLabel.objects.filter(label__version=version).values_list("label__code", flat=True))
        return sorted(plain(version), key=lambda choice: choice.code not in popular)

    monkeypatch.setattr(queue, "choices", choices)


def plant_in_the_list_of_answers(monkeypatch):
    """The list of one's own answers holds everybody's."""
    monkeypatch.setattr("labeling.queries.queue.own_annotations", lambda user: Annotation.objects.all())


def plant_in_the_feedback(monkeypatch):
    """The feedback that follows an answer in a training also follows a hidden check."""

    def answers(user):
        return Annotation.objects.filter(rater=user, task__gold__isnull=False)

    monkeypatch.setattr("labeling.views.quality.own_training_answers", answers)
    monkeypatch.setattr("labeling.visibility.own_training_answers", answers)


def plant_in_the_size_of_the_round(monkeypatch):
    """The number of items in a round leaves the hidden checks out."""
    monkeypatch.setattr(
        "labeling.queries.queue.my_round",
        lambda user, in_round: MyRound(round=in_round, done=0, target=in_round.tasks.real().count()),
    )


def plant_in_a_blind_review(monkeypatch):
    """Of a task without its prediction the page takes as many queries as the model named labels that are not crm."""
    from evaluation.views import review_desk

    plain = review_desk.screen_of

    def screen(task):
        for label in task.prediction.labels:
            if label["code"] != "crm":
                task.item.refresh_from_db()
        return plain(task)

    monkeypatch.setattr(review_desk, "screen_of", screen)


def plant_in_the_order_of_a_review(monkeypatch):
    """What is only looked at for the audit comes last."""
    from evaluation.actions import review_tasks

    plain = review_tasks.waiting
    monkeypatch.setattr(
        review_tasks, "waiting",
        lambda review, user: plain(review, user).filter(why=1) if plain(review, user).filter(why=1)
        else plain(review, user),
    )  # fmt: skip


def plant_in_the_list_of_attempts(monkeypatch):
    """Whoever is invited to a red-team round sees what all have tried."""
    from evaluation.models import RedTeamAttempt

    monkeypatch.setattr(
        "evaluation.queries.red_team_rounds.attempts_for",
        lambda user, project: RedTeamAttempt.objects.filter(round__project=project),
    )


def plant_in_the_api(monkeypatch):
    """The list of one's rounds by the API counts everybody's answers; no page does."""
    from labeling.api import queue

    plain = queue.queue.my_rounds

    def rounds(user, project):
        return [
            MyRound(round=one.round, done=one.round.seats.filter(state="submitted").count(), target=one.target)
            for one in plain(user, project)
        ]

    monkeypatch.setattr("labeling.api.queue.queue.my_rounds", rounds)


USUAL: dict[str, object] = {}


@pytest.mark.parametrize(
    ("plant", "one", "other", "who"),
    [
        (plant_in_progress, USUAL, {"ben_answers": False}, "ann"),
        (plant_in_a_header, {"ben": ("crm",)}, {"ben": ("payroll",)}, "ann"),
        (plant_in_the_order_of_labels, USUAL, {"ben": ("payroll",)}, "ann"),
        (plant_in_the_list_of_answers, USUAL, {"ben_answers": False}, "ann"),
        (plant_in_the_feedback, {"check": 0}, {"check": 0, "gold": "payroll"}, "ann"),
        (plant_in_the_feedback, {"check": 0}, {"check": 2}, "ann"),
        (plant_in_the_size_of_the_round, USUAL, {"check": 1}, "ann"),
        (plant_in_the_look_ahead, USUAL, {"model": "payroll"}, "ann"),
        (plant_in_the_lease, USUAL, {"ben_answers": False}, "ann"),
        (plant_in_the_number_of_queries, USUAL, {"ben_answers": False}, "ann"),
        (plant_in_the_api, USUAL, {"ben_answers": False}, "ann"),
        (plant_in_the_list_of_attempts, *PAIRS["what others tried on the model, when all blind work is over"], "ann"),
        (plant_in_a_blind_review, USUAL, {"said": "payroll"}, "jo"),
        (plant_in_the_order_of_a_review, USUAL, {"is_audit": True}, "jo"),
    ],
)
def test_a_planted_leak_is_found(plant, one, other, who, monkeypatch):
    plant(monkeypatch)
    worlds = [World(f"world-{place}", **options) for place, options in enumerate((one, other))]
    at_work = who == "jo" or plant in (plant_in_the_look_ahead, plant_in_the_lease)
    assert first_difference(*(world.walk(getattr(world, who), work_first=at_work) for world in worlds))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(25))
def test_no_actor_can_tell_any_two_worlds_apart(seed):
    """The same for worlds drawn by chance, that differ in everything a rater may not know at once."""
    draw = random.Random(seed)

    def secret():
        return {
            "ben": draw.choice([(), ("crm",), ("erp",), ("crm", "erp"), ("payroll", "erp")]),
            "sure": draw.random() < 0.5,
            "ben_answers": draw.random() < 0.7,
            "model": draw.choice(["crm", "erp", "payroll"]),
            "gold": draw.choice(["crm", "erp", "payroll"]),
            "check": draw.choice([None, 0, 1, 2]),
            "tried": draw.choice([None, "crm", "erp"]),
            "said": draw.choice(["crm", "erp"]),
            "is_audit": draw.random() < 0.5,
        }

    one, other = (World(f"world-{place}", **secret()) for place in range(2))
    assert not differences(one.seen_by(one.ann), other.seen_by(other.ann))
