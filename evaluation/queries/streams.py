"""A window of predictions, read for comparison with another: a run, or what was said between two times."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from django.db.models import Count, Max, QuerySet

from evaluation.enums import WITHOUT_LABELS, PredictionState, RunOrigin
from evaluation.models import Prediction, Review, Run
from evaluation.queries.lessons import item_texts
from evaluation.queries.reviews import override_by_day, override_days
from evaluation.stats.alt_test import set_f1
from evaluation.stats.derived import language
from evaluation.stats.windows import Overruled, Seen, Texts
from labeling.enums import Split
from labeling.models import GoldEntry, Item, Project, Release
from reviewapp.common.errors import Refused

OVER = (PredictionState.DONE, PredictionState.FAILED)
WATCHED = (RunOrigin.HAND, RunOrigin.CANDIDATE, RunOrigin.MODEL)  # not what is disturbed, repeated or tried out
TEXTS = 1000  # of each window: their texts are read, the others' are not
CHUNK = 2000
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Window:
    """A run, or the predictions of runs over new items that were finished from `start` until before `end`."""

    run: Run | None = None
    start: datetime | None = None
    end: datetime | None = None
    prompt: str = ""  # its name; empty: of any prompt, and imported ones

    def as_json(self) -> dict[str, Any]:
        if self.run:
            return {"run": str(self.run.public_id)}
        assert self.start is not None
        assert self.end is not None
        return {"from": self.start.isoformat(), "until": self.end.isoformat(), "prompt": self.prompt}


def window_of(project: Project, told: Mapping[str, Any]) -> Window:
    """The window that a check keeps as JSON."""
    if "run" in told:
        return Window(run=Run.objects.get(project=project, public_id=told["run"]))
    return Window(
        start=datetime.fromisoformat(told["from"]), end=datetime.fromisoformat(told["until"]), prompt=told["prompt"]
    )


def check_comparable(run: Run) -> None:
    """Raises Refused for a run whose figures would be a look at held-out gold, or that is not over."""
    if run.split == Split.TEST:
        raise Refused(f"“{run}” is a run over held-out items. Score it by an evaluation, which is counted.")
    if run.origin in WITHOUT_LABELS:
        raise Refused(f"“{run}” judged outputs: it has no labels.")
    if run.origin == RunOrigin.ATTACK:
        raise Refused(f"“{run}” answered a text of a red-team round, which is no item.")
    if not run.finished_at:
        raise Refused(f"“{run}” is not finished.")


def predictions_in(project: Project, window: Window) -> QuerySet[Prediction]:
    found = Prediction.objects.filter(run__project=project, state__in=OVER)
    if window.run:
        return found.filter(run=window.run)
    found = found.filter(run__release=None, run__perturbation__isnull=True, run__origin__in=WATCHED)
    if window.prompt:
        found = found.filter(run__prompt_version__prompt__name=window.prompt)
    return found.filter(finished_at__gte=window.start, finished_at__lt=window.end)


def fingerprint(project: Project, window: Window) -> list[Any]:
    """What tells that a window reads as it read before: how many predictions, and the newest."""
    found = predictions_in(project, window).aggregate(number=Count("pk"), newest=Max("pk"), latest=Max("finished_at"))
    return [found["number"], found["newest"], found["latest"].isoformat() if found["latest"] else None]


def newest_release(project: Project) -> Release | None:
    releases = Release.objects.filter(golden_set__project=project).select_related("golden_set")
    return releases.order_by("-frozen_at", "-pk").first()


def read_window(project: Project, window: Window, release: Release | None) -> tuple[list[Seen], list[int]]:
    """The predictions of a window in a fixed order, and their items; gold is that of the release's dev split."""
    gold = _gold(release)
    seen, items = [], []
    rows = predictions_in(project, window).order_by("item__external_id", "pk")
    for item, state, labels, attributes in rows.values_list("item_id", "state", "labels", "item__attributes").iterator(
        chunk_size=CHUNK
    ):
        said = frozenset(one["code"] for one in labels) if state == PredictionState.DONE else None
        sure = [one["confidence"] for one in labels if one.get("confidence") is not None]
        seen.append(
            Seen(
                attributes={name: "" if value is None else str(value) for name, value in attributes.items()},
                labels=said,
                confidence=min(sure) if sure and said is not None else None,
                f1=set_f1(said or frozenset(), gold[item]) if item in gold else None,
            )
        )
        items.append(item)
    return seen, items


def read_overruled(project: Project, window: Window) -> Overruled:
    """What people said while the window lasted, of whatever they reviewed; of a run, all they said of its answers."""
    if window.run:
        review = Review.objects.filter(run=window.run).first()
        days = override_days(review) if review else []
    else:
        days = override_by_day(project, since=window.start, until=window.end, prompt=window.prompt)
    return Overruled(
        tasks=sum(one.tasks for one in days),
        overridden=sum(one.overridden for one in days),
        audited=sum(one.audited for one in days),
        wrong=sum(one.audited_wrong for one in days),
    )


def _gold(release: Release | None) -> dict[int, frozenset[str]]:
    if release is None:
        return {}
    rows = GoldEntry.objects.filter(release=release, split=Split.DEV).values_list("item_id", "labels")
    return {item: frozenset(labels) for item, labels in rows}


def read_texts(reference: list[int], current: list[int], *, seed: int) -> tuple[Texts, Texts]:
    """What the texts of both windows are like, from a sample of each.

    The words that are known are those of one half of the reference's sample; new words are counted in the other half
    and in the current window, so that both are judged by texts they are not part of.
    """
    samples = [_sample(items, seed, name) for items, name in ((reference, "then"), (current, "now"))]
    known: set[str] = set()
    for text in _texts_of(samples[0][::2]):
        known |= set(_words(text))
    texts = [list(_texts_of(sample)) for sample in samples]
    new = [_new_words(known, _texts_of(samples[0][1::2])), _new_words(known, texts[1])]
    return (
        Texts([language(one) for one in texts[0]], [len(_words(one)) for one in texts[0]], new[0]),
        Texts([language(one) for one in texts[1]], [len(_words(one)) for one in texts[1]], new[1]),
    )


def _sample(items: list[int], seed: int, name: str) -> list[int]:
    distinct = list(dict.fromkeys(items))
    if len(distinct) <= TEXTS:
        return distinct
    return Random(f"{seed}/{name}").sample(distinct, TEXTS)  # noqa: S311 -- seeded on purpose


def _texts_of(items: list[int]) -> Iterable[str]:
    for start in range(0, len(items), CHUNK):
        part = items[start : start + CHUNK]
        found = item_texts(Item.objects.filter(pk__in=part).only("pk", "external_id", "name"))
        yield from (found[item].text for item in part)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _new_words(known: set[str], texts: Iterable[str]) -> list[float]:
    shares = []
    for text in texts:
        counts = Counter(_words(text))
        if total := sum(counts.values()):
            shares.append(sum(number for word, number in counts.items() if word not in known) / total)
    return shares
