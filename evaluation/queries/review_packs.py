"""Review packs as they are read: which there are, and what of one the reader may see."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evaluation.models import ReviewPack
from evaluation.stats.multiplicity import beyond
from labeling.enums import Role
from labeling.models import Project
from reviewapp.common.errors import Refused
from reviewapp.common.templatetags.ui import coefficient, percent, usd, whole

AGREEMENT = {str(Role.MANAGER), str(Role.ANALYST)}  # whoever may see a round's agreement
MOST = 60


@dataclass(frozen=True)
class Cell:
    """A figure in words: its value, its interval, how much it is of; or why it is not there."""

    value: str
    interval: str = ""
    n: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Line:
    """A figure beside that of the month before."""

    name: str
    now: Cell
    before: Cell
    change: Cell
    how: str
    shift: tuple[float, float, float] | None  # the change and its interval, where it has one


@dataclass(frozen=True)
class Section:
    """A part of the table of figures."""

    name: str
    of: str
    lines: list[Line]
    is_simulated: bool = False


@dataclass(frozen=True)
class Shown:
    """A pack for one reader."""

    pack: ReviewPack
    report: dict[str, Any]
    sections: list[Section]
    before: date

    @property
    def moved(self) -> list[Line]:
        """Those whose change is beyond chance, corrected for how many could have moved."""
        lines = self._tested()
        return [
            line
            for line, is_out in zip(lines, beyond([one.shift or (0, 0, 0) for one in lines]), strict=True)
            if is_out
        ]

    @property
    def tested(self) -> int:
        """Changes that could have moved."""
        return len(self._tested())

    def _tested(self) -> list[Line]:
        return [one for section in self.sections for one in section.lines if one.shift]


WRITE: dict[str, Callable[[float | None], str]] = {"": coefficient, "percent": percent, "count": whole, "usd": usd}
MISSING = Cell("–")


def _line(found: Mapping[str, Any]) -> Line:
    change, unit = found["change"], found["unit"]
    is_tested = bool(change) and change.get("low") is not None
    shift = (change["value"], change["low"], change["high"]) if is_tested else None
    return Line(
        found["name"], _cell(found["now"], unit), _cell(found["before"], unit), _cell(change, unit, signed=True),
        found["how"], shift,
    )  # fmt: skip


def _cell(found: Mapping[str, Any] | None, unit: str, *, signed: bool = False) -> Cell:
    if not found:
        return MISSING
    if found["value"] is None:
        return Cell("–", reason=str(found.get("reason") or "undefined"))

    def said(value: float) -> str:
        sign = ("−" if value < 0 else "+" if value > 0 else "") if signed else ""
        return sign + WRITE[unit](abs(value) if signed else value)

    low, high = found.get("low"), found.get("high")
    interval = f"{said(low)} to {said(high)}" if low is not None and high is not None else ""
    n = "" if signed or found.get("n") is None else f"n {whole(found['n'])}"
    return Cell(said(found["value"]), interval, n, str(found.get("reason") or "") if not interval else "")


def parse_month(text: str) -> date:
    """The first day of a month written as 2026-10."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Refused(f"“{text}” is no month. Write it as 2026-10.") from error


def packs_of(project: Project) -> list[ReviewPack]:
    """Newest first; of a month that was put together again all are there."""
    rows = ReviewPack.objects.filter(project=project).select_related("created_by").defer("report")
    return list(rows.order_by("-month", "-pk")[:MOST])


def newer_of(pack: ReviewPack) -> ReviewPack | None:
    rows = ReviewPack.objects.filter(project=pack.project_id, month=pack.month, pk__gt=pack.pk).defer("report")
    return rows.order_by("-pk").first()


def seen_by(report: dict[str, Any], roles: Iterable[str]) -> dict[str, Any]:
    """The report without what these roles may not see: agreement, and lists of open work that are not theirs."""
    held = {str(role) for role in roles}
    actions = report["actions"]
    sources = [one for one in actions["sources"] if held & set(one["roles"])]
    seen = {**report, "actions": {**actions, "sources": sources}}
    if not held & AGREEMENT:
        seen["agreement"] = None
    return seen


def shown(pack: ReviewPack, roles: Iterable[str]) -> Shown:
    """The pack for a reader with these roles; it is read and not computed."""
    report = seen_by(pack.report, roles)
    dev, test, cost = report["scores"], report["held_out"], report["cost"]
    sections = [_scores("F1 on dev", dev)]
    if test["now"]:
        sections.append(_scores("F1 held out", test))
    if report["agreement"]:
        sections.append(_agreement(report["agreement"]))
    sections += [
        Section("Cost", "", _lines(cost), bool(cost["simulated_answers"])),
        Section("Drift", "", _lines(report["drift"])),
        Section("Incidents and alerts", "", _lines(report["incidents"])),
        Section("Actions", "", _lines(report["actions"])),
    ]
    return Shown(pack, report, sections, parse_month(report["before"]))


def _lines(found: Mapping[str, Any]) -> list[Line]:
    return [_line(one) for one in found["lines"]]


def _scores(name: str, found: Mapping[str, Any]) -> Section:
    now, then = found["now"], found.get("before")
    if not now:
        return Section(name, "no run was scored in this month", [])
    said = f"{now['prompt']} on {now['golden']}, run “{now['run']}”"
    if then:
        said += f"; the month before {then['prompt']} on {then['golden']}, run “{then['run']}”"
    return Section(name, said, _lines(found), any(one and one["is_simulated"] for one in (now, then)))


def _agreement(found: Mapping[str, Any]) -> Section:
    if found["round"] is None:
        return Section("Agreement", "nobody labelled in this month", _lines(found))
    then = f"; the month before {found['round_before']}" if found["round_before"] else ""
    return Section("Agreement", f"round {found['round']}, {found['wanted']:.3f} is asked for{then}", _lines(found))
