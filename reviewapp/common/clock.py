"""The one seam for time: leases and windows are measured by the database's clock (SAFETY C12)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from django.db import connection

_teller: ContextVar[Callable[[], datetime] | None] = ContextVar("teller", default=None)


def now() -> datetime:
    """The current time: PostgreSQL's own, or this machine's for SQLite, which lives on this machine."""
    if tell := _teller.get():
        return tell()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
            return moment
    return datetime.now(tz=UTC)


@contextmanager
def told_by(tell: Callable[[], datetime]) -> Iterator[None]:
    """In this block, time is what `tell` says: a sample project is built as if its people had worked for days."""
    kept = _teller.set(tell)
    try:
        yield
    finally:
        _teller.reset(kept)
