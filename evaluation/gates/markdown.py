"""A gate as Markdown for a pull request: the outcome, what fell, what was lost, what cannot be told.

Names come from outside: they stand as code, where nothing links, mentions or becomes markup.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from evaluation.gates.report import GateReport, Outcome

TITLE = {Outcome.PASSED: "✅ Passed", Outcome.FAILED: "❌ Failed", Outcome.UNSURE: "⚠️ Cannot tell"}
SIGN = {Outcome.PASSED: "✅", Outcome.FAILED: "❌", Outcome.UNSURE: "⚠️"}
GROUP = {
    "run": "Run", "objective": "Objective", "baseline": "Baseline", "bank": "Edge cases", "stress": "Stress",
}  # fmt: skip
MOST = 120  # characters of a name
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~&$])")
LINKS = re.compile(r"(@|://|\bwww\.)")


def markdown(report: GateReport) -> str:
    """The summary."""
    lines = [
        f"## {TITLE[report.outcome]}: {code(report.prompt or report.run)} on {code(f'{report.golden}:{report.split}')}",
        "",
        *_facts(report),
        *_checks(report),
        *_falls(report),
        *_cases(report),
        *_unsure(report),
        *_notes(report.notes),
    ]
    return "\n".join(lines).rstrip() + "\n"


def code(text: str) -> str:
    """A text as code on one line, whatever is in it."""
    clean = " ".join(UNSEEN.sub(" ", text).split()) or "(blank)"
    clean = clean if len(clean) <= MOST else clean[: MOST - 1] + "…"
    fence = "`" * (max((len(run) for run in re.findall("`+", clean)), default=0) + 1)
    pad = " " if "`" in clean else ""
    return f"{fence}{pad}{clean}{pad}{fence}".replace("|", "\\|")


def prose(text: str) -> str:
    """A sentence that may hold names: no markup, no links, nobody mentioned."""
    clean = MARKS.sub(r"\\\1", " ".join(UNSEEN.sub(" ", text).split()))
    return LINKS.sub(lambda found: f"{found[0][0]}\u200b{found[0][1:]}", clean)


def _facts(report: GateReport) -> list[str]:
    said = [f"Run {code(report.run)}", f"{report.items:,} items"]
    if report.baseline:
        said.append(f"held against {code(report.baseline)}")
    lines = [", ".join(said) + ".", ""]
    if report.is_simulated:
        lines += ["> **Simulated.** The answers came from the simulator, which proves nothing of a model.", ""]
    if report.figures:
        has_before = bool(report.baseline_figures)
        lines.append("| Figure | " + ("Before | " if has_before else "") + "Now | 95% interval | n |")
        lines.append("| --- | " + ("---: | " if has_before else "") + "---: | --- | ---: |")
        for name, one in report.figures.items():
            before = f"{_figure(report.baseline_figures.get(name, {}).get('value'))} | " if has_before else ""
            lines.append(f"| {name} | {before}{_figure(one['value'])} | {_interval(one)} | {one['n'] or 0:,} |")
        lines.append("")
    return lines


def _checks(report: GateReport) -> list[str]:
    rows = [
        f"| {SIGN[one.outcome]} | {GROUP.get(one.group, one.group)} | {prose(one.sentence)} |" for one in report.checks
    ]
    return ["| | Asked | Found |", "| --- | --- | --- |", *rows, ""]


def _falls(report: GateReport) -> list[str]:
    if not report.falls:
        return []
    rows = [
        f"| {code(one.name)}{'' if one.name == one.code else ' ' + code(one.code)} | {_figure(one.before)} | "
        f"{_figure(one.after)} | {_signed(one.change['value'])} | {_interval(one.change)} | {one.support:,} | "
        f"{'yes' if one.is_sure else 'may be chance'} |"
        for one in report.falls
    ]
    more = [f"And {report.falls_left_out} more that fell less.", ""] if report.falls_left_out else []
    return [
        "### Labels that fell most",
        "",
        f"F1 against the baseline, on the same {report.falls[0].change['n'] or 0:,} items. "
        "n: items that have the label in gold. Those beyond chance, after correction for the number of labels, first.",
        "",
        "| Label | Before | Now | Change | 95% interval | n | Beyond chance |",
        "| --- | ---: | ---: | ---: | --- | ---: | --- |",
        *rows,
        "",
        *more,
    ]


def _cases(report: GateReport) -> list[str]:
    if not report.lost_cases and not report.lost_cases_unnamed:
        return []
    unnamed = report.lost_cases_unnamed
    rest = [f"- {unnamed} more, whose items are not open to all roles"] if unnamed else []
    return [
        "### Edge cases that passed before and fail now",
        "",
        *(f"- {code(one)}" for one in report.lost_cases),
        *rest,
        "",
    ]


def _unsure(report: GateReport) -> list[str]:
    rows = [f"- {prose(one.sentence)}" for one in report.with_outcome(Outcome.UNSURE)]
    return ["### What cannot be told", "", *rows, ""] if rows else []


def _notes(notes: Iterable[str]) -> list[str]:
    return [f"{prose(one)}  " for one in notes]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")


def _interval(one: Mapping[str, Any]) -> str:
    if one["low"] is None or one["high"] is None:
        return prose(one.get("reason") or "no interval")
    return f"{_figure(one['low'])} to {_figure(one['high'])}".replace("-", "−")
