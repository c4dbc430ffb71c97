"""Reviews: the answers of a production run that people look at, and what they said of them."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import ReviewState, ReviewTaskState
from evaluation.models.certificates import Certificate
from evaluation.models.reports import Analysis
from evaluation.models.runs import Prediction, Run
from labeling.models import Item, Project, User


class Review(models.Model):
    """A run whose doubtful answers go to people. The rule is fixed when it is opened; tasks are made in batches."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reviews")
    number = models.PositiveIntegerField()
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="review")
    other_run = models.ForeignKey(
        Run, on_delete=models.PROTECT, null=True, related_name="+"
    )  # a conflict with it is a reason
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, related_name="+")
    calibration = models.ForeignKey(Analysis, on_delete=models.PROTECT, null=True, related_name="+")
    threshold = models.FloatField(
        null=True
    )  # of a certificate, or on calibrated confidence; without either: all are looked at
    way = models.JSONField(null=True)  # {"way", "parameters"} of the map to calibrated confidence
    blind_share = models.FloatField()  # of the tasks, shown without the prediction
    audit_share = models.FloatField()  # of what goes through, looked at all the same
    seed = models.IntegerField(default=0)
    target_auto = models.FloatField(default=0.8)  # of all items asked
    target_time = models.FloatField(default=0.9)  # less than labelling everything
    target_cost = models.FloatField(default=0.4)  # dollars an item
    hourly_usd = models.FloatField(null=True)  # what an hour of a reviewer costs
    undo_seconds = models.PositiveIntegerField(default=600)
    lease_seconds = models.PositiveIntegerField(default=900)
    state = models.CharField(max_length=10, choices=ReviewState.choices, default=ReviewState.PREPARING)
    reached = models.BigIntegerField(default=0)  # the last prediction that was looked at while tasks are made
    asked = models.PositiveIntegerField(default=0)  # predictions looked at: all of the run that no release holds out
    passed = models.PositiveIntegerField(default=0)  # of them what went through without a reason
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="review_number_once"),
            models.CheckConstraint(
                condition=Q(blind_share__gte=0, blind_share__lte=1, audit_share__gte=0, audit_share__lte=1),
                name="review_shares_are_shares",
            ),
            models.CheckConstraint(
                condition=Q(
                    target_auto__gt=0, target_auto__lte=1, target_time__gt=0, target_time__lte=1, target_cost__gt=0
                ),
                name="review_targets_sane",
            ),
            models.CheckConstraint(
                condition=Q(threshold__isnull=True) | Q(threshold__gte=0, threshold__lte=1),
                name="review_threshold_sane",
            ),
            models.CheckConstraint(
                condition=Q(threshold__isnull=True) | Q(certificate__isnull=False) | Q(way__isnull=False),
                name="review_threshold_has_a_ground",
            ),
            models.CheckConstraint(condition=Q(passed__lte=models.F("asked")), name="review_passed_were_asked"),
        ]

    def __str__(self) -> str:
        return f"Review {self.number}"


class ReviewTask(models.Model):
    """One answer to look at. `why` is a sum of `evaluation.enums.Why`; a reviewer never sees it."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="tasks")
    prediction = models.OneToOneField(Prediction, on_delete=models.PROTECT, related_name="review_task")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    item_revision = models.PositiveIntegerField()
    why = models.PositiveSmallIntegerField()
    least = models.FloatField(null=True)  # the confidence that the rule looked at, of the least sure label
    is_blind = models.BooleanField()  # shown without the prediction
    place = models.BigIntegerField()  # in the queue: drawn
    state = models.CharField(max_length=6, choices=ReviewTaskState.choices, default=ReviewTaskState.OPEN)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    leased_until = models.DateTimeField(null=True)
    revision = models.PositiveSmallIntegerField(default=0)  # the newest; it counts if the task is done
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(why__gt=0), name="reviewtask_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state="open", leased_until__isnull=True, done_at__isnull=True)
                | Q(state="leased", reviewer__isnull=False, leased_until__isnull=False, done_at__isnull=True)
                | Q(state="done", leased_until__isnull=True, done_at__isnull=False, revision__gt=0),
                name="reviewtask_state_agrees",
            ),
        ]
        indexes = [
            models.Index(fields=["review", "place"], name="reviewtask_open", condition=Q(state="open")),
            models.Index(fields=["review", "reviewer"], name="reviewtask_leases", condition=Q(state="leased")),
            models.Index(fields=["review", "done_at"], name="reviewtask_done", condition=Q(state="done")),
            models.Index(fields=["review", "reviewer"], name="reviewtask_done_by", condition=Q(state="done")),
        ]

    def __str__(self) -> str:
        return f"task {self.pk} of review {self.review_id}"


class ReviewRevision(models.Model):
    """What somebody said of one answer. It never changes; a correction is the next number."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    labels = models.JSONField()  # codes, sorted; none of them: none applies
    predicted = models.PositiveSmallIntegerField()  # labels of the prediction that the taxonomy has
    kept = models.PositiveSmallIntegerField()  # of them those that the person gives too
    added = models.PositiveSmallIntegerField()
    was_blind = models.BooleanField()
    note = models.TextField(max_length=5000, blank=True)
    seconds = models.FloatField(null=True)  # at work on it, with those of revisions that were taken back
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="reviewrevision_number_once"),
            models.CheckConstraint(
                condition=Q(kept__lte=models.F("predicted")), name="reviewrevision_kept_were_predicted"
            ),
            models.CheckConstraint(
                condition=Q(seconds__isnull=True) | Q(seconds__gte=0), name="reviewrevision_seconds_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of review task {self.task_id}"
