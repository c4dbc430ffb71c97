"""What a rater sees of a pair: its text and two outputs by side, nothing of who wrote them; and choices as files."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.db.models import QuerySet

from evaluation.actions.panel_pairs import shown_side
from evaluation.enums import PanelState
from evaluation.models import Choice, Panel, PanelOutput, PanelSeat
from evaluation.queries.held_out import is_held_out
from evaluation.queries.judged import raters_of
from evaluation.quotes import Texts
from labeling.files.cells import as_cell
from labeling.marking import MarkedSentence, Quote, marked
from labeling.models import Item, Label, Project, User
from labeling.queries.contents import contents_at
from labeling.queries.sights import labelled_blind
from labeling.segments import sentences
from reviewapp.common.errors import Refused

SIDES = ("X", "Y")


@dataclass(frozen=True)
class SideLabel:
    """A label on one side; `number` is that of its quote in the text."""

    number: int
    name: str
    definition: str
    quote: str
    is_found: bool  # whether the quote stands in the text
    is_shared: bool  # with the other side


@dataclass(frozen=True)
class Side:
    """One output, under a name that stands for its place on the screen alone."""

    name: str
    labels: tuple[SideLabel, ...]  # those that the other has not come first


@dataclass(frozen=True)
class Passage:
    """One text of the item with both sides' quotes marked."""

    kind: str
    sentences: tuple[MarkedSentence, ...]


@dataclass(frozen=True)
class ShownPair:
    """A pair as it is judged."""

    name: str
    passages: tuple[Passage, ...]
    left: Side
    right: Side


def shown_pair(seat: PanelSeat, project: Project) -> ShownPair:
    """The pair of a seat, sides as they were drawn for its rater."""
    assert seat.pair is not None
    outputs = (seat.pair.b, seat.pair.a) if seat.shows_b_first else (seat.pair.a, seat.pair.b)
    item: Item = outputs[0].item
    content = contents_at([(item, outputs[0].item_revision)])[item.pk]
    texts = Texts(content.documents, content.name)
    codes = [{one["code"] for one in output.labels} for output in outputs]
    known = _labels(project, codes[0] | codes[1])
    quotes: list[Quote] = []
    left = _side(SIDES[0], outputs[0], codes[1], known, texts, quotes, first=0)
    right = _side(SIDES[1], outputs[1], codes[0], known, texts, quotes, first=len(left.labels))
    passages = tuple(
        Passage(
            kind=str(document["kind"]),
            sentences=tuple(
                marked(sentence, [quote for quote in quotes if quote.document == document["position"]])
                for sentence in sentences(document["text"])
            ),
        )
        for document in content.documents
    )
    return ShownPair(content.name, passages, left, right)


def _labels(project: Project, codes: set[str]) -> dict[str, Label]:
    """The newest meaning of each code."""
    rows = Label.objects.filter(version__project=project, code__in=codes).order_by("version__number")
    return {row.code: row for row in rows}


def _side(
    name: str,
    output: PanelOutput,
    others: set[str],
    known: Mapping[str, Label],
    texts: Texts,
    quotes: list[Quote],
    *,
    first: int,
) -> Side:
    found = []
    for number, one in enumerate(output.labels, first):
        quote = str(one["evidence"])
        place = texts.find(quote)
        if place:
            quotes.append(Quote(name, number, place.document, place.start, place.end))
        label = known.get(one["code"])
        found.append(
            SideLabel(
                number=number, name=label.name if label else one["code"], definition=label.definition if label else "",
                quote=quote, is_found=texts.holds(quote), is_shared=one["code"] in others,
            )
        )  # fmt: skip
    return Side(name, tuple(sorted(found, key=lambda label: (label.is_shared, label.name))))


def own_pairs(panel: Panel, user: User) -> list[PanelSeat]:
    """A rater's own seats in their order, but for those whose item a round has labelled blind meanwhile."""
    rows = PanelSeat.objects.filter(rater__panel=panel, rater__user=user, pair__isnull=False)
    return list(rows.exclude(pair__a__item__in=labelled_blind(panel.project)).order_by("place"))


def whole(seat: PanelSeat) -> PanelSeat:
    """A seat with its outputs and item."""
    return PanelSeat.objects.select_related("rater", "pair__a__item", "pair__b").get(pk=seat.pk)


def choice_of(seat: PanelSeat) -> Choice | None:
    """What counts of this seat."""
    return seat.choices.order_by("-number").first()


def chosen_before(seats: list[PanelSeat], seat: PanelSeat | None) -> PanelSeat | None:
    """The one of a rater's own choices to go back to from a seat."""
    before = [one for one in seats if one.is_done and (seat is None or one.place < seat.place)]
    return before[-1] if before else None


def choices_of(panel: Panel, *, with_names: bool) -> Iterator[dict[str, Any]]:
    """The newest choice of each seat of a closed panel, for preference pairs; nothing of items held out for testing."""
    if panel.state != PanelState.CLOSED:
        raise Refused("The panel is open: its choices can be read when it is closed.")
    named = raters_of(panel)
    called = named.judges | ({key: user.email for key, user in named.people.items()} if with_names else {})
    who = {rater: called.get(key, key) for rater, key in named.keys.items()}
    for choice in _newest(panel):
        seat, pair = choice.seat, choice.seat.pair
        assert pair is not None
        runs = {"a": pair.a.panel_run.run.name, "b": pair.b.panel_run.run.name, "t": "tie"}
        yield {
            "item": pair.a.item.external_id, "item_revision": pair.a.item_revision, "run_a": runs["a"],
            "run_b": runs["b"], "labels_a": pair.a.labels, "labels_b": pair.b.labels, "better": runs[choice.better],
            **_places(choice, runs), "rater": who[seat.rater_id], "is_judge": seat.rater.judge_id is not None,
            "number": choice.number,
            "comment": choice.comment, "seconds": choice.seconds, "chosen_at": choice.created_at.isoformat(),
        }  # fmt: skip


def _places(choice: Choice, runs: Mapping[str, str]) -> dict[str, str]:
    """Where what was chosen stood; a judge sees both orders, so of its choice there is none."""
    seat = choice.seat
    if seat.rater.judge_id is not None:
        return {"side": "", "on_the_left": ""}
    return {"side": shown_side(seat, choice.better), "on_the_left": runs["b" if seat.shows_b_first else "a"]}


def as_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Choices as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def as_sheet(rows: Iterable[Mapping[str, Any]]) -> str:
    """Choices as CSV."""
    return sheet(as_cells(row) for row in rows)


def sheet(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV with cells that no spreadsheet takes for formulas."""
    cells = list(rows)
    columns = list(cells[0]) if cells else []
    stream = StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\r\n")
    writer.writerow({name: as_cell(name) for name in columns})
    for row in cells:
        writer.writerow({name: as_cell(value) for name, value in row.items()})
    return stream.getvalue()


def as_cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """A choice for a spreadsheet: labels by their codes."""
    names = {name: " ".join(one["code"] for one in row[name]) for name in ("labels_a", "labels_b")}
    return {**row, **names}


def _newest(panel: Panel) -> list[Choice]:
    shown = Item.objects.filter(project=panel.project).exclude(is_held_out(panel.project))
    rows: QuerySet[Choice] = Choice.objects.filter(seat__pair__panel=panel, seat__pair__a__item__in=shown)
    rows = rows.select_related(
        "seat__rater", "seat__pair__a__item", "seat__pair__a__panel_run__run", "seat__pair__b__panel_run__run"
    )
    newest = {choice.seat_id: choice for choice in rows.order_by("number")}
    return sorted(newest.values(), key=_order)


def _order(choice: Choice) -> tuple[str, int, int]:
    pair = choice.seat.pair
    assert pair is not None
    return pair.a.item.external_id, pair.pk, choice.seat_id
