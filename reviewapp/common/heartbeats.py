"""Workers tell that they live, and which tasks on the clock went well, by rows that any process can read.

A thread tells for the worker, so that one that is busy for minutes is still heard; a task that ran tells for the clock
that sent it and for the broker between them.
"""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from celery.signals import task_success, worker_ready, worker_shutdown

logger = logging.getLogger(__name__)
EVERY = 15.0  # seconds between two signs of life
FORGOTTEN = timedelta(days=1)  # after which a worker that went without a word is no longer named
_told: dict[str, float] = {}
_stop = threading.Event()
_telling: threading.Thread | None = None


def connect() -> None:
    """Have the workers of this process's application tell."""
    worker_ready.connect(begin)
    worker_shutdown.connect(end)
    task_success.connect(note_sweep)


def tell(kind: str, name: str) -> None:
    """Write that this one lives now; a database that is away is the health check's business."""
    from django.db import DatabaseError  # noqa: PLC0415 -- this module is loaded before Django is

    from reviewapp.common import clock  # noqa: PLC0415
    from reviewapp.common.models import Beat  # noqa: PLC0415

    try:
        Beat.objects.update_or_create(kind=kind, name=name[:160], defaults={"at": clock.now()})
    except DatabaseError as error:
        logger.warning("sign of life of %s not written: %s", name, error)


def begin(sender: Any, **_: Any) -> None:
    """Start the thread that tells for this worker."""
    global _telling
    _stop.clear()
    _telling = threading.Thread(target=_keep_telling, args=(str(sender.hostname),), name="heartbeat", daemon=True)
    _telling.start()


def _keep_telling(worker: str) -> None:
    from django.db import DatabaseError, connection  # noqa: PLC0415

    from reviewapp.common import clock  # noqa: PLC0415
    from reviewapp.common.models import Beat, BeatOf  # noqa: PLC0415

    try:
        Beat.objects.filter(kind=BeatOf.WORKER, at__lt=clock.now() - FORGOTTEN).delete()
    except DatabaseError as error:
        logger.warning("old signs of life not removed: %s", error)
    while not _stop.is_set():
        tell(BeatOf.WORKER, worker)
        connection.close()  # a pool that forks meanwhile is not to inherit it
        _stop.wait(EVERY)


def end(sender: Any, **_: Any) -> None:
    """A worker that is stopped in good order is not missed."""
    from django.db import DatabaseError  # noqa: PLC0415

    from reviewapp.common.models import Beat, BeatOf  # noqa: PLC0415

    _stop.set()
    if _telling is not None:
        _telling.join(timeout=5)  # it is not to tell once more after the row is gone
    try:
        Beat.objects.filter(kind=BeatOf.WORKER, name=str(sender.hostname)[:160]).delete()
    except DatabaseError as error:
        logger.warning("sign of life not removed: %s", error)


def note_sweep(sender: Any, **_: Any) -> None:
    """A task on the clock went well; said at most every few seconds, as some run as often."""
    from django.conf import settings  # noqa: PLC0415

    from reviewapp.common.models import BeatOf  # noqa: PLC0415

    if sender.request.is_eager or sender.name not in {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}:
        return
    now = time.monotonic()
    if now - _told.get(sender.name, -EVERY) >= EVERY:
        _told[sender.name] = now
        tell(BeatOf.SWEEP, sender.name)
