"""A panel's stored figures shaped for its page and its files: names, charts, rows, and a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.enums import PanelKind
from evaluation.models import Panel, PanelReport
from evaluation.queries.held_out import is_held_out
from evaluation.queries.judged import raters_of
from evaluation.stats.multiplicity import beyond
from labeling.models import Item
from reviewapp.common.charts import Cell, Chart, Dot, Gap, dot_plot, forest, pair_map
from reviewapp.common.charts.drift_lines import Track, drift_lines

PARTS: dict[str, dict[str, str]] = {
    PanelKind.SCORES: {
        "runs": "Runs", "agreement": "Agreement", "raters": "Raters", "halo": "Halo", "gaps": "Widest gaps",
        "judges": "Model as judge",
    },
    PanelKind.PAIRS: {"runs": "Runs", "position": "Order shown", "judges": "Model as judge"},
}  # fmt: skip
SURE = 0.05
Figure = Mapping[str, Any]


def for_reader(found: PanelReport, *, names: bool) -> dict[str, Any]:
    """The report as this person may have it: raters by name or by number; no item that is held out by now."""
    panel, report = found.panel, dict(found.report)
    known = raters_of(panel)
    called = dict(known.judges) | ({key: str(user) for key, user in known.people.items()} if names else {})
    report["runs"] = [{"letter": one.letter, "name": one.run.name} for one in _runs(panel)]
    report["judges"] = [one | {"rater": called.get(one["rater"], one["rater"])} for one in report["judges"]]
    if panel.kind == PanelKind.PAIRS:
        return report
    report["raters"] = [one | {"rater": called.get(one["rater"], one["rater"])} for one in report["raters"]]
    report["reserves"] = [called.get(one, one) for one in report["reserves"]]
    report["agreement"] = [one | {"kappas": _called(one["kappas"], called)} for one in report["agreement"]]
    keys = [row["item"] for row in report["gaps"]["outputs"]]
    mine = Item.objects.filter(project=panel.project_id, external_id__in=keys)
    hidden = set(mine.filter(is_held_out(panel.project)).values_list("external_id", flat=True))
    report["gaps"] = report["gaps"] | {
        "outputs": [
            row | {"scores": {called.get(key, key): score for key, score in sorted(row["scores"].items())}}
            for row in report["gaps"]["outputs"]
            if row["item"] not in hidden
        ]
    }
    return report


def _called(kappas: Sequence[Figure], called: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**pair, "raters": [called.get(key, key) for key in pair["raters"]]} for pair in kappas]


def _runs(panel: Panel) -> list[Any]:
    return list(panel.runs.select_related("run").order_by("letter"))


def board(panel: Panel, report: dict[str, Any], part: str) -> dict[str, Any]:
    """The context of one part of the page."""
    criteria = dict(panel.rubric_version.criteria.order_by("order").values_list("code", "name"))
    context: dict[str, Any] = {
        "report": report, "part": part, "panel_runs": _runs(panel), "criteria": criteria,
        "sentence": sentence(report, criteria),
    }  # fmt: skip
    shapes: dict[str, Any] = {
        "runs": _pairs if report["kind"] == PanelKind.PAIRS else _scores, "agreement": _agreement, "raters": _raters,
        "halo": _halo, "gaps": _gaps, "judges": _judges, "position": _position,
    }  # fmt: skip
    shaped: dict[str, Any] = shapes[part](panel, report, criteria)
    return context | shaped


def sentence(report: Figure, criteria: Mapping[str, str]) -> str:
    """What the figures say of the runs; a difference counts where its corrected p is below 5%."""
    if report["kind"] == PanelKind.PAIRS:
        told = [one for one in report["win_rates"] if _is_told(one)]
        said = [
            f"{one['a']} beats {one['b']} in {one['a_wins']['value']:.0%} of choices"
            if one["a_wins"]["value"] > 0.5
            else f"{one['b']} beats {one['a']} in {1 - one['a_wins']['value']:.0%} of choices"
            for one in told
        ]
        rest, tests = len(report["win_rates"]) - len(told), ("pair of runs", "pairs of runs")
    else:
        told = [one for one in report["differences"] if _is_told(one)]
        said = [
            f"{one['b'] if one['difference']['value'] > 0 else one['a']} scores "
            f"{abs(one['difference']['value']):.2f} higher than "
            f"{one['a'] if one['difference']['value'] > 0 else one['b']} on {criteria[one['criterion']].lower()}"
            for one in told
        ]
        rest, tests = len(report["differences"]) - len(told), ("comparison", "comparisons")
    if not said:
        if rest == 1:
            return "The runs cannot be told apart: their difference may be chance."
        return f"The runs cannot be told apart: all {rest} {tests[1]} may differ by chance." if rest else ""
    more = f" and {len(said) - 3} more" if len(said) > 3 else ""
    return "; ".join(said[:3]) + more + (f". {rest} other {tests[rest > 1]} could be chance." if rest else ".")


def _is_told(one: Figure) -> bool:
    return one["p_adjusted"] is not None and one["p_adjusted"] < SURE


def _dot(name: str, figure: Figure) -> Dot:
    return Dot(name, figure["value"], figure["low"], figure["high"], note=f"n {figure['n']}")


def _gap(name: str, figure: Figure, *, stands_out: bool, note: str = "") -> Gap:
    said = note or f"n {figure['n']}"
    return Gap(name, figure["value"], figure["low"], figure["high"], note=said, stands_out=stands_out)


def _are_apart(figures: Sequence[Figure]) -> list[bool]:
    """Which lie off 0, corrected for their number."""
    return beyond([(one["value"], one["low"], one["high"]) for one in figures])


def _forest(rows: Sequence[Gap], title: str, measure: str, worse: str, better: str) -> Chart | None:
    return forest(rows, title=title, measure=measure, worse=worse, better=better) if rows else None


def _mean_chart(means: Sequence[Figure], criteria: Mapping[str, str], title: str) -> Chart:
    dots = [_dot(f"{criteria[one['criterion']]}, {one['run']}", one) for one in means]
    return dot_plot(dots, title=title, measure="mean score", start=1.0, stop=5.0)


def _scores(panel: Panel, report: Figure, criteria: Mapping[str, str]) -> dict[str, Any]:
    rows = [
        _gap(f"{criteria[one['criterion']]}: {one['b']} less {one['a']}", one["difference"], stands_out=_is_told(one),
             note=_p(one["p_adjusted"]))
        for one in report["differences"] if one["difference"]["value"] is not None
    ]  # fmt: skip
    return {
        "chart": _mean_chart(report["means"], criteria, "Mean score by criterion and run"),
        "differences": _forest(rows, "Differences between runs", "difference", "lower", "higher"),
    }


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "p < 0.001" if value < 0.001 else f"p {value:.3f}"


def _agreement(panel: Panel, report: Figure, criteria: Mapping[str, str]) -> dict[str, Any]:
    dots = [_dot(criteria[one["criterion"]], one["alpha"]) for one in report["agreement"]]
    least = min((dot.low for dot in dots if dot.low is not None), default=0.0)
    start = -1.0 if least < -0.4 else -0.4 if least < 0 else 0.0
    return {"chart": dot_plot(dots, title="Ordinal alpha by criterion", measure="alpha", start=start)}


def _raters(panel: Panel, report: Figure, criteria: Mapping[str, str]) -> dict[str, Any]:
    known = [one for one in report["raters"] if one["severity"]["value"] is not None]
    known.sort(key=lambda one: one["severity"]["value"])
    apart = _are_apart([one["severity"] for one in known])
    rows = [_gap(one["rater"], one["severity"], stands_out=is_out) for one, is_out in zip(known, apart, strict=True)]
    slopes = [(one, one["drift"]["slope"]) for one in known if one["drift"]["slope"]["value"] is not None]
    tracks = [
        Track(one["rater"], [((step["tenth"] + 0.5) / 10, step["mean"], step["ratings"])
                             for step in one["drift"]["tenths"]], note=f"{slope['value']:+.2f}".replace("-", "−"))
        for one, slope in slopes
    ]  # fmt: skip
    return {
        "rows": known,
        "chart": _forest(rows, "Severity of raters", "deviation", "stricter", "more lenient"),
        "drift": drift_lines(tracks, title="Deviation over turns", measure="deviation", first="first", last="last")
        if tracks else None,
    }  # fmt: skip


def _halo(panel: Panel, report: Figure, criteria: Mapping[str, str]) -> dict[str, Any]:
    codes = list(criteria)
    cells = {}
    for one in report["halo"]:
        figure = one["left_over"]
        cell = Cell(figure["value"], figure["low"], figure["high"], f"n {figure['n']}")
        x, y = codes.index(one["one"]), codes.index(one["other"])
        cells[x, y] = cells[y, x] = cell
    names = [f"{name}  {number}" for number, name in enumerate(criteria.values(), 1)]
    chart = pair_map(names, cells, title="Errors that go together", measure="correlation", start=0.0, stop=1.0)
    return {"chart": chart if cells else None}


def _gaps(panel: Panel, report: Figure, criteria: Mapping[str, str]) -> dict[str, Any]:
    keys = [row["item"] for row in report["gaps"]["outputs"]]
    items = {one.external_id: one for one in Item.objects.filter(project=panel.project_id, external_id__in=keys)}
    shares = report["gaps"]["shares"]
    dots = [_dot(criteria[code], shares[code]) for code in criteria if code in shares]
    chart = dot_plot(dots, title="Outputs two points or more apart", measure="share of outputs")
    return {"chart": chart, "gaps": [{**row, "object": items.get(row["item"])} for row in report["gaps"]["outputs"]]}


def _judges(panel: Panel, report: Figure, criteria: Mapping[str, str]) -> dict[str, Any]:
    if report["kind"] == PanelKind.PAIRS:
        return {"judges": [one | {"chart": _matrix(one)} for one in report["judges"]]}
    shaped = []
    for one in report["judges"]:
        known = [(code, figure) for code, figure in one["above_people"].items() if figure["value"] is not None]
        apart = _are_apart([figure for _, figure in known])
        rows = [
            _gap(criteria[code], figure, stands_out=is_out) for (code, figure), is_out in zip(known, apart, strict=True)
        ]
        shaped.append(one | {
            "chart": _mean_chart(one["means"], criteria, "The judge's mean score by criterion and run"),
            "above": _forest(rows, "Judge less people", "difference", "below people", "above people"),
        })  # fmt: skip
    return {"judges": shaped}


def _matrix(report: Figure) -> Chart | None:
    cells = {}
    names = sorted({one[side] for one in report["win_rates"] for side in ("a", "b")})
    for one in report["win_rates"]:
        rate, x, y = one["a_wins"], names.index(one["a"]), names.index(one["b"])
        if rate["value"] is not None:
            low, high = (None, None) if rate["low"] is None else (1 - rate["high"], 1 - rate["low"])
            cells[x, y] = Cell(rate["value"], rate["low"], rate["high"], f"n {rate['n']}")
            cells[y, x] = Cell(1 - rate["value"], low, high, f"n {rate['n']}")
    named = [f"{name}  {place}" for place, name in enumerate(names, 1)]
    return pair_map(named, cells, title="Win rates", measure="win rate", start=0.0, stop=1.0) if cells else None


def _pairs(panel: Panel, report: Figure, criteria: Mapping[str, str]) -> dict[str, Any]:
    strengths = report["strengths"]["runs"]
    known = [(name, figure) for name, figure in strengths.items() if figure["value"] is not None]
    known.sort(key=lambda pair: -pair[1]["value"])
    apart = _are_apart([figure for _, figure in known])
    rows = [_gap(name, figure, stands_out=is_out) for (name, figure), is_out in zip(known, apart, strict=True)]
    rates = [_dot(f"{one['a']} against {one['b']}", one["a_wins"]) for one in report["win_rates"]]
    return {
        "chart": dot_plot(rates, title="Win rates", measure="win rate", target=0.5) if rates else None,
        "matrix": _matrix(report),
        "strengths": _forest(rows, "Strength of runs", "log strength", "weaker", "stronger"),
        "why": next((one["reason"] for one in strengths.values() if one["value"] is None), ""),
    }


def _position(panel: Panel, report: Figure, criteria: Mapping[str, str]) -> dict[str, Any]:
    dots = [_dot("Shown first", report["position"]["share"])]
    return {"chart": dot_plot(dots, title="How often what is shown first wins", measure="share", target=0.5)}
