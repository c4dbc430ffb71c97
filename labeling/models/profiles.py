"""What each imported file was like, so that the next one can be held against it."""

from django.db import models

from labeling.models.items import ImportJob


class ImportProfile(models.Model):
    """The columns of one imported file; see labeling/profiling.py for what is in it."""

    job = models.OneToOneField(ImportJob, on_delete=models.CASCADE, related_name="profile")
    content = models.JSONField()

    def __str__(self) -> str:
        return f"profile of {self.job_id}"
