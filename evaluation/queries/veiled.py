"""What pages and downloads may show of a comparison on a held-out split (DECISIONS 19).

Two runs that differ on one item would tell the gold of that item. So a difference within its noise is no change,
without figures; there are no counts of items won or lost, no slices and labels under 20 items, and plans have two
digits.
"""

from collections.abc import Mapping
from typing import Any

from evaluation.models import Comparison
from evaluation.queries.held_out import rounded
from evaluation.queries.small_cells import SMALLEST_CELL, hidden_values
from labeling.enums import Split

NO_CHANGE = "no change beyond the noise"
COUNTS = ("fixed", "broke")


def shown(comparison: Comparison) -> dict[str, Any]:
    """A report as pages and downloads may show it."""
    report: dict[str, Any] = comparison.report
    return veiled(report) if comparison.split == Split.TEST else report


def veiled(report: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {
        name: hidden_values({value: one["n"] for value, one in values.items()})
        for name, values in report["slices"].items()
    }
    labels = {code: one for code, one in report["labels"].items() if one["support"] >= SMALLEST_CELL}

    def may_show(member: Mapping[str, Any]) -> bool:
        if member["kind"] == "slice":
            return member["of"] not in hidden.get(member["name"], ())
        return member["kind"] != "label" or member["name"] in labels

    diff = {name: quiet(one) for name, one in report["diff"].items()}
    none = {"value": None, "low": None, "high": None, "n": report["n"], "reason": NO_CHANGE}
    family = report["family"]
    public: dict[str, Any] = rounded(
        {
            **report,
            "b": {name: one if diff[name]["value"] is not None else none for name, one in report["b"].items()},
            "diff": diff,
            "labels": {code: _cell(one) for code, one in labels.items()},
            "slices": {
                name: {value: _cell(one) for value, one in values.items() if value not in hidden[name]}
                for name, values in report["slices"].items()
            },
            "exact": dict.fromkeys(report["exact"]),
            "family": {
                **family,
                "members": [quiet(one) for one in family["members"] if may_show(one)],
                "decided_by": [one for one in family["decided_by"] if may_show(one)],
            },
            "power": _plan(report["power"]),
        }
    )
    return public


def quiet(one: Mapping[str, Any]) -> dict[str, Any]:
    """A difference, or "no change" where its interval holds 0 or is wanting."""
    low, high = one["low"], one["high"]
    if low is not None and high is not None and (low > 0 or high < 0):
        return dict(one)
    reason = one.get("reason", "") if one["value"] is None else NO_CHANGE
    gone = dict.fromkeys(name for name in ("value", "low", "high", "p", "p_adjusted", "a", "b") if name in one)
    kept = {name: value for name, value in one.items() if name not in ("method", "test")}
    return {**kept, **gone, **({"finding": ""} if "finding" in one else {}), "reason": reason}


def _cell(one: Mapping[str, Any]) -> dict[str, Any]:
    """A label or slice without its counts; where those point the other way it is no finding."""
    found = quiet(one)
    if found["value"] is not None and (one["fixed"] - one["broke"]) * found["value"] < 0:
        found["p_adjusted"] = None
    return {**found, **dict.fromkeys(COUNTS), **({"p": None} if "support" in one else {})}


def _plan(power: Mapping[str, Any]) -> dict[str, Any]:
    seen = power["detectable"]
    whole = {name: None if power[name] is None else two_digits(power[name]) for name in ("needed", "more")}
    return {**power, **whole, "detectable": None if seen is None else round(seen, 2)}


def two_digits(number: int) -> int:
    """Two digits are all that such a number deserves."""
    return round(number, -max(len(str(number)) - 2, 0))
