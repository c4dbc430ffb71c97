"""What engineers send: prompt versions."""

import json

from django import forms

from evaluation.actions.prompts import Recipe
from evaluation.enums import Strategy
from evaluation.llm.prompts import DEFAULT_TEMPLATE


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
