"""What a manager's browser sends about trainings, hidden checks and qualifications."""

from collections.abc import Sequence
from typing import Any

from django import forms

from labeling.enums import Split
from labeling.forms.keys import KeyField
from labeling.models import Release

SEED_MAX = 2**31 - 1


class GoldForm(forms.Form):
    """Known items out of one of the project's releases."""

    release = forms.ChoiceField(help_text="Where the known answers come from. Held-out items are never used.")
    seed = forms.IntegerField(
        min_value=0, max_value=SEED_MAX, initial=1, help_text="The same seed draws the same items."
    )
    idempotency_key = KeyField()

    def __init__(self, *args: Any, releases: Sequence[Release], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(one.public_id): one for one in releases}
        self.fields["release"].choices = [(key, str(one)) for key, one in self.by_id.items()]  # type: ignore[attr-defined]

    def chosen_release(self) -> Release:
        return self.by_id[self.cleaned_data["release"]]

    def payload(self) -> dict[str, Any]:
        """What makes two submissions the same one."""
        return {name: value for name, value in self.cleaned_data.items() if name != "idempotency_key"}


class TrainingForm(GoldForm):
    """A training round."""

    name = forms.CharField(max_length=120, help_text="For example “Training, spring”.")
    split = forms.ChoiceField(choices=[(Split.DEV, "dev"), (Split.FEWSHOT, "fewshot")], initial=Split.DEV)
    size = forms.IntegerField(min_value=1, max_value=1000, initial=20, label="Items")
    bar = forms.FloatField(
        min_value=0,
        max_value=1,
        initial=0.8,
        label="Pass at",
        help_text="Mean likeness to the known answers, 0 to 1. A skipped item counts as 0.",
    )

    field_order = ["name", "release", "split", "size", "bar", "seed"]


class ChecksForm(GoldForm):
    """Hidden checks for one round."""

    share = forms.FloatField(
        min_value=0.1,
        max_value=100,
        initial=5,
        label="Share, %",
        help_text="Of the round's own items. 5% is one item in twenty.",
    )

    field_order = ["release", "share", "seed"]


class QualifyForm(forms.Form):
    """Granting a qualification or ending it."""

    how = forms.ChoiceField(choices=[("grant", "Grant"), ("revoke", "Revoke")])
