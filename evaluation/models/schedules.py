"""What a project does on a calendar: which job, when, who answers for it, and each time that it was done."""

from datetime import timedelta
from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import FiringOutcome, ScheduleJob
from labeling.models import Project, Release, User

LATE = timedelta(minutes=10)  # a tick comes once a minute: what waits longer is waiting for a worker


class Schedule(models.Model):
    """A job of a project: at times of its zone, or (without a recurrence) whenever a release is frozen."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="schedules")
    job = models.CharField(max_length=16, choices=ScheduleJob.choices)
    parameters = models.JSONField(default=dict)  # {"size", "budget_usd", "days"}: those that the job knows
    recurrence = models.CharField(max_length=80, blank=True)  # a crontab of five fields
    zone = models.CharField(max_length=64, default="UTC")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    is_on = models.BooleanField(default=True)
    next_due = models.DateTimeField(null=True)
    on_since = models.DateTimeField()  # releases that were frozen before are not made up for
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "job"], name="schedule_job_once"),
            models.CheckConstraint(
                condition=Q(is_on=True, next_due__isnull=False) & ~Q(recurrence="")
                | Q(next_due__isnull=True) & (Q(is_on=False) | Q(recurrence="")),
                name="schedule_due_iff_on",
            ),
        ]
        indexes = [models.Index(fields=["next_due"], name="schedule_due", condition=Q(next_due__isnull=False))]

    def __str__(self) -> str:
        return self.get_job_display()


class Firing(models.Model):
    """One time that a schedule was due, or that somebody ran it by hand. What it came to is written once."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="firings")
    due_at = models.DateTimeField()
    missed = models.PositiveIntegerField(default=0)  # further times that passed before it was claimed
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # who ran it by hand
    operator = models.CharField(max_length=254, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=FiringOutcome.choices, blank=True)
    said = models.CharField(max_length=500, blank=True)  # what came of it, or why nothing
    url = models.CharField(max_length=300, blank=True)  # of what it made, a path of this server

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="firing_time_once"),
            models.UniqueConstraint(fields=["schedule", "release"], name="firing_release_once"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, outcome="")
                | Q(finished_at__isnull=False, started_at__isnull=False, lease_until__isnull=True) & ~Q(outcome=""),
                name="firing_finished_iff_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["schedule", "-due_at"], name="firing_recent"),
            models.Index(fields=["id"], name="firing_unfinished", condition=Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def seconds(self) -> float | None:
        """How long it took, None until it is finished."""
        if self.finished_at is None or self.started_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()
