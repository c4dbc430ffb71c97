"""How much each unlabelled item would teach: one score an item and strategy, the higher the sooner it is labelled.

Each label of an item is a question of its own, answered yes with confidence p. Rows are items, columns labels, and a
cell that is not stored says that the model did not name the label. With p the confidence of a named label:

    least     max over named labels of 1 - max(p, 1 - p)     0 to 0.5   Lewis & Gale 1994: the label nearest to 0.5
    margin    1 - mean over named labels of |2p - 1|         0 to 1     Scheffer et al. 2001, yes against no
    entropy   sum over named labels of H2(p), in bits        0 to n     Shannon 1948; Settles 2009, section 3.1
    votes     mean over labels that a member named of H2(share of members that named it)   Dagan & Engelson 1995
    jaccard   mean over pairs of members of the Jaccard distance of their label sets        0 to 1
    rarity    sum over named labels of p / (1 + items of gold with that label)              0 and above

For a single yes-or-no question the first three put items in the same order; with several labels they differ: the worst
label, the average label, all doubt together. An item whose model named nothing has no confidence: NaN, which says that
it cannot be told, and ranks in the middle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """A strategy: what it needs and how it is said."""

    name: str
    title: str
    says: str  # why an item with a high score was chosen
    needs: str = ""  # "confidences" or "committee"


KINDS = {
    kind.name: kind
    for kind in (
        Kind("least", "Least confident", "one of its labels is close to a coin's throw", "confidences"),
        Kind("margin", "Margin", "its labels are on average close to undecided", "confidences"),
        Kind("entropy", "Entropy", "much is undecided over all its labels", "confidences"),
        Kind("votes", "Vote entropy", "the runs split evenly over its labels", "committee"),
        Kind("jaccard", "Disagreement", "the runs name different sets of labels", "committee"),
        Kind("rarity", "Rare labels", "it may hold labels that gold has few of"),
        Kind("diversity", "Diversity", "its text is unlike all that is labelled or chosen"),
    )
}
DIVERSITY = "diversity"


def h2(p: Floats) -> Floats:
    """Binary entropy in bits; 0 at 0 and 1."""
    inside = np.clip(np.asarray(p, dtype=np.float64), 1e-300, 1.0)
    other = np.clip(1.0 - np.asarray(p, dtype=np.float64), 1e-300, 1.0)
    found: Floats = -(p * np.log2(inside) + (1.0 - p) * np.log2(other))
    return found


def least(confidences: sparse.csr_matrix) -> Floats:
    """(items,): the doubt in the item's least certain named label."""
    doubt = _of_cells(confidences, 1.0 - np.maximum(confidences.data, 1.0 - confidences.data))
    return _known(confidences, np.asarray(doubt.max(axis=1).todense(), dtype=np.float64).ravel())


def margin(confidences: sparse.csr_matrix) -> Floats:
    """(items,): one minus the mean gap between yes and no."""
    gaps = np.asarray(_of_cells(confidences, np.abs(2.0 * confidences.data - 1.0)).sum(axis=1)).ravel()
    return _known(confidences, 1.0 - gaps / np.maximum(_named(confidences), 1))


def entropy(confidences: sparse.csr_matrix) -> Floats:
    """(items,): the entropy of the whole label set in bits, labels taken as independent."""
    return _known(confidences, np.asarray(_of_cells(confidences, h2(confidences.data)).sum(axis=1)).ravel())


def votes(members: Sequence[sparse.csr_matrix]) -> Floats:
    """(items,): the mean vote entropy of the labels that any member named; 0 where none named one.

    Each member is (items, labels) of 0 and 1. ValueError for fewer than two.
    """
    _check_committee(members)
    shares = sparse.csr_matrix(sum(members[1:], start=members[0]), dtype=np.float64) / len(members)
    split = np.asarray(_of_cells(shares, h2(shares.data)).sum(axis=1)).ravel()
    return np.asarray(split / np.maximum(_named(shares), 1), dtype=np.float64)


def jaccard(members: Sequence[sparse.csr_matrix]) -> Floats:
    """(items,): the mean Jaccard distance between two members; two empty sets are the same. ValueError below two."""
    _check_committee(members)
    apart = []
    for one, other in combinations(members, 2):
        both = np.asarray(one.multiply(other).sum(axis=1), dtype=np.float64).ravel()
        either = np.asarray(one.sum(axis=1) + other.sum(axis=1), dtype=np.float64).ravel() - both
        apart.append(1.0 - np.where(either > 0, both / np.maximum(either, 1), 1.0))
    found: Floats = np.mean(apart, axis=0)
    return found


def rarity(confidences: sparse.csr_matrix, counts: Floats) -> Floats:
    """(items,): how many labels are expected that gold has few of; `counts` (labels,): items of gold with each."""
    return np.asarray(confidences @ (1.0 / (1.0 + np.asarray(counts, dtype=np.float64))), dtype=np.float64)


def ranks(scores: Floats) -> Floats:
    """(items,): from 0, the lowest, to 1, the highest; ties share the mean of their places, NaN is 0.5.

    >>> ranks(np.array([3.0, 1.0, 1.0, np.nan])).tolist()
    [1.0, 0.25, 0.25, 0.5]
    """
    from scipy.stats import rankdata  # noqa: PLC0415 -- slow to load

    found = np.full(len(scores), 0.5)
    known = ~np.isnan(scores)
    if known.sum() > 1:
        found[known] = (rankdata(scores[known]) - 1.0) / (known.sum() - 1.0)
    return found


def parse_mix(text: str) -> dict[str, float]:
    """ "least=0.6,diversity=0.4" as shares that sum to 1; "least" alone is all of it. ValueError says what is wrong.

    >>> parse_mix("least=3,diversity=1")
    {'least': 0.75, 'diversity': 0.25}
    """
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        if name not in KINDS or name in found:
            raise ValueError(f"“{part.strip()}” is no strategy, or comes twice; there are: {', '.join(KINDS)}")
        try:
            found[name] = float(number or 1)
        except ValueError:
            raise ValueError(f"“{part.strip()}” needs a weight, for example {name}=0.6") from None
    return shares_of(found)


def shares_of(mix: Mapping[str, float]) -> dict[str, float]:
    """Weights as shares that sum to 1. ValueError unless they are finite, not negative and one is above 0."""
    total = sum(mix.values())
    if not mix or not np.isfinite(total) or total <= 0 or min(mix.values()) < 0:
        raise ValueError("the weights of strategies are not negative, and one is above 0")
    return {name: weight / total for name, weight in mix.items() if weight}


def _of_cells(like: sparse.csr_matrix, cells: Floats) -> sparse.csr_matrix:
    return sparse.csr_matrix((cells, like.indices, like.indptr), shape=like.shape)


def _named(confidences: sparse.csr_matrix) -> NDArray[np.int64]:
    return np.asarray(np.diff(confidences.indptr), dtype=np.int64)


def _known(confidences: sparse.csr_matrix, scores: Floats) -> Floats:
    return np.where(_named(confidences) > 0, scores, np.nan).astype(np.float64)


def _check_committee(members: Sequence[sparse.csr_matrix]) -> None:
    if len(members) < 2:
        raise ValueError("a committee has at least two members")
