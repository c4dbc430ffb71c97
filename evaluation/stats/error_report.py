"""How many errors of each kind a run made, at what rate, on which labels, in which branches, and on what grounds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.stats.errors import KINDS, SUBTYPES, ItemErrors, Parents, branch, errors_of
from evaluation.stats.shares import Sums, counted
from evaluation.stats.types import Estimate, Resampled

SUPPORT = ("unsupported", "supported", "unknown")
NO_ERRORS = "there are no errors"


def support_of(quote: str, *, is_found: bool, is_asked: bool) -> str:
    """How well a label that was made up is grounded: by a quote that is in the text, by none, or nobody recorded it.

    >>> support_of("sells payroll", is_found=True, is_asked=True)
    'supported'
    >>> support_of("", is_found=False, is_asked=True)
    'unsupported'
    >>> support_of("", is_found=False, is_asked=False)
    'unknown'
    """
    if quote.strip():
        return "supported" if is_found else "unsupported"
    return "unsupported" if is_asked else "unknown"


@dataclass(frozen=True)
class Rate:
    """A count of errors: its share of all errors (grounds: of what was made up), and how many there are an item."""

    count: int
    share: Estimate
    per_item: Estimate

    def as_dict(self) -> dict[str, Any]:
        return {"count": self.count, "share": self.share.as_dict(), "per_item": self.per_item.as_dict()}


@dataclass(frozen=True)
class LabelErrors:
    """One label's errors: as gold it was left out or taken for another, as a prediction made up or put for another."""

    left_out: int = 0
    taken_for_another: int = 0
    made_up: int = 0
    put_for_another: int = 0

    @property
    def total(self) -> int:
        return self.left_out + self.taken_for_another + self.made_up + self.put_for_another

    def as_dict(self) -> dict[str, int]:
        return {
            "left_out": self.left_out,
            "taken_for_another": self.taken_for_another,
            "made_up": self.made_up,
            "put_for_another": self.put_for_another,
            "fn": self.left_out + self.taken_for_another,
            "fp": self.made_up + self.put_for_another,
        }


@dataclass(frozen=True)
class ErrorReport:
    """All errors of a run on some items."""

    items: int
    wrong_items: int
    total: int
    kinds: dict[str, Rate]
    subtypes: dict[str, Rate]  # of the wrong labels; shares of all errors too
    support: dict[str, Rate]  # shares of the hallucinations
    labels: dict[str, LabelErrors]
    branches: dict[str, dict[str, Rate]]  # top label -> kind or subtype; shares of all errors
    pipeline: dict[str, int]  # why items have no answer -> items
    pipeline_omissions: int  # gold labels that items without an answer miss
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "items": self.items,
            "wrong_items": self.wrong_items,
            "total": self.total,
            "kinds": {name: rate.as_dict() for name, rate in self.kinds.items()},
            "subtypes": {name: rate.as_dict() for name, rate in self.subtypes.items()},
            "support": {name: rate.as_dict() for name, rate in self.support.items()},
            "labels": {code: found.as_dict() for code, found in self.labels.items()},
            "branches": {
                code: {kind: rate.as_dict() for kind, rate in found.items()} for code, found in self.branches.items()
            },
            "pipeline": self.pipeline,
            "pipeline_omissions": self.pipeline_omissions,
            "interval": self.resampled.as_dict(),
        }


def error_report(
    *,
    gold: Sequence[frozenset[str]],
    predicted: Sequence[frozenset[str] | None],
    parents: Parents,
    support: Sequence[Mapping[str, str]] | None = None,
    failures: Sequence[str] | None = None,
    errors: Sequence[ItemErrors] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> ErrorReport:
    """Count every error once, with intervals over items.

    `support` says for each item how each predicted label is grounded (`support_of`); what it does not name is
    unknown. `failures` says for each item why it has no answer, "" where it has one. `errors` may be given where the
    caller has paired them already. ValueError if lengths differ.
    """
    found = errors_of(gold, predicted, parents) if errors is None else list(errors)
    grounds = [{}] * len(found) if support is None else support
    reasons = ["" if answer is not None else "no answer" for answer in predicted] if failures is None else failures
    if not len(gold) == len(found) == len(grounds) == len(reasons):
        raise ValueError(f"{len(gold)} items, but {len(found)}, {len(grounds)} and {len(reasons)} rows about them")
    counts = [_counted(one, ground, parents) for one, ground in zip(found, grounds, strict=True)]
    rates = _Rates(counts, resamples=resamples, seed=seed)
    branches = [code for code, parent in parents.items() if parent is None]
    return ErrorReport(
        items=len(gold),
        wrong_items=sum(1 for one in counts if one),
        total=rates.count(*(("kind", kind) for kind in KINDS)),
        kinds={kind: rates.rate(("kind", kind), of=_all("kind", KINDS), reason=NO_ERRORS) for kind in KINDS},
        subtypes={how: rates.rate(("how", how), of=_all("kind", KINDS), reason=NO_ERRORS) for how in SUBTYPES},
        support={
            flag: rates.rate(("support", flag), of=_all("support", SUPPORT), reason="no label was made up")
            for flag in SUPPORT
        },
        labels=_by_label(found, parents),
        branches={
            code: {
                kind: rates.rate(("branch", code, kind), of=_all("kind", KINDS), reason=NO_ERRORS)
                for kind in (*KINDS, *SUBTYPES)
            }
            for code in branches
        },
        pipeline=dict(sorted(Counter(reason for reason in reasons if reason).items())),
        pipeline_omissions=sum(len(labels) for labels, reason in zip(gold, reasons, strict=True) if reason),
        resampled=Resampled(resamples, seed, method="bca"),
    )


Key = tuple[str, ...]


def _all(group: str, names: Sequence[str]) -> tuple[Key, ...]:
    return tuple((group, name) for name in names)


def _counted(errors: ItemErrors, support: Mapping[str, str], parents: Parents) -> Counter[Key]:
    """What one item adds to each count. A wrong label belongs to the branch of the gold label."""
    counts: Counter[Key] = Counter()
    for code in errors.omissions:
        counts["kind", "omission"] += 1
        counts["branch", branch(code, parents), "omission"] += 1
    for code in errors.hallucinations:
        counts["kind", "hallucination"] += 1
        counts["branch", branch(code, parents), "hallucination"] += 1
        counts["support", support.get(code, "unknown")] += 1
    for code, _, how in errors.wrong:
        counts["kind", "wrong_label"] += 1
        counts["branch", branch(code, parents), "wrong_label"] += 1
        counts["branch", branch(code, parents), how] += 1
        counts["how", how] += 1
    return counts


def _by_label(errors: Sequence[ItemErrors], parents: Parents) -> dict[str, LabelErrors]:
    """Every label with an error, in the order of the taxonomy."""
    left_out = Counter(code for one in errors for code in one.omissions)
    made_up = Counter(code for one in errors for code in one.hallucinations)
    mistaken = Counter(code for one in errors for code, _, _ in one.wrong)
    put = Counter(code for one in errors for _, code, _ in one.wrong)
    every = {
        code: LabelErrors(left_out[code], mistaken[code], made_up[code], put[code])
        for code in dict.fromkeys([*parents, *left_out, *made_up, *mistaken, *put])
    }
    return {code: found for code, found in every.items() if found.total}


class _Rates:
    """Counts by item under their keys, and rates of them over the same resamples."""

    def __init__(self, counts: Sequence[Counter[Key]], *, resamples: int, seed: int) -> None:
        self.columns = {key: place for place, key in enumerate(sorted({key for one in counts for key in one}))}
        cells = {(row, self.columns[key]): float(value) for row, one in enumerate(counts) for key, value in one.items()}
        matrix = counted(cells, items=len(counts), columns=len(self.columns))
        self.sums = Sums(matrix, resamples=resamples, seed=seed)

    def count(self, *keys: Key) -> int:
        return self.sums.total(self._places(keys))

    def rate(self, key: Key, *, of: Sequence[Key], reason: str) -> Rate:
        above, below = self._places([key]), self._places(of)
        return Rate(
            count=self.sums.total(above),
            share=self.sums.share(above, below, reason=reason, n=self.sums.total(below)),
            per_item=self.sums.mean(above, reason="there are no items"),
        )

    def _places(self, keys: Sequence[Key]) -> list[int]:
        return [self.columns[key] for key in keys if key in self.columns]
