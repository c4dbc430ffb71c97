"""What a rater or an adjudicator sees of one output: its text, labels and criteria, and nothing of who wrote it."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from evaluation.enums import OutputState, PanelState
from evaluation.models import Anchor, AnchorRating, Criterion, Panel, PanelOutput, PanelSeat, Rating, SettledScore
from evaluation.quotes import Texts
from labeling.marking import MarkedSentence, Quote, marked
from labeling.models import Item, Label, Project, User
from labeling.queries.contents import contents_at
from labeling.queries.sights import labelled_blind
from labeling.segments import sentences


@dataclass(frozen=True)
class SaidLabel:
    """One label of an output with what it means and the words quoted for it."""

    name: str
    definition: str
    quote: str
    is_found: bool


@dataclass(frozen=True)
class MarkedDocument:
    """One text of the item with the output's quotes marked."""

    kind: str
    sentences: tuple[MarkedSentence, ...]


@dataclass(frozen=True)
class Shown:
    """An output as it is judged."""

    name: str
    documents: tuple[MarkedDocument, ...]
    labels: tuple[SaidLabel, ...]


@dataclass(frozen=True)
class Question:
    """One criterion with its five points and the score given so far."""

    criterion: Criterion
    points: tuple[tuple[int, str], ...]
    score: int | None = None


def shown(*, project: Project, item: Item, revision: int, labels: Sequence[Mapping[str, Any]]) -> Shown:
    """An output with its quotes marked in the text that it was pinned to; labels in the order of their codes."""
    content = contents_at([(item, revision)])[item.pk]
    known: dict[str, Label] = {}
    codes = [one["code"] for one in labels]
    for row in Label.objects.filter(version__project=project, code__in=codes).order_by("version__number"):
        known[row.code] = row  # the newest version's
    texts = Texts(content.documents)
    quotes: list[Quote] = []
    said = []
    for number, one in enumerate(labels):
        label, quote = known.get(one["code"]), str(one.get("evidence") or "")
        name = label.name if label else one["code"]
        place = texts.find(quote)
        if place:
            quotes.append(Quote(name, number, place.document, place.start, place.end))
        said.append(SaidLabel(name, label.definition if label else "", quote, bool(place) or texts.holds(quote)))
    documents = tuple(
        MarkedDocument(
            kind=str(document["kind"]),
            sentences=tuple(
                marked(sentence, [quote for quote in quotes if quote.document == document["position"]])
                for sentence in sentences(document["text"])
            ),
        )
        for document in content.documents
    )
    return Shown(name=content.name, documents=documents, labels=tuple(said))


def shown_output(output: PanelOutput, project: Project) -> Shown:
    return shown(project=project, item=output.item, revision=output.item_revision, labels=output.labels)


def shown_anchor(anchor: Anchor, project: Project) -> Shown:
    return shown(project=project, item=anchor.item, revision=anchor.item_revision, labels=anchor.labels)


def questions(version_id: int, scores: Mapping[str, int] | None = None) -> list[Question]:
    """The criteria of a rubric version in order."""
    return [
        Question(one, tuple(enumerate(one.points, 1)), (scores or {}).get(one.code))
        for one in Criterion.objects.filter(version=version_id)
    ]


def own_seats(panel: Panel, user: User) -> list[PanelSeat]:
    """A rater's own seats in their order, but for those whose item a round has labelled blind meanwhile."""
    rows = PanelSeat.objects.filter(rater__panel=panel, rater__user=user, output__isnull=False)
    shown = rows.exclude(output__item__in=labelled_blind(panel.project))
    return list(shown.select_related("output").order_by("place"))


def next_seat(seats: Sequence[PanelSeat]) -> PanelSeat | None:
    """The first that is not done, and not of the item just rated if another one is left."""
    left = [seat for seat in seats if not seat.is_done and seat.output and seat.output.state == OutputState.OPEN]
    done = [seat for seat in seats if seat.is_done]
    last = done[-1].output.item_id if done and done[-1].output else None
    other = [seat for seat in left if seat.output and seat.output.item_id != last]
    return next(iter(other or left), None)


def seat_before(seats: Sequence[PanelSeat], seat: PanelSeat | None) -> PanelSeat | None:
    """The rated one before this one."""
    before = [one for one in seats if one.is_done and (seat is None or one.place < seat.place)]
    return before[-1] if before else None


def own_rating(seat: PanelSeat) -> Rating | None:
    """What counts of this seat."""
    return seat.ratings.order_by("-number").first()


def anchors_left(panel: Panel, user: User, attempt: int) -> tuple[list[Anchor], int]:
    """The anchors that a rater has still to rate in this attempt, and how many there are."""
    anchors = list(panel.rubric_version.anchors.select_related("item"))
    rated = AnchorRating.objects.filter(anchor__in=anchors, rater=user, attempt=attempt)
    done = set(rated.values_list("anchor", flat=True))
    return [one for one in anchors if one.pk not in done], len(anchors)


@dataclass(frozen=True)
class Opinion:
    """What one rater said, under a letter."""

    letter: str
    scores: Mapping[str, int]
    comment: str


def ruled(panel: Panel) -> QuerySet[PanelOutput]:
    """Outputs that an adjudicator may be shown to rule on."""
    return panel.outputs.filter(state=OutputState.ESCALATED).exclude(item__in=labelled_blind(panel.project))


def waiting_for_ruling(panel: Panel) -> list[PanelOutput]:
    """Outputs that wait for an adjudicator, in an order that tells nothing."""
    rows = list(ruled(panel).select_related("item"))
    return sorted(rows, key=lambda output: output.public_id)


@dataclass(frozen=True)
class Waiting:
    """An output that waits for an adjudicator, with the criteria on which raters lie too far apart."""

    output: PanelOutput
    open: list[Criterion]


def waiting_with_open(panel: Panel) -> list[Waiting]:
    rows = waiting_for_ruling(panel)
    criteria = list(panel.rubric_version.criteria.all())
    settled = set(SettledScore.objects.filter(output__in=rows).values_list("output", "criterion"))
    return [Waiting(row, [one for one in criteria if (row.pk, one.pk) not in settled]) for row in rows]


def opinions(output: PanelOutput) -> list[Opinion]:
    """All scores and comments of an output in an order that is its own, so that no letter is one person throughout."""
    newest: dict[int, Rating] = {}
    for rating in Rating.objects.filter(seat__output=output, seat__rater__judge__isnull=True).order_by("number"):
        newest[rating.seat_id] = rating
    rows = [newest[seat] for seat in sorted(newest)]
    random.Random(str(output.public_id)).shuffle(rows)  # noqa: S311 -- an order, no secret
    return [Opinion(chr(ord("A") + number), one.scores, one.comment) for number, one in enumerate(rows)]


def panels_to_rule(project: Project) -> list[Panel]:
    """Open panels in which something waits for an adjudicator."""
    found = Panel.objects.filter(project=project, state=PanelState.OPEN, outputs__state=OutputState.ESCALATED)
    return list(found.distinct().order_by("pk"))
