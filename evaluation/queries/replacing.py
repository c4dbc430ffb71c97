"""What the page "against people" shows: may the model take a rater's place, and what the collection looks like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.models import Evaluation
from evaluation.queries.ratings import numbers_of_raters, ratings_of
from labeling.models import User
from labeling.visibility import may_see_names
from reviewapp.common.charts import Chart, Gap, Share, forest, share_plot

CHARTED = 20
SERIES = ("corrected", "from labels alone", "the model's own share")


@dataclass(frozen=True)
class Against:
    """The alternative annotator test in words and as a picture."""

    missing: str
    found: Mapping[str, Any]
    verdict: str
    what_would_change_it: str
    chart: Chart | None
    won: int
    tested: int
    rows: list[tuple[str, Mapping[str, Any]]]  # the rater's name or number, and the figures


@dataclass(frozen=True)
class PopulationRow:
    code: str
    name: str
    found: Mapping[str, Any]
    precision: Mapping[str, Any] | None


@dataclass(frozen=True)
class Population:
    """Prevalence in the whole collection."""

    missing: str
    found: Mapping[str, Any]
    sentence: str
    chart: Chart | None
    rows: list[PopulationRow]


def names_of_raters(evaluation: Evaluation, viewer: User) -> dict[str, str]:
    """Names by number, for those who may know them."""
    in_round = evaluation.release.round
    if in_round is None or not may_see_names(viewer, evaluation.run.project):
        return {}
    numbers = numbers_of_raters(ratings_of(in_round))
    found = {str(rater.public_id): str(rater) for rater in User.objects.filter(public_id__in=numbers)}
    return {number: found[key] for key, number in numbers.items()}


def against(found: Mapping[str, Any], names: Mapping[str, str]) -> Against:
    missing = str(found.get("missing", ""))
    raters: Sequence[Mapping[str, Any]] = found.get("raters", ())
    rows = [(names.get(one["rater"], one["rater"]), one) for one in raters]
    marks = [
        Gap(
            name=name,
            value=one["advantage"]["value"],
            low=one["advantage"]["low"],
            high=one["advantage"]["high"],
            note=f"n {one['items']}",
            stands_out=bool(one["may_replace"]),
            tone="gain" if one["may_replace"] else "quiet",
        )
        for name, one in rows
        if one["advantage"]["value"] is not None
    ]
    chart = (
        forest(
            marks,
            title="The model's advantage over each rater",
            measure="advantage",
            worse="the rater is nearer",
            better="the model is nearer",
            tolerance=found["epsilon"],
        )
        if marks
        else None
    )
    verdict, change = _verdict(found) if not missing else ("", "")
    tested = [one for one in raters if one["may_replace"] is not None]
    won = sum(one["may_replace"] for one in tested)
    return Against(missing, found, verdict, change, chart, won, len(tested), rows)


def _verdict(found: Mapping[str, Any]) -> tuple[str, str]:
    tested = [one for one in found["raters"] if one["may_replace"] is not None]
    if not tested:
        return (
            f"This cannot be told: {found['reason']}.",
            f"It needs raters who share at least {found['least_items']} items. Give a third rater 60 to 100 of them.",
        )
    won = sum(one["may_replace"] for one in tested)
    against_whom = f"{won} of {len(tested)} raters"
    if found["passed"]:
        said = f"By this test the model may take a rater's place: it holds its own against {against_whom}."
        change = "A stricter epsilon, or more items with a third rating, could still overturn it."
    else:
        said = f"Not by this test: the model holds its own against {against_whom}, and half are needed."
        ends = [one["advantage"]["high"] for one in tested if not one["may_replace"]]
        worse = sum(end is None or end < -found["epsilon"] for end in ends)
        change = f"Against {worse} it is certainly worse than is granted: that needs a better model. " if worse else ""
        if open_ := len(ends) - worse:
            change += f"Against {open_} it could go either way: more items with a third rating would tell."
    return said, change


def population(found: Mapping[str, Any], names: Mapping[str, str]) -> Population:
    if missing := str(found.get("missing", "")):
        return Population(missing, found, "", None, [])
    rows = [
        PopulationRow(code, names.get(code, code), one, found.get("precision", {}).get(code))
        for code, one in found["labels"].items()
        if one["powered"]["value"] is not None
    ]
    rows.sort(key=lambda row: (-row.found["powered"]["value"], row.code))
    marks = [
        Share(
            name=row.name,
            value=row.found["powered"]["value"],
            low=row.found["powered"]["low"],
            high=row.found["powered"]["high"],
            thin=_ends(row.found["labels_only"]),
            bare=row.found["naive"]["value"],
        )
        for row in rows[:CHARTED]
    ]
    chart = share_plot(marks, title="How common each label is", series=SERIES) if marks else None
    return Population("", found, _sentence(rows), chart, rows)


def _ends(estimate: Mapping[str, Any]) -> tuple[float, float] | None:
    low, high = estimate["low"], estimate["high"]
    return None if low is None or high is None else (low, high)


def _sentence(rows: Sequence[PopulationRow]) -> str:
    """Where the model's own share is most certainly off, and how much narrower the intervals are."""
    off = [
        row
        for row in rows
        if (ends := _ends(row.found["powered"])) and not ends[0] <= row.found["naive"]["value"] <= ends[1]
    ]
    widths = [
        (mine[1] - mine[0]) / (alone[1] - alone[0])
        for row in rows
        if (mine := _ends(row.found["powered"])) and (alone := _ends(row.found["labels_only"])) and alone[1] > alone[0]
    ]
    said = ""
    if not rows:
        return "No label is common enough in gold for an estimate."
    if widths:
        narrower = 1 - sorted(widths)[len(widths) // 2]
        said = f"With the predictions the interval of a label is typically {max(narrower, 0):.0%} narrower. "
    if not off:
        return said + "The model's own share lies inside the interval for every label."
    worst = max(off, key=lambda row: abs(row.found["naive"]["value"] - row.found["powered"]["value"]))
    naive, value = worst.found["naive"]["value"], worst.found["powered"]["value"]
    return said + (
        f"Counting the model's answers as they are would be wrong for {len(off)} of {len(rows)} labels: it says "
        f"{naive:.1%} for “{worst.name}”, where {value:.1%} is the estimate."
    )
