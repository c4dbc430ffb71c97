"""Prompts and their immutable versions."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import Strategy
from labeling.models import Project, User


class Prompt(models.Model):
    """A named line of prompt versions."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="prompts")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="prompt_name_once")]

    def __str__(self) -> str:
        return self.name


class PromptVersion(models.Model):
    """A recipe that never changes (a trigger sees to it): strategy, model, template and parameters, hashed."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    strategy = models.CharField(max_length=20, choices=Strategy.choices)
    model = models.CharField(max_length=120, blank=True)  # the provider's model id; the baseline has none
    template = models.TextField(max_length=100_000, blank=True)
    parameters = models.JSONField(default=dict, blank=True)  # temperature, max_tokens, threshold, few_shot, ...
    notes = models.TextField(max_length=5000, blank=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prompt", "number"], name="promptversion_number_once"),
            models.CheckConstraint(condition=~Q(digest=""), name="promptversion_has_digest"),
            models.CheckConstraint(
                condition=~Q(strategy="chat") | (~Q(model="") & ~Q(template="")), name="promptversion_chat_is_complete"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prompt.name}@{self.number}"
