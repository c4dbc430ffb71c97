"""push: predictions sent with the Python client, in parts of 10,000, through the whole API in this process, against
bulk_create of the same rows from memory; and the last tenth against the first. The server side alone beside it: what
the client spends on making the lines is not the server's."""

import time
from uuid import uuid4

import httpx

from bench.filled import member, project_of, said
from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run
from labeling.actions.tokens import issue_token
from labeling.enums import Role
from reviewapp.common import clock

ROWS = 200_000
PART = 10_000


class Timed(httpx.BaseTransport):
    """Counts the seconds that the server takes for each request, by the clock and of the processor."""

    def __init__(self, inner):
        self.inner, self.took, self.work = inner, [], []

    def handle_request(self, request):
        request.read()
        began, work = time.perf_counter(), time.process_time()
        answer = self.inner.handle_request(request)
        answer.read()
        self.took.append(time.perf_counter() - began)
        self.work.append(time.process_time() - work)
        return answer


def run(quick=False, rows=None):
    from assay_client import Client
    from assay_client import Prediction as Row
    from django.conf import settings

    from reviewapp.wsgi import application

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    rows = 20_000 if quick else rows or ROWS
    project = project_of(rows)
    by = member(project, Role.ENGINEER)
    token = issue_token(user=by, name="bench", scopes=["read", "predict"], days=1, project=project, by=by)
    timed = Timed(httpx.WSGITransport(app=application))
    with Client("http://testserver", token.secret, project.slug, transport=timed, timeout=600) as assay:
        began = time.perf_counter()
        made = assay.push("pushed", (Row(f"co-{n}", _stated(n), cost=0.001) for n in range(rows)), part=PART)
        whole = time.perf_counter() - began
    assert made.total == rows == Prediction.objects.filter(run__public_id=made.id).count()
    parts = timed.took[1:-1]
    tenth = max(len(parts) // 10, 1)
    floor = _floor(project, min(rows, 100_000))
    work = timed.work[1:-1]  # of the processor: in minutes the load of the machine changes
    first, last = (sum(some) / len(some) for some in (work[:tenth], work[-tenth:]))
    return [
        {"name": "push", "ours": rows / whole, "peer": floor, "ratio": rows / whole / floor, "unit": "rows/s",
         "n": rows, "note": "bulk_create of such rows from memory: no lines, checks, keys or finish"},
        {"name": "push, server", "ours": rows / sum(timed.took), "peer": floor, "ratio": rows / sum(timed.took) / floor,
         "unit": "rows/s", "n": rows, "note": "the same, without the client's own work"},
        {"name": "push, last parts", "ours": PART / last, "peer": PART / first, "ratio": first / last,
         "unit": "rows/cpu s", "n": rows, "note": "the first tenth of the parts"},
        {"name": "push, finish", "ours": timed.took[-1] * 1000, "peer": 1000 * sum(parts) / len(parts),
         "ratio": timed.took[-1] * len(parts) / sum(parts), "unit": "ms", "n": rows, "note": "a part of 10,000"},
    ]  # fmt: skip


def _stated(number):
    return dict.fromkeys(said(number), 0.5 + number % 50 / 100)


def _floor(project, rows):
    """Rows a second into the same table, made before."""
    run = Run.objects.create(
        project=project, name=uuid4().hex, taxonomy_version=project.taxonomy_versions.get(), state=RunState.RUNNING
    )
    items = project.items.order_by("pk").values_list("pk", flat=True)[:rows]
    now = clock.now()
    made = [
        Prediction(run=run, item_id=pk, state=PredictionState.DONE, cost_micro_usd=1000, finished_at=now,
                   labels=[{"code": code, "confidence": 0.5} for code in said(n)])
        for n, pk in enumerate(items)
    ]  # fmt: skip
    began = time.perf_counter()
    for start in range(0, rows, PART):
        Prediction.objects.bulk_create(made[start : start + PART], batch_size=1000)
    return rows / (time.perf_counter() - began)
