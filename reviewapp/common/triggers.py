"""Database triggers that refuse changes to what is frozen, as migration operations for both dialects."""

from typing import Any

from django.db.migrations.operations import RunPython

OPERATIONS = ("INSERT", "UPDATE", "DELETE")


def refuse(table: str, operations: tuple[str, ...], *, message: str, when: str = "", again: bool = False) -> RunPython:
    """A migration operation: raise on these row operations where the SQL condition `when` holds (always if empty).

    SQLite drops a table's triggers when a migration rebuilds it to add a column: repeat the operation after it with
    `again`, which leaves the triggers in place when it is reversed.

    `when` is written in the SQL that PostgreSQL and SQLite share and may name {row}: OLD, or NEW for an insert.
    """

    def forwards(apps: Any, schema_editor: Any) -> None:
        for operation in operations:
            name = f"{table}_refuse_{operation.lower()}"
            condition = when.format(row="NEW" if operation == "INSERT" else "OLD") or "1=1"
            if schema_editor.connection.vendor == "postgresql":
                row = "NEW" if operation != "DELETE" else "OLD"
                schema_editor.execute(f"drop trigger if exists {name} on {table}")
                schema_editor.execute(
                    f"create or replace function {name}() returns trigger language plpgsql as $body$ begin "
                    f"if {condition} then raise exception '{message}' using errcode = '23000'; "
                    f"end if; return {row}; end $body$"
                )
                schema_editor.execute(
                    f"create trigger {name} before {operation} on {table} for each row execute function {name}()"
                )
            else:
                schema_editor.execute(f"drop trigger if exists {name}")
                schema_editor.execute(
                    f"create trigger {name} before {operation} on {table} for each row when {condition} "
                    f"begin select raise(abort, '{message}'); end"
                )

    def backwards(apps: Any, schema_editor: Any) -> None:
        for operation in operations:
            name = f"{table}_refuse_{operation.lower()}"
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(f"drop trigger {name} on {table}")
                schema_editor.execute(f"drop function {name}()")
            else:
                schema_editor.execute(f"drop trigger {name}")

    return RunPython(forwards, RunPython.noop if again else backwards)
