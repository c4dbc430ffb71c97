"""Keeping gold true: changes of the taxonomy, rounds that renew a release, expansion plans and who does what when."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from labeling.enums import DutyKind, MappingKind, Repeats, UpkeepKind
from labeling.models.golden import Release
from labeling.models.people import Project, User
from labeling.models.rounds import Round
from labeling.models.taxonomy import TaxonomyVersion


class TaxonomyChange(models.Model):
    """Steps from a published version to the next. Until it is applied nothing but the steps is written."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="taxonomy_changes")
    base = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="changes")
    made = models.OneToOneField(TaxonomyVersion, on_delete=models.PROTECT, null=True, related_name="made_by")
    steps = models.JSONField(default=list, blank=True)  # as labeling.taxonomy_steps replays them
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    applied_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(applied_at__isnull=True), name="taxonomychange_one_open"
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True, made__isnull=True)
                | Q(applied_at__isnull=False, made__isnull=False),
                name="taxonomychange_applied_iff_made",
            ),
        ]

    def __str__(self) -> str:
        return f"change of {self.base}"


class TaxonomyMapping(models.Model):
    """What one code became; a code without a row stayed what it was. Append-only (a trigger sees to it)."""

    change = models.ForeignKey(TaxonomyChange, on_delete=models.PROTECT, related_name="mappings")
    old_code = models.CharField(max_length=100)
    new_codes = models.JSONField()  # sorted; none: retired, several: split
    kind = models.CharField(max_length=8, choices=MappingKind.choices)

    class Meta:
        ordering = ["old_code"]
        constraints = [models.UniqueConstraint(fields=["change", "old_code"], name="taxonomymapping_code_once")]

    def __str__(self) -> str:
        return f"{self.old_code} -> {', '.join(self.new_codes) or 'nothing'}"


class ExpansionPlan(models.Model):
    """Fresh items for gold, each with a word why, worked out in a job; made into a round at most once."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="expansion_plans")
    size = models.PositiveIntegerField()
    by = models.JSONField(default=list)  # the attributes that the drawn part is stratified by
    novelty_share = models.FloatField()
    seed = models.IntegerField(default=0)
    state = models.CharField(
        max_length=8,
        choices=[("queued", "Waiting"), ("running", "Being worked out"), ("done", "Done"), ("failed", "Failed")],
        default="queued",
    )
    error = models.CharField(max_length=500, blank=True)
    lease_until = models.DateTimeField(null=True)
    chosen = models.JSONField(default=list)  # [{"item", "is_novel", "weight", "stratum", "distance", "why"}]
    counts = models.JSONField(default=dict)
    round = models.OneToOneField(Round, on_delete=models.PROTECT, null=True, related_name="expansion_plan")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(novelty_share__gte=0, novelty_share__lte=1, size__gte=1), name="expansionplan_sane"
            ),
            models.CheckConstraint(
                condition=Q(round__isnull=True) | Q(state="done"), name="expansionplan_round_when_done"
            ),
        ]
        indexes = [models.Index(fields=["project", "-created_at"], name="expansionplan_recent")]

    def __str__(self) -> str:
        return f"{self.size} fresh items"


class UpkeepRound(models.Model):
    """A round that was made to renew a release, and why: its answers go into the next number of that golden set."""

    round = models.OneToOneField(Round, on_delete=models.PROTECT, related_name="upkeep")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="upkeep_rounds")
    kind = models.CharField(max_length=10, choices=UpkeepKind.choices)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="upkeep_rounds")
    change = models.ForeignKey(TaxonomyChange, on_delete=models.PROTECT, null=True, related_name="rounds")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="split", change__isnull=False) | (~Q(kind="split") & Q(change__isnull=True)),
                name="upkeepround_split_has_change",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.round_id}"


class Duty(models.Model):
    """One thing to do for the golden set, whose it is and when. Done is done: what repeats makes the next row."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="duties")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=DutyKind.choices)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    repeats = models.CharField(max_length=10, choices=Repeats.choices, default=Repeats.NEVER)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True) | Q(done_at__isnull=False),
                name="duty_done_by_somebody_when_done",
            )
        ]
        indexes = [models.Index(fields=["project", "due_on"], name="duty_waiting", condition=Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return self.title
