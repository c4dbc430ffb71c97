"""Answers made elsewhere: ratings and gold out of files, and ratings into a round of their own."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction

from labeling import rules
from labeling.actions.people import rater_accounts
from labeling.actions.rounds import add_tasks, create_round, published_taxonomy
from labeling.actions.settling import settle_due_tasks
from labeling.actions.tables import analyze
from labeling.enums import Certainty, Purpose, Role, SeatState, SkipReason, Split
from labeling.files import Row, RowProblem, read_rows
from labeling.files.reading import plain_rows
from labeling.files.values import BadValue, count_of, key_of, labels_of, names_of, text_of, time_of
from labeling.labelnames import AmbiguousLabel, NamedLabel, Resolver, UnknownLabel
from labeling.models import (
    Annotation,
    Item,
    Label,
    Project,
    Revision,
    RevisionLabel,
    Round,
    Seat,
    Skip,
    Task,
    TaxonomyVersion,
    User,
)
from reviewapp.common import clock
from reviewapp.common.errors import Refused

BATCH = 1000
SECONDS_MAX = 7 * 24 * 3600


@dataclass(frozen=True)
class AnswerRow:
    """One row of a file of answers: its item, and its values with labels as codes."""

    line: int
    item: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Read:
    """A file's rows that can be used, and why the others cannot."""

    rows: list[AnswerRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


def resolver_of(project: Project, taxonomy: TaxonomyVersion | None = None) -> Resolver:
    """Finds labels in a taxonomy version, or in the project's published one."""
    labels = Label.objects.filter(version=taxonomy or published_taxonomy(project)).order_by("position")
    return Resolver(NamedLabel(*row) for row in labels.values_list("code", "name", "parent__code"))


def read_answers(
    path: Path,
    *,
    project: Project,
    interpret: Callable[[Mapping[str, Any], Resolver], dict[str, Any]],
    identity: Callable[[str, Mapping[str, Any]], Any],
    encoding: str = "utf-8",
    name: str = "",
    taxonomy: TaxonomyVersion | None = None,
) -> Read:
    """Read a file of answers about the project's items, with labels of a taxonomy version, or of the published one.

    `identity` says what may be there only once.
    """
    resolver = resolver_of(project, taxonomy)
    read = Read()
    lines: dict[Any, int] = {}
    rows = read_rows(path, name=name, encoding=encoding)
    if (name or path.name).lower().removesuffix(".gz").endswith(".csv"):
        rows = plain_rows(rows)
    for row, is_known in with_items(rows, project):
        key = ""
        try:
            if row.problem:
                raise row.problem
            key = key_of(row.values)
            if not is_known:
                raise BadValue(f"there is no item “{key}” in this project")
            values = interpret(row.values, resolver)
            mark = identity(key, values)
            if mark in lines:
                raise BadValue(f"the same answer is already on line {lines[mark]}")
            lines[mark] = row.line
        except RowProblem as problem:
            read.problems.append(problem)
        except (BadValue, UnknownLabel, AmbiguousLabel) as error:
            read.problems.append(RowProblem(row.line, str(error), key))
        else:
            read.rows.append(AnswerRow(row.line, key, values))
    return read


def with_items(rows: Iterator[Row], project: Project) -> Iterator[tuple[Row, bool]]:
    """Each row, and whether its item is in the project: asked for in batches, since a project may have a million."""
    while batch := list(islice(rows, BATCH)):
        keys = [_key(row) for row in batch]
        mine = Item.objects.filter(project=project, external_id__in=[key for key in keys if key])
        known = set(mine.values_list("external_id", flat=True))
        yield from ((row, key in known) for row, key in zip(batch, keys, strict=True))


def _key(row: Row) -> str:
    try:
        return "" if row.problem else key_of(row.values)
    except BadValue:
        return ""


def rating_of(values: Mapping[str, Any], resolver: Resolver, *, sep: str = ";") -> dict[str, Any]:
    """One rating as a row says it, its labels as codes; raises what says why it cannot be used."""
    rater = text_of(values.get("rater"))
    if not rater or len(rater) > 120:
        raise BadValue("it does not say who the rater was, in at most 120 characters")
    certainty = text_of(values.get("certainty")) or Certainty.SURE
    if certainty not in Certainty.values:
        raise BadValue(f"“certainty” is “{certainty}”, not {' or '.join(Certainty.values)}")
    comment = text_of(values.get("comment"))
    if len(comment) > 5000:
        raise BadValue("“comment” has more than 5,000 characters")
    labels = resolver.resolve_all(names_of(labels_of(values, sep=sep)))
    return {
        "rater": rater,
        "labels": labels,
        "certainty": certainty,
        "comment": comment,
        "seconds": count_of(values.get("seconds"), "seconds", most=SECONDS_MAX),
        "submitted_at": time_of(values.get("submitted_at"), "submitted_at"),
        "evidence": _evidence(values.get("evidence"), labels, resolver),
    }


def read_annotations(path: Path, *, project: Project, sep: str = ";", encoding: str = "utf-8", name: str = "") -> Read:
    """Ratings: item, rater, labels [, certainty, comment, seconds, submitted_at, evidence]."""

    def interpret(values: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
        return rating_of(values, resolver, sep=sep)

    return read_answers(
        path,
        project=project,
        interpret=interpret,
        identity=lambda key, values: (key, values["rater"]),
        encoding=encoding,
        name=name,
    )


def read_golden(path: Path, *, project: Project, sep: str = ";", encoding: str = "utf-8", name: str = "") -> Read:
    """Gold: item, labels [, split, evidence, reference_summary]."""

    def interpret(values: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
        split = text_of(values.get("split"))
        if split and split not in Split.values:
            raise BadValue(f"“split” is “{split}”, not {', '.join(Split.values)}")
        labels = resolver.resolve_all(names_of(labels_of(values, sep=sep)))
        quotes = _evidence(values.get("evidence"), labels, resolver)
        return {
            "labels": labels,
            "split": split,
            "evidence": [{"code": code, **quote} for code, found in sorted(quotes.items()) for quote in found],
            "reference_summary": text_of(values.get("reference_summary")),
        }

    return read_answers(
        path, project=project, interpret=interpret, identity=lambda key, _: key, encoding=encoding, name=name
    )


def _evidence(value: Any, labels: Sequence[str], resolver: Resolver) -> dict[str, list[dict[str, Any]]]:
    """Quotes by label: {"label": ["quote", ...]}, or as gold is exported, [{"code", "text", ...}]; in a cell as JSON.
    A plain text belongs to every label of the row."""
    if isinstance(value, str):
        value = _of_json(value.strip())
    if not value:
        return {}
    if isinstance(value, str):
        return {code: [{"text": value}] for code in labels}
    if isinstance(value, list):
        return _listed_evidence(value, labels, resolver)
    if not isinstance(value, dict):
        raise BadValue("“evidence” is neither a text nor an object of label: quotes")
    found: dict[str, list[dict[str, Any]]] = {}
    for name, quotes in value.items():
        code = resolver.resolve(str(name))
        if code not in labels:
            raise BadValue(f"“evidence” speaks of “{name}”, which is not among the labels")
        listed = quotes if isinstance(quotes, list) else [quotes]
        found[code] = [{"text": text_of(quote)} for quote in listed]
    return found


def _of_json(text: str) -> Any:
    """What a cell holds as JSON, or the text itself."""
    if not text.startswith(("[{", '{"')) and text != "[]":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _listed_evidence(value: list[Any], labels: Sequence[str], resolver: Resolver) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for quote in value:
        if not isinstance(quote, dict) or not isinstance(quote.get("text"), str):
            raise BadValue("“evidence” is a list, but not of objects with “code” and “text”")
        code = resolver.resolve(text_of(quote.get("code")))
        if code not in labels:
            raise BadValue(f"“evidence” speaks of “{code}”, which is not among the labels")
        place = {name: quote[name] for name in ("document", "start", "end") if type(quote.get(name)) is int}
        found[code].append({**place, "text": quote["text"].strip()})
    return dict(found)


@transaction.atomic
def import_annotations(
    *,
    project: Project,
    name: str,
    ratings: Sequence[AnswerRow],
    by: User | None,
    operator: str = "",
    skips: Sequence[tuple[str, str]] = (),
) -> Round:
    """A round of ratings made elsewhere: a task an item, a seat a rating; what agrees is settled at once.

    `skips` are item and rater of what somebody passed on; they are kept of items that somebody else rated.
    """
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    by_item: dict[str, list[AnswerRow]] = defaultdict(list)
    for rating in ratings:
        by_item[rating.item].append(rating)
    rated = {(rating.item, rating.values["rater"]) for rating in ratings}
    skips = [skip for skip in dict.fromkeys(skips) if skip[0] in by_item and skip not in rated]
    most = max(len(answers) for answers in by_item.values())
    if most > 1000:
        raise Refused("An item has more than 1,000 ratings.")
    made = create_round(project=project, name=name, by=by, raters=most, purpose=Purpose.IMPORTED, operator=operator)
    people = rater_accounts(
        project=project,
        names=sorted({rater for _, rater in rated} | {rater for _, rater in skips}),
        by=by,
        operator=operator,
    )
    items = {item.external_id: item for item in Item.objects.filter(project=project, external_id__in=by_item)}
    now = clock.now()
    tasks = [
        Task(round=made, item=items[key], item_revision=items[key].revision, due_at=now, reason="imported answers")
        for key in sorted(by_item)
    ]
    add_tasks(in_round=made, tasks=tasks, seats=False)
    codes = dict(Label.objects.filter(version=made.taxonomy_version).values_list("code", "pk"))
    rows = [
        (task, number, rating)
        for task in tasks
        for number, rating in enumerate(by_item[task.item.external_id], start=1)
    ]
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        _write(batch, made=made, people=people, codes=codes, now=now)
    task_of = {task.item.external_id: task for task in tasks}
    Skip.objects.bulk_create(
        (
            Skip(task=task_of[item], rater=people[rater], reason=SkipReason.OTHER, created_at=now)
            for item, rater in skips
        ),
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    analyze(Seat, Annotation, Revision, RevisionLabel)
    settle_due_tasks()
    return made


def _write(
    batch: list[tuple[Task, int, AnswerRow]], *, made: Round, people: dict[str, User], codes: dict[str, int], now: Any
) -> None:
    seats = Seat.objects.bulk_create(
        Seat(
            task=task,
            round=made,
            number=number,
            place=0,
            state=SeatState.SUBMITTED,
            rater=people[rating.values["rater"]],
        )
        for task, number, rating in batch
    )
    annotations = Annotation.objects.bulk_create(
        Annotation(
            task=seat.task,
            rater=people[rating.values["rater"]],
            seat=seat,
            submitted_at=rating.values["submitted_at"] or now,
        )
        for seat, (_, _, rating) in zip(seats, batch, strict=True)
    )
    revisions = Revision.objects.bulk_create(
        Revision(
            annotation=annotation,
            number=1,
            certainty=rating.values["certainty"],
            comment=rating.values["comment"],
            seconds=rating.values["seconds"],
            created_at=annotation.submitted_at,
        )
        for annotation, (_, _, rating) in zip(annotations, batch, strict=True)
    )
    RevisionLabel.objects.bulk_create(
        RevisionLabel(revision=revision, label_id=codes[code], evidence=rating.values["evidence"].get(code, []))
        for revision, (_, _, rating) in zip(revisions, batch, strict=True)
        for code in rating.values["labels"]
    )
