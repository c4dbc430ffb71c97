"""Bulk writes: the fastest way in, and a planner that knows what came (a claim table never analysed was 8 to 16 times
slower)."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection, connections, models


def analyze(*tables: type[models.Model]) -> None:
    """ANALYZE the tables of these models."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"analyze {connection.ops.quote_name(table._meta.db_table)}")


def insert_many(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model and set their keys: by COPY on PostgreSQL, by bulk_create on SQLite."""
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(rows, batch_size=1000)
        return
    quote, table = connection.ops.quote_name, model._meta.db_table
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    prepare = [_preparation(field) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, %s)) from generate_series(1, %s)",
            [table, str(model._meta.pk.column), len(rows)],
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
        columns = ", ".join(quote(str(field.column)) for field in fields)
        with cursor.copy(f"copy {quote(table)} ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row([value(row) for value in prepare])
        for row in rows:
            row._state.adding, row._state.db = False, connection.alias


def _preparation(field: "models.Field[Any, Any]") -> Callable[[models.Model], Any]:
    """How a field's value becomes one that psycopg writes; most are as they are, and asking each costs a lot."""
    direct = connections[connection.alias]  # not through the proxy, which costs something a value
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return lambda row: field.pre_save(row, add=True)
    if isinstance(field, models.JSONField):
        return lambda row: field.get_db_prep_save(getattr(row, field.attname), connection=direct)
    return attrgetter(field.attname)
