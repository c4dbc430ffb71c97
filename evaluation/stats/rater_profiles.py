"""How each rater answers beside what all raters together make likely (see `dawid_skene`), over all labels.

A rater's sensitivity is taken over all decisions where the label probably applies, specificity over those where it
probably does not. Intervals are Wilson's on the rounded counts, and take what is likely for certain: they are a little
too narrow. It is a hint at whom to talk to, not a mark: where most raters misread a guideline, the one who read it
right looks worst.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from evaluation.stats.dawid_skene import consensus, votes_on
from evaluation.stats.intervals import wilson
from evaluation.stats.rated_units import Rating

NAMED = 3  # labels on which a rater differs most


def profiles(ratings: Sequence[Rating], codes: Sequence[str]) -> list[dict[str, Any]]:
    """By rater: sensitivity, specificity, and the labels on which they differ most from what is likely."""
    counts: dict[str, list[float]] = defaultdict(lambda: [0.0] * 4)  # applies, said yes of them, does not, said no
    differing: dict[str, dict[str, float]] = defaultdict(dict)
    rated: dict[str, int] = defaultdict(int)
    for _, rater, _ in ratings:
        rated[rater] += 1
    for code in codes:
        votes = votes_on(code, ratings)
        found = consensus(votes)
        if found.reason:
            continue
        likely = dict(zip(found.items, found.probability, strict=True))
        for item, rater, yes in votes:
            p = likely[item]
            cells = (p, p * yes, 1 - p, (1 - p) * (not yes))
            counts[rater] = [one + other for one, other in zip(counts[rater], cells, strict=True)]
            differing[rater][code] = differing[rater].get(code, 0.0) + (p * (not yes) + (1 - p) * yes)
    return [
        {
            "rater": rater,
            "ratings": rated[rater],
            "sensitivity": _share(counts[rater][1], counts[rater][0]),
            "specificity": _share(counts[rater][3], counts[rater][2]),
            "differs_on": _most(differing[rater]),
        }
        for rater in sorted(rated)
    ]


def _share(part: float, whole: float) -> dict[str, Any]:
    n = round(whole)
    found = wilson(min(round(part), n), n)
    exact = part / whole if n and whole > 0 else None
    return found.as_dict() | ({"value": exact} if exact is not None else {})


def _most(differing: dict[str, float]) -> list[dict[str, Any]]:
    order = sorted(differing, key=lambda code: (-differing[code], code))[:NAMED]
    return [{"label": code, "times": round(differing[code], 2)} for code in order if differing[code] >= 0.5]
