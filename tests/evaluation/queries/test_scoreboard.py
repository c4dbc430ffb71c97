import pytest

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.reports import evaluate_run
from evaluation.queries.scoreboard import label_table, scoreboard
from labeling.actions.golden import FreezeSpec, import_golden
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
CODES = ("sales", "crm", "fin", "tax", "audit", "pay")


@pytest.fixture
def board():
    """crm in gold 6 times and never predicted; tax right 3 times; audit only predicted; pay in neither."""
    project = make_project(slices=[])
    make_taxonomy(project, CODES, parents={"crm": "sales", "tax": "fin", "audit": "fin"})
    items = make_items(project, 9)
    gold = {
        item.external_id: {"labels": ["crm"] if place < 6 else ["tax"], "split": "dev"}
        for place, item in enumerate(items)
    }
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    said = {
        item.external_id: {"labels": [{"code": "audit"}] if place < 2 else [{"code": "tax"}] if place > 5 else []}
        for place, item in enumerate(items)
    }
    run = import_predictions(project=project, name="run", predictions=said, by=None)
    return scoreboard(evaluate_run(run=run, release=release, split="dev", by=None))


def codes(rows):
    return [row.code for row in rows]


@pytest.mark.parametrize(
    ("order", "branch", "shown"),
    [
        ("support", "", ["crm", "tax", "audit"]),
        ("errors", "", ["crm", "audit", "tax"]),
        ("f1", "", ["crm", "audit", "tax"]),
        ("nonsense", "", ["crm", "tax", "audit"]),
        ("support", "fin", ["tax", "audit"]),
        ("support", "pay", []),
    ],
)
def test_labels_come_in_the_order_asked_for(board, order, branch, shown):
    assert codes(board.ordered(order=order, branch=branch)) == shown


def test_the_least_certain_comes_first(board):
    widths = [row.width for row in board.ordered(order="width", branch="")]

    assert widths == sorted(widths, reverse=True)


def test_what_is_undefined_is_told_apart(board):
    assert codes(board.unused) == ["sales", "fin", "pay"]
    assert codes(board.never_predicted) == ["crm"]
    assert codes(board.not_in_gold) == ["audit"]
    assert codes(board.branches) == ["sales", "fin"]
    assert board.is_weighted is False


def test_the_table_has_a_row_for_every_label(board):
    rows = {row["code"]: row for row in label_table(board)}

    assert list(rows) == ["crm", "tax", "audit", "sales", "fin", "pay"]
    assert (rows["tax"]["branch"], rows["tax"]["f1"], rows["tax"]["tp"]) == ("fin", 1.0, 3)
    assert rows["pay"]["f1"] is None
    assert rows["pay"]["undefined"] == "the label is in no answer and not in gold"
