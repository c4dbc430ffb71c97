"""submit: answer and get the next item over HTTP, 50,000 items, 20 raters at once, against a view that reads one row
and renders a template on the same server with the same clients. First as fast as they can, which is what the machine
bears; then one answer every two seconds each, which is more than people give."""

import html
import http.client
import json
import multiprocessing
import random
import re
import time
from statistics import median
from urllib.parse import urlencode
from uuid import uuid4

from django.db import connection
from django.urls import reverse

from bench.queue import _people, _round
from bench.server import TOKEN, collect_static, serving, session_of
from labeling.models import Document, Item, Label

RATERS = 20
ATTRIBUTE = re.compile(r'data-(seat|submit|receipt|idempotency)="([^"]*)"')


def run(quick=False):
    tasks, most = (2_000, 10) if quick else (50_000, 60)
    made = _round(tasks)
    version = made.taxonomy_version
    Label.objects.bulk_create(
        Label(version=version, code=f"l{n}", name=f"Label {n}", position=n) for n in range(1, 120)
    )
    items = list(Item.objects.filter(project=made.project).values_list("pk", flat=True))
    text = "We sell accounting software to firms. It runs in the cloud. " * 8
    Document.objects.bulk_create((Document(item_id=pk, position=0, text=text) for pk in items), batch_size=2000)
    people = [(user.pk, session_of(user)) for user in _people(made.project, RATERS)]
    page = reverse("labeling:label", args=[made.project.slug, made.public_id])
    connection.close()
    collect_static()
    note = f"bare Django: one row, one template; {RATERS} at once"
    lines = []
    paces = (("flat out", 0, most, 1 if quick else 3), ("at a pace", 2, most // 5, 1))
    for name, pause, clicks, turns in paces:
        ours, floor = [], []
        for turn in range(turns):
            with serving() as port:
                ours.append(_measure(_rater, [(port, session, page, clicks, pause) for _, session in people], clicks))
            with serving("bench.floor_settings") as port:
                readers = [(port, items, clicks, pause, turn * 100 + n) for n in range(RATERS)]
                floor.append(_measure(_reader, readers, clicks))
        kinds = [("p50", "ms"), ("p95", "ms"), ("throughput", "a second")][: 2 if pause else 3]
        lines += [_line(f"submit {name}, {kind}", ours, floor, place, unit, tasks, note)
                  for place, (kind, unit) in enumerate(kinds)]  # fmt: skip
    return lines


def _line(name, ours, floor, place, unit, n, note):
    mine, theirs = median(one[place] for one in ours), median(one[place] for one in floor)
    return {"name": name, "ours": mine, "peer": theirs, "ratio": mine / theirs, "unit": unit, "n": n, "note": note}


def _measure(client, arguments, clicks):
    """(p50 ms, p95 ms, requests a second) of all clients together."""
    ready, go = multiprocessing.Barrier(len(arguments) + 1), multiprocessing.Barrier(len(arguments) + 1)
    results = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=client, args=(*one, ready, go, results)) for one in arguments]
    for one in clients:
        one.start()
    ready.wait(120)
    began = time.perf_counter()
    go.wait(120)
    taken = sorted(latency for _ in clients for latency in results.get(timeout=300))
    elapsed = time.perf_counter() - began
    for one in clients:
        one.join()
    assert len(taken) == clicks * len(arguments)
    return 1000 * taken[len(taken) // 2], 1000 * taken[int(0.95 * len(taken))], len(taken) / elapsed


def _rater(port, session, page, clicks, pause, ready, go, results):
    """A browser's part: the item on the page is submitted, the one after it is there, the answer brings another."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN, "Accept": "application/json",
               "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
    shown = _item(_ask(link, "GET", page, headers | {"Accept": "text/html"}))
    ahead = _item(json.loads(_ask(link, "POST", f"{page}ahead/", headers, {"beside": shown["seat"]}))["ahead"])
    ready.wait(120)
    go.wait(120)
    taken = []
    for _ in range(clicks):
        time.sleep(random.uniform(0, 2 * pause))
        body = {"labels": "l7", "certainty": "sure", "receipt": shown["receipt"], "taxonomy": "1",
                "idempotency_key": str(uuid4()), "beside": ahead["seat"]}  # fmt: skip
        began = time.perf_counter()
        answer = _ask(link, "POST", shown["submit"], headers, body)
        taken.append(time.perf_counter() - began)
        shown, ahead = ahead, _item(json.loads(answer)["ahead"])
    results.put(taken)


def _reader(port, items, clicks, pause, seed, ready, go, results):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    draw = random.Random(seed)
    _ask(link, "GET", f"/items/{items[0]}/", {})
    ready.wait(120)
    go.wait(120)
    taken = []
    for _ in range(clicks):
        time.sleep(draw.uniform(0, 2 * pause))
        began = time.perf_counter()
        _ask(link, "GET", f"/items/{draw.choice(items)}/", {})
        taken.append(time.perf_counter() - began)
    results.put(taken)


def _ask(link, verb, url, headers, body=None):
    link.request(verb, url, body=urlencode(body) if body is not None else None, headers=headers)
    answer = link.getresponse()
    said = answer.read().decode()
    assert answer.status == 200, (answer.status, url, said[:300])
    return said


def _item(text):
    return {name: html.unescape(value) for name, value in ATTRIBUTE.findall(text)}
