"""Counts over the lists that predictions keep as JSON: problems by kind, routes taken. One statement a dialect."""

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from evaluation.models import Prediction, Run
from evaluation.queries.kept import kept

# one entry of a list, as text; the column names are ours, never what somebody sent
ENTRY = {
    "sqlite": {
        "problems": "json_each(p.problems) e", "problems.is": "json_extract(e.value, '$.kind')",
        "routes": "json_each(p.routes) e", "routes.is": "e.value",
    },
    "postgresql": {
        "problems": "jsonb_array_elements(p.problems) e", "problems.is": "e->>'kind'",
        "routes": "jsonb_array_elements_text(p.routes) e", "routes.is": "e",
    },
}  # fmt: skip


def counted(run: Run, column: str, *, most: int = 30) -> list[tuple[str, int]]:
    """Each entry of the lists with the number of items that have it, the commonest first."""
    return kept(run, f"{column}-{most}", lambda: _counted(run, column, most))


def _counted(run: Run, column: str, most: int) -> list[tuple[str, int]]:
    sql = ENTRY[connection.vendor]
    name = sql[f"{column}.is"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {name}, count(distinct p.id) from evaluation_prediction p, {sql[column]} "  # noqa: S608 -- ours
            f"where p.run_id = %s group by {name} order by 2 desc, 1 limit %s",
            [run.pk, most],
        )
        return [(str(kind), int(number)) for kind, number in cursor.fetchall()]


def having(predictions: QuerySet[Prediction], run: Run, column: str, entry: str) -> QuerySet[Prediction]:
    """The predictions of a run whose list has the entry."""
    sql = ENTRY[connection.vendor]
    found = RawSQL(  # noqa: S611 -- the statement is ours, the values are parameters
        f"select p.id from evaluation_prediction p, {sql[column]} where p.run_id = %s and {sql[f'{column}.is']} = %s",  # noqa: S608
        [run.pk, entry],
    )
    return predictions.filter(pk__in=found)
