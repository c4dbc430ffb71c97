"""What agreement needs to know of each counted answer beside its labels: when, whose group, what evidence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from evaluation.queries.ratings import counted_answers
from evaluation.stats.spans import Mark, Span, touched
from labeling.models import Item, Membership, RevisionLabel, Round, Task
from labeling.queries.contents import contents_at
from labeling.segments import Segment, paragraphs, sentences

LEVELS = {"sentences": sentences, "paragraphs": paragraphs}
SHORT_ROUND = 21  # days; what was submitted within so many is shown by day, else by week


@dataclass(frozen=True)
class Rated:
    """One counted answer."""

    item: str
    rater: str  # public id
    labels: frozenset[str]
    submitted_at: datetime
    evidence: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)

    @property
    def rating(self) -> tuple[str, str, frozenset[str]]:
        return self.item, self.rater, self.labels


def rated_in(in_round: Round) -> list[Rated]:
    """The answers that agreement is measured on, in a fixed order; two queries."""
    answers = counted_answers(in_round)
    chosen: dict[int, dict[str, tuple[Span, ...]]] = defaultdict(dict)
    rows = RevisionLabel.objects.filter(revision__in=answers).values_list("revision_id", "label__code", "evidence")
    for revision, code, quotes in rows.iterator(chunk_size=5000):
        placed = (quote for quote in quotes if "start" in quote)  # a file may quote without saying where
        chosen[revision][code] = tuple((quote["document"], quote["start"], quote["end"]) for quote in placed)
    found = []
    names = ("pk", "annotation__task__item__external_id", "annotation__rater__public_id", "created_at")
    for pk, item, rater, at in answers.values_list(*names).iterator(chunk_size=5000):
        labels = chosen.get(pk, {})
        evidence = {code: quotes for code, quotes in sorted(labels.items()) if quotes}
        found.append(Rated(item, str(rater), frozenset(labels), at, evidence))
    return sorted(found, key=lambda one: (one.item, one.rater))


def groups_of_raters(in_round: Round) -> dict[str, str]:
    """The group of each member, by public id; of a person with several roles the first group that is named."""
    rows = Membership.objects.filter(project=in_round.project).exclude(group="").order_by("role")
    found: dict[str, str] = {}
    for rater, group in rows.values_list("user__public_id", "group"):
        found.setdefault(str(rater), group)
    return found


def attributes_of_items(in_round: Round) -> dict[str, dict[str, str]]:
    """The attributes that the project is sliced by, by item: a blank one is the value ""."""
    names = in_round.project.slices
    rows = Item.objects.filter(tasks__round=in_round).values_list("external_id", "attributes")
    return {item: {name: str(attributes.get(name, "")) for name in names} for item, attributes in rows} if names else {}


def moments(rated: Iterable[Rated]) -> tuple[str, dict[str, str]]:
    """ "day" or "week", and for each item the day, or the Monday of the week, of its last answer."""
    last: dict[str, date] = {}
    for one in rated:
        day = one.submitted_at.date()
        last[one.item] = max(day, last.get(one.item, day))
    if not last:
        return "day", {}
    if (max(last.values()) - min(last.values())).days < SHORT_ROUND:
        return "day", {item: day.isoformat() for item, day in last.items()}
    return "week", {item: (day - timedelta(days=day.weekday())).isoformat() for item, day in last.items()}


def marks_in(in_round: Round, rated: Iterable[Rated]) -> dict[str, tuple[list[Mark], dict[str, int]]]:
    """At each level, the segments that raters marked and how many each item has, from the text that they saw."""
    quoted = [one for one in rated if one.evidence]
    items = {one.item for one in quoted}
    tasks = Task.objects.filter(round=in_round, item__external_id__in=items).select_related("item") if items else []
    texts = contents_at([(task.item, task.item_revision) for task in tasks]) if items else {}
    documents = {task.item.external_id: texts[task.item_id].documents for task in tasks if task.item_id in texts}
    found = {}
    for level, cut in LEVELS.items():
        spans = {item: _spans(parts, cut) for item, parts in documents.items()}
        marks = [
            Mark(one.item, code, one.rater, touched(quotes, spans[one.item]))
            for one in quoted
            if one.item in spans
            for code, quotes in one.evidence.items()
        ]
        found[level] = (marks, {item: len(segments) for item, segments in spans.items()})
    return found


def _spans(documents: Iterable[Mapping[str, Any]], cut: Any) -> list[Span]:
    found: list[Span] = []
    for document in documents:
        segments: list[Segment] = cut(document["text"])
        found += [(document["position"], segment.start, segment.end) for segment in segments]
    return found
