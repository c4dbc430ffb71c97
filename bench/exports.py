"""export: annotations as CSV out of the database, against one bare query through a server-side cursor and csv.writer.

Seconds, and seconds of this process's CPU, which a busy machine does not change much. Also how much memory the export
takes beyond what the process had, for all items and for a tenth of them: it should not grow with them. Memory is that
of Python's own objects, as tracemalloc sees it, in a second pass that is not timed.
"""

import csv
import io
import time
import tracemalloc
from datetime import timedelta
from uuid import uuid4

from django.db import connection, transaction

from evaluation.queries.export_files import Wanted, write_export
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
REPEATS = 2


class Nowhere(io.RawIOBase):
    """Takes bytes and counts them."""

    count = 0

    def writable(self):
        return True

    def write(self, data):
        self.count += len(data)
        return len(data)


BARE = """
    select i.external_id, u.email, r.certainty, r.comment, r.seconds, r.created_at, o.name,
           (select string_agg(l.code, ';' order by l.code) from labeling_revisionlabel c
            join labeling_label l on l.id = c.label_id where c.revision_id = r.id),
           (select json_agg(c.evidence)::text from labeling_revisionlabel c where c.revision_id = r.id)
    from labeling_task t
    join labeling_round o on o.id = t.round_id
    join labeling_item i on i.id = t.item_id
    join labeling_annotation a on a.task_id = t.id and a.is_counted and a.taken_back_at is null
    join labeling_revision r on r.annotation_id = a.id and r.number = a.revision
    join labeling_user u on u.id = a.rater_id
    where t.round_id = %s order by i.external_id, u.email
"""


def run(quick=False):
    items = 2_000 if quick else 50_000
    project, large, small = _fill(items)
    ours = [_timed(_ours, project, large) for _ in range(REPEATS)]
    peer = [_timed(_bare, large) for _ in range(REPEATS)]
    assert {rows for rows, _, _ in ours + peer} == {items * 2}
    found = []
    for name, place in (("export", 1), ("export, CPU", 2)):
        mine, bare = (min(one[place] for one in measured) for measured in (ours, peer))
        found.append(
            {
                "name": name, "ours": mine, "peer": bare, "ratio": bare / mine, "unit": "s", "n": items,
                "note": f"one bare query and csv.writer; the least of {REPEATS} times",
            }
        )  # fmt: skip
    peaks = [_peak(project, one) for one in (large, small)]
    found.append(
        {
            "name": "export, peak memory", "ours": peaks[0], "peer": peaks[1], "ratio": peaks[1] / peaks[0],
            "unit": "MB", "n": items, "note": "the same for a tenth of the items",
        }
    )  # fmt: skip
    return found


def _timed(work, *arguments):
    """The rows, and seconds by the clock and of this process."""
    began, used = time.perf_counter(), time.process_time()
    rows = work(*arguments)
    return rows, time.perf_counter() - began, time.process_time() - used


def _ours(project, in_round):
    return write_export(Nowhere(), Wanted(project, "annotations", "csv", round=in_round))


def _bare(in_round):
    rows = 0
    connection.ensure_connection()
    with transaction.atomic(), connection.connection.cursor(name="bare") as cursor:
        cursor.itersize = 1000
        cursor.execute(BARE, [in_round.pk])
        writer = csv.writer(io.TextIOWrapper(Nowhere(), newline=""))
        for row in cursor:
            writer.writerow(row)
            rows += 1
    return rows


def _peak(project, in_round):
    tracemalloc.start()
    _ours(project, in_round)
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
