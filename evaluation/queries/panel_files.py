"""The parts of a panel's report as rows for a spreadsheet."""

from collections.abc import Mapping
from typing import Any

Report = Mapping[str, Any]
Rows = list[dict[str, Any]]


def table_of(part: str, report: Report) -> Rows:
    """One row a figure; a figure's name before its value where a row has several."""
    if report["kind"] == "pairs":
        return _of_pairs(part, report)
    if part == "runs":
        means = [{"what": "mean", **one} for one in report["means"]]
        return means + [{"what": "difference", **_flat(one)} for one in report["differences"]]
    if part == "agreement":
        rows = [
            {"criterion": one["criterion"], "what": f"ICC({kind})", "raters": "", **figure}
            for one in report["agreement"]
            for kind, figure in one["icc"].items()
        ]
        for one in report["agreement"]:
            rows.append({"criterion": one["criterion"], "what": "ordinal alpha", "raters": "", **one["alpha"]})
            rows += [
                {
                    "criterion": one["criterion"],
                    "what": "quadratic kappa",
                    **pair,
                    "raters": " and ".join(pair["raters"]),
                }
                for pair in one["kappas"]
            ]
        return rows
    if part == "raters":
        rows = []
        for one in report["raters"]:
            rows.append({"rater": one["rater"], "what": "severity", "criterion": "", **one["severity"]})
            rows += [
                {"rater": one["rater"], "what": "severity", "criterion": code, **figure}
                for code, figure in one["criteria"].items()
            ]
            rows.append({"rater": one["rater"], "what": "drift", "criterion": "", **one["drift"]["slope"]})
        return rows
    if part == "halo":
        return [_flat(one) for one in report["halo"]]
    if part == "gaps":
        return [
            {key: row[key] for key in ("item", "run", "criterion", "gap")} | row["scores"]
            for row in report["gaps"]["outputs"]
        ]
    return _of_judges(report)


def _of_judges(report: Report) -> Rows:
    rows: Rows = []
    for one in report["judges"]:
        rows += [{"judge": one["rater"], "what": "mean", **mean} for mean in one["means"]]
        rows += [
            {"judge": one["rater"], "what": "above people", "run": "", "criterion": code, **figure}
            for code, figure in one["above_people"].items()
        ]
    return rows


def _of_pairs(part: str, report: Report) -> Rows:
    if part == "position":
        return [_flat(report["position"])]
    if part == "judges":
        return [
            {"judge": one["rater"], **row}
            for one in report["judges"]
            for row in _of_pairs("runs", {**one, "kind": "pairs"})
        ]
    rows = [{"what": "win rate", **_flat(one)} for one in report["win_rates"]]
    return rows + [
        {"what": "log strength", "a": name, **_flat({"a_wins": figure})}
        for name, figure in report["strengths"]["runs"].items()
    ]


def _flat(figures: Report, before: str = "") -> dict[str, Any]:
    """Nested figures as columns, intervals beside their value."""
    found: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            inner = _flat(value, f"{before}{name} ")
            found |= {key.removesuffix(" value"): one for key, one in inner.items()}
        else:
            found[f"{before}{name}"] = value
    return found
