"""Who may label: passed trainings that expire, and raters paused by hidden gold items."""

from django.db import models
from django.db.models import Q

from labeling.models.people import Project, User
from labeling.models.rounds import Round
from labeling.models.taxonomy import Guideline, TaxonomyVersion


class Qualification(models.Model):
    """A rater passed a training. It holds for one taxonomy and guideline version, and until it expires."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="qualifications")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="qualifications")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, related_name="qualifications")
    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="+")
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, null=True, related_name="+")
    accuracy = models.FloatField()  # mean Jaccard likeness to the known answers
    items = models.PositiveIntegerField()
    passed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # null: by training

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(accuracy__gte=0, accuracy__lte=1), name="qualification_accuracy_share"),
        ]
        indexes = [models.Index(fields=["user", "project", "-expires_at"], name="qualification_of_rater")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.project_id} until {self.expires_at:%Y-%m-%d}"


class RaterPause(models.Model):
    """A rater is handed nothing more in a round until a manager lifts this."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="pauses")
    rater = models.ForeignKey(User, on_delete=models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=200)  # for the manager; the rater reads neutral words
    paused_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "rater"], name="raterpause_once_at_a_time", condition=Q(lifted_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.rater_id} paused in {self.round_id}"
