"""The bias audit: every slice of a split against the rest, by attributes, by what texts show, and the two crossed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.analyses.asked import Asked
from evaluation.queries.pairing import Paired
from evaluation.stats import derived as texts
from evaluation.stats.cells import SMALLER, Cell, cells_of, pooled, smaller_together
from evaluation.stats.slices import RATIOS, SMALLEST, audit
from evaluation.stats.suspicions import suspected
from evaluation.stats.wording import wording
from reviewapp.common.errors import Refused

DEFAULTS: dict[str, Any] = {"measure": "f1", "smallest": SMALLEST}
FORMAT = 7
HELD_OUT_CELL = 20
DEALS = 5000
MOST_CROSSED = 20_000  # items; beyond it crossing takes minutes
LANGUAGE, LENGTH, WORDING, SUSPICION = (
    "language of the text",
    "length of the text",
    "gendered wording",
    "instructions in the text",
)
DERIVED = {
    LANGUAGE: "as py3langid guesses it from the text; unknown under 40 characters",
    LENGTH: "thirds of these items by their number of characters",
    WORDING: "whether plain words for women or men occur, by small lists for six languages",
    SUSPICION: "signs that the text gives orders to a model; signs, not proof",
}
Properties = dict[str, list[str]]


def compute(asked: Asked) -> dict[str, Any]:
    measure, smallest = str(asked.parameters["measure"]), int(asked.parameters["smallest"])
    if measure not in RATIOS:
        raise Refused(f"Slices are compared by one of {', '.join(RATIOS)}, not by “{measure}”.")
    if not 2 <= smallest <= 1000:
        raise Refused("The smallest slice has between 2 and 1,000 items.")
    paired = asked.paired
    n = len(paired.gold)
    declared, derived = properties(paired)
    same = {name: found for name, values in derived.items() if (found := _said_before(values, declared))}
    kept, shown = _pooled(declared), _pooled({name: one for name, one in derived.items() if name not in same})
    cells = cells_of(
        {name: values for name, (values, _) in kept.items()},
        {name: values for name, (values, _) in shown.items()},
        crossed=n <= MOST_CROSSED,
    )
    report = audit(
        gold=[entry.labels for entry in paired.gold],
        predicted=paired.predicted,
        codes=paired.codes,
        cells=_telling([*cells, *smaller_together(cells, smallest=smallest)], n, smallest),
        measure=measure,
        smallest=smallest,
        resamples=asked.resampling.resamples,
        deals=DEALS,
        seed=asked.resampling.seed,
    ).as_dict()
    return report | {
        "properties": [
            {
                "name": name,
                "family": family,
                "values": len(set(declared[name] if family == "declared" else derived[name])),
                "pooled": left,
                "smaller": _smaller(cells, name, smallest),
                "how": DERIVED.get(name, "an attribute of the items") if family == "derived" else "",
            }
            for family, found in (("declared", kept), ("derived", shown))
            for name, (_, left) in found.items()
        ],
        "same": same,
        "crossed": n <= MOST_CROSSED,
    }


def properties(paired: Paired) -> tuple[Properties, Properties]:
    """Each item's value of each attribute that the project slices by, and of each property of its text."""
    declared = {
        name: [str(entry.attributes.get(name, "")) for entry in paired.gold] for name in paired.run.project.slices
    }
    whole = ["\n".join(str(document["text"]) for document in entry.documents) for entry in paired.gold]
    languages = [texts.language(text) for text in whole]
    derived = {
        LANGUAGE: languages,
        LENGTH: texts.length_bands(whole),
        WORDING: [wording(text, language=language) for text, language in zip(whole, languages, strict=True)],
        SUSPICION: [suspected(f"{entry.name}\n{text}") for entry, text in zip(paired.gold, whole, strict=True)],
    }
    return declared, {name: values for name, values in derived.items() if name not in declared}


def _pooled(found: Properties) -> dict[str, tuple[list[str], int]]:
    return {name: pooled(values) for name, values in found.items()}


def _smaller(cells: Sequence[Cell], name: str, smallest: int) -> list[str]:
    """The values of a property that are too small for figures, the largest first."""
    small = [cell for cell in cells if cell.by == (name,) and cell.n < smallest]
    return [cell.value[0] for cell in sorted(small, key=lambda cell: (-cell.n, cell.value))]


def _said_before(values: Sequence[str], declared: Properties) -> str:
    """The attribute that parts the items in just the same way, if one does: crossing the two would say all twice."""
    parted = _parts(values)
    return next((name for name, others in declared.items() if values and _parts(others) == parted), "")


def _parts(values: Sequence[str]) -> list[int]:
    """For each item the first place of its value."""
    first: dict[str, int] = {}
    return [first.setdefault(value, place) for place, value in enumerate(values)]


def _telling(cells: Sequence[Cell], n: int, smallest: int) -> list[Cell]:
    """Without the cells that hold all items, and without crossed ones that are all of one of their values, or that
    cross a value which nearly all items have."""
    whole = {(cell.by[0], cell.value[0]): cell.n for cell in cells if cell.family != "crossed"}
    return [
        cell
        for cell in cells
        if cell.n < n
        and (cell.family != "crossed" or all(cell.n < whole[pair] <= n - smallest for pair in _sides(cell)))
    ]


def _sides(cell: Cell) -> list[tuple[str, str]]:
    return list(zip(cell.by, cell.value, strict=True))


def table(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a slice."""
    measures = ("precision", "recall", "f1", "exact_match", "macro_f1")
    rows = []
    for one in report["slices"]:
        gap = one["gap"]
        rows.append(
            {
                "kind": one["family"],
                "by": " x ".join(one["by"]),
                "value": " x ".join(one["value"]),
                "n": one["n"],
                **{name: one[name]["value"] if name in one else None for name in measures},
                "measure": report["measure"],
                "gap": gap["value"],
                "gap_low": gap["low"],
                "gap_high": gap["high"],
                "p": gap["p"],
                "p_adjusted": gap["p_adjusted"],
                "stands_out": one["stands_out"],
                "detectable_gap": one["detectable"],
                "note": gap.get("reason", ""),
            }
        )
    return rows


def redact(report: Mapping[str, Any]) -> dict[str, Any]:
    """What a held-out split may show: no slice under 20 items, none that the others of its property would give away,
    and no crossed ones, which could be subtracted from each other down to single items."""
    hidden: set[tuple[str, str]] = set()
    for found in report["properties"]:
        mine = sorted(
            (one for one in report["slices"] if one["by"] == [found["name"]] and one["value"] != [SMALLER]),
            key=lambda one: (one["n"], one["value"]),
        )
        left = 0
        for one in mine:
            if one["n"] < HELD_OUT_CELL or 0 < left < HELD_OUT_CELL:
                hidden.add((found["name"], one["value"][0]))
                left += one["n"]
    shown = [
        _hidden(one) if (one["by"][0], one["value"][0]) in hidden else one
        for one in report["slices"]
        if one["family"] != "crossed"
    ]
    families = {name: found for name, found in report["families"].items() if name != "crossed"}
    for name, found in families.items():
        largest = found["largest"]
        if largest and (largest["by"][0], largest["value"][0]) in hidden:
            families[name] = found | {"largest": None}
    return {**report, "slices": shown, "families": families, "crossed": False}


def _hidden(one: Mapping[str, Any]) -> dict[str, Any]:
    reason = (
        f"hidden: a held-out slice shows from {HELD_OUT_CELL} items on, and as long as the others do not give it away"
    )
    kept = {name: one[name] for name in ("family", "by", "value")}
    gap = {"value": None, "low": None, "high": None, "n": None, "p": None, "p_adjusted": None, "reason": reason}
    return {**kept, "n": None, "gap": gap, "detectable": None, "stands_out": False}


def members(paired: Paired, wanted: Mapping[str, str]) -> tuple[str, list[int]]:
    """The items of a slice: `by` and `value`, and for a crossed one `by2` and `value2`."""
    declared, derived = properties(paired)
    known = {name: values for name, (values, _) in _pooled({**derived, **declared}).items()}
    sides = [(wanted.get(by, ""), wanted.get(value, "")) for by, value in (("by", "value"), ("by2", "value2"))]
    sides = [(by, value) for by, value in sides if by]
    if not sides or any(by not in known for by, _ in sides):
        return "in no slice", []
    sets = [_values_meant(value, known[by], wanted.get("smallest", "")) for by, value in sides]
    places = [
        place
        for place in range(len(paired.gold))
        if all(known[by][place] in meant for (by, _), meant in zip(sides, sets, strict=True))
    ]
    return " and ".join(f"{by} is {value or '(blank)'}" for by, value in sides), places


def _values_meant(value: str, values: Sequence[str], smallest: str) -> set[str]:
    """The value itself, or all that are too small for figures of their own."""
    if value != SMALLER:
        return {value}
    least = int(smallest) if smallest.isascii() and smallest.isdigit() else SMALLEST
    return {one for one, number in Counter(values).items() if number < least}
