"""Grids: one prompt version tried with many parameters on the same items."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.models.prompts import PromptVersion
from evaluation.models.runs import Run
from labeling.models import Project, Release, User


class Grid(models.Model):
    """Which values of which parameters are tried, on the dev split of which release, and how often each."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="grids")
    prompt_version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="grids")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="grids")
    axes = models.JSONField()  # {"temperature": [0, 0.7]}
    repeats = models.PositiveSmallIntegerField(default=2)  # of each combination, beside its first run
    budget_micro_usd = models.BigIntegerField(null=True)  # for all its runs together
    sample = models.PositiveIntegerField(null=True)
    seed = models.IntegerField(default=0)
    ranking = models.JSONField(null=True)  # {"best": place, "against": {place: difference}}, once all were measured
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(budget_micro_usd__isnull=True) | Q(budget_micro_usd__gte=0), name="grid_budget_not_negative"
            )
        ]
        indexes = [models.Index(fields=["project", "-created_at"], name="grid_recent")]

    def __str__(self) -> str:
        return f"{self.prompt_version} over {', '.join(self.axes)}"


class GridRun(models.Model):
    """A run of a grid: which combination it tries, and whether for the first time or again."""

    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="cells")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="grid_cell")
    place = models.PositiveSmallIntegerField()  # of the combination in the grid
    repeat = models.PositiveSmallIntegerField(default=0)  # 0: its first run
    settings = models.JSONField()
    figures = models.JSONField(null=True)  # of a first run that is done: {"f1", "ece", "flips"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grid", "place", "repeat"], name="gridrun_once")]

    def __str__(self) -> str:
        return f"{self.place}.{self.repeat} of grid {self.grid_id}"
