"""export: annotations as CSV out of the database, against a csv.writer given the same rows from memory.

Also how much memory the export takes beyond what the process had, for all items and for a tenth of them: it should not
grow with them. Memory is that of Python's own objects, as tracemalloc sees it, in a second pass that is not timed.
"""

import csv
import io
import time
import tracemalloc
from datetime import timedelta
from uuid import uuid4

from django.db import connection

from evaluation.queries.export_files import Wanted, rows_of, write_export
from labeling.actions.projects import create_project
from labeling.enums import Purpose, SeatState, VersionStatus
from labeling.models import (
    Annotation,
    Item,
    Label,
    Revision,
    RevisionLabel,
    Round,
    Seat,
    Task,
    TaxonomyVersion,
    User,
)
from reviewapp.common import clock

BATCH = 5000
LABELS = 50


class Nowhere(io.RawIOBase):
    """Takes bytes and counts them."""

    count = 0

    def writable(self):
        return True

    def write(self, data):
        self.count += len(data)
        return len(data)


def run(quick=False):
    items = 2_000 if quick else 50_000
    project, large, small = _fill(items)
    began = time.perf_counter()
    rows = write_export(Nowhere(), Wanted(project, "annotations", "csv", round=large))
    ours = time.perf_counter() - began
    assert rows == items * 2
    held = list(rows_of(Wanted(project, "annotations", "csv", round=large)))
    began = time.perf_counter()
    writer = csv.writer(io.TextIOWrapper(Nowhere(), newline=""))
    writer.writerows(row.values() for row in held)
    peer = time.perf_counter() - began
    del held
    found = [
        {
            "name": "export", "ours": ours, "peer": peer, "ratio": peer / ours, "unit": "s", "n": items,
            "note": "csv.writer of the same rows, already in memory",
        }
    ]  # fmt: skip
    peaks = [_peak(project, one) for one in (large, small)]
    found.append(
        {
            "name": "export, peak memory", "ours": peaks[0], "peer": peaks[1], "ratio": peaks[1] / peaks[0],
            "unit": "MB", "n": items, "note": "the same for a tenth of the items",
        }
    )  # fmt: skip
    return found


def _peak(project, in_round):
    tracemalloc.start()
    write_export(Nowhere(), Wanted(project, "annotations", "csv", round=in_round))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1024**2


def _fill(items):
    """A round with two raters an item and one to three labels each, and one with a tenth of the items."""
    project = create_project(slug=f"export-{uuid4().hex[:6]}", name="Export", by=None)
    version = TaxonomyVersion.objects.create(project=project, number=1)
    labels = Label.objects.bulk_create(
        Label(version=version, code=f"label-{place}", name=f"Label {place}", definition="It is.", position=place)
        for place in range(LABELS)
    )
    TaxonomyVersion.objects.filter(pk=version.pk).update(
        status=VersionStatus.PUBLISHED, published_at=clock.now(), digest=f"{1:064x}"
    )
    raters = [User.objects.create(email=f"r{place}-{uuid4().hex[:6]}@example.org") for place in range(2)]
    made = Item.objects.bulk_create(
        (
            Item(project=project, external_id=f"co-{n:06}", name=f"Company {n}", digest="a", text_digest="b")
            for n in range(items)
        ),
        batch_size=BATCH,
    )
    rounds = []
    for name, share in (("large", made), ("small", made[: items // 10])):
        in_round = Round.objects.create(
            project=project, name=name, taxonomy_version=version, raters=2, purpose=Purpose.IMPORTED, undo_seconds=0
        )
        tasks = Task.objects.bulk_create(
            (Task(round=in_round, item=item, item_revision=1) for item in share), batch_size=BATCH
        )
        for number, rater in enumerate(raters, start=1):
            _answer(in_round, tasks, number, rater, labels)
        rounds.append(in_round)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    return project, *rounds


def _answer(in_round, tasks, number, rater, labels):
    now = clock.now() - timedelta(days=1)
    seats = Seat.objects.bulk_create(
        (
            Seat(task=task, round=in_round, number=number, place=0, state=SeatState.SUBMITTED, rater=rater)
            for task in tasks
        ),
        batch_size=BATCH,
    )
    annotations = Annotation.objects.bulk_create(
        (Annotation(task=seat.task, rater=rater, seat=seat, submitted_at=now) for seat in seats), batch_size=BATCH
    )
    revisions = Revision.objects.bulk_create(
        (
            Revision(annotation=annotation, number=1, seconds=30, comment="As the text says.", created_at=now)
            for annotation in annotations
        ),
        batch_size=BATCH,
    )
    quotes = [{"text": "It sells"}]
    RevisionLabel.objects.bulk_create(
        (
            RevisionLabel(revision=revision, label=labels[(place * 7 + more * 11) % LABELS], evidence=quotes)
            for place, revision in enumerate(revisions)
            for more in range(1 + place % 3)
        ),
        batch_size=BATCH,
    )
