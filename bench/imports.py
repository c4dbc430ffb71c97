"""import: rows a second of the real import, against parsing the same file and filling the same tables with COPY."""

import csv
import json
import tempfile
import time
from pathlib import Path
from statistics import median
from uuid import uuid4

from django.core.files import File
from django.db import connection

from labeling.actions import importing
from labeling.models import Document, Item, Project

REPEATS = 3


def run(quick=False):
    rows = 3_000 if quick else 50_000
    path = Path(tempfile.mkdtemp()) / "items.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "name", "text", "sector", "region", "size"])
        for number in range(rows):
            text = f"Company {number} sells payroll software and other things to firms in many towns. " * 6
            writer.writerow([f"co-{number}", f"Company {number}", text, f"s{number % 12}", f"r{number % 5}", "1-10"])
    ours, peer = [], []
    for repeat in range(REPEATS):
        project = Project.objects.create(slug=f"bench-{repeat}-{uuid4().hex[:6]}", name="Bench")
        ours.append(rows / _ours(project, path))
        project = Project.objects.create(slug=f"copy-{repeat}-{uuid4().hex[:6]}", name="Bench")
        peer.append(rows / _copy(project, path))
    return [
        {
            "name": "import",
            "ours": median(ours),
            "peer": median(peer),
            "ratio": median(ours) / median(peer),
            "unit": "rows/s",
            "n": rows,
            "note": "csv and COPY by psycopg: no checks, hashes, report or resuming",
        }
    ]


def _ours(project, path):
    began = time.perf_counter()
    with path.open("rb") as stream:
        job = importing.start_import(project=project, file=File(stream), file_name=path.name, by=None)
    importing.set_mapping(job=job, mapping=job.mapping, skip_bad=False, by=None, in_background=False)
    done = importing.advance(job_id=job.pk)
    assert done is not None
    assert done.added == Item.objects.filter(project=project).count()
    return time.perf_counter() - began


def _copy(project, path):
    items, documents = Item._meta.db_table, Document._meta.db_table
    began = time.perf_counter()
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    with connection.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute(
            f"select nextval(pg_get_serial_sequence('{items}', 'id')) from generate_series(1, %s)", [len(rows)]
        )
        keys = [key for (key,) in cursor.fetchall()]
        columns = "id, public_id, project_id, external_id, name, attributes, revision, digest, text_digest, created_at"
        with cursor.copy(f"copy {items} ({columns}) from stdin") as copy:
            for key, row in zip(keys, rows, strict=True):
                attributes = json.dumps({name: row[name] for name in ("sector", "region", "size")})
                copy.write_row((key, uuid4(), project.pk, row["id"], row["name"], attributes, 1, "", "", "now"))
        columns = "item_id, position, kind, text, source_url, fetched_at"
        with cursor.copy(f"copy {documents} ({columns}) from stdin") as copy:
            for key, row in zip(keys, rows, strict=True):
                copy.write_row((key, 0, "text", row["text"], "", ""))
        cursor.execute("commit")
    return time.perf_counter() - began
