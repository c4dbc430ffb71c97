"""What is labelled next, as chosen from a run's answers; and replays of such choices on gold that is there."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.models.runs import Run
from labeling.models import Project, Release, Round, User

WORK = [("queued", "Waiting"), ("running", "Being worked out"), ("done", "Done"), ("failed", "Failed")]


class Acquisition(models.Model):
    """Items chosen for labelling, each with why; a round is made of them, or an open one topped up, at most once."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="acquisitions")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="acquisitions")
    committee = models.ManyToManyField(Run, related_name="+")  # other runs, for strategies that hold runs together
    mix = models.JSONField()  # {strategy: share}
    size = models.PositiveIntegerField()
    random_share = models.FloatField()
    seed = models.IntegerField(default=0)
    state = models.CharField(max_length=8, choices=WORK, default="queued")
    error = models.CharField(max_length=500, blank=True)
    lease_until = models.DateTimeField(null=True)
    chosen = models.JSONField(default=list)  # [{"item", "is_random", "weight", "ranks", "total"}]
    counts = models.JSONField(default=dict)  # of the pool and of what was left out
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(random_share__gte=0, random_share__lte=1), name="acquisition_share_is_a_share"
            ),
            models.CheckConstraint(condition=Q(size__gte=1), name="acquisition_has_a_size"),
            models.CheckConstraint(
                condition=Q(round__isnull=True) | Q(state="done"), name="acquisition_round_when_done"
            ),
        ]
        indexes = [models.Index(fields=["project", "-created_at"], name="acquisition_recent")]

    def __str__(self) -> str:
        return f"{self.size} items by {self.run}"


class AcquisitionReplay(models.Model):
    """F1 against labels spent, by choice and by lot, on the dev split of a release; the report is written once."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="acquisition_replays")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    design = models.JSONField()  # curves, seeds, start, batch, budget, aside, random_share, split_seed
    state = models.CharField(max_length=8, choices=WORK, default="queued")
    error = models.CharField(max_length=500, blank=True)
    lease_until = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    report = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", report__isnull=False) | (~Q(state="done") & Q(report__isnull=True)),
                name="acquisitionreplay_done_iff_report",
            )
        ]
        indexes = [models.Index(fields=["project", "-created_at"], name="acquisitionreplay_recent")]

    def __str__(self) -> str:
        return f"replay on {self.release}"
