"""Which answers a person has to look at: the confidence of the least sure label against a threshold, and lots."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.stats.decisions import is_stated
from evaluation.stats.resampling import Floats

PRECISE = 0.95  # the chance of being right from which on a label goes through where no certificate says otherwise


def least_sure(answers: Sequence[Sequence[float | None]], way: Mapping[str, object] | None) -> Floats:
    """Of each answer the confidence of its least sure label, mapped by `way` where there is one.

    `answers` holds the stated confidences of each answer's labels. NaN for an answer without labels, and for one with
    a label whose confidence is missing or no number from 0 to 1. `way` is {"way", "parameters"} of a fitted Map.

    >>> least_sure([[0.9, 0.4], [], [0.8, None]], None).tolist()
    [0.4, nan, nan]
    """
    ends = np.cumsum([len(one) for one in answers])
    flat = np.array([one if is_stated(one) else np.nan for said in answers for one in said], dtype=np.float64)
    if way is not None and len(flat):
        from evaluation.stats.recalibration import Map  # noqa: PLC0415 -- brings scikit-learn

        known = np.isfinite(flat)
        flat[known] = Map(str(way["way"]), dict(way["parameters"]))(flat[known])  # type: ignore[call-overload]
    starts = np.concatenate([[0], ends[:-1]]) if len(answers) else ends
    return np.array(
        [flat[start:end].min() if end > start else np.nan for start, end in zip(starts, ends, strict=True)],
        dtype=np.float64,
    )


def lot(what: str, seed: int, key: int) -> float:
    """A number from 0 to below 1 that is the same whenever it is drawn, and independent for each `what` and key.

    >>> lot("audit", 0, 1) == lot("audit", 0, 1) != lot("blind", 0, 1)
    True
    """
    return int.from_bytes(hashlib.sha256(f"{what} {seed} {key}".encode()).digest()[:8]) / 2**64
