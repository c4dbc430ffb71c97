"""Bulk writes: the fastest way in, and a planner that knows what came (a claim table never analysed was 8 to 16 times
slower)."""

from collections.abc import Sequence

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
    direct = connections[connection.alias]  # not through the proxy, which costs something a value
    fields = [field for field in model._meta.concrete_fields if not field.generated]
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
                values = [field.get_db_prep_save(field.pre_save(row, add=True), connection=direct) for field in fields]
                copy.write_row(values)
        for row in rows:
            row._state.adding, row._state.db = False, connection.alias
