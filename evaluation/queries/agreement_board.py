"""A stored agreement report shaped for its page: charts, rows, and a sentence in plain words."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from evaluation.models import AgreementReport
from evaluation.queries.ratings import numbers_of_raters
from labeling.models import Item, Label, User
from labeling.visibility import may_see_names
from reviewapp.common.charts import Cell, Chart, Dot, Point, dot_plot, line_chart, pair_map

PARTS = {
    "labels": "Labels",
    "raters": "Pairs of raters",
    "slices": "Slices",
    "time": "Over time",
    "evidence": "Evidence",
    "people": "Each rater",
}
CHARTED, LISTED = 25, 20
LOW = -0.2


def called(found: AgreementReport, user: User) -> dict[str, str]:
    """The raters of a report as this person may know them."""
    report = found.report
    known = {one["rater"] for one in report["profiles"]}
    numbers = numbers_of_raters([("", rater, frozenset()) for rater in known])
    if not may_see_names(user, found.round.project):
        return numbers
    return numbers | {str(one.public_id): str(one) for one in User.objects.filter(public_id__in=known)}


def for_reader(found: AgreementReport, user: User) -> dict[str, Any]:
    """The report as this person may have it: raters by name, or by number and without what tells who is who."""
    names = called(found, user)
    report = dict(found.report)
    report["pairs_of_raters"] = _named(report["pairs_of_raters"], names)
    report["evidence"] = {
        key: value | {"pairs": _named(value["pairs"], names)} if isinstance(value, dict) else value
        for key, value in report["evidence"].items()
    }
    if may_see_names(user, found.round.project):
        report["profiles"] = [one | {"rater": names[one["rater"]]} for one in report["profiles"]]
    else:
        report = {key: value for key, value in report.items() if key not in ("profiles", "groups")}
    return report


def _named(pairs: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**one, "one": names[one["one"]], "other": names[one["other"]]} for one in pairs]


def board(found: AgreementReport, user: User, part: str) -> dict[str, Any]:
    """The context of one part of the page."""
    report = found.report
    labels = dict(Label.objects.filter(version=found.round.taxonomy_version).values_list("code", "name"))
    context: dict[str, Any] = {
        "report": report,
        "sentence": sentence(found, labels),
        "reached": _reached(found),
    }
    shapes = {"labels": _labels, "raters": _raters, "slices": _slices, "time": _time, "people": _people}
    if part in shapes and report["items"]:
        context |= shapes[part](found, user, labels)
    if part == "evidence":
        context["evidence_rows"] = [(name, report["evidence"][name]) for name in ("sentences", "paragraphs")]
    return context


def _reached(found: AgreementReport) -> str:
    """ "yes", "no", or "unsure" where the interval holds the objective."""
    alpha, objective = found.report["alpha"]["masi"], found.round.agreement_objective
    if alpha["value"] is None:
        return "unknown"
    if alpha["low"] is None or not alpha["low"] < objective <= alpha["high"]:
        return "yes" if alpha["value"] >= objective else "no"
    return "unsure"


def sentence(found: AgreementReport, labels: Mapping[str, str]) -> tuple[str, str]:
    """What the figures mean, and what would change it."""
    report, objective = found.report, found.round.agreement_objective
    alpha, main = report["alpha"]["masi"], report["main_disputes"]
    if alpha["value"] is None:
        return f"Agreement cannot be measured: {alpha['reason']}.", "Let two or more people rate the same items."
    reached = _reached(found)
    if reached == "unsure":
        said = f"Too close to call: alpha is {alpha['value']:.2f}, and the objective of {objective:.2f} lies within "
        said += f"what so many items can tell ({alpha['low']:.2f} to {alpha['high']:.2f})."
    else:
        how = "as well as" if reached == "yes" else "less than"
        said = f"Raters agree {how} the round asks for: alpha {alpha['value']:.2f}, objective {objective:.2f}."
    if not main["labels"]:
        return said, "No pair of ratings differs."
    names = ", ".join(f"“{labels.get(code, code)}”" for code in main["labels"])
    many = len(main["labels"])
    change = f"{main['share']:.0%} of all differences are about {many} label{'s' if many > 1 else ''}: {names}."
    if main["alpha_without"] is not None and main["alpha_without"] > alpha["value"]:
        change += f" Without {'them' if many > 1 else 'it'} alpha would be {main['alpha_without']:.2f}: "
        change += "clearer guidelines there pay most."
    return said, change


def _link(found: AgreementReport, **wanted: str) -> str:
    where = (found.round.project.slug, found.public_id)
    return f"{reverse('evaluation:agreement-items', args=where)}?{urlencode(wanted)}"


def _dot(name: str, figure: Mapping[str, Any], note: str, href: str) -> Dot:
    return Dot(name=name, value=figure["value"], low=figure["low"], high=figure["high"], note=note, href=href)


def _plot(found: AgreementReport, dots: list[Dot], title: str) -> Chart:
    lows = [dot.low if dot.low is not None else dot.value for dot in dots]
    least = min((low for low in lows if low is not None), default=0.0)
    start = -1.0 if least < -0.4 else LOW if least < 0 else 0.0
    return dot_plot(dots, title=title, measure="alpha", start=start, target=found.round.agreement_objective)


def _labels(found: AgreementReport, user: User, labels: Mapping[str, str]) -> dict[str, Any]:
    report = found.report
    rows = [
        {"code": code, "name": labels.get(code, code), "href": _link(found, label=code), **figures}
        for code, figures in report["labels"].items()
        if (figures["prevalence"]["value"] or 0) > 0
    ]
    rows.sort(key=lambda row: (row["alpha"]["value"] is None, row["alpha"]["value"] or 0.0))
    dots = [
        _dot(row["name"], row["alpha"], f"{100 * row['prevalence']['value']:.1f}% of ratings", row["href"])
        for row in rows[:CHARTED]
    ]
    disputed = report["disputed_items"][:LISTED]
    keys = [row["item"] for row in disputed]
    items = {one.external_id: one for one in Item.objects.filter(project=found.round.project_id, external_id__in=keys)}
    return {
        "labels": rows,
        "unused": len(report["labels"]) - len(rows),
        "charted": len(dots),
        "chart": _plot(found, dots, "Alpha by label, the most disputed first"),
        "disputed": [{**row, "object": items.get(row["item"])} for row in disputed],
    }


def _raters(found: AgreementReport, user: User, labels: Mapping[str, str]) -> dict[str, Any]:
    names = called(found, user)
    numbers = numbers_of_raters([("", rater, frozenset()) for rater in names])
    pairs = found.report["pairs_of_raters"]
    order = sorted({one[side] for one in pairs for side in ("one", "other")}, key=lambda rater: (names[rater], rater))
    place = {rater: number for number, rater in enumerate(order)}
    cells: dict[tuple[int, int], Cell] = {}
    rows = []
    for pair in pairs:
        alpha, href = (
            pair["alpha"]["masi"],
            _link(found, **{side: numbers[pair[side]].removeprefix("Rater ") for side in ("one", "other")}),
        )
        cell = Cell(alpha["value"], alpha["low"], alpha["high"], f"{pair['items']} items", href)
        one, other = place[pair["one"]], place[pair["other"]]
        cells[one, other] = cells[other, one] = cell
        rows.append({**pair, "one": names[pair["one"]], "other": names[pair["other"]], "href": href})
    rows.sort(key=lambda row: (row["alpha"]["masi"]["value"] is None, row["alpha"]["masi"]["value"] or 0.0))
    numbered = [f"{names[rater]}  {number}" for number, rater in enumerate(order, start=1)]
    context: dict[str, Any] = {
        "rows": rows,
        "chart": pair_map(
            numbered, cells, title="Alpha of each two raters", measure="alpha", start=0.0, stop=1.0
        ) if rows else None,
    }  # fmt: skip
    groups = found.report["groups"]
    if may_see_names(user, found.round.project) and groups:
        dots = [
            _dot(
                f"within {one['one']}" if one["one"] == one["other"] else f"{one['one']} with {one['other']}",
                one["alpha"]["masi"], f"{one['items']} items", "",
            )
            for one in groups
        ]  # fmt: skip
        context |= {"groups": groups, "group_chart": _plot(found, dots, "Alpha within and between groups of raters")}
    return context


def _slices(found: AgreementReport, user: User, labels: Mapping[str, str]) -> dict[str, Any]:
    charts = []
    for name, values in found.report["slices"].items():
        rows = [
            {"value": value, "href": _link(found, attribute=name, value=value), **figures}
            for value, figures in values.items()
            if figures["items"]
        ]
        rows.sort(key=lambda row: (row["alpha"]["masi"]["value"] is None, row["alpha"]["masi"]["value"] or 0.0))
        dots = [
            _dot(row["value"] or "(blank)", row["alpha"]["masi"], f"{row['items']} items", row["href"]) for row in rows
        ]
        charts.append({"name": name, "rows": rows, "chart": _plot(found, dots, f"Alpha by {name}") if dots else None})
    return {"slices": charts}


def _time(found: AgreementReport, user: User, labels: Mapping[str, str]) -> dict[str, Any]:
    over = found.report["over_time"]
    rows = [
        {"name": moment, "href": _link(found, moment=moment), **figures}
        for moment, figures in over["points"].items()
        if figures["items"]
    ]
    points = [
        Point(row["name"][5:], alpha["value"], alpha["low"], alpha["high"], f"{row['items']} items")
        for row in rows
        for alpha in [row["alpha"]["masi"]]
    ]
    chart = line_chart(
        points, title="Alpha over time", measure="alpha", start=0.0, target=found.round.agreement_objective
    )
    return {"rows": rows, "unit": over["unit"], "chart": chart if points else None}


def _people(found: AgreementReport, user: User, labels: Mapping[str, str]) -> dict[str, Any]:
    if not may_see_names(user, found.round.project):
        return {}
    names = called(found, user)
    rows = [
        {
            **one,
            "name": names[one["rater"]],
            "differs": [labels.get(row["label"], row["label"]) for row in one["differs_on"]],
        }
        for one in found.report["profiles"]
    ]
    rows.sort(key=lambda row: (row["sensitivity"]["value"] is None, row["sensitivity"]["value"] or 0.0))
    dots = [_dot(row["name"], row["sensitivity"], f"{row['ratings']} ratings", "") for row in rows[:40]]
    return {"rows": rows, "chart": dot_plot(dots, title="Sensitivity of each rater", measure="sensitivity")}


def table_of(part: str, report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of one part for a spreadsheet."""
    if part == "labels":
        return [{"label": code, **_flat(figures)} for code, figures in report["labels"].items()]
    if part == "raters":
        between = [{"kind": "pair of raters", **_flat(one)} for one in report["pairs_of_raters"]]
        return between + [{"kind": "groups", **_flat(one)} for one in report.get("groups", [])]
    if part == "slices":
        return [
            {"attribute": name, "value": value, **_flat(figures)}
            for name, values in report["slices"].items()
            for value, figures in values.items()
        ]
    if part == "time":
        return [{"from": moment, **_flat(figures)} for moment, figures in report["over_time"]["points"].items()]
    if part == "evidence":
        return [{"level": name, **_flat(report["evidence"][name])} for name in ("sentences", "paragraphs")]
    return [_flat(one) for one in report.get("profiles", [])]


def _flat(figures: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested figures as columns, intervals beside their value."""
    found: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            inner = _flat(value, f"{before}{name} ")
            found |= {key.removesuffix(" value"): one for key, one in inner.items()}
        elif isinstance(value, list):
            found[f"{before}{name}"] = ";".join(str(one.get("label", "")) for one in value if isinstance(one, dict))
        else:
            found[f"{before}{name}"] = value
    return found
