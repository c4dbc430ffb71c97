"""Grafana's dashboards, written from one list of panels: .venv/bin/python scripts/dashboards.py writes the files anew.

Standard library only. Each query may name what /metrics and the recording rules hold; tests see to it. Where
several web servers are scraped, each tells the same of the database: what is summed is first taken once, by max.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "deploy" / "grafana" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "${source}"}
MINE = 'project=~"$project"'
MESSAGES = 'sum by (channel, state) (max by (channel, state) (assay_deliveries{state=~"%s"}))'
ALERTS = f"sum by (severity) (max by (project, severity) (assay_alerts_firing{{{MINE}}}))"
OVERDUE = ',state="overdue"'
INCIDENTS = f"assay_incidents{{{MINE}%s}}"
GOOD, WARN, BAD = "green", "yellow", "red"


@dataclass(frozen=True)
class Panel:
    """One panel: its queries with their legends, how it is drawn, and how wide of 24 columns."""

    title: str
    queries: tuple[tuple[str, str], ...]
    about: str
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 8
    steps: tuple[tuple[float | None, str], ...] = ()  # from which value on which colour
    most: float | None = None
    least: float | None = 0
    decimals: int | None = None
    is_stacked: bool = False
    band: bool = False  # the second and third query are the ends of an interval


@dataclass(frozen=True)
class Row:
    """A heading and the panels beneath it."""

    title: str
    panels: tuple[Panel, ...]
    height: int = 8


@dataclass(frozen=True)
class Dashboard:
    """One page of Grafana."""

    uid: str
    title: str
    about: str
    rows: tuple[Row, ...] = field(default=())
    since: str = "now-6h"


MESSAGES_ROW = Row(
    "Messages and alarms",
    (
        Panel("Messages that wait", ((MESSAGES % "pending|retrying", "{{channel}} {{state}}"),),
              "retrying: the other side did not take it yet.", is_stacked=True),
        Panel("Messages within an hour", ((MESSAGES % "sent|failed", "{{channel}} {{state}}"),), "failed: given up."),
        Panel("Alerts that fire", ((ALERTS, "{{severity}}"),),
              "Rules of projects; critical: passed on, as nobody saw to it.", is_stacked=True),
    ),
)  # fmt: skip
INCIDENTS_ROW = Row(
    "Incidents",
    (
        Panel("Past their 48 hours", ((f'sum(max by (project, state) ({INCIDENTS % OVERDUE}))', ""),),
              "Open for longer, and no evaluation shows that quality recovered.", kind="stat", width=4,
              steps=((None, GOOD), (1, BAD)), decimals=0),
        Panel("Incidents that are not over",
              ((f"sum by (state) (max by (project, state) ({INCIDENTS % ''}))", "{{state}}"),),
              "proposed: nobody has said whether it is one.", width=20, is_stacked=True, decimals=0),
    ),
    height=6,
)  # fmt: skip

OPERATIONS = Dashboard(
    uid="assay-operations",
    title="Assay: operations",
    about="Whether it runs: workers, queues, providers, money and requests.",
    rows=(
        Row(
            "Now",
            (
                Panel(
                    "Web",
                    (('min(up{job="assay"}) * (min(assay_database_up) or vector(0))', ""),),
                    "1 if the web server answers and its database does.",
                    kind="stat",
                    width=4,
                    steps=((None, BAD), (1, GOOD)),
                    most=1,
                    decimals=0,
                ),
                Panel(
                    "Workers",
                    (("assay_workers", ""),),
                    "Workers heard of within a minute.",
                    kind="stat",
                    width=4,
                    steps=((None, BAD), (1, GOOD)),
                    decimals=0,
                ),
                Panel(
                    "Slowest sweep",
                    (("max((time() - assay_sweep_run_timestamp_seconds) / assay_sweep_interval_seconds)", ""),),
                    "How many of its own intervals ago the task on the clock that is latest went well.",
                    kind="stat",
                    width=4,
                    steps=((None, GOOD), (5, WARN), (20, BAD)),
                    decimals=1,
                ),
                Panel(
                    "Predictions to make",
                    ((f'sum(max by (project, state) (assay_predictions{{{MINE},state!="paused"}}))', ""),),
                    "Of runs that go on, all projects chosen.",
                    kind="stat",
                    width=4,
                    decimals=0,
                ),
                Panel(
                    "Failing calls",
                    (("max(assay:provider_errors:ratio)", ""),),
                    "Of the provider that fails most, over ten minutes.",
                    kind="stat",
                    unit="percentunit",
                    width=4,
                    steps=((None, GOOD), (0.05, WARN), (0.2, BAD)),
                    decimals=1,
                ),
                Panel(
                    "Spent today",
                    ((f"sum(max by (project) (assay_spend_today_usd{{{MINE}}}))", ""),),
                    "With providers since midnight UTC, calls under way included.",
                    kind="stat",
                    unit="currencyUSD",
                    width=4,
                    decimals=2,
                ),
            ),
            height=4,
        ),
        Row(
            "People",
            (
                Panel(
                    "Tasks that wait",
                    ((f"sum by (state) (max by (project, state) (assay_tasks{{{MINE}}}))", "{{state}}"),),
                    "open: for raters; disputed: for adjudicators; escalated: for managers.",
                    width=8,
                ),
                Panel(
                    "Answers within an hour",
                    ((f"assay_answers_last_hour{{{MINE}}}", "{{project}}"),),
                    "What raters submitted, corrections included, imports not.",
                    width=8,
                ),
                Panel(
                    "Labels within an hour",
                    ((f"assay_labels_last_hour{{{MINE}}}", "{{project}}"),),
                    "Labels in those answers.",
                    width=8,
                ),
            ),
        ),
        Row(
            "Runs and providers",
            (
                Panel(
                    "Predictions without an answer",
                    ((f"sum by (state) (max by (project, state) (assay_predictions{{{MINE}}}))", "{{state}}"),),
                    "overdue: held by a worker that is silent; batched: with a provider's Batch API.",
                    is_stacked=True,
                ),
                Panel(
                    "Calls of ten minutes",
                    (
                        ("assay_provider_calls_recent", "{{provider}} {{outcome}}"),
                        ("assay_provider_calls_under_way", "{{provider}} under way"),
                    ),
                    "By provider and outcome; answers out of the cache are no calls.",
                    is_stacked=True,
                ),
                Panel(
                    "Seconds of a call",
                    (("assay_provider_seconds_recent", "{{provider}}, quantile {{quantile}}"),),
                    "Median and the slowest twentieth of the calls answered within ten minutes.",
                    unit="s",
                ),
                Panel(
                    "Failing share of calls",
                    (("assay:provider_errors:ratio", "{{provider}}"),),
                    "Failed or refused, of the calls of ten minutes.",
                    unit="percentunit",
                    most=1,
                ),
                Panel(
                    "Spent today",
                    (
                        (f"assay_spend_today_usd{{{MINE}}}", "{{project}}"),
                        (f"assay_spend_day_limit_usd{{{MINE}}}", "limit of {{project}}"),
                    ),
                    "Calls under way count with what was reserved for them.",
                    unit="currencyUSD",
                ),
                Panel(
                    "Spent this month",
                    ((f"assay_spend_month_usd{{{MINE}}}", "{{project}}"),),
                    "Since the first, UTC.",
                    unit="currencyUSD",
                ),
            ),
        ),
        Row(
            "Workers",
            (
                Panel(
                    "Seconds since a worker was heard of",
                    (("time() - assay_worker_seen_timestamp_seconds", "{{worker}}"),),
                    "Each tells every 15 s; one that was stopped in good order is not listed.",
                    unit="s",
                    width=12,
                ),
                Panel(
                    "Seconds since a task on the clock went well",
                    (("time() - assay_sweep_run_timestamp_seconds", "{{task}}"),),
                    "Compare with how often it is due.",
                    unit="s",
                    width=12,
                ),
            ),
        ),
        MESSAGES_ROW,
        Row(
            "Requests",
            (
                Panel(
                    "Requests a second",
                    (("sum by (status) (rate(assay_http_requests_total[5m]))", "{{status}}"),),
                    "By status, static files left out.",
                    unit="reqps",
                    is_stacked=True,
                ),
                Panel(
                    "Slowest twentieth",
                    (
                        (
                            "topk(8, histogram_quantile(0.95, "
                            "sum by (le, route) (rate(assay_http_request_seconds_bucket[5m]))))",
                            "{{route}}",
                        ),
                    ),
                    "The eight slowest routes: 95 of 100 answers are faster.",
                    unit="s",
                ),
                Panel(
                    "Failing share of requests",
                    (("assay:http_errors:ratio5m", "5xx"),),
                    "Of all requests of 5 minutes.",
                    unit="percentunit",
                    most=1,
                ),
                Panel(
                    "Busiest routes",
                    (("topk(12, sum by (route) (increase(assay_http_requests_total[1h])))", "{{route}}"),),
                    "Requests within an hour.",
                    kind="bargauge",
                    width=16,
                    decimals=0,
                ),
                Panel(
                    "What runs",
                    (("assay_build", "{{version}} on Python {{python}}, Django {{django}}"),),
                    "Versions.",
                    kind="stat",
                    width=8,
                ),
            ),
        ),
    ),
)

QUALITY = Dashboard(
    uid="assay-quality",
    title="Assay: quality",
    about="Whether gold and model can be trusted: agreement of closed rounds, F1 on dev, drift. Not for raters.",
    since="now-30d",
    rows=(
        Row(
            "F1 on dev",
            (
                Panel(
                    "Micro F1",
                    (
                        (f"assay_evaluation_f1{{{MINE}}}", "{{project}} (simulated: {{simulated}})"),
                        (f"assay_evaluation_f1_low{{{MINE}}}", "{{project}} low"),
                        (f"assay_evaluation_f1_high{{{MINE}}}", "{{project}} high"),
                    ),
                    "Of each project's newest evaluation on dev, with its 95% interval.",
                    unit="percentunit",
                    width=16,
                    most=1,
                    least=None,
                    band=True,
                    decimals=1,
                ),
                Panel(
                    "Items behind it",
                    ((f"assay_evaluation_items{{{MINE}}}", "{{project}}"),),
                    "The fewer, the wider the interval.",
                    kind="bargauge",
                    width=4,
                    decimals=0,
                ),
                Panel(
                    "Age of the evaluation",
                    ((f"time() - assay_evaluation_timestamp_seconds{{{MINE}}}", "{{project}}"),),
                    "Since it was computed.",
                    kind="stat",
                    unit="s",
                    width=4,
                    steps=((None, GOOD), (7 * 86400, WARN), (30 * 86400, BAD)),
                ),
            ),
            height=9,
        ),
        INCIDENTS_ROW,
        Row(
            "Agreement of people",
            (
                Panel(
                    "Krippendorff's alpha (MASI)",
                    (
                        (f"assay_agreement_alpha{{{MINE}}}", "{{project}}"),
                        (f"assay_agreement_alpha_low{{{MINE}}}", "{{project}} low"),
                        (f"assay_agreement_alpha_high{{{MINE}}}", "{{project}} high"),
                    ),
                    "Of the round that was closed last, with its 95% interval. Open rounds are not told of.",
                    width=20,
                    most=1,
                    least=None,
                    band=True,
                    decimals=3,
                ),
                Panel(
                    "Items behind it",
                    ((f"assay_agreement_items{{{MINE}}}", "{{project}}"),),
                    "Those with two ratings or more.",
                    kind="bargauge",
                    width=4,
                    decimals=0,
                ),
            ),
            height=9,
        ),
        Row(
            "Drift",
            (
                Panel(
                    "Signals fired",
                    ((f"assay_drift_signals{{{MINE}}}", "{{project}}"),),
                    "In the newest check of each active monitor.",
                    width=12,
                    decimals=0,
                ),
                Panel(
                    "Since the last check",
                    ((f"time() - assay_drift_checked_timestamp_seconds{{{MINE}}}", "{{project}}"),),
                    "Of the monitor that was left longest.",
                    unit="s",
                    width=12,
                ),
            ),
        ),
    ),
)

DASHBOARDS = (OPERATIONS, QUALITY)


def written(dashboard: Dashboard) -> str:
    """The file of one dashboard."""
    panels, top, number = [], 0, 0
    for row in dashboard.rows:
        number += 1
        place = {"h": 1, "w": 24, "x": 0, "y": top}
        panels.append(
            {"id": number, "type": "row", "title": row.title, "collapsed": False, "gridPos": place, "panels": []}
        )
        top, left = top + 1, 0
        for panel in row.panels:
            if left + panel.width > 24:
                top, left = top + row.height, 0
            number += 1
            panels.append(_panel(panel, number, {"h": row.height, "w": panel.width, "x": left, "y": top}))
            left += panel.width
        top += row.height
    page = {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.about,
        "tags": ["assay"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": dashboard.since, "to": "now"},
        "timezone": "utc",
        "links": [
            {"title": "Assay", "type": "dashboards", "tags": ["assay"], "asDropdown": False, "includeVars": True}
        ],
        "templating": {"list": _variables()},
        "panels": panels,
    }
    return json.dumps(page, indent=2, ensure_ascii=False) + "\n"


def _variables() -> list[dict[str, object]]:
    asked = "label_values(assay_tasks, project)"
    return [
        {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0},
        {
            "name": "project", "label": "Project", "type": "query", "datasource": SOURCE, "definition": asked,
            "query": {"query": asked, "refId": "projects"}, "refresh": 2, "sort": 1, "multi": True, "includeAll": True,
            "allValue": ".*", "current": {"text": ["All"], "value": ["$__all"], "selected": True},
        },
    ]  # fmt: skip


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, object]:
    is_now = panel.kind in ("stat", "bargauge")
    ends = {"min": panel.least, "max": panel.most, "decimals": panel.decimals}
    defaults: dict[str, object] = {"unit": panel.unit} | {name: end for name, end in ends.items() if end is not None}
    steps = panel.steps or ((None, GOOD if panel.kind == "stat" else "blue"),)
    defaults["thresholds"] = {"mode": "absolute", "steps": [{"value": at, "color": colour} for at, colour in steps]}
    if panel.kind == "timeseries":
        defaults["custom"] = {
            "lineWidth": 2, "fillOpacity": 20 if panel.is_stacked else 0, "showPoints": "never",
            "lineInterpolation": "stepAfter" if panel.band else "linear",
            "stacking": {"mode": "normal" if panel.is_stacked else "none", "group": "A"},
        }  # fmt: skip
    overrides = []
    if panel.band:
        overrides = [
            {
                "matcher": {"id": "byRegexp", "options": "/ (low|high)$/"},
                "properties": [
                    {"id": "custom.lineWidth", "value": 1},
                    {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [4, 4]}},
                ],
            }
        ]
    options: dict[str, object] = {
        "timeseries": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "stat": {
            "reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area",
            "textMode": "auto" if panel.queries[0][1] == "" else "value_and_name",
        },
        "bargauge": {"reduceOptions": {"calcs": ["lastNotNull"]}, "orientation": "horizontal", "displayMode": "basic"},
    }[panel.kind]  # fmt: skip
    if panel.title == "What runs":
        options |= {"textMode": "name", "graphMode": "none"}
    return {
        "id": number, "type": panel.kind, "title": panel.title, "description": panel.about, "gridPos": place,
        "datasource": SOURCE, "fieldConfig": {"defaults": defaults, "overrides": overrides}, "options": options,
        "targets": [
            {"refId": chr(65 + at), "datasource": SOURCE, "expr": expr, "legendFormat": legend or "__auto",
             "instant": is_now, "range": not is_now}
            for at, (expr, legend) in enumerate(panel.queries)
        ],
    }  # fmt: skip


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for dashboard in DASHBOARDS:
        (FOLDER / f"{dashboard.uid}.json").write_text(written(dashboard))


if __name__ == "__main__":
    main()
