"""Texts against reference texts: BLEU and chrF by sacrebleu, ROUGE-1, -2 and -L as Lin (2004) defines them.

They count shared words and letters, not meaning: secondary figures, for noticing that summaries changed.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from scipy import sparse

from evaluation.stats.intervals import bootstrap_sums, estimate
from evaluation.stats.shares import Sums
from evaluation.stats.types import Estimate, Resampled

MEASURES = ("precision", "recall", "f1")
ROUGE = ("rouge1", "rouge2", "rougeL")
TOKENS = "lower case, words are runs of letters and digits, no stemming"
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class TextReport:
    """Corpus BLEU and chrF (0 to 100), mean ROUGE (0 to 1), and how each was set."""

    texts: int
    empty: int  # texts that are missing: they count as saying nothing
    bleu: Estimate
    chrf: Estimate
    rouge: dict[str, dict[str, Estimate]]
    signatures: dict[str, str]
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "texts": self.texts,
            "empty": self.empty,
            "bleu": self.bleu.as_dict(),
            "chrf": self.chrf.as_dict(),
            **{
                name: {measure: found.as_dict() for measure, found in values.items()}
                for name, values in self.rouge.items()
            },
            "signatures": self.signatures,
            "interval": self.resampled.as_dict(),
        }


def text_report(
    texts: Sequence[str], references: Sequence[Sequence[str]], *, resamples: int = 1000, seed: int = 0
) -> TextReport:
    """Score texts against one or more references each (all the same number), with intervals over texts."""
    if len(texts) != len(references) or len({len(one) for one in references}) > 1:
        raise ValueError("each text needs as many references as every other")
    n = len(texts)
    draws = resamples if n >= 2 else 0
    bleu, chrf = BLEU(force=True), CHRF()
    found: dict[str, Estimate] = {}
    for name, metric in (("bleu", bleu), ("chrf", chrf)):
        found[name] = _corpus(metric, texts, references, resamples=draws, seed=seed)
    scores = np.array([_rouge_row(text, refs) for text, refs in zip(texts, references, strict=True)]).reshape(n, 9)
    sums = Sums(sparse.csr_matrix(scores), resamples=resamples, seed=seed)
    rouge = {
        name: {
            measure: sums.mean([3 * row + column], reason="there are no texts to compare")
            for column, measure in enumerate(MEASURES)
        }
        for row, name in enumerate(ROUGE)
    }
    signatures = {"rouge": TOKENS}
    if n:
        signatures = {"bleu": bleu.get_signature().format(), "chrf": chrf.get_signature().format(), **signatures}
    return TextReport(
        n, sum(not text.strip() for text in texts), found["bleu"], found["chrf"], rouge, signatures,
        Resampled(resamples, seed, method="bca"),
    )  # fmt: skip


def _corpus(
    metric: BLEU | CHRF, texts: Sequence[str], references: Sequence[Sequence[str]], *, resamples: int, seed: int
) -> Estimate:
    """A figure of the whole corpus. Both are functions of counts summed over texts, so a resample is a weighted sum."""
    n = len(texts)
    if not n:
        return estimate(float("nan"), np.empty(0), n=0, reason="there are no texts to compare")
    streams = [list(stream) for stream in zip(*references, strict=True)]
    value = float(metric.corpus_score(list(texts), streams).score)
    counts = np.array(metric._extract_corpus_statistics(list(texts), streams), dtype=np.float64)
    drawn = bootstrap_sums(sparse.csr_matrix((n, 0)), shares=counts, resamples=resamples, seed=seed)
    repeated = [float(metric._compute_score_from_stats([int(one) for one in row]).score) for row in drawn.round()]
    found = estimate(value, np.array(repeated), n=n, reason="")
    return found if found.low is None else replace(found, method="percentile")  # no influence by item is known


def _rouge_row(text: str, references: Sequence[str]) -> list[float]:
    """Precision, recall and F1 of ROUGE-1, -2 and -L against the reference with the best F1 of each."""
    scores = [rouge(text, reference) for reference in references]
    return [value for name in ROUGE for value in max((score[name] for score in scores), key=lambda row: row[2])]


def rouge(text: str, reference: str) -> dict[str, tuple[float, float, float]]:
    """(precision, recall, F1) of ROUGE-1, ROUGE-2 and ROUGE-L; nothing in common is 0, also where one side is empty.

    >>> rouge("The dog jumps", "the dog sleeps")["rouge2"]
    (0.5, 0.5, 0.5)
    """
    said, wanted = words(text), words(reference)
    found = {}
    for size in (1, 2):
        one, other = _grams(said, size), _grams(wanted, size)
        found[f"rouge{size}"] = _shares((one & other).total(), one.total(), other.total())
    found["rougeL"] = _shares(longest_common(said, wanted), len(said), len(wanted))
    return found


def words(text: str) -> list[str]:
    """The words of a text as ROUGE counts them here (`TOKENS`)."""
    return _WORD.findall(text.lower())


def _grams(tokens: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1))


def _shares(both: int, said: int, wanted: int) -> tuple[float, float, float]:
    if not both:
        return 0.0, 0.0, 0.0
    precision, recall = both / said, both / wanted
    return precision, recall, 2 * precision * recall / (precision + recall)


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence, a column of the table in one whole number (Hyyrö 2004).

    >>> longest_common("police killed the gunman".split(), "the gunman police killed".split())
    2
    """
    places: dict[str, int] = {}
    for place, token in enumerate(one):
        places[token] = places.get(token, 0) | 1 << place
    full = (1 << len(one)) - 1
    row = full
    for token in other:
        matches = row & places.get(token, 0)
        row = ((row + matches) | (row - matches)) & full
    return len(one) - row.bit_count()
