"""Drift as its pages show it: what moved in a sentence, a picture of the effects, a chart for each figure watched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.models import DriftCheck, DriftMonitor, Run
from labeling.models import Project
from reviewapp.common.charts import Chart, Gap, Watched, control_chart, forest

PAGE = 50
CHARTED = 25
WINDOWS = 60  # of a monitor, the newest
EFFECTS = {"psi": "PSI", "js": "JS distance", "h": "Cohen's h", "mean": "difference"}
KINDS = {"outcomes": "Outcomes", "predictions": "Predictions", "inputs": "Inputs"}


@dataclass(frozen=True)
class Listed:
    """A monitor with its newest check that has a report."""

    monitor: DriftMonitor
    newest: DriftCheck | None


@dataclass(frozen=True)
class Board:
    """One check."""

    sentence: str
    tone: str
    fired: list[Mapping[str, Any]]
    groups: list[tuple[str, list[Mapping[str, Any]]]]
    untested: list[Mapping[str, Any]]
    chart: Chart | None


@dataclass(frozen=True)
class Watch:
    """One figure over a monitor's windows."""

    name: str
    chart: Chart
    out: int


def monitors_of(project: Project) -> list[Listed]:
    """All monitors by name; two queries."""
    monitors = list(DriftMonitor.objects.filter(project=project).select_related("prompt").order_by("name"))
    newest: dict[int, DriftCheck] = {}
    checks = DriftCheck.objects.filter(monitor__in=monitors, report__isnull=False).defer("report")
    for check in checks.order_by("monitor", "until"):
        newest[check.monitor_id or 0] = check
    return [Listed(one, newest.get(one.pk)) for one in monitors]


def recent_checks(project: Project) -> list[tuple[DriftCheck, str, str]]:
    """The newest comparisons that people asked for, with the names of both windows; two queries."""
    checks = list(
        DriftCheck.objects.filter(project=project, monitor=None)
        .select_related("created_by")
        .defer("report")
        .order_by("-created_at")[:PAGE]
    )
    names = _run_names(project, (told for check in checks for told in (check.reference, check.current)))
    return [(check, said(check.reference, names), said(check.current, names)) for check in checks]


def windows_said(check: DriftCheck) -> tuple[str, str]:
    names = _run_names(check.project, (check.reference, check.current))
    return said(check.reference, names), said(check.current, names)


def said(told: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A window in words."""
    if "run" in told:
        return f"run {names.get(told['run'], 'unknown')}"
    prompt = f" of {told['prompt']}" if told["prompt"] else ""
    return f"{told['from'][:10]} to {told['until'][:10]}{prompt}"


def _run_names(project: Project, windows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    wanted = [told["run"] for told in windows if "run" in told]
    runs = Run.objects.filter(project=project, public_id__in=wanted).values_list("public_id", "name")
    return {str(public_id): name for public_id, name in runs}


def name_of(signal: Mapping[str, Any]) -> str:
    return f"{signal['name']} in {signal['cohort']}" if signal["cohort"] else signal["name"]


def sentence(report: Mapping[str, Any]) -> str:
    """What came of a comparison."""
    fired = [one for one in report["signals"] if one["fired"]]
    tested = sum(one["p"] is not None for one in report["signals"])
    then, now = report["n"]
    if not tested:
        return f"Too little to tell: {then:,} predictions then, {now:,} now; at least {report['least']} are needed."
    if not fired:
        return f"Nothing moved: none of {tested:,} signals is both large and beyond chance."
    names = ", ".join(name_of(one) for one in _by_size(fired)[:3])
    more = f" and {len(fired) - 3:,} more" if len(fired) > 3 else ""
    return f"{len(fired):,} of {tested:,} signals moved: {names}{more}."


def board_of(report: Mapping[str, Any]) -> Board:
    signals = _by_size(report["signals"])
    fired = [one for one in signals if one["fired"]]
    tested = [one for one in signals if one["p"] is not None]
    shown = (fired + [one for one in tested if not one["fired"]])[:CHARTED]
    groups = [(title, [one for one in tested if one["kind"] == kind]) for kind, title in KINDS.items()]
    return Board(
        sentence=sentence(report),
        tone="bad" if fired else "good" if tested else "gold",
        fired=fired,
        groups=[(title, rows) for title, rows in groups if rows],
        untested=[one for one in signals if one["p"] is None],
        chart=_chart(shown) if shown else None,
    )


def watches(monitor: DriftMonitor, checks: Sequence[DriftCheck]) -> list[Watch]:
    """A control chart for each figure that some window has."""
    names = list(dict.fromkeys(name for check in checks for name in (check.report or {}).get("levels", {})))
    return [_watch(name, checks) for name in names]


def checks_of(monitor: DriftMonitor) -> list[DriftCheck]:
    """Its newest windows, in their order."""
    return list(monitor.checks.filter(until__isnull=False).order_by("-until")[:WINDOWS])[::-1]


def table(report: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The signals as rows of a file."""
    for one in report["signals"]:
        effect = one["effect"]
        yield {
            "kind": one["kind"], "cohort": one["cohort"], "signal": one["name"], "effect": EFFECTS[one["effect_name"]],
            "value": effect["value"], "low": effect["low"], "high": effect["high"], "matters": one["matters"],
            "test": one["test"], "p": one["p"], "adjusted_p": one["adjusted"], "then": one["reference"],
            "now": one["current"], "n_then": one["n"][0], "n_now": one["n"][1], "fired": one["fired"],
            "reason": effect.get("reason", ""),
        }  # fmt: skip


def _by_size(signals: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Outcomes first, then by how many times what matters; what could not be tested last."""
    order = list(KINDS)
    return sorted(signals, key=lambda one: (one["p"] is None, order.index(one["kind"]), -_times(one), name_of(one)))


def _times(signal: Mapping[str, Any]) -> float:
    value = signal["effect"]["value"]
    return 0.0 if value is None else float(abs(value) / signal["matters"])


def _chart(signals: Sequence[Mapping[str, Any]]) -> Chart:
    rows = []
    for one in signals:
        effect, matters = one["effect"], one["matters"]
        low, high = (None if effect[end] is None else effect[end] / matters for end in ("low", "high"))
        rows.append(
            Gap(
                name_of(one), effect["value"] / matters, low, high, note=EFFECTS[one["effect_name"]],
                stands_out=one["fired"], tone="loss" if one["fired"] else "quiet",
            )
        )  # fmt: skip
    return forest(
        rows, title="How far each signal moved", measure="effect, 1 is what matters", worse="less than before",
        better="more, or different",
    )  # fmt: skip


def _watch(name: str, checks: Sequence[DriftCheck]) -> Watch:
    points, centre = [], 0.0
    for check in checks:
        assert check.until is not None
        level = (check.report or {}).get("levels", {}).get(name)
        day = f"{check.until:%d %b}"
        if level is None:
            points.append(Watched(day, None, None, None))
            continue
        centre = level["centre"]
        points.append(
            Watched(day, level["value"], level["low"], level["high"], f"n {level['n']:,}", is_out=level["is_out"])
        )
    chart = control_chart(points, title=f"{name} by window", measure=name, centre=centre)
    return Watch(name, chart, sum(one.is_out for one in points))
