"""What starts a rollout, and what moves it."""

from typing import Any

from django import forms

from evaluation.actions.rollouts import MOST_BATCH, REASON_MAX, RolloutPlan
from evaluation.enums import PromptStatus
from evaluation.models import Promotion
from evaluation.queries.labellers import labellers
from labeling.forms.keys import KeyField
from labeling.models import Project
from labeling.queries.attributes import attribute_names

OFFERED = 200


class RolloutForm(forms.Form):
    """Which version, how many items, and what opens each next step."""

    version = forms.ChoiceField(label="Prompt version")
    pilot_items = forms.IntegerField(
        min_value=1, max_value=5000, initial=100, label="Items of the pilot", help_text="People look at every answer."
    )
    strata = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="The pilot is drawn evenly by",
        help_text="Each group of these gets its share of the pilot.",
    )  # fmt: skip
    batch_items = forms.IntegerField(
        min_value=1, max_value=MOST_BATCH, initial=MOST_BATCH, label="Items of the batch, at most"
    )
    min_precision = forms.FloatField(
        min_value=0.01, max_value=0.999, initial=0.95, label="Right of what goes through, at least",
        help_text="A share of items, right in every label. The whole 95% interval has to be above it.",
    )  # fmt: skip
    min_auto = forms.FloatField(
        min_value=0.01, max_value=1, initial=0.8, label="Answered without a person, at least",
        help_text="A share of all items asked.",
    )  # fmt: skip
    max_cost = forms.FloatField(
        min_value=0.0001, initial=0.5, label="Cost of an item, dollars, at most",
        help_text="It is the budget of each run as well: so much for each of its items.",
    )  # fmt: skip
    hourly_usd = forms.FloatField(
        min_value=0, required=False, label="An hour of a reviewer costs, dollars",
        help_text="Left empty, the cost is the model's alone, and says so.",
    )  # fmt: skip
    seed = forms.IntegerField(initial=0, help_text="Which items are drawn.")
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        retired = Promotion.objects.filter(is_current=True, status=PromptStatus.RETIRED).values("version")
        free = labellers(project).filter(rollout=None).exclude(pk__in=retired)
        names = [str(one) for one in free.order_by("-pk")[:OFFERED]]
        self.fields["version"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        attributes = attribute_names(project)
        self.fields["strata"].choices = [(name, name) for name in attributes]  # type: ignore[attr-defined]

    def plan(self) -> RolloutPlan:
        names = (
            "pilot_items", "batch_items", "strata", "min_precision", "max_cost", "min_auto", "hourly_usd", "seed",
        )  # fmt: skip
        return RolloutPlan(**{name: self.cleaned_data[name] for name in names})


class StepForm(forms.Form):
    """One step: on, more items, or back."""

    step = forms.ChoiceField(choices=[("next", "next"), ("again", "again"), ("back", "back")])
    reason = forms.CharField(max_length=REASON_MAX, required=False, strip=True)
    idempotency_key = KeyField()
