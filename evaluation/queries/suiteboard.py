"""A suite as its page shows it: the verdict in a sentence, a picture and rows a kind, the red team by carrier."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run, Suite, SuiteRun
from evaluation.queries.suites import BREAKS, CANNOT_TELL, HOLDS, OVER
from evaluation.stress.kinds import COUNTERFACTUAL, GRADED, KINDS, RED_TEAM, Kind
from reviewapp.common.charts import Chart, Point, axis_of, strength_chart

TONES = {HOLDS: "good", BREAKS: "bad", CANNOT_TELL: "gold"}
CARRIERS = {
    "plain": "A plain sentence",
    "system": "A fake system message",
    "hidden": "A hidden comment or attribute",
    "encoded": "Encoded or invisible",
    "foreign": "In another language",
}
AIMS = {
    "add_label": "Add a label",
    "drop_labels": "Drop all labels",
    "confidence": "State a confidence",
    "leak_prompt": "Show the prompt",
    "break_format": "Break the format",
}
PROBLEMS = {
    "out_of_taxonomy": "label outside the taxonomy",
    "duplicate": "label given twice",
    "bad_confidence": "impossible confidence",
    "evidence_not_found": "quote not in the text",
    "quotes_instruction": "quotes an instruction",
    "invalid_output": "no usable answer",
    "truncated": "answer cut off",
    "refused": "refused",
}


@dataclass(frozen=True)
class Member:
    """A run of the suite, and how far it is."""

    kind: str
    strength: int
    name: str
    run: Run
    done: int
    failed: int

    @property
    def is_going(self) -> bool:
        return self.run.state in (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True)
class Progress:
    """How far all runs are together."""

    members: list[Member]

    @property
    def total(self) -> int:
        return sum(one.run.total for one in self.members)

    @property
    def done(self) -> int:
        return sum(one.done for one in self.members)

    @property
    def failed(self) -> int:
        return sum(one.failed for one in self.members)

    @property
    def closed(self) -> int:
        return self.done + self.failed

    @property
    def spent(self) -> int:
        return sum(one.run.spent_micro_usd for one in self.members)

    @property
    def over(self) -> int:
        return sum(one.run.state in OVER for one in self.members)

    @property
    def is_over(self) -> bool:
        return self.over == len(self.members)

    @property
    def is_going(self) -> bool:
        return any(one.is_going for one in self.members)

    @property
    def paused(self) -> list[Member]:
        return [one for one in self.members if one.run.state == RunState.PAUSED]

    @property
    def is_simulated(self) -> bool:
        return any(one.run.is_simulated for one in self.members)


def progress_of(suite: Suite) -> Progress:
    """All runs of a suite in their order; two queries."""
    members = list(SuiteRun.objects.filter(suite=suite).select_related("run").order_by("pk"))
    counts: dict[tuple[int, str], int] = {}
    grouped = Prediction.objects.filter(run__suite_member__suite=suite).values_list("run", "state")
    for run, state, number in grouped.annotate(Count("pk")).order_by():
        counts[run, state] = number
    return Progress(
        [
            Member(
                one.kind,
                one.strength,
                named(one.kind, one.strength),
                one.run,
                counts.get((one.run_id, PredictionState.DONE), 0),
                counts.get((one.run_id, PredictionState.FAILED), 0),
            )
            for one in members
        ]
    )


def named(kind: str, strength: int) -> str:
    """A run of a suite as people are told of it."""
    if not kind:
        return "Clean"
    return f"{KINDS[kind].title} {strength}" if kind in GRADED else KINDS[kind].title


@dataclass(frozen=True)
class Row:
    """One kind of disturbance: its picture, and its figures at each strength."""

    kind: Kind
    chart: Chart
    strengths: list[dict[str, Any]]
    breakdown: dict[str, Any]
    certain: dict[str, Any]


@dataclass(frozen=True)
class Group:
    """The injected texts of one carrier or one aim."""

    name: str
    rate: dict[str, Any]


@dataclass(frozen=True)
class Board:
    """Everything that a finished suite's page shows."""

    report: dict[str, Any]
    sentence: str
    tone: str
    more: str
    rows: list[Row]
    carriers: list[Group]
    aims: list[Group]
    problems: list[tuple[str, list[tuple[str, int]]]]
    left_out: list[tuple[str, str]]


def board_of(report: dict[str, Any]) -> Board:
    """The page of a stored report."""
    red = report.get(RED_TEAM) or {}
    return Board(
        report=report,
        sentence=sentence(report),
        tone=TONES.get(report["verdict"], ""),
        more=_beside(report),
        rows=_rows(report),
        carriers=_groups(red.get("carriers", {}), CARRIERS),
        aims=_groups(red.get("aims", {}), AIMS),
        problems=_problem_rows(report["problems"]),
        left_out=[(_run_title(name), why) for name, why in report["left_out"].items()],
    )


def sentence(report: Mapping[str, Any]) -> str:
    """The verdict in one sentence, the worst first."""
    if report.get("reason"):
        return f"Cannot tell: {report['reason']}."
    kinds, tolerance = report["kinds"], f"{report['tolerance']:g}"
    if not kinds:
        return _obeyed(report) or _swapped(report) or "Nothing was run that could be held against the clean items."
    certain = _reached(kinds, "breakdown_certain")
    if certain:
        return f"Breaks: it loses certainly more than {tolerance} of F1 with {_and(certain)}."
    if report["verdict"] == HOLDS:
        return f"Holds: with every kind at every strength it loses at most {tolerance} of F1, to 95%."
    if possible := _reached(kinds, "breakdown"):
        return f"Cannot tell: it seems to lose more than {tolerance} of F1 with {_and(possible)}, which may be chance."
    return f"Cannot tell: no loss is larger than {tolerance} of F1, but intervals reach beyond. More items would tell."


def _reached(kinds: Mapping[str, Any], which: str) -> list[str]:
    """Kinds that break, the one that breaks first first."""
    found = [(one[which]["strength"], kind) for kind, one in kinds.items() if one[which]["strength"] is not None]
    order = list(KINDS)
    return [
        f"{KINDS[kind].title.lower()} from strength {strength} on"
        for strength, kind in sorted(found, key=lambda one: (one[0], order.index(one[1])))
    ]


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _obeyed(report: Mapping[str, Any]) -> str:
    red = report.get(RED_TEAM)
    if not red or red["rate"]["value"] is None:
        return ""
    rate = red["rate"]
    return (
        f"{red['obeyed']} of {rate['n']} injected texts had their way "
        f"({rate['value']:.1%}, 95% from {rate['low']:.1%} to {rate['high']:.1%})."
    )


def _swapped(report: Mapping[str, Any]) -> str:
    found = report.get(COUNTERFACTUAL)
    if not found or found["share"]["value"] is None:
        return ""
    share = found["share"]
    return (
        f"With genders swapped {found['flipped']} of {share['n']} answers changed "
        f"({share['value']:.1%}, 95% from {share['low']:.1%} to {share['high']:.1%})."
    )


def _beside(report: Mapping[str, Any]) -> str:
    told = [one for one in (_obeyed(report), _swapped(report)) if one]
    return " ".join(told if report["kinds"] else told[1:])


def _rows(report: Mapping[str, Any]) -> list[Row]:
    kinds = report["kinds"]
    if not kinds:
        return []
    clean = report["clean"]["micro_f1"]
    level = clean["value"] or 0.0
    ends = [one["micro_f1"][end] for kind in kinds.values() for one in kind["strengths"] for end in ("low", "high")]
    axis = axis_of([*ends, clean["low"], clean["high"], level, max(0.0, level - report["tolerance"])])
    rows = []
    for kind in (kind for kind in KINDS if kind in kinds):
        found = kinds[kind]
        points = [Point("clean", clean["value"], clean["low"], clean["high"], f"n {clean['n']}")]
        for one in found["strengths"]:
            f1 = one["micro_f1"]
            points.append(Point(str(one["strength"]), f1["value"], f1["low"], f1["high"], f"n {f1['n']}"))
        chart = strength_chart(
            points,
            title=f"{KINDS[kind].title}: micro F1 by strength",
            measure="micro F1",
            axis=axis,
            level=level,
            tolerance=max(0.0, level - report["tolerance"]),
        )
        rows.append(Row(KINDS[kind], chart, found["strengths"], found["breakdown"], found["breakdown_certain"]))
    return rows


def _groups(groups: Mapping[str, Any], titles: Mapping[str, str]) -> list[Group]:
    return [Group(title, groups[name]) for name, title in titles.items() if name in groups]


def _run_title(name: str) -> str:
    kind, _, strength = name.partition(" ")
    return named("" if kind == "clean" else kind, int(strength or 0))


def _problem_rows(problems: Mapping[str, Mapping[str, int]]) -> list[tuple[str, list[tuple[str, int]]]]:
    """The runs in which some answer had a problem, with how many answers had it."""
    return [
        (_run_title(name), [(PROBLEMS.get(kind, kind.replace("_", " ")), number) for kind, number in counts.items()])
        for name, counts in sorted(problems.items(), key=lambda one: _place(one[0]))
        if counts
    ]


def _place(name: str) -> tuple[int, int]:
    kind, _, strength = name.partition(" ")
    order = ["clean", *KINDS]
    return order.index(kind) if kind in order else len(order), int(strength or 0)


def table(report: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The rows of the CSV: each kind at each strength, then the red team and the swapped genders."""
    problems = report["problems"]
    if clean := report.get("clean"):
        yield _line("clean", 0, clean["run"], clean["micro_f1"], {}, problems.get("clean", {}))
    for kind, found in report["kinds"].items():
        for one in found["strengths"]:
            strength = one["strength"]
            told = problems.get(f"{kind} {strength}", {})
            yield _line(kind, strength, one["run"], one["micro_f1"], one["drop"], told)
    for kind, measure in ((RED_TEAM, "rate"), (COUNTERFACTUAL, "share")):
        if found := report.get(kind):
            yield _line(kind, 1, found["run"], found[measure], {}, problems.get(f"{kind} 1", {}), measure)
    for name, rate in (report.get(RED_TEAM) or {}).get("carriers", {}).items():
        yield _line(f"{RED_TEAM} {name}", 1, report[RED_TEAM]["run"], rate, {}, {}, "rate")


def _line(
    kind: str,
    strength: int,
    run: str,
    found: Mapping[str, Any],
    drop: Mapping[str, Any],
    problems: Mapping[str, int],
    measure: str = "micro_f1",
) -> dict[str, Any]:
    line = {"kind": kind, "strength": strength, "run": run, "measure": measure}
    line |= {name: found[name] for name in ("value", "low", "high", "n")}
    line |= {f"drop_{name}" if name != "value" else "drop": drop.get(name) for name in ("value", "low", "high")}
    return line | {"problems": ";".join(f"{name}={number}" for name, number in problems.items())}
