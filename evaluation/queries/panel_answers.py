"""What raters of a closed panel said, one row an answer, for files: scores of outputs, or choices between two."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evaluation.enums import PanelKind, PanelState
from evaluation.models import Panel, Rating, SettledScore
from evaluation.queries.held_out import is_held_out
from evaluation.queries.judged import raters_of
from evaluation.queries.panel_pairs import as_sheet as sheet_of_choices
from evaluation.queries.panel_pairs import choices_of, sheet
from labeling.models import Item
from reviewapp.common.errors import Refused

Rows = Iterator[dict[str, Any]]


def answers_of(panel: Panel, *, with_names: bool) -> Rows:
    """The newest answer of each seat; nothing of items that are held out for testing. Refused while it is open."""
    if panel.kind == PanelKind.PAIRS:
        return choices_of(panel, with_names=with_names)
    return ratings_of(panel, with_names=with_names)


def ratings_of(panel: Panel, *, with_names: bool) -> Rows:
    """The newest rating of each output by each rater, with what the output settled on; from three queries."""
    if panel.state != PanelState.CLOSED:
        raise Refused("The panel is open: its ratings can be read when it is closed.")
    named = raters_of(panel)
    called = named.judges | ({key: user.email for key, user in named.people.items()} if with_names else {})
    who = {rater: called.get(key, key) for rater, key in named.keys.items()}
    settled: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    found = SettledScore.objects.filter(output__panel=panel).order_by("criterion__order")
    for of, code, score, how in found.values_list("output", "criterion__code", "score", "how"):
        settled[of][code] = {"score": score, "how": how}
    shown = Item.objects.filter(project=panel.project).exclude(is_held_out(panel.project))
    rows = Rating.objects.filter(seat__output__panel=panel, seat__output__item__in=shown)
    rows = rows.select_related("seat__rater", "seat__output__item", "seat__output__panel_run__run")
    newest = {one.seat_id: one for one in rows.order_by("number")}
    for one in sorted(newest.values(), key=_order):
        output, rater = one.seat.output, one.seat.rater
        assert output is not None
        yield {
            "item": output.item.external_id, "item_revision": output.item_revision, "run": output.panel_run.run.name,
            "labels": output.labels, "rater": who[rater.pk], "role": rater.role, "scores": dict(one.scores),
            "settled": settled[output.pk], "stratum": output.stratum, "weight": output.weight, "number": one.number,
            "comment": one.comment, "seconds": one.seconds, "rated_at": one.created_at.isoformat(),
        }  # fmt: skip


def as_sheet(panel: Panel, rows: Iterable[Mapping[str, Any]]) -> str:
    """As CSV: labels by their codes, a column for each criterion's score and for what it settled on."""
    if panel.kind == PanelKind.PAIRS:
        return sheet_of_choices(rows)
    codes = list(panel.rubric_version.criteria.order_by("order").values_list("code", flat=True))
    return sheet(_flat(row, codes) for row in rows)


def _flat(row: Mapping[str, Any], codes: Iterable[str]) -> dict[str, Any]:
    scores = {code: row["scores"].get(code) for code in codes}
    settled = {f"settled {code}": row["settled"].get(code, {}).get("score") for code in codes}
    flat = {name: value for name, value in row.items() if name not in ("scores", "settled")}
    return {**flat, "labels": " ".join(one["code"] for one in row["labels"]), **scores, **settled}


def _order(one: Rating) -> tuple[str, str, int]:
    output = one.seat.output
    assert output is not None
    return output.item.external_id, output.panel_run.letter, one.seat_id
