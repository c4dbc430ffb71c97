"""Two worlds that differ in one secret must look the same to whoever may not know it.

Each test builds the same project twice with another secret, walks every page one actor can reach, and compares what
came back, byte for byte after ids and tokens are taken out. Leaks planted on purpose prove that the walk finds them.
"""

import json
import random
import re
from uuid import UUID

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.actions.agreement import measure_agreement
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.panel_ratings import submit_rating
from evaluation.actions.panels import PanelSpec, make_panel
from evaluation.actions.prompts import find_version
from evaluation.actions.rubrics import NewCriterion, write_rubric
from evaluation.actions.suites import start_suite
from evaluation.models import PanelSeat, Prediction
from labeling import rules
from labeling.actions import seats
from labeling.actions.adjudication import decide, open_for_adjudication
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.rechecks import open_for_recheck
from labeling.actions.requests import raise_request
from labeling.actions.returns import return_to_rater
from labeling.actions.seats import claim_seat, free_leases_of
from labeling.actions.settling import settle_due_tasks
from labeling.enums import Certainty, Role
from labeling.models import Annotation, Document, Item, Label, Opening, Round
from labeling.queries.queue import MyRound
from labeling.visibility import answers_to_adjudicate
from reviewapp.common import policy
from tests.factories import make_member, make_project, make_round, make_taxonomy, make_user

pytestmark = pytest.mark.django_db

UNKNOWABLE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # ids and form keys
    r'|(?<=csrf-token" content=")[^"]+|(?<=csrfmiddlewaretoken" value=")[^"]+|(?<=receipt" value=")[^"]+'
    r'|(?<=data-receipt=")[^"]+|(?<=data-receipt=\\")[^"\\]+'
    r"|\b\d{1,2} [A-Z][a-z]{2}( \d{4})? \d\d:\d\d(:\d\d)?\b"  # times
)
LINK = re.compile(r'(?:href|action|hx-get|data-look|data-older|data-newer)="(/[^"#]*)"')
JSON = {"Accept": "application/json"}


class World:
    """One project in which Ann labels and rates beside Ben; what Ben, the model and gold say is the secret, and which
    run said what."""

    def __init__(self, slug, *, ben=("erp",), sure=True, ben_answers=True, model="crm", gold="crm", check=None,
                 late=None, first="plain", ben_scores=None):  # fmt: skip
        self.slug = slug
        self.project = make_project(slug, name="Blind")
        self.taxonomy = make_taxonomy(self.project)
        self.ann, self.ben = (self._person(name, Role.ANNOTATOR) for name in ("ann", "ben"))
        self.jo, self.eli = self._person("jo", Role.ADJUDICATOR), self._person("eli", Role.ENGINEER)
        self.items = [self._item(number) for number in range(5)]
        self.judged = [self._item(number) for number in range(5, 7)]  # in no round, and in no gold
        self.round = make_round(
            self.project, self.items[:3], taxonomy=self.taxonomy, name="Round", check_bar=0.5, check_least=1,
            undo_seconds=0 if late is None else 600,
        )  # fmt: skip
        rows = {item.external_id: {"labels": [gold]} for item in self.items}
        spec = FreezeSpec("gold", {"dev": 0.6, "test": 0.4})
        release = import_golden(project=self.project, spec=spec, gold=rows, by=None)
        if check is not None:
            known = release.entries.get(item=self.items[check])
            self.round.tasks.filter(item=known.item).update(gold=known, reason="hidden check")
        self._answer(self.ann, ["crm"])
        if ben_answers:
            for _ in range(2):
                self._answer(self.ben, ben, sure=sure, comment=f"Ben says {ben}")
        if late is not None:
            self._answer_late(taken=late)
        settle_due_tasks()
        predictions = {item.external_id: {"labels": [{"code": model, "confidence": 0.9}]} for item in self.items}
        import_predictions(project=self.project, name="run", predictions=predictions, by=None)
        version = find_version(project=self.project, reference="baseline-zero")
        self.suite = start_suite(version=version, release=release, kinds=["red_team"], by=None)
        self._judge(first, ben_scores)

    def _judge(self, first, ben_scores):
        """Two runs whose outputs Ann and Ben score, and choose between: `first` is the one that said what crm stands
        for, and they differ in name, confidence, cost, latency and model."""

        def rows(name, code):
            more = {"cost": 0.01, "latency_ms": 90, "model": "m1"} if name == "plain" else {"model": "m2"}
            said = [{"code": code, "confidence": 0.9 if name == "plain" else 0.2}]
            return {item.external_id: {"labels": said, **more} for item in self.judged}

        names = ["plain", "tuned"] if first == "plain" else ["tuned", "plain"]
        runs = [
            import_predictions(project=self.project, name=name, predictions=rows(name, code), by=None)
            for name, code in zip(names, ("crm", "erp"), strict=True)
        ]
        points = ("none", "little", "half", "most", "all")
        rubric = write_rubric(
            project=self.project, name="Quality", by=None, criteria=[NewCriterion("Relevance", points)]
        )
        self.panels = [
            make_panel(
                project=self.project, by=None,
                spec=PanelSpec(kind, runs, rubric, [self.ann, self.ben], size=2, kind=kind),
            )
            for kind in ("scores", "pairs")
        ]  # fmt: skip
        if ben_scores:
            for seat in PanelSeat.objects.filter(rater__panel=self.panels[0], rater__user=self.ben):
                submit_rating(seat=seat, scores={"relevance": ben_scores}, comment=f"It is {ben_scores}", by=self.ben)

    def _person(self, name, role):
        return make_member(self.project, role, user=make_user(f"{name}@{self.slug}.example"))

    def _item(self, number):
        item = Item.objects.create(
            project=self.project, external_id=f"item-{number}", name=f"Firm {number}", digest=f"{number:064x}",
            text_digest=f"{number:064x}", attributes={"sector": "IT"},
        )  # fmt: skip
        Document.objects.create(item=item, position=0, text=f"Firm {number} sells things.")
        return item

    def _answer(self, rater, codes, *, sure=True, comment=""):
        seat = claim_seat(in_round=self.round, by=rater)
        labels = list(Label.objects.filter(version=self.taxonomy, code__in=codes))
        answer = Answer(labels=labels, certainty=Certainty.SURE if sure else Certainty.UNSURE, comment=comment)
        submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=answer, by=rater)

    def _answer_late(self, *, taken):
        """Ann's time for an item runs out before she answers; meanwhile perhaps somebody else took her seat."""
        other = self._person("cy", Role.ANNOTATOR)
        seat = claim_seat(in_round=self.round, by=self.ann)
        free_leases_of(rater=self.ann)
        if taken:
            assert claim_seat(in_round=self.round, by=other) == seat
        labels = list(Label.objects.filter(version=self.taxonomy, code="crm"))
        answer = Answer(labels=labels)
        submit_annotation(seat=seat, receipt=hand_out(seat, self.ann), answer=answer, by=self.ann)

    def walk(self, person, *, whole=False):
        """Everything the person can reach: by link, by every route of their role, and by labelling and rating on; the
        whole of it tries every route there is, and rates to the end."""
        client = Client()
        client.force_login(person)
        seen, waiting = {}, ["/", *self._addresses(None if whole else rules.roles(person, self.project))]
        while waiting:
            url = waiting.pop()
            plain = self._plain(url)
            if plain in seen or "sign-out" in url or url.startswith("/static"):
                continue
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(url)
            body = answer.getvalue().decode(errors="replace")
            headers = sorted(
                (name, self._plain(value)) for name, value in answer.headers.items() if name != "Content-Length"
            )
            asked = len(queries) if self._may_label(person) else None
            seen[plain] = (answer.status_code, headers, self._plain(body), asked)
            waiting += LINK.findall(body)
        seen["next item"] = self._label_on(client)
        seen["next outputs"] = self._rate_on(client, 6 if whole else 1)
        return seen

    def _may_label(self, person):
        """Whose number of queries is part of what they see (SAFETY channel 16)."""
        return person == self.ann

    def _addresses(self, roles):
        """Each route with this world's own things in it, whether or not a page links to it: those of some roles (that
        the others are refused alike is tested of every route), or all."""
        annotation = Annotation.objects.filter(task__round=self.round).first()
        things = {
            "project": self.slug, "round_id": self.round.public_id, "task_id": self.round.tasks.first().public_id,
            "seat_id": self.round.seats.first().public_id, "item_id": self.items[0].public_id, "number": 1,
            "annotation_id": annotation.public_id, "run_id": self.project.runs.first().public_id,
            "release_id": self.project.golden_sets.first().releases.first().public_id, "user_id": self.ben.public_id,
            "report_id": measure_agreement(in_round=self.round).public_id, "what": "items", "form": "csv",
            "suite_id": self.suite.public_id, "panel_id": self.panels[0].public_id,
            "output_id": self.panels[0].outputs.first().public_id,
        }  # fmt: skip
        for route in policy.routes():
            names = re.findall(r"<\w+:(\w+)>", route.pattern)
            is_ours = route.policy and route.policy.kind == "project"
            if is_ours and (not roles or roles & set(route.policy.roles)) and set(names) <= set(things):
                yield reverse(route.name, kwargs={name: things[name] for name in names})

    def _label_on(self, client):
        """What the page's script gets: the items ahead, whether a lease is held, the answers to a submission, to a look
        back and to an undo, and the page after it. Each with what it cost in queries."""
        url = reverse("labeling:label", args=[self.slug, self.round.public_id])
        page = client.get(url).content.decode()
        place = reverse("labeling:ahead", args=[self.slug, self.round.public_id])
        item = self._on(page)
        if not item:
            return self._plain(page), self._ask(client, place, {"beside": ""}, status={200, 403, 404})[1]
        sent = {"labels": "erp", "receipt": item["receipt"], "beside": item["seat"]}
        seen = [self._ask(client, item["renew"], sent)]
        reply, ahead = self._ask(client, place, sent)
        seen += [ahead, self._ask(client, place, {"beside": "no seat"})[1]]
        if after := self._on(reply["ahead"] or ""):
            there = {"receipt": after["receipt"], "ahead": "1", "beside": f"{item['seat']},{after['seat']}"}
            seen += [self._ask(client, after["renew"], there)[1], self._ask(client, place, there)[1]]
        seen.append(self._ask(client, item["draft"], {**sent, "number": "0"})[1])
        reply, submitted = self._ask(client, item["submit"], sent)
        look = client.get(reply["undo"].replace("take-back/", ""), headers={"HX-Request": "true", **JSON})
        assert look.status_code == 200
        seen += [submitted, self._plain(look.content.decode()), self._ask(client, item["renew"], sent)[1]]
        seen.append(self._ask(client, item["draft"], {**sent, "number": "0"})[1])
        again = client.get(url)
        seen.append(self._plain(again.content.decode()))
        return [*seen, self._ask(client, reply["undo"], {}, status={200, 403})[1]]

    def _rate_on(self, client, steps):
        """Both panels for some steps, of which six are all: each page and the answers to each rating."""
        seen = []
        for panel, name, sent in zip(self.panels, ("rate", "choose"), (
            {"score-relevance": "3", "comment": ""}, {"better": "left", "comment": ""}), strict=True):  # fmt: skip
            start = reverse(f"evaluation:{name}", args=[self.slug, panel.public_id])
            for _ in range(steps):
                page = client.get(start, follow=True)
                body = page.content.decode()
                seen.append((page.status_code, self._plain(body)))
                if not page.redirect_chain or page.status_code != 200:
                    break
                there = page.redirect_chain[-1][0]
                for again in ({}, sent, sent):
                    answer = client.post(there, again)
                    seen.append((answer.status_code, self._plain(answer.content.decode())))
        return seen

    def _on(self, html):
        """The addresses and the receipt of the item that some HTML shows."""
        found = re.search(r"<div[^>]* data-item[^>]*>", html)
        return dict(re.findall(r'data-(\w+)="([^"]*)"', found.group())) if found else {}

    def _ask(self, client, url, sent, *, status=(200,)):
        """A POST as the script sends it: the reply, and what somebody who watches sees of it."""
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(url, sent, headers=JSON)
        assert answer.status_code in status, answer.content
        is_json = answer.headers["Content-Type"].startswith("application/json")
        reply = answer.json() if is_json else {}
        text = json.dumps(reply, ensure_ascii=False) if is_json else answer.content.decode()
        return reply, (answer.status_code, self._plain(text), len(queries))

    def _plain(self, text):
        return UNKNOWABLE.sub("*", text).replace(self.slug, "world")


def differences(one, other):
    return sorted(url for url in one.keys() | other.keys() if one.get(url) != other.get(url))


SECRETS = {
    "what another rater says": ({"ben": ("erp",)}, {"ben": ("payroll",)}),
    "whether another rater agrees": ({"ben": ("crm",)}, {"ben": ("payroll",)}),
    "whether another rater is unsure": ({"ben": ("crm",)}, {"ben": ("crm",), "sure": False}),
    "whether another rater has answered": ({}, {"ben_answers": False}),
    "what the model says": ({"model": "crm"}, {"model": "payroll"}),
    "what gold says": ({"gold": "crm"}, {"gold": "payroll"}),
    "which item is a hidden check": ({"check": 0}, {"check": 2}),
    "whether there is a hidden check": ({}, {"check": 1}),
    "whether somebody else took the seat when one's time ran out": ({"late": False}, {"late": True}),
    "whether a hidden check was answered well": ({"check": 0}, {"check": 0, "gold": "payroll"}),
    "which run wrote an output": ({"first": "plain"}, {"first": "tuned"}),
    "what another rater scored": ({"ben_scores": 5}, {"ben_scores": 1}),
}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_rater_cannot_tell(secret):
    one, other = (World(f"world-{place}", **options) for place, options in enumerate(SECRETS[secret]))
    whole = secret in ("what another rater says", "what another rater scored", "which run wrote an output")
    assert not differences(one.walk(one.ann, whole=whole), other.walk(other.ann, whole=whole))


@pytest.mark.parametrize(
    "secret", ["what another rater says", "what the model says", "what gold says", "which run wrote an output"]
)
def test_an_adjudicator_cannot_tell_before_opening(secret):
    one, other = (World(f"world-{place}", **options) for place, options in enumerate(SECRETS[secret]))
    assert not differences(one.walk(one.jo), other.walk(other.jo))


def settle(world, task):
    decide(task=task, labels=[], rationale="None of them.", by=world.jo, chance=lambda: 0.0)


def send_back(world, task):
    seen = answers_to_adjudicate(task=task, viewer=world.jo)
    who = next(answer.who for answer in seen if answer.comment)  # Ben's
    return_to_rater(task=task, who=who, reason="unreadable", by=world.jo)


def ask_about_it(world, task):
    raise_request(project=world.project, task=task, label_code="crm", text="What of add-ons?", by=world.jo)


@pytest.mark.parametrize("act", [settle, send_back, ask_about_it])
def test_a_rater_cannot_tell_what_a_judge_does(act):
    one, other = (World(f"world-{place}") for place in range(2))
    task = other.round.tasks.get(state="disputed")
    open_for_adjudication(task=task, by=other.jo)
    act(other, task)
    assert not differences(one.walk(one.ann), other.walk(other.ann))


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
        second = world._person("sam", Role.ADJUDICATOR)
        open_for_recheck(task=task, by=second)
        Opening.objects.update(mirror=False)
        Annotation.objects.filter(rater=world.ann).update(public_id=UUID(int=world.ann.pk))
        Annotation.objects.filter(rater=world.ben, task=task).update(public_id=UUID(int=world.ben.pk))
        seen.append(world.walk(second))
    assert not differences(*seen)


def test_an_engineer_cannot_tell_what_raters_say():
    one, other = (
        World(f"world-{place}", **options) for place, options in enumerate(SECRETS["what another rater says"])
    )
    assert not differences(one.walk(one.eli), other.walk(other.eli))


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


@pytest.mark.parametrize(
    ("plant", "secret"),
    [
        (plant_in_progress, "whether another rater has answered"),
        (plant_in_a_header, "whether another rater agrees"),
        (plant_in_the_order_of_labels, "what another rater says"),
        (plant_in_the_list_of_answers, "whether another rater has answered"),
        (plant_in_the_feedback, "whether a hidden check was answered well"),
        (plant_in_the_feedback, "which item is a hidden check"),
        (plant_in_the_size_of_the_round, "whether there is a hidden check"),
        (plant_in_the_look_ahead, "what the model says"),
        (plant_in_the_lease, "whether another rater has answered"),
        (plant_in_the_number_of_queries, "whether another rater has answered"),
    ],
)
def test_a_planted_leak_is_found(plant, secret, monkeypatch):
    plant(monkeypatch)
    one, other = (World(f"world-{place}", **options) for place, options in enumerate(SECRETS[secret]))
    assert differences(one.walk(one.ann), other.walk(other.ann))


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
        }

    one, other = (World(f"world-{place}", **secret()) for place in range(2))
    assert not differences(one.walk(one.ann), other.walk(other.ann))
