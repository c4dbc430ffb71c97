"""Which prompt or model is asked, for how much: of judges, and of categories in triage."""

from typing import Any

from django import forms

from evaluation.models import PromptVersion
from evaluation.queries.asking import Standard, askers, known_models, provider_names
from labeling.models import Project

STANDARD = "standard"


class AskForm(forms.Form):
    """A prompt version, or the standard question with a model. The forecast needs no budget, a start does."""

    prompt = forms.ChoiceField(
        required=False, help_text="The standard question is kept as a prompt version like any other."
    )
    model = forms.CharField(
        max_length=120, required=False, help_text="Of the standard question. It needs a price.",
        widget=forms.TextInput(attrs={"list": "models", "autocomplete": "off"}),
    )  # fmt: skip
    provider = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, project: Project, standard: Standard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.standard = project, standard
        self.versions = {str(one.public_id): one for one in askers(project)}
        self.models = known_models(project)
        self.fields["prompt"].choices = [  # type: ignore[attr-defined]
            (STANDARD, "The standard question"),
            *((key, f"{one} · {one.model}") for key, one in self.versions.items()),
        ]
        names = provider_names()
        self.fields["provider"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        if len(names) < 2:
            del self.fields["provider"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("prompt", "") in ("", STANDARD) and not cleaned.get("model", "").strip():
            self.add_error("model", "The standard question needs the id of the model to ask.")
        return cleaned

    @property
    def chosen(self) -> PromptVersion:
        """The version, as it is stored or as it would be written."""
        if version := self.versions.get(self.cleaned_data.get("prompt", "")):
            return version
        model, provider = self.cleaned_data["model"].strip(), self.cleaned_data.get("provider", "")
        return self.standard.unwritten(self.project, model, provider)


class BudgetForm(forms.Form):
    """What it may cost at most."""

    budget = forms.FloatField(min_value=0.0001, max_value=100_000, label="Budget, dollars")
