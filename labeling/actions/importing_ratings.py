"""Ratings out of other tools' files: names are mapped by somebody, and nothing is dropped unsaid."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labeling.actions.answers import AnswerRow, Read, rating_of, resolver_of, with_items
from labeling.files import FileRefused, RowProblem, read_rows
from labeling.files.answer_files import open_ratings
from labeling.files.reading_ratings import Asked, LeftOut
from labeling.files.values import BadValue, key_of, labels_of, names_of, text_of
from labeling.labelnames import AmbiguousLabel, Resolver, UnknownLabel
from labeling.models import Membership, Project

LEAVE_OUT = ""  # what a label or a rater is mapped to that is not to be taken over


@dataclass(frozen=True)
class RatingsRead(Read):
    """A file of ratings: what can be used, what cannot, and what holds no answer."""

    format: str = ""
    is_guess: bool = False
    left_out: list[LeftOut] = field(default_factory=list)
    unknown_labels: Counter[str] = field(default_factory=Counter)
    unknown_raters: Counter[str] = field(default_factory=Counter)
    labels_left_out: Counter[str] = field(default_factory=Counter)
    mapped_labels: Counter[str] = field(default_factory=Counter)  # names of the file that somebody said the meaning of
    mapped_raters: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def empties(self) -> int:
        """Ratings that say that none applies."""
        return sum(not row.values["labels"] for row in self.rows)

    @property
    def skips(self) -> list[tuple[str, str]]:
        """Item and rater of what somebody passed on."""
        return [(one.key, one.rater) for one in self.left_out if one.kind == "skip" and one.rater]

    def as_dict(self) -> dict[str, Any]:
        """The report: everything that a person must see before they say yes."""
        return {
            "format": self.format, "guessed": self.is_guess, "ratings": len(self.rows), "empties": self.empties,
            "raters": len({row.values["rater"] for row in self.rows}),
            "items": len({row.item for row in self.rows}), "refused": len(self.problems),
            "left_out": dict(sorted(Counter(one.kind for one in self.left_out).items())),
            "unknown_labels": dict(self.unknown_labels.most_common()),
            "unknown_raters": dict(self.unknown_raters.most_common()),
            "labels_left_out": dict(self.labels_left_out.most_common()), "notes": dict(self.notes.most_common()),
        }  # fmt: skip


def read_map(path: Path, *, encoding: str = "utf-8") -> dict[str, str]:
    """A mapping out of a CSV or JSONL file: `from`, and `to`, which is empty for what is left out."""
    found: dict[str, str] = {}
    for row in read_rows(path, encoding=encoding):
        if row.problem:
            raise FileRefused(row.problem.reason, row.line)
        if set(row.values) != {"from", "to"}:
            raise FileRefused("a mapping has the columns “from” and “to”.", row.line)
        try:
            name, to = text_of(row.values["from"]), text_of(row.values["to"])
        except BadValue as error:
            raise FileRefused(str(error), row.line) from error
        if not name or found.get(name, to) != to:
            raise FileRefused("“from” is empty, or is mapped to two things.", row.line)
        found[name] = to
    return found


def read_ratings(
    path: Path,
    *,
    project: Project,
    asked: Asked,
    format: str = "",
    name: str = "",
    encoding: str = "utf-8",
    sep: str = ";",
    labels: Mapping[str, str] | None = None,
    raters: Mapping[str, str] | None = None,
    tell: Callable[[int], None] | None = None,
) -> RatingsRead:
    """Read a file of ratings whole, writing nothing. `labels` and `raters` say what names of the file mean here;
    `tell` hears of each row."""
    opened = open_ratings(path, format=format, name=name, encoding=encoding, asked=asked)
    read = RatingsRead(format=opened.format, is_guess=opened.is_guess, notes=asked.notes)
    mapped = _Mapped(read, resolver_of(project), labels or {}, raters or {}, _members(project), sep)
    lines: dict[Any, int] = {}
    for number, (row, is_known) in enumerate(with_items(opened.rows(), project), start=1):
        if tell:
            tell(number)
        key = ""
        try:
            if row.problem:
                raise row.problem
            key = key_of(row.values)
            if not is_known:
                raise BadValue(f"there is no item “{key}” in this project")
            values = mapped.rating(row.line, key, row.values)
            mark = (key, values["rater"])
            if mark in lines:
                raise BadValue(f"{values['rater']} has answered for “{key}” already, on line {lines[mark]}")
            lines[mark] = row.line
        except LeftOut as one:
            if mapped.rater(one.rater) != LEAVE_OUT or not one.rater:
                one.rater = mapped.rater(one.rater)
            else:
                one = LeftOut(one.line, "rater left out", "its rater is left out", key=one.key)
            read.left_out.append(one)
        except RowProblem as problem:
            read.problems.append(problem)
        except (BadValue, UnknownLabel, AmbiguousLabel) as error:
            read.problems.append(RowProblem(row.line, str(error), key))
        else:
            read.rows.append(AnswerRow(row.line, key, values))
    return read


def _members(project: Project) -> set[str]:
    emails = Membership.objects.filter(project=project).values_list("user__email", flat=True)
    return {email.lower() for email in emails}


@dataclass(frozen=True)
class _Mapped:
    """Names of the file as names of ours."""

    read: RatingsRead
    resolver: Resolver
    labels: Mapping[str, str]
    raters: Mapping[str, str]
    members: set[str]
    sep: str

    def rater(self, name: str) -> str:
        return self.raters.get(name, name)

    def rating(self, line: int, key: str, values: Mapping[str, Any]) -> dict[str, Any]:
        named = text_of(values.get("rater"))
        rater = self.rater(named)
        if named in self.raters:
            self.read.mapped_raters[named] += 1
        if named and rater == LEAVE_OUT:
            raise LeftOut(line, "rater left out", "its rater is left out", key=key)
        names = names_of(labels_of(values, sep=self.sep))
        found: dict[str, str] = {}
        unknown: list[Exception] = []
        for name in dict.fromkeys(names):
            to = self.labels.get(name, name)
            if name in self.labels:
                self.read.mapped_labels[name] += 1
            if to == LEAVE_OUT:
                self.read.labels_left_out[name] += 1
                continue
            try:
                found[name] = self.resolver.resolve(to)
            except (UnknownLabel, AmbiguousLabel) as error:
                self.read.unknown_labels[name] += 1
                unknown.append(error)
        if named and named not in self.raters and rater.lower() not in self.members:
            self.read.unknown_raters[named] += 1
        if unknown:
            raise unknown[0]
        if names and not found:  # not empty: its rater chose labels, so “none applies” would be untrue
            raise LeftOut(line, "labels left out", "all its labels are left out", key=key)
        evidence = values.get("evidence")
        if isinstance(evidence, dict):
            evidence = self._quotes(evidence, found)
        made = dict(values) | {"rater": rater, "labels": list(found.values()), "evidence": evidence}
        return rating_of(made, self.resolver)

    def _quotes(self, evidence: Mapping[str, Any], found: Mapping[str, str]) -> dict[str, Any]:
        """Quotes by code; those of labels that are left out go with them."""
        quotes: dict[str, Any] = {}
        for name, texts in evidence.items():
            if self.labels.get(name, name) != LEAVE_OUT:
                code = found.get(name) or self.resolver.resolve(self.labels.get(name, name))
                listed = texts if isinstance(texts, list) else [texts]
                quotes[code] = [*quotes.get(code, []), *listed]
        return quotes
