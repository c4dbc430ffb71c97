"""Exports asked for in the browser: written by a worker, resumed by the sweep, deleted after a day."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q

from evaluation import tasks
from evaluation.enums import ExportState
from evaluation.models import Export
from evaluation.queries.export_files import Wanted, check_wanted, size_of, write_export
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.golden import record_look
from labeling.actions.sights import note_sights
from labeling.enums import Role
from labeling.models import User
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import Refused

LEASE = timedelta(seconds=120)
KEPT = timedelta(days=1)
LINK_SECONDS = 600
UNFINISHED = (ExportState.WAITING, ExportState.WRITING)
MOST_WAITING = 5  # of one person at once
FOLDER = "exports"
_SALT = "evaluation.export"


@transaction.atomic
def ask_export(*, wanted: Wanted, by: User) -> Export:
    """Ask for a file. Who may not see held-out items gets a file without them; gold of test goes into the ledger."""
    rules.check_role(by, wanted.project, Role.MANAGER, Role.ENGINEER, Role.ANALYST)
    if wanted.what == "annotations" or wanted.with_test:  # raters' names and answers, and test gold
        rules.check_role(by, wanted.project, Role.MANAGER)
    wanted = replace(wanted, without_held_out=not rules.roles(by, wanted.project) & {str(Role.MANAGER)})
    check_wanted(wanted)
    if Export.objects.filter(created_by=by, state__in=UNFINISHED).count() >= MOST_WAITING:
        raise Refused(f"{MOST_WAITING} of your exports are waiting. Let one of them finish first.")
    if wanted.with_test and wanted.release:
        record_look(release=wanted.release, kind="export", subject="test gold", by=by)
    export = Export.objects.create(
        project=wanted.project, what=wanted.what, format=wanted.format, release=wanted.release, round=wanted.round,
        run=wanted.run, with_test=wanted.with_test, without_held_out=wanted.without_held_out,
        items_total=size_of(wanted), created_by=by,
    )  # fmt: skip
    record_event(
        kind="export.asked",
        project=wanted.project,
        by=by,
        target=f"export:{export.public_id}",
        after={"what": wanted.what, "format": wanted.format, "with_test": wanted.with_test},
    )
    transaction.on_commit(partial(nudge, tasks.write_export, export.pk))
    return export


def advance_export(*, export_id: int) -> Export | None:
    """Write the file from its beginning to its end; None if another worker does."""
    now = clock.now()
    mine = Export.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now), pk=export_id)
    if not mine.filter(state__in=UNFINISHED).update(state=ExportState.WRITING, lease_until=now + LEASE):
        return None
    export = Export.objects.select_related("project", "release", "round", "run", "created_by").get(pk=export_id)
    wanted = Wanted(
        export.project, export.what, export.format, export.release, export.round, export.run, export.with_test,
        export.without_held_out,
    )  # fmt: skip
    name = f"{FOLDER}/{uuid4().hex}{wanted.out.ending}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if export.run:  # who is shown a model's answers is written down before (they get no seat at these items)
        note_sights(user=export.created_by, items=export.run.predictions.values_list("item", flat=True))
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            rows = write_export(stream, wanted, tell=_teller(export))
    except Refused as refusal:
        path.unlink(missing_ok=True)
        _end(export, state=ExportState.FAILED, error=str(refusal))
    except OSError as error:  # the disk is full
        path.unlink(missing_ok=True)
        _end(export, state=ExportState.FAILED, error=f"The file could not be written: {error.strerror}")
    except Exception:  # above all a database that was busy for too long: the next sweep begins again
        path.unlink(missing_ok=True)
        Export.objects.filter(pk=export.pk, state__in=UNFINISHED).update(lease_until=None)
        raise
    else:
        done = _end(
            export, state=ExportState.DONE, rows=rows, file=name, size=path.stat().st_size,
            items_done=export.items_total,
        )  # fmt: skip
        if not done:
            path.unlink(missing_ok=True)
    export.refresh_from_db()
    return export


def _teller(export: Export) -> Callable[[int], None]:
    def tell(items: int) -> None:
        Export.objects.filter(pk=export.pk).update(items_done=items, lease_until=clock.now() + LEASE)

    return tell


def _end(export: Export, **values: object) -> int:
    mine = Export.objects.filter(pk=export.pk, state=ExportState.WRITING)
    return mine.update(lease_until=None, finished_at=clock.now(), **values)


def sweep_exports() -> None:
    """Nudge what nobody works on, and delete the files that were kept long enough."""
    now = clock.now()
    stalled = Export.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now), state__in=UNFINISHED)
    for pk in list(stalled.values_list("pk", flat=True)):
        nudge(tasks.write_export, pk)
    for old in Export.objects.filter(state=ExportState.DONE, finished_at__lt=now - KEPT):
        old.file.delete(save=False)
        Export.objects.filter(pk=old.pk).update(state=ExportState.GONE, file="")


def link_of(export: Export) -> str:
    """What opens the file, for the person who asked for it and for ten minutes (SAFETY channel 21)."""
    return signing.dumps([str(export.public_id), export.created_by_id], salt=_SALT)


def is_link(export: Export, user: User, token: str) -> bool:
    """Whether this person may have the file by this link, now."""
    try:
        named = signing.loads(token, salt=_SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        return False
    is_mine = named == [str(export.public_id), user.pk] and export.created_by_id == user.pk
    if not is_mine or export.state != ExportState.DONE:
        return False
    needs_manager = export.what == "annotations" or export.with_test or not export.without_held_out
    return not needs_manager or str(Role.MANAGER) in rules.roles(user, export.project)
