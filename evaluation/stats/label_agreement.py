"""Agreement on each label as a yes-or-no question: alpha, kappa, Gwet's AC1, percent agreement, prevalence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import mean_of_defined, ratio
from evaluation.stats.rated_units import RatedUnits
from evaluation.stats.resampling import Floats
from evaluation.stats.types import Estimate

USED = "the label was chosen always or never, so chance and agreement cannot be told apart"
MEANS = ("alpha", "kappa", "ac1")


@dataclass(frozen=True)
class LabelAgreement:
    """One label's agreement."""

    alpha: Estimate
    kappa: Estimate
    kappa_kind: str
    ac1: Estimate
    percent_agreement: Estimate
    prevalence: Estimate
    n: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "alpha": self.alpha.as_dict(),
            "kappa": self.kappa.as_dict(),
            "kappa_kind": self.kappa_kind,
            "ac1": self.ac1.as_dict(),
            "percent_agreement": self.percent_agreement.as_dict(),
            "prevalence": self.prevalence.as_dict(),
            "n": self.n,
        }


Ask = Callable[[str, str, int], Estimate]  # a measure, the reason why it may be undefined, the label's place


def label_agreement(ask: Ask, place: int, *, kappa_kind: str, n: int) -> LabelAgreement:
    """One label's figures, each asked for by name."""
    return LabelAgreement(
        alpha=ask("label_alpha", USED, place),
        kappa=ask("label_kappa", USED, place),
        kappa_kind=kappa_kind,
        ac1=ask("label_ac1", USED, place),
        percent_agreement=ask("label_percent", "", place),
        prevalence=ask("label_prevalence", "", place),
        n=n,
    )


def label_columns(units: RatedUnits) -> list[sparse.csr_matrix]:
    """By label: how many ratings of an item chose it, the share of pairs that differ, that times m, and the share of
    ratings; if two raters rated everything also whether the first chose it, the second, both."""
    chosen = (units.gather @ units.marks).tocsr()
    sizes = np.repeat(units.sizes, np.diff(chosen.indptr))
    differ = chosen.copy()
    differ.data = 2 * chosen.data * (sizes - chosen.data) / np.maximum(sizes * (sizes - 1), 1)
    weighted = differ.copy()
    weighted.data = differ.data * sizes
    share = chosen.copy()
    share.data = chosen.data / sizes
    pair = units.two_raters
    return [chosen, differ, weighted, share, *(_cohen_columns(units, pair) if pair else [])]


def _cohen_columns(units: RatedUnits, pair: tuple[str, str]) -> list[sparse.csr_matrix]:
    first, second = (
        units.gather @ sparse.diags([float(rater == one) for rater in units.raters]) @ units.marks for one in pair
    )
    return [first.tocsr(), second.tocsr(), first.multiply(second).tocsr()]


def label_measures(by_label: list[Floats], ratings: Floats, n: int) -> dict[str, Floats]:
    """Every measure from sums over items: (resamples, labels) each; and their means over the labels in use."""
    many, items = ratings[:, None], np.full((len(ratings), 1), float(n))
    chosen, differ, weighted, share = by_label[:4]
    expected = ratio(2 * chosen * (many - chosen), many * (many - 1))
    rate, apart = ratio(share, items), ratio(differ, items)
    by_chance = 2 * rate * (1 - rate)
    found = {
        "label_alpha": one_minus(ratio(weighted, many), expected),
        "label_percent": 1 - apart,
        "label_prevalence": ratio(chosen, many),
        "label_ac1": one_minus(apart, 1 - by_chance),
    }
    if len(by_label) > 4:
        first, second, both = (block / n for block in by_label[4:7])
        cohens = first * second + (1 - first) * (1 - second)
        found["label_kappa"] = one_minus(first + second - 2 * both, 1 - cohens)
    else:
        found["label_kappa"] = one_minus(apart, by_chance)
    return found


def with_means(found: dict[str, Floats], in_use: np.ndarray) -> dict[str, Floats]:
    """Adds the means over the labels in use; AC1 of the others is taken away: there is nothing to agree on."""
    ac1 = np.where(in_use, found["label_ac1"], np.nan)
    found = found | {"label_ac1": ac1}
    return found | {f"mean_{name}": mean_of_defined(found[f"label_{name}"][:, in_use]) for name in MEANS}


def one_minus(observed: Floats, expected: Floats) -> Floats:
    """1 - observed / expected, NaN where nothing is expected to differ."""
    return 1 - ratio(observed, np.where(expected > 1e-15, expected, 0.0))
