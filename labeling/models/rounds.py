"""Rounds of labelling: tasks, their seats, and where each rater stands in the queue."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from labeling.enums import Purpose, RoundState, SeatState, Settling, SkipReason, TaskState
from labeling.models.items import Item
from labeling.models.people import Project, User
from labeling.models.taxonomy import Guideline, TaxonomyVersion


class Round(models.Model):
    """A batch of labelling with one purpose, one taxonomy version, one guideline, and N raters an item."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rounds")
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.GOLDEN)
    state = models.CharField(max_length=12, choices=RoundState.choices, default=RoundState.OPEN)
    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="rounds")
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, null=True, related_name="rounds")
    raters = models.PositiveSmallIntegerField(default=2)
    max_raters = models.PositiveSmallIntegerField(default=5)
    settling = models.CharField(max_length=12, choices=Settling.choices, default=Settling.UNANIMOUS)
    undo_seconds = models.PositiveIntegerField(default=600)
    lease_seconds = models.PositiveIntegerField(default=1800)
    agreement_objective = models.FloatField(default=0.667)
    paused_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)  # the day the manager plans to be done; the forecast is held against it
    quick_labels = models.JSONField(default=list, blank=True)  # codes for keys 1 to 9; empty: each rater's own recent
    asks_summary = models.BooleanField(default=False)  # raters also write a reference summary
    distinct_groups = models.BooleanField(default=False)  # an item's raters come from different groups
    needs_qualification = models.BooleanField(default=False)
    check_bar = models.FloatField(null=True)  # below this accuracy on hidden gold items a rater is paused
    check_least = models.PositiveSmallIntegerField(default=10)  # ... once so many of them were answered
    training_bar = models.FloatField(default=0.8)  # of a training round: the accuracy that qualifies
    second_share = models.FloatField(default=0.1)  # of adjudicated tasks that a second adjudicator settles blind
    audit_share = models.FloatField(default=0.05)  # of full agreements that an adjudicator looks at
    sampling = models.JSONField(default=dict, blank=True)  # attributes, allocation, seed, table with shortfalls
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="round_name_once"),
            models.CheckConstraint(condition=Q(raters__gte=1, max_raters__gte=F("raters")), name="round_raters_sane"),
            models.CheckConstraint(
                condition=~Q(settling="majority") | Q(raters__gte=3), name="round_majority_needs_three"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="round_closed_iff_closed_at",
            ),
            models.CheckConstraint(
                condition=Q(second_share__gte=0, second_share__lte=1, audit_share__gte=0, audit_share__lte=1)
                & Q(training_bar__gte=0, training_bar__lte=1)
                & (Q(check_bar__isnull=True) | Q(check_bar__gte=0, check_bar__lte=1)),
                name="round_shares_are_shares",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaskQuerySet(models.QuerySet["Task"]):
    def real(self) -> "TaskQuerySet":
        """Without hidden checks and training items: what progress, agreement and gold are about."""
        return self.filter(gold__isnull=True)


class Task(models.Model):
    """One item in one round. Its content is pinned, so that all its raters judge the same text."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="tasks")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="tasks")
    item_revision = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=TaskState.choices, default=TaskState.OPEN)
    reason = models.CharField(max_length=200, blank=True)  # why it is here; never shown to a rater
    # The known answer, of a hidden check or a training item. Such a task is never settled, frozen or measured.
    gold = models.ForeignKey("labeling.GoldEntry", on_delete=models.PROTECT, null=True, related_name="tasks")
    stratum = models.CharField(max_length=300, blank=True)
    weight = models.FloatField(default=1.0)  # inclusion weight: how many items of the population it stands for
    due_at = models.DateTimeField(null=True)  # when all seats are in and the last undo window is over
    settled_at = models.DateTimeField(null=True)
    decisions_made = models.PositiveIntegerField(default=0)  # the number of the newest decision, the one that counts

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "item"], name="task_item_once_a_round"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="task_weight_positive"),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(settled_at__isnull=False), name="task_settled_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="task_due", condition=Q(state="open", due_at__isnull=False)),
            models.Index(fields=["round", "state", "id"], name="task_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in round {self.round_id}"


class Seat(models.Model):
    """One of a task's N places. Its rows, not a count, are the limit on how many may rate (SAFETY C1).

    `place` is the task's place in the queue: the manager's band in the high bits, a random key in the low 40.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="seats")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="seats")
    number = models.PositiveSmallIntegerField()
    place = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=SeatState.choices, default=SeatState.OPEN)
    rater = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="seats")
    leased_until = models.DateTimeField(null=True)
    group = models.CharField(max_length=60, null=True)  # noqa: DJ001 -- of the rater, where groups must differ
    came_back = models.BooleanField(default=False)  # freed after some raters' cursors may have passed it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="seat_number_once"),
            models.UniqueConstraint(fields=["task", "rater"], name="seat_rater_once", condition=Q(rater__isnull=False)),
            models.UniqueConstraint(fields=["task", "group"], name="seat_group_once", condition=Q(group__isnull=False)),
            models.CheckConstraint(
                condition=Q(state="open", rater__isnull=True, leased_until__isnull=True)
                | Q(state="leased", rater__isnull=False, leased_until__isnull=False)
                | Q(state="submitted", rater__isnull=False, leased_until__isnull=True),
                name="seat_state_and_rater_agree",
            ),
        ]
        indexes = [
            models.Index(fields=["round", "place", "number"], name="seat_open", condition=Q(state="open")),
            models.Index(fields=["round", "place"], name="seat_came_back", condition=Q(state="open", came_back=True)),
            models.Index(fields=["leased_until"], name="seat_leases", condition=Q(state="leased")),
            models.Index(fields=["rater", "round"], name="seat_of_rater", condition=Q(rater__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"seat {self.number} of task {self.task_id}"


class Cursor(models.Model):
    """How far a rater has come in a round's queue: they hold or passed each seat up to `place`.

    It makes the next claim O(log n) even for somebody who has finished all items while the other seats are open.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="cursors")
    rater = models.ForeignKey(User, on_delete=models.CASCADE, related_name="cursors")
    place = models.BigIntegerField(default=-1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "rater"], name="cursor_once")]

    def __str__(self) -> str:
        return f"{self.rater_id} at {self.place}"


class Skip(models.Model):
    """A rater passed on a task, with a reason; they are not handed it again."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="skips")
    rater = models.ForeignKey(User, on_delete=models.PROTECT, related_name="skips")
    reason = models.CharField(max_length=20, choices=SkipReason.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "rater"], name="skip_once")]

    def __str__(self) -> str:
        return f"{self.rater_id} skipped {self.task_id}"
