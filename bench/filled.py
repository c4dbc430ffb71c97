"""A project with a published taxonomy, as many items as wanted and an imported run over all of them, and pages asked
for in this process."""

import sys
import time
from itertools import islice
from pathlib import Path
from statistics import median
from uuid import uuid4

from django.conf import settings
from django.test import Client

from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run
from labeling.actions.projects import create_project
from labeling.actions.tables import analyze
from labeling.enums import VersionStatus
from labeling.models import Document, Item, Label, Membership, TaxonomyVersion, User
from reviewapp.common import clock

BATCH = 5000
LABELS = 50
TIMES = 9  # that a page is asked for

sys.path.insert(0, str(Path(__file__).parents[1] / "clients/python/src"))


def project_of(rows, *, codes=LABELS):
    """Items named co-0, co-1, ..., each with a short text."""
    project = create_project(slug=f"bench-{uuid4().hex[:6]}", name="Bench", by=None)
    version = TaxonomyVersion.objects.create(project=project, number=1)
    Label.objects.bulk_create(
        Label(version=version, code=f"l{n}", name=f"Label {n}", definition="It is.", position=n) for n in range(codes)
    )
    TaxonomyVersion.objects.filter(pk=version.pk).update(
        status=VersionStatus.PUBLISHED, published_at=clock.now(), digest=f"{1:064x}"
    )
    new = (
        Item(project=project, external_id=f"co-{n}", name=f"Company {n}", attributes={"sector": f"s{n % 12}"},
             digest=f"{n:064x}", text_digest=f"{n:064x}")
        for n in range(rows)
    )  # fmt: skip
    while some := list(islice(new, BATCH)):
        made = Item.objects.bulk_create(some)
        Document.objects.bulk_create(
            Document(item=item, position=0, text=f"{item.name} sells software to firms in many towns.") for item in made
        )
    analyze(Item, Document)
    return project


def run_of(project, name="all", *, labels, most=None):
    """A finished run that was made elsewhere; `labels` says of the number of an item what was said of it."""
    version, now = project.taxonomy_versions.get(), clock.now()
    run = Run.objects.create(
        project=project, name=name, taxonomy_version=version, state=RunState.RUNNING, started_at=now
    )
    items = enumerate(project.items.order_by("pk").values_list("pk", flat=True)[:most].iterator())
    total = 0
    while some := list(islice(items, BATCH)):
        total += len(some)
        Prediction.objects.bulk_create(
            Prediction(run=run, item_id=pk, state=PredictionState.DONE, labels=labels(number), finished_at=now,
                       cost_micro_usd=120, latency_ms=300 + number % 500)
            for number, pk in some
        )  # fmt: skip
    Run.objects.filter(pk=run.pk).update(total=total, state=RunState.DONE, finished_at=now)
    run.refresh_from_db()
    analyze(Prediction)
    return run


def said(number, step=7):
    """One to three labels of an item, most of them the same whoever says it."""
    codes = {f"l{(number * 31 + place * 11) % LABELS}" for place in range(1 + number % 3)}
    codes |= {f"l{number % LABELS}"} if number % step == 0 else set()
    return [{"code": code, "confidence": 0.5 + (number % 50) / 100} for code in sorted(codes)]


def member(project, *roles):
    user = User.objects.create(email=f"{uuid4().hex}@bench.example")
    Membership.objects.bulk_create(Membership(project=project, user=user, role=role) for role in roles)
    return user


def browser(user):
    """Somebody who is signed in, in this process."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    client = Client()
    client.force_login(user)
    return client


def page_ms(client, url, times=TIMES):
    """The median of some visits after a first one, in milliseconds."""
    return 1000 * median([seconds(lambda: opened(client, url)) for _ in range(times + 1)][1:])


def opened(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer


def seconds(job):
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def grown(name, ours, peer, n, *, unit="ms", note="the same for a tenth"):
    """A figure beside that of a tenth of the rows."""
    return {"name": name, "ours": ours, "peer": peer, "ratio": ours / peer, "unit": unit, "n": n, "note": note}
