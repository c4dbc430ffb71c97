"""What starts a canary, and what draws its sample."""

from typing import Any

from django import forms

from evaluation.enums import PromptStatus
from evaluation.models import Promotion
from labeling.forms.keys import KeyField
from labeling.models import Project


class CanaryForm(forms.Form):
    """Which candidate, on which share of the new items, for how much."""

    candidate = forms.ChoiceField()
    share = forms.FloatField(min_value=0.001, max_value=1, initial=0.1, label="Share of the new items")
    seed = forms.IntegerField(initial=0, help_text="Which items fall to it.")
    budget = forms.FloatField(
        min_value=0, required=False, label="Budget, dollars", help_text="For both runs together, half each."
    )
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        candidates = Promotion.objects.filter(
            prompt__project=project, is_current=True, status=PromptStatus.CANDIDATE
        ).select_related("version__prompt")
        names = [str(one.version) for one in candidates.order_by("-pk")]
        self.fields["candidate"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class DrawForm(forms.Form):
    """How many of its items people label, and how many of these are disagreements."""

    size = forms.IntegerField(min_value=2, max_value=5000, initial=100, label="Items to label")
    share = forms.FloatField(
        min_value=0, max_value=1, initial=0.5, label="Share of disagreements",
        help_text="More of them tell more; their weights keep the figures true for all items.",
    )  # fmt: skip
