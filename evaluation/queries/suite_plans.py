"""What a suite would be before it is started: its runs, its answers, and about what they cost."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Avg

from evaluation.enums import Strategy
from evaluation.models import Prediction, PromptVersion
from evaluation.stress.kinds import GRADED
from labeling.enums import Split
from labeling.models import GoldEntry, Release


@dataclass(frozen=True)
class Estimate:
    """At most so many runs and answers: items that a kind does not fit are not asked about."""

    items: int
    runs: int
    is_free: bool
    an_item: float | None  # micro-dollars, by what its earlier answers cost; None: nothing is known

    @property
    def answers(self) -> int:
        return self.items * self.runs

    @property
    def cost(self) -> float | None:
        return None if self.an_item is None else self.an_item * self.answers


def estimate_of(
    version: PromptVersion | None,
    release: Release,
    *,
    kinds: Collection[str],
    strengths: Collection[int],
    sample: int | None,
) -> Estimate:
    """The size of a suite; a version that was not written yet is a built-in one, which costs nothing."""
    items = GoldEntry.objects.filter(release=release, split=Split.DEV).count()
    graded = sum(kind in GRADED for kind in kinds)
    is_free = version is None or version.strategy != Strategy.CHAT
    known = Prediction.objects.filter(run__prompt_version=version, cost_micro_usd__gt=0)
    return Estimate(
        items=items if sample is None else min(sample, items),
        runs=1 + graded * len(strengths) + len(kinds) - graded,
        is_free=is_free,
        an_item=None if is_free else known.aggregate(mean=Avg("cost_micro_usd"))["mean"],
    )
