"""What the Scores page shows: figures, sorted, filtered and rounded as the split allows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluation.models import Evaluation
from evaluation.queries.held_out import scores
from evaluation.queries.reading import Reading, reading
from evaluation.queries.small_cells import FEW
from evaluation.stats.hierarchy import line
from labeling.enums import Split
from labeling.models import Label

AVERAGES = ("micro", "macro", "weighted", "samples")
MEASURES = ("precision", "recall", "f1")
NEARLY_ALL = 0.98


@dataclass(frozen=True)
class LabelRow:
    """One label's figures on the page."""

    code: str
    name: str
    figures: dict[str, Any]
    branch: str = ""  # the code of its top label
    weighted: Mapping[str, Any] | None = None  # the figures of the population, where weights differ

    @property
    def support(self) -> int:
        return int(self.figures["support"])

    @property
    def errors(self) -> int:
        return int((self.figures["fp"] or 0) + (self.figures["fn"] or 0))

    @property
    def is_hidden(self) -> bool:
        return self.figures["tp"] is None

    @property
    def is_used(self) -> bool:
        return bool(self.support or self.figures["fp"])

    @property
    def width(self) -> float:
        """How wide the interval of F1 is; without one it is as wide as can be."""
        f1 = self.figures["f1"]
        return 1.0 if f1["low"] is None else float(f1["high"] - f1["low"])


ORDERS: dict[str, tuple[str, Callable[[LabelRow], Any]]] = {
    "support": ("Most in gold", lambda row: -row.support),
    "errors": ("Most errors", lambda row: -row.errors),
    "f1": ("Lowest F1", lambda row: 2.0 if row.figures["f1"]["value"] is None else row.figures["f1"]["value"]),
    "width": ("Least certain", lambda row: -row.width),
}


@dataclass(frozen=True)
class SliceRow:
    """One value of an attribute; hidden where a held-out slice would be too small."""

    value: str
    n: int
    f1: dict[str, Any]

    @property
    def is_hidden(self) -> bool:
        return bool(self.f1.get("reason") == FEW)


@dataclass(frozen=True)
class Scoreboard:
    """An evaluation as the page shows it."""

    evaluation: Evaluation
    report: dict[str, Any]
    reading: Reading
    labels: list[LabelRow]  # in use, the most frequent first
    unused: list[LabelRow]  # neither in gold nor predicted
    branches: list[LabelRow]
    slices: dict[str, list[SliceRow]]
    is_held_out: bool
    names: dict[str, str] = field(default_factory=dict)

    @property
    def never_predicted(self) -> list[LabelRow]:
        return [
            row
            for row in self.labels
            if row.support and not row.is_hidden and not row.figures["tp"] + row.figures["fp"]
        ]

    @property
    def hidden_labels(self) -> int:
        return sum(row.is_hidden for row in self.labels)

    @property
    def not_in_gold(self) -> list[LabelRow]:
        return [row for row in self.labels if not row.support]

    @property
    def is_weighted(self) -> bool:
        """Whether sampling weights differ so much that weighted figures are worth a place in the pictures."""
        population = self.report.get("population") or {"effective_items": self.report["items"]}
        return bool(population["effective_items"] < NEARLY_ALL * self.report["items"])

    @property
    def fallbacks(self) -> int:
        """How many figures have a percentile interval where the report says BCa."""
        return str(self.report).count("'method': 'percentile'")

    def ordered(self, *, order: str, branch: str) -> list[LabelRow]:
        """The labels in use in one of ORDERS, of one branch or of all."""
        kept = [row for row in self.labels if branch in ("", row.branch)]
        return sorted(kept, key=ORDERS[order if order in ORDERS else "support"][1])


def scoreboard(evaluation: Evaluation) -> Scoreboard:
    """The stored report; held-out figures to three decimals and without what tells of few items (DECISIONS 19)."""
    held_out = evaluation.split == Split.TEST
    version = evaluation.release.taxonomy_version
    labels = version.labels.all()
    if change := evaluation.report.get("taxonomy_change"):
        labels = Label.objects.filter(version__project=version.project_id, version__number=change["read_as"])
    found = labels.values_list("code", "name", "parent__code")
    names, parents = {}, {}
    for code, name, parent in found:
        names[code], parents[code] = name, parent
    tops = {code: line(code, parents)[-1] for code in evaluation.report["labels"]}
    report = scores(evaluation, tops)
    population = report.get("population") or {}
    rows = [
        LabelRow(code, names.get(code, code), figures, tops[code], population.get("labels", {}).get(code))
        for code, figures in report["labels"].items()
    ]
    slices = {
        attribute: [
            SliceRow(value, found["n"], found["f1"])
            for value, found in sorted(values.items(), key=lambda pair: (-pair[1]["n"], pair[0]))
        ]
        for attribute, values in report["slices"].items()
    }
    return Scoreboard(
        evaluation=evaluation,
        report=report,
        reading=reading(report, names),
        labels=sorted((row for row in rows if row.is_used), key=lambda row: (-row.support, row.code)),
        unused=[row for row in rows if not row.is_used],
        branches=[
            LabelRow(code, names.get(code, code), figures, code, population.get("branches", {}).get(code))
            for code, figures in report.get("branches", {}).items()
        ],
        slices=slices,
        is_held_out=held_out,
        names=names,
    )


def label_table(board: Scoreboard) -> list[dict[str, Any]]:
    """The rows of the CSV: one a label, those that are undefined too."""
    rows = []
    for row in [*board.labels, *board.unused]:
        line_of: dict[str, Any] = {"code": row.code, "name": row.name, "branch": row.branch, "support": row.support}
        for measure in MEASURES:
            found = row.figures[measure]
            line_of |= {measure: found["value"], f"{measure}_low": found["low"], f"{measure}_high": found["high"]}
            if row.weighted:
                line_of[f"{measure}_weighted"] = row.weighted[measure]["value"]
        line_of |= {name: row.figures[name] for name in ("tp", "fp", "fn")}
        rows.append(line_of | {"n": row.figures["f1"]["n"], "undefined": row.figures["f1"].get("reason", "")})
    return rows
