"""The one seam for time: leases and windows are measured by the database's clock (SAFETY C12)."""

from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """The current time: PostgreSQL's own, or this machine's for SQLite, which lives on this machine."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
            return moment
    return datetime.now(tz=UTC)
