"""What engineers send: prompt versions and runs."""

import json
from typing import Any

from django import forms

from evaluation.actions.prompts import BUILT_IN, Recipe
from evaluation.enums import Strategy
from evaluation.llm.prompts import DEFAULT_TEMPLATE
from evaluation.models import PromptVersion
from labeling.forms.keys import KeyField
from labeling.models import Project


class PromptForm(forms.Form):
    """A prompt version: which model, asked how."""

    name = forms.CharField(max_length=120)
    model = forms.CharField(max_length=120, help_text="The provider's id of the model, for example gpt-4.1-mini.")
    template = forms.CharField(
        max_length=100_000,
        initial=DEFAULT_TEMPLATE,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"}),
        help_text="Known are {taxonomy}, {guidelines}, {examples} and {item}.",
    )
    temperature = forms.FloatField(min_value=0, max_value=2, required=False, initial=0)
    max_tokens = forms.IntegerField(min_value=1, max_value=100_000, initial=2000, label="Most tokens of an answer")
    few_shot = forms.IntegerField(
        min_value=0, max_value=100, initial=0, label="Examples", help_text="From the fewshot split of a release."
    )
    notes = forms.CharField(max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def recipe(self) -> Recipe:
        cleaned = self.cleaned_data
        parameters = {"max_tokens": cleaned["max_tokens"], "few_shot": cleaned["few_shot"]}
        if cleaned["temperature"] is not None:
            parameters["temperature"] = cleaned["temperature"]
        return Recipe(
            strategy=Strategy.CHAT,
            model=cleaned["model"],
            template=cleaned["template"].replace("\r\n", "\n"),
            parameters=json.loads(json.dumps(parameters)),
        )


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
