"""One project built twice, with another secret, and the walk of everything that one person can reach of it.

Worlds are compared byte for byte after ids, tokens and times are taken out; cursors are opened first, so that the
number of a row in one is seen.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote, unquote_plus

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.actions.agreement import measure_agreement
from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.panel_ratings import submit_rating
from evaluation.actions.panels import PanelSpec, close_panel, make_panel
from evaluation.actions.prompts import find_version
from evaluation.actions.red_team_rounds import Plan, Text, make_attempt, open_round
from evaluation.actions.review_tasks import claim_task, submit_review
from evaluation.actions.reviews import ReviewSpec, fill_review, open_review
from evaluation.actions.rubrics import NewCriterion, write_rubric
from evaluation.actions.suites import start_suite
from evaluation.enums import Why
from evaluation.models import PanelSeat, Prediction, ReviewTask
from labeling import rules
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.rounds import close_round
from labeling.actions.seats import claim_seat, free_leases_of
from labeling.actions.settling import settle_due_tasks
from labeling.enums import Certainty, Role
from labeling.models import Annotation, Document, Item, Label
from reviewapp.common import clock, policy
from tests.api import RATERS, bearer, rater_addresses
from tests.factories import make_member, make_project, make_round, make_taxonomy, make_user

UNKNOWABLE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # ids and form keys
    r'|(?<=csrf-token" content=")[^"]+|(?<=csrfmiddlewaretoken" value=")[^"]+|(?<=receipt" value=")[^"]+'
    r'|(?<=data-receipt=")[^"]+|(?<=data-receipt=\\")[^"\\]+|(?<="receipt":")[^"]+|(?<="request_id":")[^"]+|assay_[\w-]+'
    r"|\b[0-9a-f]{64}\b|(?<=<code>)[0-9a-f]{12}(?=</code>)"  # what hashes of a whole release are of, they do not tell
    r'|(?<=class="value">)\d+\.\d s'  # how long a run took
    r"|\b\d{1,2} [A-Z][a-z]{2}( \d{4})? \d\d:\d\d(:\d\d)?\b|\d{4}-\d\d-\d\d[T ]\d\d:[\d:.]+(Z|\+00:00)?"  # times
)
CURSOR = re.compile(r"(?<=cursor=)[\w%-]+")
OF_THE_MOMENT = ("Content-Length", "ETag", "X-Request-ID")  # an ETag is the hash of the body, ids and all
LINK = re.compile(r'(?:href|action|hx-get|data-look|data-older|data-newer)="(/[^"#]*)"')
JSON = {"Accept": "application/json"}
ALL_STEPS = 6  # of a panel


class World:
    """One project in which Ann labels and rates beside Ben, Jo settles and reviews beside Sam and Ada, and Eli reads
    what engineers read. What Ben, the models, gold and Jo's colleagues say is the secret, and which run said what."""

    def __init__(self, slug, *, ben=("erp",), sure=True, ben_answers=True, model="crm", gold="crm", kept="crm",
                 check=None, late=None, first="plain", ben_scores=None, tried=None, is_over=False, said="crm",
                 is_audit=False, reviewer="sam", corrected="crm"):  # fmt: skip
        self.slug, self.is_over = slug, is_over
        self.project = make_project(slug, name="Blind")
        self.taxonomy = make_taxonomy(self.project)
        self.ann, self.ben = (self.person(name, Role.ANNOTATOR) for name in ("ann", "ben"))
        self.jo, self.eli = self.person("jo", Role.ADJUDICATOR), self.person("eli", Role.ENGINEER)
        self.items = [self._item(number) for number in range(5)]
        self.judged = [self._item(number) for number in range(5, 7)]  # in no round, and in no gold
        version = find_version(project=self.project, reference="baseline-zero")
        self.red_team = self._red_team(version, tried) if tried else None  # before anybody is handed blind work
        self.round = make_round(
            self.project, self.items[:3], taxonomy=self.taxonomy, name="Round", check_bar=0.5, check_least=1,
            undo_seconds=0 if late is None else 600,
        )  # fmt: skip
        held_out = {item.external_id for item in self.items[3:]}
        rows = {
            item.external_id: {"labels": [kept], "split": "test"}
            if item.external_id in held_out
            else {"labels": [gold], "split": "dev"}
            for item in self.items
        }
        release = import_golden(project=self.project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=rows, by=None)
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
        self._predict("run", {one: kept if one.external_id in held_out else model for one in self.items})
        self.suite = start_suite(version=version, release=release, kinds=["red_team"], by=None)
        self._judge(first, ben_scores)
        self._review(said, corrected=corrected, reviewer=reviewer, is_audit=is_audit)
        if is_over:
            close_round(in_round=self.round, by=None)
            for panel in self.panels:
                close_panel(panel=panel, with_rest=True, by=None)

    def _predict(self, name, said):
        rows = {one.external_id: {"labels": [{"code": code, "confidence": 0.9}]} for one, code in said.items()}
        return import_predictions(project=self.project, name=name, predictions=rows, by=None)

    def _review(self, said, *, corrected, reviewer, is_audit):
        """Two reviews that Jo works at. In the first no task shows what the model `said`; in the second all do, one
        of them perhaps only since it was drawn for the audit, and a colleague `corrected` one already."""
        colleagues = {name: self.person(name, Role.ADJUDICATOR) for name in ("sam", "ada")}
        items = [self._item(number) for number in range(7, 12)]
        self.reviews = []
        for name, blind, mine in (("live", 1.0, {items[0]: said, items[1]: said}),
                                  ("seen", 0.0, dict.fromkeys(items[2:], "crm"))):  # fmt: skip
            review = open_review(run=self._predict(name, mine), spec=ReviewSpec(blind_share=blind), by=None)
            self.reviews.append(fill_review(review_id=review.pk))
        tasks = ReviewTask.objects.filter(review__project=self.project)
        for place, item in enumerate(items):  # drawn by the number of a row, which is another in each world
            tasks.filter(item=item).update(place=place)
        if is_audit:
            tasks.filter(item=items[3]).update(why=int(Why.AUDIT), least=0.99)
        who = colleagues[reviewer]
        submit_review(task=claim_task(review=self.reviews[1], by=who), labels=[corrected], after=0, by=who)

    def _red_team(self, version, tried):
        """A round to which both are invited, in which Ann and Ben each had a text answered; Ben's is of `tried`."""
        now = clock.now()
        plan = Plan("Break it", version, now - timedelta(days=1), now + timedelta(days=1), invited=["annotator"])
        found = open_round(plan=plan, by=None)
        for writer, code in ((self.ann, "crm"), (self.ben, tried)):
            text = Text("Made up", f"{writer.email.split('@')[0]} sells {code}.", [code], "lure", f"Not {code}.")
            attempt = make_attempt(found=found, text=text, by=writer)
            said = [{"code": code, "confidence": 0.9, "evidence": ""}]
            Prediction.objects.filter(run=attempt.run).update(state="done", labels=said)
        return found

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

    def person(self, name, role):
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
        other = self.person("cy", Role.ANNOTATOR)
        seat = claim_seat(in_round=self.round, by=self.ann)
        free_leases_of(rater=self.ann)
        if taken:
            assert claim_seat(in_round=self.round, by=other) == seat
        labels = list(Label.objects.filter(version=self.taxonomy, code="crm"))
        answer = Answer(labels=labels)
        submit_annotation(seat=seat, receipt=hand_out(seat, self.ann), answer=answer, by=self.ann)

    def seen_by(self, person, *, whole=False):
        """All of a walk, by what was looked at."""
        return dict(self.walk(person, whole=whole))

    def walk(self, person, *, whole=False, work_first=False):
        """Everything the person can reach, one after another: by link, by every route of their role, by the API, and by
        labelling, rating and reviewing on; the whole of it tries every route there is, and rates to the end."""
        client = Client()
        client.force_login(person)
        parts = [self._read_on(client, person, whole), self._work_on(client, person, ALL_STEPS if whole else 1)]
        for part in parts[::-1] if work_first else parts:
            yield from part

    def _read_on(self, client, person, whole):
        roles = rules.roles(person, self.project)
        done, waiting = set(), ["/", *self._addresses(None if whole else roles)]
        while waiting:
            url = waiting.pop()
            plain = self._plain(url)
            if plain in done or "sign-out" in url or url.startswith("/static"):
                continue
            done.add(plain)
            body, seen = self._look(client, person, url)
            yield plain, seen
            waiting += LINK.findall(body)
        headers = bearer(person)
        for url in rater_addresses(self._things(person), roles):
            if "?limit" in url and not roles & RATERS:
                continue  # cursors of engineers may hold numbers of rows
            yield f"API {self._plain(url)}", self._look(client, person, url, headers=headers)[1]

    def _work_on(self, client, person, steps):
        for number, review in enumerate(self.reviews):
            yield f"review {number}", list(self._review_on(client, review))
        if rules.roles(person, self.project) & RATERS:
            yield "next item", self._label_on(client)
            yield "next item by the API", self._label_by_program(client, bearer(person))
            yield "next outputs", self._rate_on(client, steps)

    def _look(self, client, person, url, **options):
        """The body of a page, and all of it that somebody who watches sees."""
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url, **options)
        body = answer.getvalue().decode(errors="replace")
        headers = sorted(
            (name, self._plain(said)) for name, said in answer.headers.items() if name not in OF_THE_MOMENT
        )
        return body, (answer.status_code, headers, self._plain(body), self._cost(person, queries))

    def _cost(self, person, queries):
        """The number of queries is part of what Ann sees (SAFETY channel 16)."""
        return len(queries) if person == self.ann else None

    def _things(self, person):
        """This world's own things, by parameter; answers and places are the person's own where they have any."""
        answers = Annotation.objects.filter(task__round=self.round)
        annotation = answers.filter(rater=person).first() or answers.first()
        things = {
            "project": self.slug, "round_id": self.round.public_id, "task_id": self.round.tasks.first().public_id,
            "seat_id": self.round.seats.first().public_id, "item_id": self.items[0].public_id, "number": 1,
            "annotation_id": annotation.public_id, "run_id": self.project.runs.order_by("pk")[0].public_id,
            "release_id": self.project.golden_sets.first().releases.first().public_id, "user_id": self.ben.public_id,
            "what": "items", "form": "csv", "suite_id": self.suite.public_id, "panel_id": self.panels[0].public_id,
            "output_id": self.panels[0].outputs.first().public_id, "review_id": self.reviews[1].public_id,
        }  # fmt: skip
        return things | ({"red_team_id": self.red_team.public_id} if self.is_over else {})

    def _addresses(self, roles):
        """Each route with this world's own things in it, whether or not a page links to it: those of some roles (that
        the others are refused alike is tested of every route), or all."""
        things = self._things(None) | {"report_id": measure_agreement(in_round=self.round).public_id}
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

    def _label_by_program(self, client, headers):
        """What the queue hands out by the API, and what it answers."""
        place = [self.slug, self.round.public_id]

        def ask(verb, name, *more, **sent):
            url = reverse(f"api:{name}", args=[*place, *more])
            with CaptureQueriesContext(connection) as queries:
                answer = client.generic(verb, url, json.dumps(sent), "application/json", headers=headers)
            seen.append((answer.status_code, self._plain(answer.content.decode()), len(queries)))
            return answer.json() if answer.content else {}

        seen: list[Any] = []
        item = ask("POST", "claim-next")
        if "seat" in item:
            ask("POST", "claim-next", beside=[item["seat"]])
            ask("POST", "renew", item["seat"])
            ask("PUT", "draft", item["seat"], labels=["erp"])
            done = ask("POST", "submit", item["seat"], labels=["erp"], receipt=item["receipt"])
            ask("POST", "take-back", done["annotation"])
            ask("POST", "claim-next")
        return seen

    def _review_on(self, client, review):
        """The queue of a review to its end: each page, what comes of a wrong answer, of a right one and of an undo."""
        start = reverse("evaluation:review-next", args=[self.slug, review.public_id])
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(start)
            body = page.content.decode()
            yield page.status_code, self._plain(body), len(queries)
            form = re.search(r'<form class="sides"[^>]* action="([^"]+)"', body)
            if not form:
                return
            ruled = dict.fromkeys(re.findall(r'name="(rule-[^"]+)"', body), "yes")
            for sent in ({"after": "0"}, {"after": "0", **ruled, "labels": "erp"}):
                with CaptureQueriesContext(connection) as queries:
                    answer = client.post(form[1], sent)
                yield answer.status_code, self._plain(answer.content.decode()), len(queries)
        if undo := re.search(r'action="([^"]+/undo/)"', client.get(start).content.decode()):
            client.post(undo[1])
            yield self._plain(client.get(start).content.decode())

    def _rate_on(self, client, steps):
        """Both panels for some steps, of which ALL_STEPS are all: each page and the answers to each rating."""
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
        opened = CURSOR.sub(lambda found: unquote_plus(b64decode(unquote(found.group()) + "==").decode()), text)
        return UNKNOWABLE.sub("*", opened).replace(self.slug, "world")


def differences(one, other):
    """What was looked at and looks otherwise, with where it begins to."""
    found = sorted(what for what in one.keys() | other.keys() if one.get(what) != other.get(what))
    return [f"{what}: {' / '.join(_parting(str(one.get(what)), str(other.get(what))))}" for what in found]


def _parting(one, other):
    place = next((at for at, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1), 0)
    return [text[max(place - 60, 0) : place + 60] for text in (one, other)]


def first_difference(one: Iterator[tuple[str, Any]], other: Iterator[tuple[str, Any]]) -> str | None:
    """What two walks differ in first; they go no further."""
    seen: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for steps in zip_longest(one, other):
        for place, step in enumerate(steps):
            if step:
                seen[place][step[0]] = step[1]
        for what, _ in filter(None, steps):
            if all(what in found for found in seen) and seen[0][what] != seen[1][what]:
                return what
    return next(iter(differences(*seen)), None)
