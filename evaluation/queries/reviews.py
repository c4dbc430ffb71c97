"""Reviews: how far each is, what its figures are, how often people overrule the model by day, and the corrections."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Q, QuerySet

from evaluation.enums import WHY_NAMES, PredictionState, ReviewState, ReviewTaskState, Why
from evaluation.models import Review, ReviewRevision, ReviewTask, Run
from evaluation.queries.held_out import is_held_out
from evaluation.queries.kept import KEPT, LARGE
from evaluation.stats.reviews import Looked
from labeling.models import Item, Project
from reviewapp import __version__
from reviewapp.common.days import UtcDay

SAME = Q(kept=F("predicted"), added=0)
BATCH = 2000


def loaded() -> QuerySet[Review]:
    return Review.objects.select_related(
        "project", "run__prompt_version__prompt", "run__taxonomy_version", "other_run",
        "certificate__evaluation__run__prompt_version__prompt", "calibration__evaluation__run", "created_by",
    )  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A review and how far it is."""

    review: Review
    tasks: int
    done: int

    @property
    def open(self) -> int:
        return self.tasks - self.done

    @property
    def passed_share(self) -> float | None:
        return self.review.passed / self.review.asked if self.review.asked else None


def reviews_of(project: Project) -> list[Listed]:
    """All reviews, newest first; two queries."""
    found = list(loaded().filter(project=project).order_by("-number")[:200])
    keys = {_key(one): one.pk for one in found if one.asked >= LARGE}
    known = {keys[key]: sum(made.values()) for key, made in cache.get_many(keys).items()} if keys else {}
    rest = [one.pk for one in found if one.pk not in known]
    is_done = Q(state=ReviewTaskState.DONE)
    rows = ReviewTask.objects.filter(review__in=rest).values("review").order_by()
    counts = {
        row["review"]: (row["tasks"], row["done"])
        for row in rows.annotate(tasks=Count("pk"), done=Count("pk", filter=is_done))
    }
    if known:
        done = ReviewTask.objects.filter(is_done, review__in=known).values_list("review").order_by()
        finished = dict(done.annotate(Count("pk")))
        counts |= {pk: (tasks, finished.get(pk, 0)) for pk, tasks in known.items()}
    return [Listed(review, *counts.get(review.pk, (0, 0))) for review in found]


def _made(review: Review) -> dict[tuple[int, bool], int]:
    """How many tasks there are by reasons and by whether they are blind. Once all are made this never changes, so for
    a large review it is kept for an hour."""
    found: dict[tuple[int, bool], int] | None = cache.get(_key(review))
    if found is None:
        rows = review.tasks.order_by().values_list("why", "is_blind").annotate(Count("pk"))
        found = {(why, is_blind): number for why, is_blind, number in rows}
        if review.state != ReviewState.PREPARING and review.asked >= LARGE:
            cache.set(_key(review), found, KEPT)
    return found


def _key(review: Review) -> str:
    return f"counts:{__version__}:review:{review.public_id}"


def counting() -> QuerySet[ReviewRevision]:
    """The revisions that count: the newest of each task that is done."""
    return ReviewRevision.objects.filter(task__state=ReviewTaskState.DONE, number=F("task__revision"))


def looked_at(review: Review) -> list[Looked]:
    """What counts of each task that is done, in the order of the tasks; one query."""
    rows = counting().filter(task__review=review).order_by("task_id")
    fields = ("predicted", "kept", "added", "was_blind", "task__why", "seconds")
    return [
        Looked(
            predicted=predicted, kept=kept, added=added, is_blind=blind, is_audit=why == Why.AUDIT,
            is_failed=bool(why & Why.FAILED), seconds=seconds,
        )
        for predicted, kept, added, blind, why, seconds in rows.values_list(*fields).iterator(chunk_size=BATCH)
    ]  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """The tasks that have one reason; a task may have several."""

    name: str
    tasks: int
    done: int
    changed: int


def reasons_of(review: Review) -> list[Reason]:
    """Tasks by reason; two queries that return a row a combination of reasons."""
    tasks: Counter[int] = Counter()
    for (why, _), number in _made(review).items():
        tasks[why] += number
    rows = counting().filter(task__review=review).order_by().values("task__why")
    rows = rows.annotate(number=Count("pk"), same=Count("pk", filter=SAME))
    done = {row["task__why"]: (row["number"], row["number"] - row["same"]) for row in rows}
    found = []
    for why, name in WHY_NAMES.items():
        here = [combination for combination in tasks if combination & why]
        if here:
            counts = [done.get(combination, (0, 0)) for combination in here]
            found.append(
                Reason(
                    name, sum(tasks[one] for one in here), sum(one for one, _ in counts), sum(two for _, two in counts)
                )
            )
    return found


def priced(run: Run) -> int:
    """The items of a run whose cost is known: all of a run made here, of an imported one those that state a cost."""
    if not run.is_imported:
        return run.total
    return run.predictions.filter(cost_micro_usd__isnull=False).count()


def arms_of(review: Review) -> tuple[int, int]:
    """How many tasks are shown with the prediction, and without."""
    made = _made(review)
    blind = sum(number for (_, is_blind), number in made.items() if is_blind)
    return sum(made.values()) - blind, blind


@dataclass(frozen=True)
class OverrideDay:
    """How often people gave other labels than the model on one day."""

    day: date
    tasks: int
    overridden: int  # tasks answered otherwise than predicted
    audited: int  # of the tasks those drawn from what went through
    audited_wrong: int  # of them those with a predicted label that does not apply


def override_by_day(
    project: Project, *, since: datetime | None = None, until: datetime | None = None, prompt: str = ""
) -> list[OverrideDay]:
    """By day on which the counting answer was given, over all reviews of a project, or those of one prompt; one query.

    Tasks to which the model gave no answer are left out. Blind tasks count too: nobody saw a prediction to follow.
    """
    found = counting().filter(task__review__project=project)
    if prompt:
        found = found.filter(task__review__run__prompt_version__prompt__name=prompt)
    if since:
        found = found.filter(created_at__gte=since)
    if until:
        found = found.filter(created_at__lt=until)
    return _by_day(found)


def override_days(review: Review) -> list[OverrideDay]:
    """The same of one review."""
    return _by_day(counting().filter(task__review=review))


def _by_day(found: QuerySet[ReviewRevision]) -> list[OverrideDay]:
    audit = Q(task__why=int(Why.AUDIT))
    answered = found.exclude(task__prediction__state=PredictionState.FAILED)
    rows = answered.annotate(day=UtcDay("created_at")).values("day").order_by("day")
    rows = rows.annotate(
        tasks=Count("pk"), same=Count("pk", filter=SAME), audited=Count("pk", filter=audit),
        wrong=Count("pk", filter=audit & Q(kept__lt=F("predicted"))),
    )  # fmt: skip
    return [
        OverrideDay(row["day"], row["tasks"], row["tasks"] - row["same"], row["audited"], row["wrong"]) for row in rows
    ]


def counted(review: Review) -> QuerySet[ReviewRevision]:
    """What counts of each task that is done, by item, but for items that are held out for testing by now."""
    public = Item.and_set_apart.filter(project=review.project).exclude(is_held_out(review.project))
    rows = counting().filter(task__review=review, task__item__in=public)
    return rows.select_related("task__item", "task__prediction").order_by("task__item__external_id", "task_id")


def correction(row: ReviewRevision) -> dict[str, Any]:
    """What was said of one item, in the columns that the importers read. Nobody's name."""
    task = row.task
    predicted = sorted({str(one["code"]) for one in task.prediction.labels})
    return {
        "item": task.item.external_id,
        "labels": row.labels,
        "predicted": predicted,
        "rejected": sorted(set(predicted) - set(row.labels)),
        "added": sorted(set(row.labels) - set(predicted)),
        "changed": set(predicted) != set(row.labels),
        "reasons": [name for why, name in WHY_NAMES.items() if task.why & why],
        "blind": row.was_blind,
        "note": row.note,
        "seconds": row.seconds,
        "reviewed_at": row.created_at.isoformat(),
    }


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of corrections as cells of CSV: lists joined by semicolons, as importers read them."""
    return {name: ";".join(value) if isinstance(value, list) else value for name, value in row.items()}
