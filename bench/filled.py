"""A project with a published taxonomy, as many items as wanted and an imported run over all of them, and pages asked
for in this process."""

import sys
import time
from pathlib import Path
from statistics import median
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client

from evaluation.enums import RunState
from evaluation.models import Prediction, Run
from labeling.actions.projects import create_project
from labeling.actions.tables import analyze
from labeling.enums import VersionStatus
from labeling.models import Document, Item, Label, Membership, TaxonomyVersion, User
from reviewapp.common import clock

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
    now = clock.now()
    _insert(
        Item, rows, public_id=UUID[connection.vendor], project_id=project.pk, external_id="'co-' || x",
        name="'Company ' || x", attributes=_json("""'{"sector": "s' || (x % 12) || '"}'"""), revision=1,
        digest="'digest' || x", text_digest="'text' || x", created_at=now,
    )  # fmt: skip
    first = project.items.order_by("pk").values_list("pk", flat=True)[0]
    text = "'Company ' || x || ' sells software to firms in many towns.'"
    _insert(
        Document, rows, item_id=f"x + {first}", position=0, kind="'text'", text=text, source_url="''", fetched_at="''"
    )
    analyze(Item, Document)
    return project


def run_of(project, name="all", *, step=7, most=None):
    """A finished run over all items that was made elsewhere. Runs with other steps say other things of some items."""
    version, now, rows = project.taxonomy_versions.get(), clock.now(), most or project.items.count()
    run = Run.objects.create(
        project=project, name=name, taxonomy_version=version, state=RunState.RUNNING, total=rows, started_at=now
    )  # fmt: skip
    first = project.items.order_by("pk").values_list("pk", flat=True)[0]
    code = f"((x + (case when x % {step} = 0 then 1 else 0 end)) % {LABELS})"
    second = f"""', {{"code": "l' || ((x + 7) % {LABELS}) || '", "confidence": 0.8}}'"""
    labels = f"""'[{{"code": "l' || {code} || '", "confidence": 0.' || (50 + x % 50) || '}}' ||
        (case when x % 3 = 0 then {second} else '' end) || ']'"""
    nothing = _json("'[]'")
    _insert(
        Prediction, rows, run_id=run.pk, item_id=f"x + {first}", state="'done'", labels=_json(labels), values=nothing,
        routes=nothing, problems=nothing, review="''", error_kind="''", error="''", model_returned="''",
        cost_micro_usd=120, latency_ms="300 + x % 500", finished_at=now,
    )  # fmt: skip
    analyze(Prediction)
    run.state, run.finished_at = RunState.DONE, now
    run.save(update_fields=["state", "finished_at"])
    return run


UUID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}


def _json(text):
    return f"cast({text} as {'jsonb' if connection.vendor == 'postgresql' else 'text'})"


def _insert(model, rows, **columns):
    """So many rows, made by the database; x is the number of each. Texts are SQL."""
    given = [value for value in columns.values() if not isinstance(value, str)]
    values = ", ".join(value.replace("%", "%%") if isinstance(value, str) else "%s" for value in columns.values())
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {model._meta.db_table} ({names}) with recursive n(x) as "
            f"(select 0 union all select x + 1 from n where x < {rows - 1}) select {values} from n",
            given,
        )


def said(number, step=7):
    """What the run of a step says of an item."""
    codes = {f"l{(number + (number % step == 0)) % LABELS}"} | (
        {f"l{(number + 7) % LABELS}"} if number % 3 == 0 else set()
    )
    return sorted(codes)


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
