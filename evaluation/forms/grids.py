"""What engineers send to try a prompt with many parameters."""

from typing import Any

from django import forms

from evaluation.actions.grids import MOST, MOST_REPEATS, read_axes
from evaluation.actions.prompts import BUILT_IN
from evaluation.queries.labellers import labellers
from labeling.forms.keys import KeyField
from labeling.models import Project
from reviewapp.common.errors import Refused


class GridForm(forms.Form):
    """Which prompt, on which release, over which values, how often, for how much."""

    prompt = forms.ChoiceField()
    on = forms.ChoiceField(label="Release", help_text="Its dev split. A grid never looks at test.")
    axes = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(
            attrs={"rows": 4, "spellcheck": "false", "placeholder": "temperature=0, 0.7\nfew_shot=0, 4, 8"}
        ),
        help_text=f"A parameter and its values on each line, such as temperature=0, 0.7. At most {MOST} combinations. "
        "The baselines have threshold, share_of_best, max_labels and few_threshold.",
    )
    repeats = forms.IntegerField(
        min_value=0,
        max_value=MOST_REPEATS,
        initial=2,
        help_text="Of each combination, to see how often its answers flip.",
    )
    sample = forms.IntegerField(
        min_value=1, required=False, label="Items", help_text="A random sample of so many; all if left out."
    )
    seed = forms.IntegerField(min_value=0, initial=0, help_text="Of the sample, which is the same for all.")
    budget = forms.FloatField(
        min_value=0,
        required=False,
        label="Budget, dollars",
        help_text="For all runs together; each pauses at its equal share.",
    )

    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, releases: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        written = [str(version) for version in labellers(project).order_by("prompt__name", "-number")]
        known = {version.partition("@")[0] for version in written}
        offered = [(name, f"{name} (built in)") for name in BUILT_IN if name not in known]
        self.fields["prompt"].choices = [*offered, *((one, one) for one in written)]  # type: ignore[attr-defined]
        self.fields["on"].choices = releases  # type: ignore[attr-defined]

    def clean_axes(self) -> dict[str, Any]:
        try:
            return dict(read_axes(self.cleaned_data["axes"].splitlines()))
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
