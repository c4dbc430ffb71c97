"""What people send to start runs, and to go on with them."""

from typing import Any

from django import forms

from evaluation.actions.prompts import BUILT_IN
from evaluation.queries.labellers import labellers
from evaluation.queries.recipes import providers
from labeling.forms.keys import KeyField
from labeling.models import Project

MOST_USD = 1_000_000.0


def dollars(label: str, help_text: str = "", **more: Any) -> forms.FloatField:
    return forms.FloatField(min_value=0, max_value=MOST_USD, label=label, help_text=help_text, **more)


class RunForm(forms.Form):
    """A prompt version over a set of items."""

    prompt = forms.ChoiceField()
    on = forms.ChoiceField(label="Items")
    name = forms.CharField(max_length=110, required=False, help_text="Made from the prompt and the items if left out.")
    budget = dollars("Budget, dollars", "The run pauses before it would cost more.", required=False)
    priority = forms.TypedChoiceField(
        coerce=int, choices=[("0", "Normal"), ("5", "Before others"), ("-5", "When nothing else waits")], initial="0",
        required=False,
    )  # fmt: skip
    sample = forms.IntegerField(
        min_value=1, required=False, label="Only so many items", help_text="Drawn at random by the seed. Empty: all."
    )
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False, initial=0)
    temperature = forms.FloatField(min_value=0, max_value=2, required=False)
    top_p = forms.FloatField(min_value=0.001, max_value=1, required=False, label="Top p")
    few_shot = forms.IntegerField(min_value=0, max_value=200, required=False, label="Examples shown")
    uses_cache = forms.BooleanField(
        required=False, initial=True, label="Use the cache", help_text="A question asked before is not paid for again."
    )

    by_batch = forms.BooleanField(
        required=False, label="By the Batch API", help_text="At about half the price, done within a day."
    )

    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, scopes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        written = [str(version) for version in labellers(project).order_by("prompt__name", "-number")]
        known = {version.partition("@")[0] for version in written}
        offered = [(name, f"{name} (built in)") for name in BUILT_IN if name not in known]
        self.fields["prompt"].choices = [*offered, *((one, one) for one in written)]  # type: ignore[attr-defined]
        self.fields["on"].choices = scopes  # type: ignore[attr-defined]
        if not any(provider.batches for provider in providers().values()):
            del self.fields["by_batch"]

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in ("prompt", "on", "name", "budget")]

    @property
    def more(self) -> list[forms.BoundField]:
        """What most runs leave as it is."""
        names = ("priority", "sample", "seed", "temperature", "top_p", "few_shot", "uses_cache", "by_batch")
        return [self[name] for name in names if name in self.fields]

    @property
    def has_more(self) -> bool:
        return any(field.errors for field in self.more)

    @property
    def overrides(self) -> dict[str, Any]:
        """The parameters that this run alone has."""
        given = {name: self.cleaned_data[name] for name in ("temperature", "top_p", "few_shot")}
        return {name: value for name, value in given.items() if value is not None}


class RetryForm(forms.Form):
    """Ask again what failed."""

    kind = forms.CharField(max_length=30, required=False)
    idempotency_key = KeyField()


class BudgetForm(forms.Form):
    """A budget in dollars."""

    budget = dollars("Budget, dollars", required=False)
    idempotency_key = KeyField()
