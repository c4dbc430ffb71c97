"""Whether a model was trained with a file of ours: somebody says so, and rows are added, never changed."""

from django.db import models

from labeling.models import TrainingExport, User


class ModelTraining(models.Model):
    """What was said of one model and one training file. The newest row counts."""

    export = models.ForeignKey(TrainingExport, on_delete=models.PROTECT, related_name="trainings")
    model = models.CharField(max_length=160)  # as prompt versions name it; of imported predictions the run's name
    is_trained = models.BooleanField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [models.Index(fields=["export", "model", "-id"], name="modeltraining_newest")]

    def __str__(self) -> str:
        return f"{self.model}: {'' if self.is_trained else 'not '}trained with {self.export_id}"
