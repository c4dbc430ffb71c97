"""review: the review of a production run. Making its tasks against bulk_create of the same rows; a reviewer's click
(the answer goes in, the next task is shown) and the pages around it against the same for a tenth of the tasks."""

import time
from statistics import median
from uuid import uuid4

from django.urls import reverse

from bench.filled import browser, grown, member, opened, page_ms, project_of, run_of, seconds
from evaluation.actions.reviews import ReviewSpec, fill_review, open_review
from evaluation.enums import ReviewState, ReviewTaskState
from evaluation.models import Review, ReviewTask
from labeling.enums import Role
from reviewapp.common import clock

ROWS = 200_000
CLICKS = 30


def run(quick=False, rows=None):
    rows = 20_000 if quick else rows or ROWS
    return _lines(rows, _measured(rows), _measured(rows // 10))


def _lines(rows, large, small):
    note = f"bulk_create of {large['floor_rows']:,} such rows, already made"
    return [
        {"name": "review, tasks made", "ours": large["fill"], "peer": large["floor"],
         "ratio": large["fill"] / large["floor"], "unit": "rows/s", "n": rows, "note": note},
        grown("review, tasks made", large["fill"], small["fill"], rows, unit="rows/s"),
        *(grown(name, large[name], small[name], rows) for name in large if name.startswith(("review", "run"))),
    ]  # fmt: skip


def _measured(rows):
    project = project_of(rows)
    run = run_of(project)
    began = time.perf_counter()
    review = open_review(run=run, spec=ReviewSpec(audit_share=1.0), by=None)
    fill_review(review_id=review.pk)
    found = {"fill": rows / (time.perf_counter() - began)}
    review.refresh_from_db()
    assert (review.tasks.count(), review.state) == (rows, ReviewState.OPEN)
    reviewer = member(project, Role.ADJUDICATOR)
    clicks = _clicks(browser(reviewer), reviewer, review)
    found["review, click p50"], found["review, click p95"] = median(clicks), sorted(clicks)[int(0.95 * len(clicks))]
    client = browser(member(project, Role.ENGINEER))
    for name, page, one in (
        ("review, figures", "evaluation:review", review), ("review, list", "evaluation:reviews", None),
        ("run page", "evaluation:run", run), ("runs page", "evaluation:runs", None),
        ("run answers", "evaluation:run-answers", run),
    ):  # fmt: skip
        found[name] = page_ms(client, reverse(page, args=[project.slug, *([one.public_id] if one else [])]))
    found["floor_rows"] = min(rows, 50_000)
    found["floor"] = _floor(project, found["floor_rows"])
    return found


def _clicks(client, reviewer, review):
    """Milliseconds from an answer to the next task on the page."""
    where = [review.project.slug, review.public_id]
    opened(client, reverse("evaluation:review-next", args=where))
    taken = []
    for _ in range(CLICKS):
        task = review.tasks.select_related("prediction").get(reviewer=reviewer, state=ReviewTaskState.LEASED)
        codes = [] if task.is_blind else [one["code"] for one in task.prediction.labels]
        told = {f"rule-{code}": "yes" for code in codes} | ({} if codes else {"labels": "l1"})
        told |= {"after": task.revision, "seconds": 12, "idempotency_key": str(uuid4())}
        url = reverse("evaluation:review-answer", args=[*where, task.public_id])
        began = time.perf_counter()
        shown = client.post(url, told, follow=True)
        taken.append(1000 * (time.perf_counter() - began))
        assert (shown.status_code, len(shown.redirect_chain)) == (200, 1), shown.content
    return sorted(taken[2:])


def _floor(project, rows):
    """Rows a second into the same table, made before: over the first answers of another run."""
    run = run_of(project, "floor", most=rows)
    review = Review.objects.create(
        project=project, number=99, run=run, blind_share=0.2, audit_share=1, created_at=clock.now()
    )
    made = [
        ReviewTask(review=review, prediction_id=pk, item_id=item, item_revision=1, why=1, least=0.5,
                   is_blind=not place % 5, place=place * 7919 % rows)
        for place, (pk, item) in enumerate(run.predictions.order_by("pk").values_list("pk", "item"))
    ]  # fmt: skip
    took = seconds(lambda: ReviewTask.objects.bulk_create(made, batch_size=1000))
    return rows / took
