"""Database triggers that refuse changes to what is frozen, as migration operations for both dialects."""

from typing import Any

from django.db.migrations.operations.base import Operation

OPERATIONS = ("INSERT", "UPDATE", "DELETE")


class Refusal(Operation):
    """Needs no model as it was at that point, which RunPython would build anew for each, seconds in all."""

    reduces_to_sql = True

    def __init__(self, table: str, operations: tuple[str, ...], *, message: str, when: str, again: bool) -> None:
        self.table, self.message, self.when, self.again = table, message, when, again
        self.names = {operation: f"{table}_refuse_{operation.lower()}" for operation in operations}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models know nothing of triggers."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation, name in self.names.items():
            condition = self.when.format(row="NEW" if operation == "INSERT" else "OLD") or "1=1"
            if schema_editor.connection.vendor == "postgresql":
                row = "NEW" if operation != "DELETE" else "OLD"
                schema_editor.execute(f"drop trigger if exists {name} on {self.table}")
                schema_editor.execute(
                    f"create or replace function {name}() returns trigger language plpgsql as $body$ begin "
                    f"if {condition} then raise exception '{self.message}' using errcode = '23000'; "
                    f"end if; return {row}; end $body$"
                )
                schema_editor.execute(
                    f"create trigger {name} before {operation} on {self.table} for each row execute function {name}()"
                )
            else:
                schema_editor.execute(f"drop trigger if exists {name}")
                schema_editor.execute(
                    f"create trigger {name} before {operation} on {self.table} for each row when {condition} "
                    f"begin select raise(abort, '{self.message}'); end"
                )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for name in self.names.values() if not self.again else ():
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(f"drop trigger {name} on {self.table}")
                schema_editor.execute(f"drop function {name}()")
            else:
                schema_editor.execute(f"drop trigger {name}")

    def describe(self) -> str:
        return f"Refuse {', '.join(self.names).lower()} on {self.table}"


def refuse(table: str, operations: tuple[str, ...], *, message: str, when: str = "", again: bool = False) -> Refusal:
    """A migration operation: raise on these row operations where the SQL condition `when` holds (always if empty).

    SQLite drops a table's triggers when a migration rebuilds it to add a column: repeat the operation after it with
    `again`, which leaves the triggers in place when it is reversed.

    `when` is written in the SQL that PostgreSQL and SQLite share and may name {row}: OLD, or NEW for an insert.
    """
    return Refusal(table, operations, message=message, when=when, again=again)
