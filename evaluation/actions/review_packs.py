"""The monthly review pack: a month's figures against those of the month before, kept as they were when it was made."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from evaluation.actions.agreement import measure_agreement
from evaluation.actions.comparisons import compare_runs
from evaluation.enums import IncidentState, ScheduleJob
from evaluation.models import Evaluation, Firing, Incident, ReviewPack, Schedule
from evaluation.queries import month_facts as facts
from evaluation.queries.held_out import scores
from evaluation.queries.month_facts import Month
from evaluation.queries.open_actions import EVERYBODY, SOURCES, rows_of
from evaluation.stats.intervals import wilson
from evaluation.stats.reviews import difference
from evaluation.stats.types import Estimate, undefined
from labeling import rules
from labeling.actions.audit import record_event
from labeling.digest import digest_of
from labeling.enums import Role, Split
from labeling.models import Project, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

FORMAT = 1
MAKERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
MOST = 5  # failures, actions, incidents and signals that are named
SCORES = {"micro_f1": ("micro", "f1"), "macro_f1": ("macro", "f1"), "exact_match": ("exact_match",)}
NAMES = {"micro_f1": "Micro F1", "macro_f1": "Macro F1", "exact_match": "Exact match"}
NOT_THERE = "nothing in the month before"
ANOTHER_LOOK = "not tested: comparing on a held-out split is another look at it"
INDEPENDENT = "unpaired: other items"


def make_review_pack(
    *, project: Project, month: date, by: User | None, operator: str = "", firing: Firing | None = None
) -> ReviewPack:
    """Put the month together and keep it; where nothing has changed since it was made last, that one is given back.

    No figure is a look at a held-out split: those of test are copied from evaluations that exist.
    """
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)
    zone = Schedule.objects.filter(project=project, job=ScheduleJob.REVIEW).values_list("zone", flat=True).first()
    asked = Month(month.replace(day=1), zone or "UTC")
    if asked.start > clock.now():
        raise Refused(f"{asked.first:%B %Y} has not begun.")
    report = _report(project, asked, by, operator)
    digest = digest_of(report)
    newest = ReviewPack.objects.filter(project=project, month=asked.first).order_by("-pk").first()
    if newest and newest.digest == digest:
        return newest
    try:
        with transaction.atomic():
            made = ReviewPack.objects.create(
                project=project, month=asked.first, report=report, digest=digest, firing=firing, created_at=clock.now(),
                created_by=by, operator="" if by else operator,
            )  # fmt: skip
            record_event(
                kind="review_pack.made", project=project, by=by, operator=operator, target=f"pack:{made.public_id}",
                after={"month": f"{asked.first:%Y-%m}", "digest": digest},
            )  # fmt: skip
    except IntegrityError:  # made twice at once, or it is again as it was once before
        return ReviewPack.objects.get(project=project, month=asked.first, digest=digest)
    return made


def _report(project: Project, month: Month, by: User | None, operator: str) -> dict[str, Any]:
    before = month.before
    return {
        "format": FORMAT,
        "project": project.slug,
        "month": f"{month.first:%Y-%m}",
        "before": f"{before.first:%Y-%m}",
        "zone": month.zone,
        "is_over": month.end <= clock.now(),
        "agreement": _agreement(project, month, before),
        "scores": _dev(project, month, before, by, operator),
        "held_out": _test(project, month, before),
        "drift": _drift(project, month, before),
        "failures": _failures(project, month, before),
        "cost": _cost(project, month, before),
        "actions": _actions(project, month, before),
        "incidents": _incidents(project, month, before),
    }


def _line(
    name: str, now: Mapping[str, Any], before: Mapping[str, Any] | None, change: Mapping[str, Any] | None, how: str,
    unit: str = "",
) -> dict[str, Any]:  # fmt: skip
    """A figure, that of the month before, and how far the two may be held against each other."""
    return {"name": name, "unit": unit, "now": now, "before": before, "change": change, "how": how}


def _counted(name: str, now: int, before: int, unit: str = "count") -> dict[str, Any]:
    """A number of things that happened: all of them, so there is no interval."""
    return _line(
        name, {"value": now}, {"value": before}, {"value": now - before}, "counted: nothing was estimated", unit
    )


def _estimate(found: Mapping[str, Any] | None) -> Estimate:
    if not found:
        return undefined(0, NOT_THERE)
    return Estimate(found["value"], found["low"], found["high"], found["n"], found.get("reason", ""))


def _unpaired(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> tuple[dict[str, Any] | None, str]:
    found = difference(_estimate(now), _estimate(before))
    return (None, NOT_THERE if not before else found.reason) if found.value is None else (found.as_dict(), INDEPENDENT)


def _agreement(project: Project, month: Month, before: Month) -> dict[str, Any]:
    """Of the round that most answers were given in: as it stood when the pack was made."""
    (round_now, number, total), (round_then, _, total_then) = (
        facts.busiest_round(project, one) for one in (month, before)
    )
    lines = [_counted("Answers given", total, total_then)]
    if round_now is None:
        return {"round": None, "lines": lines}
    now = measure_agreement(in_round=round_now).report
    is_same = round_then is not None and round_then.pk == round_now.pk
    then = measure_agreement(in_round=round_then).report if round_then and not is_same else None
    for name, path, unit in (("Alpha, MASI", ("alpha", "masi"), ""), ("Equal answers", ("percent_exact",), "percent")):
        found, old = _pick(now, path), _pick(then, path) if then else None
        change, how = _unpaired(found, old)
        how = "not comparable: the same round, still the same answers" if is_same else how
        lines.append(_line(name, found, old, change, how, unit))
    return {
        "round": round_now.name,
        "round_before": round_then.name if round_then else None,
        "answers_of_round": number,
        "wanted": project.agreement_objective,
        "lines": lines,
    }


def _pick(report: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    found: Any = report
    for name in path:
        found = found[name]
    return dict(found)


def _of(evaluation: Evaluation) -> dict[str, Any]:
    run = evaluation.run
    return {
        "run": run.name, "prompt": str(run.prompt_version), "golden": str(evaluation.release),
        "is_simulated": run.is_simulated, "evaluation": str(evaluation.public_id),
        "unanswered": evaluation.report["unanswered"],
    }  # fmt: skip


def _dev(project: Project, month: Month, before: Month, by: User | None, operator: str) -> dict[str, Any]:
    """F1 on dev, and the change pair by pair where both runs answered the same items of the same release."""
    now = facts.scored_in(project, month, Split.DEV)
    if now is None:
        return {"now": None, "lines": []}
    assert now.run.prompt_version is not None
    then = facts.scored_in(project, before, Split.DEV, prompt=now.run.prompt_version.prompt_id)
    changes: dict[str, Any] = {}
    how, comparison, verdict = NOT_THERE, None, ""
    if then and then.release_id != now.release_id:
        how = f"not comparable: {then.release} is other gold than {now.release}"
    elif then and then.run_id == now.run_id:
        how = "the same run: nothing was asked anew"
    elif then:
        try:
            made = compare_runs(
                run_a=then.run, run_b=now.run, release=now.release, split=Split.DEV, by=by, operator=operator
            )
            changes, verdict, comparison = made.report["diff"], made.report["verdict"], str(made.public_id)
            how = f"paired on the same {made.report['n']:,} items"
        except Refused as refusal:
            how = f"not comparable: {refusal}"
    lines = [
        _line(NAMES[code], _pick(now.report, path), _pick(then.report, path) if then else None, changes.get(code), how)
        for code, path in SCORES.items()
    ]
    return {
        "now": _of(now), "before": _of(then) if then else None, "lines": lines, "comparison": comparison,
        "verdict": verdict,
    }  # fmt: skip


def _test(project: Project, month: Month, before: Month) -> dict[str, Any]:
    """What was seen of the held-out split, to three decimals; the two months are never held against each other."""
    now = facts.scored_in(project, month, Split.TEST)
    if now is None:
        return {"now": None, "lines": []}
    assert now.run.prompt_version is not None
    then = facts.scored_in(project, before, Split.TEST, prompt=now.run.prompt_version.prompt_id)
    then = then if then and then.release_id == now.release_id else None
    shown, old = scores(now), scores(then) if then else None
    lines = [
        _line(
            f"{NAMES[code]}, held out", _pick(shown, path), _pick(old, path) if old else None, None,
            ANOTHER_LOOK if old else NOT_THERE,
        )
        for code, path in SCORES.items()
        if code != "exact_match"
    ]  # fmt: skip
    return {"now": _of(now), "before": _of(then) if then else None, "lines": lines}


def _drift(project: Project, month: Month, before: Month) -> dict[str, Any]:
    checked, moved = facts.drift_in(project, month)
    checked_then, fired, fired_then = (
        facts.drift_in(project, before)[0], facts.fired_in(project, month), facts.fired_in(project, before),
    )  # fmt: skip
    lines = [
        _counted("Windows compared", checked, checked_then), _counted("… in which something moved", fired, fired_then)
    ]  # fmt: skip
    signals = Counter(one["name"] for check in moved for one in (check.report or {}).get("signals", []) if one["fired"])
    return {
        "lines": lines,
        "moved": [{"name": name, "windows": number} for name, number in signals.most_common(MOST)],
        "check": str(moved[0].public_id) if moved else None,
    }


def _failures(project: Project, month: Month, before: Month) -> dict[str, Any]:
    """The largest clusters of the newest triage; without one the labels that most errors are made on."""
    if triage := facts.triage_in(project, month):
        clusters = list(triage.clusters.order_by("number")[:MOST])
        return {
            "kind": "clusters", "of": str(triage), "is_simulated": triage.run.is_simulated,
            "triage": str(triage.public_id), "items": triage.items, "errors": triage.errors.count(),
            "rows": [{"name": str(one), "errors": one.size, "share": one.share} for one in clusters],
            "how": "Clusters are sorted anew each time, so they are not held against those of the month before.",
        }  # fmt: skip
    evaluation = facts.scored_in(project, month, Split.DEV)
    if evaluation is None:
        return {"kind": "none", "rows": []}
    rows = facts.worst_labels(evaluation, MOST)
    errors = sum(one["fp"] + one["fn"] for one in evaluation.report["labels"].values())
    return {
        "kind": "labels", "of": evaluation.run.name, "is_simulated": evaluation.run.is_simulated,
        "evaluation": str(evaluation.public_id), "items": evaluation.report["items"], "errors": errors,
        "rows": rows,
        "how": "No triage was made in the month: these are the labels that most errors are made on.",
    }  # fmt: skip


def _cost(project: Project, month: Month, before: Month) -> dict[str, Any]:
    (total, mean, simulated), (total_then, mean_then, _) = (facts.cost_in(project, one) for one in (month, before))
    now, then = mean.as_dict(), mean_then.as_dict() if mean_then.value is not None else None
    change, how = _unpaired(now, then)
    return {
        "lines": [
            _counted("Spent", total, total_then, "usd"), _line("Cost of a paid answer", now, then, change, how, "usd")
        ],
        "simulated_answers": simulated,
    }  # fmt: skip


def _actions(project: Project, month: Month, before: Month) -> dict[str, Any]:
    """What is open when the pack is made, by source with who may see it; named only what all readers see."""
    today = clock.now().astimezone(ZoneInfo(month.zone)).date()
    rows = rows_of(project, EVERYBODY)
    opened, closed = facts.actions_in(project, month)
    opened_then, closed_then = facts.actions_in(project, before)
    everybody = {code for code, one in SOURCES.items() if one.roles == EVERYBODY}
    named = sorted(
        (row for row in rows if row.source in everybody),
        key=lambda row: (row.due_on is None, row.due_on or date.max, row.opened_at),
    )
    return {
        "lines": [_counted("Actions opened", opened, opened_then), _counted("Actions closed", closed, closed_then)],
        "sources": [
            {
                "name": source.name, "roles": sorted(str(role) for role in source.roles), "open": len(mine),
                "overdue": sum(row.is_overdue(today) for row in mine),
            }
            for code, source in SOURCES.items()
            if (mine := [row for row in rows if row.source == code])
        ],
        "rows": [
            {
                "title": row.title, "owner": str(row.owner) if row.owner else "", "is_overdue": row.is_overdue(today),
                "due_on": row.due_on.isoformat() if row.due_on else None, "url": row.url,
            }
            for row in named[:MOST]
        ],
    }  # fmt: skip


def _incidents(project: Project, month: Month, before: Month) -> dict[str, Any]:
    now, then = (facts.incidents_in(project, one) for one in (month, before))
    opened, opened_then = (
        [one for one in rows if one.opened_at and one.opened_at >= at.start]
        for rows, at in ((now, month), (then, before))
    )
    return {
        "lines": [
            _counted("Incidents opened", len(opened), len(opened_then)),
            _line("… recovered within 48 hours", *_in_time(opened, opened_then), "percent"),
            _counted("Alerts raised", facts.alerts_in(project, month), facts.alerts_in(project, before)),
        ],
        "rows": [
            {
                "title": one.title, "severity": one.get_severity_display(), "state": IncidentState(one.state).label,
                "hours": _hours(one), "incident": str(one.public_id),
            }
            for one in now[:MOST]
        ],
    }  # fmt: skip


def _in_time(now: list[Incident], then: list[Incident]) -> tuple[Any, Any, Any, str]:
    """Of the incidents whose 48 hours are over or that have recovered: the share that did so in time."""

    def share(rows: list[Incident]) -> dict[str, Any]:
        told = [one for one in rows if one.recovered_at or (one.due_at and one.due_at <= clock.now())]
        good = sum(bool(one.recovered_at and one.due_at and one.recovered_at <= one.due_at) for one in told)
        return wilson(good, len(told)).as_dict() if told else undefined(0, "no incident to tell by").as_dict()

    old = share(then) if then else None
    old = old if old and old["value"] is not None else None
    found = share(now)
    change, how = _unpaired(found, old)
    return found, old, change, how.replace("other items", "other incidents")


def _hours(incident: Incident) -> float | None:
    if incident.opened_at is None or incident.recovered_at is None:
        return None
    return round((incident.recovered_at - incident.opened_at).total_seconds() / 3600, 1)
