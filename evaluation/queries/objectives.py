"""Which objective a page holds figures against, and where an evaluation stands against it."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Avg, Count

from evaluation.analyses import kind_called
from evaluation.enums import Aim, Counted
from evaluation.models import Analysis, Evaluation, Objective, Prediction
from evaluation.queries.held_out import rounded, scores, shown
from evaluation.queries.repeats import repeated
from evaluation.stats.slices import largest_gap
from evaluation.stats.standing import Judged, Requirement, Standing, Verdict, stand
from evaluation.stats.types import Estimate, undefined
from labeling.enums import Split
from labeling.models import Project
from reviewapp.common.charts import Chart, bullet
from reviewapp.common.errors import Refused

CHOSEN = "objectives"
GAP, COST = "Largest gap between a slice and the rest", "Cost an item"
FIRST = {Aim.CORRECTNESS: "precision", Aim.COMPLETENESS: "recall", Aim.CONSISTENCY: "flips"}


@dataclass(frozen=True)
class Line:
    """One requirement as the strip shows it."""

    judged: Judged
    chart: Chart

    @property
    def tone(self) -> str:
        return {Verdict.MET: "good", Verdict.MISSED: "bad", Verdict.UNSURE: "gold"}.get(self.judged.verdict, "")


@dataclass(frozen=True)
class Strip:
    """The standing of an evaluation on a page, and the objectives to choose from."""

    objectives: list[Objective]
    chosen: Objective | None
    standing: Standing | None
    lines: list[Line]

    @property
    def tone(self) -> str:
        verdict = self.standing.verdict if self.standing else None
        return {Verdict.MET: "good", Verdict.MISSED: "bad", Verdict.UNSURE: "gold"}.get(verdict, "") if verdict else ""


def in_use(project: Project) -> list[Objective]:
    return list(Objective.objects.filter(project=project, archived_at__isnull=True).order_by("-is_default", "name"))


def find_objective(project: Project, name: str) -> Objective:
    found = Objective.objects.filter(project=project, name=name, archived_at__isnull=True).first()
    if found is None:
        names = ", ".join(one.name for one in in_use(project)) or "none yet"
        raise Refused(f"There is no objective “{name}” in use in this project. There are: {names}.")
    return found


def choose(session: MutableMapping[str, Any], project: Project, objective: Objective) -> None:
    """Kept for this session, for this project."""
    session[CHOSEN] = {**session.get(CHOSEN, {}), project.slug: str(objective.public_id)}


def chosen_of(objectives: list[Objective], project: Project, session: Mapping[str, Any]) -> Objective | None:
    wanted = session.get(CHOSEN, {}).get(project.slug)
    return next((one for one in objectives if str(one.public_id) == wanted), None) or next(
        (one for one in objectives if one.is_default), None
    )


def chosen_objective(project: Project, session: Mapping[str, Any]) -> Objective | None:
    """The one chosen in this session, else the project's default."""
    return chosen_of(in_use(project), project, session)


def strip(evaluation: Evaluation, session: Mapping[str, Any]) -> Strip:
    project = evaluation.run.project
    objectives = in_use(project)
    chosen = chosen_of(objectives, project, session)
    standing = standing_of(chosen, evaluation) if chosen else None
    return Strip(objectives, chosen, standing, [_line(one) for one in standing.judged] if standing else [])


def _line(judged: Judged) -> Line:
    asked = judged.asked
    most = 1.0 if not asked.is_money else max(asked.tolerance, asked.figure.value or 0.0, 1e-6) * 1.25
    value = asked.figure.value
    return Line(
        judged,
        bullet(asked.name, value=value, low=judged.low, high=judged.high, target=asked.tolerance, most=most),
    )


def targets(objective: Objective | None) -> dict[str, float]:
    """The lines that charts draw, by measure."""
    if objective is None:
        return {}
    found = {
        "f1": objective.target_f1,
        "precision": objective.min_precision,
        "recall": objective.min_recall,
        "gap": objective.max_gap,
    }
    return {name: value for name, value in found.items() if value is not None}


@dataclass
class Facts:
    """What an evaluation's report does not hold, read once however many objectives it is held against."""

    evaluation: Evaluation

    @cached_property
    def gap(self) -> Estimate:
        return _gap(self.evaluation)

    @cached_property
    def cost(self) -> Estimate:
        return _cost(self.evaluation)

    @cached_property
    def flips(self) -> Estimate:
        return _flip_rate(self.evaluation)


def standing_of(
    objective: Objective, evaluation: Evaluation, facts: Facts | None = None, *, by_operator: bool = False
) -> Standing:
    """Held against what is stored: nothing is computed here, and held-out figures come as pages may show them.

    The operator's command also holds labels of few held-out items against what is asked of them.
    """
    facts = facts or Facts(evaluation)
    report = rounded(evaluation.report) if by_operator and evaluation.split == Split.TEST else scores(evaluation)
    average = report["samples" if objective.counted == Counted.ITEM else "micro"]
    kinds: dict[str, tuple[float | None, Callable[[float], Requirement]]] = {
        "precision": (objective.min_precision, lambda least: _share("Precision", average["precision"], least)),
        "recall": (objective.min_recall, lambda least: _share("Recall", average["recall"], least)),
        "f1": (objective.target_f1, lambda least: _share("F1", average["f1"], least)),
        "flips": (objective.max_flips, lambda most: _flips(facts.flips, most)),
        "gap": (objective.max_gap, lambda most: Requirement(GAP, facts.gap, most, is_least=False)),
        "cost": (
            objective.max_cost,
            lambda most: _money(facts.cost, most),
        ),
    }
    first = FIRST[Aim(objective.purpose)]
    found: list[Requirement] = []
    for name in sorted(kinds, key=lambda one: one != first):
        tolerance, made = kinds[name]
        if tolerance is not None:
            found.append(made(tolerance))
        if name == "recall":
            found += [_label(report, code, least) for code, least in sorted(objective.recall_of.items())]
    return stand(found)


def standing_report(objective: Objective, standing: Standing) -> dict[str, Any]:
    """A standing with the numbers it was held against."""
    asked = (
        "purpose", "counted", "target_f1", "min_precision", "min_recall", "recall_of", "max_gap", "max_cost",
        "max_flips",
    )  # fmt: skip
    tolerances = {name: getattr(objective, name) for name in asked}
    return {"name": objective.name, "number": objective.number, "asked": tolerances, **standing.as_dict()}


def _estimate(content: Mapping[str, Any]) -> Estimate:
    return Estimate(content["value"], content["low"], content["high"], content["n"] or 0, content.get("reason", ""))


def _share(name: str, content: Mapping[str, Any], least: float) -> Requirement:
    return Requirement(name, _estimate(content), least)


def _label(report: Mapping[str, Any], code: str, least: float) -> Requirement:
    name, found = f"Recall of {code}", report["labels"].get(code)
    if found is None:
        return Requirement(name, undefined(0, "This release's taxonomy has no such label."), least)
    return Requirement(name, _estimate(found["recall"]), least, trials=found["support"])


def _money(figure: Estimate, most: float) -> Requirement:
    return Requirement(COST, figure, most, is_least=False, is_exact=True, is_money=True)


def _flips(figure: Estimate, most: float) -> Requirement:
    return Requirement("Flip rate", figure, most, is_least=False)


def _flip_rate(evaluation: Evaluation) -> Estimate:
    """The share of items that did not get the same labels each time, over the finished repeats of the run."""
    found = repeated(evaluation.run, with_gold=False).found
    if found is None:
        return undefined(0, "It needs the same run twice: repeat the run on its Stability page.")
    if evaluation.split != Split.TEST:
        return found.sets
    return _estimate(rounded(found.sets.as_dict()))


def _gap(evaluation: Evaluation) -> Estimate:
    """The largest gap of a declared slice against the rest (`stats.slices.largest_gap`)."""
    stored = (
        Analysis.objects.filter(evaluation=evaluation, kind="slices", parameters=kind_called("slices").DEFAULTS)
        .order_by("-created_at")
        .first()
    )
    if stored is None:
        return undefined(0, "Open the Slices page once, or run analyse --what slices.")
    stored.evaluation = evaluation
    gaps = [
        one["gap"] for one in shown(stored)["slices"] if one["family"] == "declared" and one["gap"]["low"] is not None
    ]
    if not gaps:
        return undefined(0, "No slice is large enough for a gap.")
    return largest_gap([(gap["value"], gap["low"], gap["high"]) for gap in gaps], evaluation.report["items"])


def _cost(evaluation: Evaluation) -> Estimate:
    paid = Prediction.objects.filter(run=evaluation.run_id, cost_micro_usd__isnull=False).aggregate(
        mean=Avg("cost_micro_usd"), n=Count("pk")
    )
    if not paid["n"]:
        return undefined(0, "The run states no cost.")
    return Estimate(float(paid["mean"]) / 1e6, None, None, paid["n"])
