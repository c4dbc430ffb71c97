"""What the page of a comparison shows: the verdict in words, the picture, and rows with their links."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from evaluation.models import Comparison
from evaluation.queries.veiled import NO_CHANGE, shown, two_digits
from labeling.enums import Split
from reviewapp.common.charts import Chart, Gap, forest

AVERAGES = {"micro_f1": "Micro F1", "macro_f1": "Macro F1", "exact_match": "Exact match"}
KINDS = {"overall": "overall", "label": "declared label", "slice": "declared slice"}
BLANK = "(blank)"
CHARTED = 24
LISTED = 200
ALPHA = 0.05


@dataclass(frozen=True)
class Row:
    """One figure of both runs, and their difference."""

    name: str
    kind: str
    a: float | None
    b: float | None
    difference: Mapping[str, Any]
    p: float | None
    p_adjusted: float | None
    finding: str  # better, worse or empty
    broke: int | None = None
    fixed: int | None = None
    n: int | None = None
    url: str = ""
    broke_url: str = ""
    fixed_url: str = ""


@dataclass(frozen=True)
class Versus:
    """A comparison as its page shows it."""

    report: Mapping[str, Any]
    tone: str
    title: str
    sentence: str
    what_would_change_it: str
    chart: Chart
    averages: list[Row]
    family: list[Row]
    labels: list[Row]
    label_chart: Chart | None
    charted: int
    unmoved: int
    slices: dict[str, list[Row]]
    slice_chart: Chart | None
    slices_charted: int
    slice_count: int
    hidden_slices: int
    flips: Mapping[str, int]
    flip_urls: Mapping[str, str]
    has_cost: bool
    is_held_out: bool


def versus(comparison: Comparison, *, items_url: str) -> Versus:
    """`items_url` is empty where no items may be shown."""
    report = shown(comparison)
    names = dict(comparison.release.taxonomy_version.labels.values_list("code", "name"))
    link = _Links(items_url)
    family = [_member(one, report, names, link) for one in report["family"]["members"]]
    averages = [_average(name, report) for name in AVERAGES]
    labels = [_label(code, one, names, link) for code, one in report["labels"].items()]
    moved = [row for row in labels if row.broke or row.fixed or row.difference["value"]]
    moved.sort(key=lambda row: (row.p_adjusted if row.p_adjusted is not None else 2, row.difference["value"] or 0.0))
    picked = sorted(_picked(moved), key=_height)
    slices = {
        name: sorted((_slice(name, value, one, link) for value, one in values.items()), key=lambda row: -(row.n or 0))
        for name, values in report["slices"].items()
    }
    every = [replace(row, name=f"{name}: {row.name}") for name, rows in slices.items() for row in rows]
    largest = sorted((row for row in every if row.difference["value"] is not None), key=lambda row: -(row.n or 0))
    cut = sorted(largest[:CHARTED], key=_height)
    margin = report["margin"]
    return Versus(
        report=report,
        tone={"better": "good", "not_worse": "good", "worse": "bad"}.get(report["verdict"], ""),
        title=TITLES[report["verdict"]],
        sentence=_sentence(report, names),
        what_would_change_it=_outlook(report, comparison.split),
        chart=_forest([family[0], *averages[1:], *family[1:]], title="B minus A", margin=margin),
        averages=averages,
        family=family,
        labels=moved[:LISTED],
        label_chart=_forest(picked, title="Labels: B minus A", margin=margin) if picked else None,
        charted=len(picked),
        unmoved=len(labels) - len(moved),
        slices={name: rows for name, rows in slices.items() if rows},
        slice_chart=_forest(cut, title="Slices: B minus A", margin=margin) if len(cut) > 1 else None,
        slices_charted=len(cut),
        slice_count=len(largest),
        hidden_slices=sum(map(len, comparison.report["slices"].values())) - sum(map(len, slices.values())),
        flips=report["exact"],
        flip_urls={kind: link.to(kind=kind) for kind in ("only_a", "only_b", "both", "neither")},
        has_cost=any(one["value"] is not None for one in report["cost"].values()),
        is_held_out=comparison.split == Split.TEST,
    )


TITLES = {
    "better": "B is better",
    "not_worse": "B is not worse",
    "worse": "B is worse",
    "cannot_tell": "It cannot be told yet",
}


@dataclass(frozen=True)
class _Links:
    base: str

    def to(self, **query: str) -> str:
        return f"{self.base}?{urlencode(query)}" if self.base else ""


def _average(name: str, report: Mapping[str, Any]) -> Row:
    a, b = (report[side][name]["value"] for side in "ab")
    found = report["diff"][name]
    return Row(AVERAGES[name], "overall", a, b, found, found["p"], None, "", n=found["n"])


def _member(one: Mapping[str, Any], report: Mapping[str, Any], names: Mapping[str, str], link: _Links) -> Row:
    if one["kind"] == "label":
        row = _label(one["name"], report["labels"][one["name"]], names, link)
    elif one["kind"] == "slice":
        row = _slice(one["name"], one["of"], report["slices"][one["name"]][one["of"]], link)
        row = replace(row, name=f"{one['name']}: {row.name}")
    else:
        row = _average(one["name"], report)
    return replace(row, kind=KINDS[one["kind"]], p_adjusted=one["p_adjusted"], finding=one["finding"])


def _label(code: str, one: Mapping[str, Any], names: Mapping[str, str], link: _Links) -> Row:
    return Row(
        names.get(code, code),
        "label",
        one["a"],
        one["b"],
        one,
        one["p"],
        one["p_adjusted"],
        _explored(one),
        one["broke"],
        one["fixed"],
        one["support"],
        link.to(kind="moved", code=code),
        link.to(kind="only_a", code=code),
        link.to(kind="only_b", code=code),
    )


def _slice(name: str, value: str, one: Mapping[str, Any], link: _Links) -> Row:
    where = {"attribute": name, "value": value}
    return Row(
        value or BLANK,
        "slice",
        one["a"],
        one["b"],
        one,
        one["p"],
        one["p_adjusted"],
        _explored(one),
        one["broke"],
        one["fixed"],
        one["n"],
        link.to(kind="moved", **where),
        link.to(kind="only_a", **where),
        link.to(kind="only_b", **where),
    )


def _explored(one: Mapping[str, Any]) -> str:
    """Better or worse where that holds after correction for all labels or slices, and where decisions and F1 agree."""
    value, p = one["value"], one["p_adjusted"]
    if not value or p is None or p > ALPHA or ((one["fixed"] or 0) - (one["broke"] or 0)) * value < 0:
        return ""
    return "better" if value > 0 else "worse"


def _height(row: Row) -> float:
    return float(row.difference["value"])


def _picked(moved: list[Row]) -> list[Row]:
    """The largest changes, and all that stand out."""
    known = [row for row in moved if row.difference["value"] is not None]
    return sorted(known, key=lambda row: (not row.finding, -abs(_height(row))))[:CHARTED]


def _forest(rows: list[Row], *, title: str, margin: float) -> Chart:
    gaps = [
        Gap(
            row.name,
            row.difference["value"],
            row.difference["low"],
            row.difference["high"],
            note=f"n {row.n}" if row.n is not None else "",
            stands_out=bool(row.finding),
            href=row.url,
        )
        for row in rows
        if row.difference["value"] is not None
    ]
    return forest(gaps, title=title, measure="B − A", worse="A is better", better="B is better", band=margin)


def _sentence(report: Mapping[str, Any], names: Mapping[str, str]) -> str:
    found, margin = report["diff"]["micro_f1"], report["margin"]
    decided_by = report["family"]["decided_by"]
    if report["verdict"] == "worse" and not decided_by and (found["value"] or 0.0) >= 0:
        return "B loses in something declared to matter that has too few items to be shown here."
    if found.get("reason") == NO_CHANGE and not decided_by:
        ruled = f"a loss of more than {margin:g} is ruled out" if report["verdict"] == "not_worse" else ""
        return f"Micro F1 shows no change beyond the noise; {ruled or f'a loss of more than {margin:g} is possible'}."
    if found["value"] is None and not decided_by:
        return f"There is nothing to compare: {found.get('reason', 'the figures are undefined')}."
    if found["low"] is None and not decided_by:
        return f"Micro F1 differs by {_signed(found['value'])}, but there is no interval: {found.get('reason', '')}."
    if decided_by:
        said = "; ".join(
            f"{_called(one, names)} {_signed(one['value'])}"
            + ("" if one["low"] is None else f", between {_signed(one['low'])} and {_signed(one['high'])}")
            for one in decided_by
        )
        return f"B loses in what was declared to matter: {said}. {_overall(found)}"
    between = f"between {_signed(found['low'])} and {_signed(found['high'])} (95%)"
    size = f"{abs(found['value']):.3f}"
    if report["verdict"] == "better":
        return f"B is better by {size} of micro F1, {between}."
    if report["verdict"] == "worse":
        return f"B is worse by {size} of micro F1, {between}."
    if report["verdict"] == "not_worse":
        return (
            f"Micro F1 differs by {_signed(found['value'])}, {between}. A loss of {margin:g} or less was said not to "
            f"matter, and a larger one is ruled out."
        )
    return (
        f"Micro F1 differs by {_signed(found['value'])}, {between}: a loss of more than {margin:g} is possible, "
        f"and so is none."
    )


def _overall(found: Mapping[str, Any]) -> str:
    if found["value"] is None or found["low"] is None:
        return f"Overall micro F1: {found.get('reason', 'undefined')}."
    between = f"between {_signed(found['low'])} and {_signed(found['high'])} (95%)"
    return f"Overall micro F1 differs by {_signed(found['value'])}, {between}."


def _called(one: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if one["kind"] == "slice":
        return f"{one['name']}: {one['of'] or BLANK}"
    return names.get(one["name"], one["name"])


def _outlook(report: Mapping[str, Any], split: str) -> str:
    power = report["power"]
    seen = power["detectable"]
    limit = f"With these {report['n']:,} items a true difference of {seen or 0:.3f} is found four times of five."
    limit = "" if seen is None else limit
    if power["more"] and power["to_show"]:
        more = f"about {_about(power['more'])} more items on {split}"
        if report["verdict"] == "cannot_tell":
            aim = "settle a difference of this size"
        else:
            aim = "show whether B is better, if the difference stays this size"
        return f"{more[0].upper()}{more[1:]} would {aim}. {limit}".strip()
    if report["verdict"] == "better":
        return f"It would change if the interval reached 0. {limit}".strip()
    if report["verdict"] == "worse":
        return f"It would change if the interval reached 0, or if a larger loss was said not to matter. {limit}".strip()
    reason = power.get("reason", "")
    said = f"{reason[0].upper()}{reason[1:]}." if reason else ""
    return f"{said} {limit}".strip()


def _about(more: int) -> str:
    return f"{two_digits(more):,}"


def _signed(value: float) -> str:
    text = f"{value:+.3f}".replace("-", "−")
    return "0.000" if not text.strip("+−0.") else text
