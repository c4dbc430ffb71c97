"""Opens the review of a production run: which of its answers people look at, fixed by a rule before anybody looks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from evaluation import tasks
from evaluation.enums import PredictionState, ReviewState, ReviewTaskState, RunOrigin, Why
from evaluation.models import Prediction, Review, ReviewTask, Run
from evaluation.queries.lessons import item_texts
from evaluation.queries.review_grounds import grounds_of
from evaluation.queries.run_answers import visible
from evaluation.quotes import Texts
from evaluation.stats.review_rule import least_sure, lot
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.tables import analyze, insert_many
from labeling.enums import Role
from labeling.models import Item, Label, User
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MAKERS = (Role.ENGINEER, Role.MANAGER)
OVER = (PredictionState.DONE, PredictionState.FAILED)
PRODUCTION = (RunOrigin.HAND, RunOrigin.CANDIDATE, RunOrigin.MODEL, RunOrigin.CANARY)
BATCH = 5000
PLACES = 2**40


@dataclass(frozen=True)
class ReviewSpec:
    """What is set when a review is opened."""

    blind_share: float = 0.2
    audit_share: float = 0.05
    seed: int = 0
    target_auto: float = 0.8
    target_time: float = 0.9
    target_cost: float = 0.4
    hourly_usd: float | None = None
    undo_seconds: int = 600

    def __post_init__(self) -> None:
        for name in ("blind_share", "audit_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise Refused(f"The {name.replace('_', ' ')} is between 0 and 1.")
        if not (0 < self.target_auto <= 1 and 0 < self.target_time <= 1):
            raise Refused("The targets for what goes through and for time saved are above 0 and at most 1.")
        if not (0 < self.target_cost <= 1000) or (self.hourly_usd is not None and not 0 <= self.hourly_usd <= 10_000):
            raise Refused("The target for the cost of an item, and what an hour costs, are amounts of dollars.")


def check_reviewable(run: Run) -> None:
    """Raises Refused for what is no production run: over a release, a test, a trial, disturbed, or not over yet."""
    if run.release_id is not None or run.split:
        raise Refused(f"“{run}” ran over a release, where the answers are known. A review is of a run over items.")
    if run.perturbation or run.origin not in PRODUCTION:
        raise Refused(f"“{run}” is no production run: {run.get_origin_display().lower()}.")
    if not run.finished_at:
        raise Refused(f"“{run}” is not finished.")


def is_reviewable(run: Run) -> bool:
    """Whether a review of it may be opened, as far as the run goes."""
    try:
        check_reviewable(run)
    except Refused:
        return False
    return True


@transaction.atomic
def open_review(
    *, run: Run, spec: ReviewSpec = ReviewSpec(), other_run: Run | None = None, by: User | None, operator: str = ""
) -> Review:
    """Fix the rule and call a worker that makes the tasks. A run has one review."""
    project = run.project
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)
    check_reviewable(run)
    if Review.objects.filter(run=run).exists():
        raise Refused(f"“{run}” has a review already.")
    if other_run is not None:
        if other_run.project_id != project.pk or other_run.pk == run.pk:
            raise Refused("The run to compare with is another run of this project.")
        if other_run.origin == RunOrigin.JUDGE or other_run.perturbation or not other_run.finished_at:
            raise Refused(f"“{other_run}” has no answers to compare with.")
    grounds = grounds_of(run, now=clock.now())
    newest = Review.objects.filter(project=project).aggregate(newest=Max("number"))["newest"] or 0
    review = Review.objects.create(
        project=project, number=newest + 1, run=run, other_run=other_run, certificate=grounds.certificate,
        calibration=grounds.calibration, threshold=grounds.threshold, way=grounds.way, blind_share=spec.blind_share,
        audit_share=spec.audit_share, seed=spec.seed, target_auto=spec.target_auto, target_time=spec.target_time,
        target_cost=spec.target_cost, hourly_usd=spec.hourly_usd, undo_seconds=spec.undo_seconds,
        created_at=clock.now(), created_by=by,
    )  # fmt: skip
    record_event(
        kind="review.opened", project=project, by=by, operator=operator, target=f"review:{review.public_id}",
        after={"run": run.name, "number": review.number, "threshold": review.threshold, "ground": grounds.kind,
               "blind_share": spec.blind_share, "audit_share": spec.audit_share, "seed": spec.seed},
    )  # fmt: skip
    transaction.on_commit(partial(nudge, tasks.fill_review, review.pk))
    return review


def fill_review(*, review_id: int) -> Review:
    """Make the tasks, a batch at a time, each in its own transaction; whoever comes second goes on or finds it done."""
    while _fill_batch(review_id):
        pass
    return Review.objects.get(pk=review_id)


def fill_due() -> int:
    """Go on with reviews whose worker was lost."""
    due = list(Review.objects.filter(state=ReviewState.PREPARING).order_by("pk").values_list("pk", flat=True))
    for pk in due:
        fill_review(review_id=pk)
    return len(due)


@transaction.atomic
def close_review(*, review: Review, by: User | None, operator: str = "") -> Review:
    """Hand out nothing more. What was said stays, and is exported."""
    if by:
        rules.check_role(by, review.project, *MAKERS)
    changed = Review.objects.filter(pk=review.pk, state=ReviewState.OPEN)
    if not changed.update(state=ReviewState.CLOSED, closed_at=clock.now()):
        raise Refused("Only an open review can be closed.")
    record_event(
        kind="review.closed", project=review.project, by=by, operator=operator, target=f"review:{review.public_id}",
        after={"number": review.number},
    )  # fmt: skip
    review.refresh_from_db()
    return review


@transaction.atomic
def _fill_batch(review_id: int) -> bool:
    """The next predictions; False when there are no more."""
    review = Review.objects.select_for_update(of=("self",)).select_related("run__project").get(pk=review_id)
    if review.state != ReviewState.PREPARING:
        return False
    left = visible(review.run).filter(pk__gt=review.reached, state__in=OVER).order_by("pk")
    rows = list(left.only("item_id", "state", "labels", "problems", "review")[:BATCH])
    if not rows:
        Review.objects.filter(pk=review.pk).update(state=ReviewState.OPEN)
        analyze(ReviewTask)
        return False
    made, passed = _tasks(review, rows)
    insert_many(made)
    Review.objects.filter(pk=review.pk).update(
        reached=rows[-1].pk, asked=F("asked") + len(rows), passed=F("passed") + passed
    )
    return True


def _tasks(review: Review, rows: Sequence[Prediction]) -> tuple[list[ReviewTask], int]:
    """A task for each answer with a reason, and for the audited share of the others; and how many others."""
    known = set(Label.objects.filter(version=review.run.taxonomy_version_id).values_list("code", flat=True))
    items = [row.item_id for row in rows]
    revisions = dict(Item.objects.filter(pk__in=items).values_list("pk", "revision"))
    others = _said_by(review.other_run_id, items)
    unfound = _without_evidence(review, rows)
    least = least_sure([[label.get("confidence") for label in row.labels] for row in rows], review.way)
    made, passed = [], 0
    for row, sure in zip(rows, least.tolist(), strict=True):
        why = _reasons(review, row, sure, known, others.get(row.item_id))
        why |= Why.NO_EVIDENCE if row.pk in unfound else Why(0)
        if not why:
            passed += 1
            if lot("audit", review.seed, row.item_id) >= review.audit_share:
                continue
            why = Why.AUDIT
        made.append(
            ReviewTask(
                review=review, prediction=row, item_id=row.item_id, item_revision=revisions[row.item_id],
                why=int(why), least=None if math.isnan(sure) else sure,
                is_blind=lot("blind", review.seed, row.item_id) < review.blind_share,
                place=int(lot("place", review.seed, row.item_id) * PLACES), state=ReviewTaskState.OPEN,
            )
        )  # fmt: skip
    return made, passed


def _reasons(review: Review, row: Prediction, sure: float, known: set[str], other: frozenset[str] | None) -> Why:
    if row.state == PredictionState.FAILED:
        return Why.FAILED
    kinds = {problem.get("kind") for problem in row.problems}
    codes = {label["code"] for label in row.labels}
    why = Why(0)
    if review.threshold is None or not sure >= review.threshold:  # NaN is never
        why |= Why.CONFIDENCE
    if "out_of_taxonomy" in kinds or codes - known:
        why |= Why.UNKNOWN_LABEL
    if "evidence_not_found" in kinds:
        why |= Why.NO_EVIDENCE
    if other is not None and other != codes:
        why |= Why.CONFLICT
    if row.review:
        why |= Why.FLAGGED
    return why


def _said_by(run: int | None, items: Sequence[int]) -> Mapping[int, frozenset[str]]:
    """What the other run answered on these items."""
    if run is None:
        return {}
    rows = Prediction.objects.filter(run=run, item__in=items, state=PredictionState.DONE)
    return {item: frozenset(one["code"] for one in labels) for item, labels in rows.values_list("item", "labels")}


def _without_evidence(review: Review, rows: Sequence[Prediction]) -> set[int]:
    """Imported answers with a quote that is not in the text; those of our own runs were checked when they came in."""
    if review.run.prompt_version_id is not None:
        return set()
    quoted: dict[int, list[str]] = {
        row.item_id: quotes for row in rows if (quotes := [str(one["evidence"]) for one in row.labels if _quotes(one)])
    }
    found = item_texts(Item.objects.filter(pk__in=quoted).only("pk", "external_id", "name")) if quoted else {}
    bad = set()
    for row in rows:
        if row.item_id in quoted:
            item = found[row.item_id]
            documents = [{"position": place, "text": one.text} for place, one in enumerate(item.documents)]
            texts = Texts(documents, item.name)
            if not all(texts.holds(quote) for quote in quoted[row.item_id]):
                bad.add(row.pk)
    return bad


def _quotes(label: Mapping[str, Any]) -> bool:
    return bool(str(label.get("evidence") or "").strip())
