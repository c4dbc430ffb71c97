"""pages: what people look at when a run is large, as seconds once (scoring, comparing for drift) and as milliseconds a
visit, against the same for a tenth of the items; and /metrics, where a visit that comes within ten seconds of another
shares its figures."""

import time

from django.conf import settings
from django.urls import reverse

from bench.filled import browser, grown, member, page_ms, project_of, run_of, said, seconds
from evaluation.actions.drift import ask_check
from evaluation.actions.reports import evaluate_run
from evaluation.models import Evaluation
from evaluation.queries.streams import Window
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.home.metrics import shared

ROWS = 50_000
TOKEN = "t" * 40


def run(quick=False, rows=None):
    rows = 5_000 if quick else rows or ROWS
    large, small = _measured(rows), _measured(rows // 10)
    return [grown(name, large[name], small[name], rows, unit=name.partition(" in ")[2] or "ms") for name in large]


def _measured(rows):
    project = project_of(rows)
    run, other = (run_of(project, f"run {step}", step=step) for step in (7, 3))
    gold = {f"co-{n}": {"labels": said(n, 5), "split": "dev"} for n in range(rows)}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    del gold
    found = {"scoring in s": seconds(lambda: evaluate_run(run=run, release=release, split="dev", by=None))}
    watched = {"reference": Window(run=run), "current": Window(run=other), "cohort": ""}
    began = time.perf_counter()  # the worker is in this process, so the answer is there at once
    asked = ask_check(project=project, by=None, **watched)
    found["drift computed in s"] = time.perf_counter() - began
    asked.refresh_from_db()
    assert asked.report["n"] == [rows, rows]
    client = browser(member(project, Role.ENGINEER))
    scored = Evaluation.objects.get(run=run)
    for name, page, one in (
        ("scores page", "evaluation:evaluation", scored), ("errors page", "evaluation:errors", scored),
        ("drift page", "evaluation:drift", None), ("drift check page", "evaluation:drift-check", asked),
        ("scored run's page", "evaluation:run", run),
    ):  # fmt: skip
        found[name] = page_ms(client, reverse(page, args=[project.slug, *([one.public_id] if one else [])]))
    settings.METRICS_TOKEN = TOKEN
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    found["metrics, shared"] = page_ms(client, reverse("metrics"))
    found["metrics, anew"] = page_ms(_Forgetting(client), reverse("metrics"))
    return found


class _Forgetting:
    """A visitor who comes after the shared figures ran out."""

    def __init__(self, client):
        self.client = client

    def get(self, url):
        shared.forget()
        return self.client.get(url)
