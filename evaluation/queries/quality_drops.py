"""What changed beside what moved, as its page shows it; and what can be done about it from there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from django.db.models import Count

from evaluation.enums import PredictionState
from evaluation.models import Prediction, Promotion, PromptVersion, QualityDrop, Run, TargetedRun
from evaluation.queries.driftboard import EFFECTS, name_of, said
from evaluation.queries.drop_facts import gold_of
from evaluation.queries.held_out import is_held_out
from evaluation.queries.promotions import in_production, rolls_back_to
from evaluation.queries.streams import predictions_in, window_of
from evaluation.stats.alt_test import set_f1
from evaluation.stats.quality_drop import ALONG, FITS, OPEN, STANDS, mean_of
from evaluation.stats.windows import BLANK
from labeling.enums import Split
from labeling.models import GoldEntry, Item, Project, Release
from reviewapp.common.charts import Chart, Gap, Point, forest, line_chart

LISTED = 50
CHARTED = 25
SIDES = ("then", "now", "again")


@dataclass(frozen=True)
class Listed:
    """One of the newest, in words."""

    drop: QualityDrop
    then: str
    now: str
    sentence: str


@dataclass(frozen=True)
class Change:
    """One line of what changed."""

    row: Mapping[str, Any]
    stands: str
    is_first: bool
    where: str


@dataclass(frozen=True)
class Again:
    """A slice that was looked at again: the same items then, now and again."""

    targeted: TargetedRun
    figures: Mapping[str, Any]  # by SIDES; empty until its run is over


@dataclass(frozen=True)
class Board:
    """The page of one."""

    sentence: str
    tone: str
    changes: list[Change]
    fell: list[Mapping[str, Any]]
    steady: list[Mapping[str, Any]]
    overall: list[tuple[str, Mapping[str, Any]]]
    labels: list[tuple[str, str, Mapping[str, Any]]]
    signals: list[Mapping[str, Any]]
    began: str
    series: Chart | None
    slices: Chart | None


def drops_of(project: Project) -> list[Listed]:
    """The newest; two queries."""
    drops = list(
        QualityDrop.objects.filter(project=project).select_related("created_by").order_by("-created_at", "-pk")[:LISTED]
    )
    names = run_names(project, (told for one in drops for told in (one.reference, one.current)))
    return [
        Listed(one, said(one.reference, names), said(one.current, names), sentence(one.report) if one.report else "")
        for one in drops
    ]


def run_names(project: Project, told: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    wanted = [one["run"] for one in told if "run" in one]
    rows = Run.objects.filter(project=project, public_id__in=wanted).values_list("public_id", "name")
    return {str(public_id): name for public_id, name in rows}


def sentence(report: Mapping[str, Any]) -> str:
    """What fell, where, and what changed at the same time."""
    return " ".join(part for part in (_fall_said(report), _where_said(report), _change_said(report)) if part)


def headline(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """The figure that the fall is told by: its values then and now, its difference, and whether it is beyond chance."""
    moved = report["moved"]
    if report["paired"]:
        one = moved["overall"]["micro_f1"]
        gap = one["difference"]
        is_beyond = gap["high"] is not None and (gap["high"] < 0 or gap["low"] > 0)
        return {
            "name": "Micro F1", "then": one["then"]["value"], "now": one["now"]["value"], "difference": gap,
            "is_beyond": is_beyond, "n": moved["n"],
        }  # fmt: skip
    one = moved["closeness"]
    gap = one["effect"]
    is_beyond = one["adjusted"] is not None and one["adjusted"] <= report["alpha"]
    return {
        "name": "Mean F1 of an item", "then": one["reference"], "now": one["current"], "difference": gap,
        "is_beyond": is_beyond, "n": moved["n"],
    }  # fmt: skip


def _fall_said(report: Mapping[str, Any]) -> str:
    one = headline(report)
    gap = one["difference"]["value"]
    if gap is None or one["then"] is None or one["now"] is None:
        moved = [name_of(signal) for signal in report["signals"] if signal["fired"]]
        names = f"; moved beyond chance: {', '.join(moved[:3])}" if moved else ""
        return f"How right it is cannot be told on both sides{names}."
    how = "fell" if gap < 0 else "rose" if gap > 0 else "stayed"
    beyond = "" if one["is_beyond"] else ", which chance alone may bring"
    return f"{one['name']} {how} from {one['then']:.3f} to {one['now']:.3f} (n {one['n']:,}){beyond}."


def _where_said(report: Mapping[str, Any]) -> str:
    worst = [one for one in report["slices"] if one["fell"]]
    if not worst:
        return ""
    first = worst[0]
    others = len(worst) - 1
    more = f", and in {others} other slice{'s' if others > 1 else ''}" if others else ""
    return f"Most in {first['attribute']} {first['value']} ({first['then']:.3f} to {first['now']:.3f}){more}."


def _change_said(report: Mapping[str, Any]) -> str:
    changed = [one for one in report["changed"] if one["stands"] != ALONG]
    if not changed:
        return "None of the settings looked at changed."
    first = changed[0]
    lies = first["lies"]
    place = f", on {lies['attribute']} {lies['value']}" if lies else ""
    why = "" if first["stands"] == FITS else " (its part cannot be told apart)" if first["stands"] == OPEN else ""
    return f"Changed at the same time, to look at first: {first['name']}{place}{why}."


def board_of(report: Mapping[str, Any]) -> Board:
    told = headline(report)
    gap = told["difference"]["value"]
    moved = report["moved"]
    names = {"micro_f1": "Micro F1", "macro_f1": "Macro F1", "exact_match": "Exact match"}
    labels = sorted(
        moved.get("labels", {}).items(),
        key=lambda one: (one[1]["p_adjusted"] is None, one[1]["p_adjusted"] or 1.0, one[1]["value"] or 0.0, one[0]),
    )
    fell = [one for one in report["slices"] if one["fell"]]
    signals = sorted(
        (one for one in report["signals"] if one["p"] is not None),
        key=lambda one: (not one["fired"], -abs(one["effect"]["value"] or 0.0) / one["matters"]),
    )
    is_worse = gap is not None and gap < 0 and told["is_beyond"]
    return Board(
        sentence=sentence(report),
        tone="bad" if is_worse else "gold" if gap is None or not told["is_beyond"] else "good",
        changes=[_change(one, place) for place, one in enumerate(report["changed"])],
        fell=fell,
        steady=[one for one in report["slices"] if not one["fell"]],
        overall=[(names[name], one) for name, one in moved.get("overall", {}).items()],
        labels=[(code, moved["names"].get(code, code), one) for code, one in labels],
        signals=[{**one, "effect_said": EFFECTS[one["effect_name"]], "said": name_of(one)} for one in signals],
        began=began_said(report["series"]),
        series=_series_chart(report["series"]),
        slices=_slice_chart(report["slices"]),
    )


def began_said(series: Mapping[str, Any]) -> str:
    """When it began, with how sure that is."""
    began, points = series["began"], series["points"]
    if began["at"] is None:
        return f"When it began cannot be told: {began['reason']}."
    first, early, late = (_point_said(points[began[key]]) for key in ("at", "earliest", "latest"))
    span = (
        "no other place is as likely as 5%" if early == late else f"with 95% chance between {early} and {late}"
    )  # fmt: skip
    return (
        f"The level of {series['measure']} changed from {began['before']:.3f} to {began['after']:.3f} at “{first}”, "
        f"{span} (p {_p(began['p'])})."
    )


def _point_said(point: Mapping[str, Any]) -> str:
    return f"{point['name']}, {point['of']}" if point["of"] else str(point["name"])


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _change(row: Mapping[str, Any], place: int) -> Change:
    lies = row["lies"]
    where = ""
    if lies:
        which = "all" if lies["touched"] == lies["n"] else f"{lies['touched']:,} of"
        where = f"{lies['attribute']} {lies['value']}: {which} {lies['n']:,} items"
    says = STANDS[row["stands"]]
    if row["kind"] == "mix" and row["stands"] == OPEN:
        says = "The input changed; its part in the fall is not known."
    return Change(row, says, place == 0 and row["stands"] == FITS, where)


def _series_chart(series: Mapping[str, Any]) -> Chart | None:
    points = series["points"]
    if len(points) < 2:
        return None
    start = floor(min(one["low"] for one in points) * 10) / 10
    start, stop = (start, start + 0.5) if max(one["high"] for one in points) <= start + 0.5 else (0.0, 1.0)
    return line_chart(
        [Point(one["name"], one["mean"], one["low"], one["high"], f"n {one['n']:,}") for one in points],
        title="The series that it is dated by", measure=series["measure"], start=start, stop=stop,
    )  # fmt: skip


def _slice_chart(slices: list[Mapping[str, Any]]) -> Chart | None:
    if not slices:
        return None
    rows = [
        Gap(
            f"{one['attribute']} {one['value'] or BLANK}", one["difference"]["value"], one["difference"]["low"],
            one["difference"]["high"], note=f"n {one['n'][1]:,}", stands_out=one["fell"],
            tone="loss" if one["fell"] else "quiet",
        )
        for one in slices[:CHARTED]
    ]  # fmt: skip
    return forest(
        rows,
        title="Whom it touches",
        measure=f"difference of {slices[0]['measure']}",
        worse="less than before",
        better="more than before",
    )


def version_now(drop: QualityDrop) -> PromptVersion | None:
    """The version that most of the newer side came from; None if it was made elsewhere."""
    window = window_of(drop.project, drop.current)
    if window.run:
        return window.run.prompt_version
    counted = predictions_in(drop.project, window).filter(run__prompt_version__isnull=False).order_by()
    most = counted.values("run__prompt_version").annotate(n=Count("pk")).order_by("-n", "-run__prompt_version").first()
    return PromptVersion.objects.select_related("prompt__project").get(pk=most["run__prompt_version"]) if most else None


def way_back(drop: QualityDrop) -> Promotion | None:
    """What a roll-back would bring back, if the newer side's version is the one in production."""
    version = version_now(drop)
    if version is None:
        return None
    now = in_production(version.prompt)
    return rolls_back_to(version.prompt) if now and now.version_id == version.pk else None


def worst_slice(drop: QualityDrop) -> tuple[str, str]:
    """The slice that fell most beyond chance; empty where none did."""
    worst = next((one for one in (drop.report or {}).get("slices", ()) if one["fell"]), None)
    return (worst["attribute"], worst["value"]) if worst else ("", "")


def affected_items(drop: QualityDrop) -> tuple[Release | None, list[int]]:
    """The dev items of the slice that fell most, or of all; none that any release holds out."""
    told = (drop.report or {}).get("release")
    release = Release.objects.filter(public_id=told, golden_set__project=drop.project).first() if told else None
    if release is None:
        return None, []
    attribute, value = worst_slice(drop)
    mine = Item.objects.filter(pk__in=GoldEntry.objects.filter(release=release, split=Split.DEV).values("item"))
    rows = mine.exclude(is_held_out(drop.project)).order_by("external_id").values_list("pk", "attributes")
    wanted = "" if value == BLANK else value
    return release, [pk for pk, known in rows if not attribute or str(known.get(attribute) or "") == wanted]


def lost_items(drop: QualityDrop) -> list[int]:
    """Affected dev items that were right and are not any more, the largest loss first."""
    release, items = affected_items(drop)
    gold = gold_of(release)
    wanted = [item for item in items if item in gold]
    then, now = (_closeness(drop, told, wanted, gold) for told in (drop.reference, drop.current))
    lost = {item: then.get(item, 1.0) - now[item] for item in wanted if item in now}
    return sorted((item for item in lost if lost[item] > 0), key=lambda item: (-lost[item], item))


def looked_again(drop: QualityDrop) -> list[Again]:
    """The targeted runs, newest first, each with the same items' closeness to gold then, now and again."""
    found = []
    release, _ = affected_items(drop)
    gold = gold_of(release)
    rows = drop.targeted.select_related("run__prompt_version__prompt").order_by("-pk")
    for one in rows[:10]:
        figures: dict[str, Any] = {}
        if one.run.finished_at and gold:
            items = list(Prediction.objects.filter(run=one.run).values_list("item", flat=True))
            again = {"run": str(one.run.public_id)}
            sides = [_closeness(drop, told, items, gold) for told in (drop.reference, drop.current, again)]
            figures = {
                name: mean_of(list(side.values())).as_dict() for name, side in zip(SIDES, sides, strict=True)
            }  # fmt: skip
        found.append(Again(one, figures))
    return found


def _closeness(
    drop: QualityDrop, told: Mapping[str, Any], items: list[int], gold: Mapping[int, frozenset[str]]
) -> dict[int, float]:
    """The F1 of each item's labels on one side; of several answers the newest, no answer is wrong."""
    rows = predictions_in(drop.project, window_of(drop.project, told)).filter(item__in=items).order_by("pk")
    return {
        item: set_f1(
            frozenset(one["code"] for one in labels) if state == PredictionState.DONE else frozenset(), gold[item]
        )
        for item, state, labels in rows.values_list("item_id", "state", "labels")
        if item in gold
    }


def table(report: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """What changed as rows of a file, in the order of the page."""
    for place, one in enumerate(report["changed"], 1):
        yield {
            "place": place, "changed": one["name"], "kind": one["kind"], "stands": STANDS[one["stands"]],
            "then": "; ".join(f"{value} ({n})" for value, n in one["then"]),
            "now": "; ".join(f"{value} ({n})" for value, n in one["now"]),
            "items": one["items"], "share_of_items": one["share_of_items"],
            "share_of_fall": one["share_of_fall"]["value"], "low": one["share_of_fall"]["low"],
            "high": one["share_of_fall"]["high"], "lost_more": one["lost_more"]["value"], "p": one["p"],
            "adjusted_p": one["adjusted"],
            "lies_in": f"{one['lies']['attribute']}={one['lies']['value']}" if one["lies"] else "",
        }  # fmt: skip
