"""What is asked for to start a stress suite."""

from typing import Any

from django import forms

from evaluation.actions.prompts import BUILT_IN
from evaluation.actions.suites import MOST_SEED, SAMPLE
from evaluation.models import PromptVersion
from evaluation.stress.kinds import KINDS, STRENGTHS
from labeling.enums import Split
from labeling.forms.keys import KeyField
from labeling.models import Project, Release


class SuiteForm(forms.Form):
    """A prompt version, a release, and how its texts are disturbed."""

    prompt = forms.ChoiceField(label="Prompt version")
    on = forms.ChoiceField(label="Items", help_text="The dev split of a release. Held-out items are never used.")
    kinds = forms.MultipleChoiceField(
        label="What is done to the texts",
        choices=[(kind.name, kind.title) for kind in KINDS.values()],
        initial=list(KINDS),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one kind of disturbance."},
    )
    strengths = forms.TypedMultipleChoiceField(
        choices=[(one, str(one)) for one in STRENGTHS],
        coerce=int,
        required=False,
        initial=list(STRENGTHS),
        widget=forms.CheckboxSelectMultiple,
        help_text="Each holds the ones before it. Red team and swapped genders have no strength.",
    )
    sample = forms.IntegerField(
        min_value=1,
        required=False,
        initial=SAMPLE,
        label="Items of the split",
        help_text="So many are drawn; leave it empty for all of them.",
    )
    tolerance = forms.FloatField(
        min_value=0,
        max_value=1,
        initial=0.05,
        label="A loss of F1 that is borne",
        help_text="Set it before you look. A kind breaks where the loss is larger.",
        widget=forms.NumberInput(attrs={"step": "0.005"}),
    )
    budget = forms.FloatField(
        min_value=0,
        max_value=1e9,
        required=False,
        label="Budget, dollars",
        help_text="Of all runs together. A run pauses before it would cost more than its share.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    seed = forms.IntegerField(
        min_value=0, max_value=MOST_SEED, initial=0, help_text="The same seed gives the same items and the same texts."
    )
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, releases: list[Release], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = PromptVersion.objects.filter(prompt__project=project).select_related("prompt")
        written = [str(version) for version in versions.order_by("prompt__name", "-number")]
        known = {version.partition("@")[0] for version in written}
        asked = self.data.get("prompt", self.initial.get("prompt"))  # the same form again, after its first use
        offered = [(name, f"{name} (built in)") for name in BUILT_IN if name not in known or name == asked]
        items = [(str(one.public_id), f"{one} · dev ({one.counts['splits'][Split.DEV]})") for one in releases]
        self.fields["prompt"].choices = [*((one, one) for one in written), *offered]  # type: ignore[attr-defined]
        self.fields["on"].choices = items  # type: ignore[attr-defined]
        self.says = {kind.name: kind.says for kind in KINDS.values()}
