"""What engineers send to start a run."""

from typing import Any

from django import forms

from evaluation.actions.prompts import BUILT_IN
from evaluation.models import PromptVersion
from labeling.forms.keys import KeyField
from labeling.models import Project


class RunForm(forms.Form):
    """A prompt version over a set of items."""

    prompt = forms.ChoiceField()
    on = forms.ChoiceField(label="Items")
    name = forms.CharField(max_length=110, required=False, help_text="Made from the prompt and the items if left out.")
    budget = forms.FloatField(
        min_value=0, required=False, label="Budget, dollars", help_text="The run pauses before it would cost more."
    )

    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, scopes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = PromptVersion.objects.filter(prompt__project=project).select_related("prompt")
        written = [str(version) for version in versions.order_by("prompt__name", "-number")]
        known = {version.partition("@")[0] for version in written}
        offered = [(name, f"{name} (built in)") for name in BUILT_IN if name not in known]
        self.fields["prompt"].choices = [*offered, *((one, one) for one in written)]  # type: ignore[attr-defined]
        self.fields["on"].choices = scopes  # type: ignore[attr-defined]
