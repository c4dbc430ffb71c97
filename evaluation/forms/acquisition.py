"""What is asked for to choose what is labelled next, and to replay such a choice."""

from typing import Any

from django import forms

from evaluation.queries.acquisition import rounds_to_top_up, runs_to_choose_from
from evaluation.stats.acquisition import KINDS, parse_mix
from labeling.forms.keys import KeyField
from labeling.models import Project, Release

MIX_HELP = "One name, or several with weights: least=0.6,diversity=0.4. Beneath is what each looks for."


class MixField(forms.CharField):
    """ "least=0.6,diversity=0.4" as shares."""

    def clean(self, value: Any) -> Any:
        try:
            return parse_mix(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class AcquisitionForm(forms.Form):
    """From which run, by which strategies, how many, which share by lot."""

    run = forms.ChoiceField(help_text="A finished run over the project's items. Only what it has answered is chosen.")
    committee = forms.MultipleChoiceField(
        required=False, label="Other runs", help_text="For votes and jaccard, which hold several runs together."
    )
    mix = MixField(initial="least", label="Strategies", max_length=200, help_text=MIX_HELP)
    size = forms.IntegerField(min_value=1, max_value=5000, initial=100, label="Items")
    random_share = forms.FloatField(
        min_value=0, max_value=1, initial=0.3, label="Random share",
        help_text="Drawn by lot first. Figures of these hold for the whole pool; those of picked items do not.",
        widget=forms.NumberInput(attrs={"step": "0.05"}),
    )  # fmt: skip
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=0)
    idempotency_key = KeyField()
    strategies = list(KINDS.values())

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(run.name, run.name) for run in runs_to_choose_from(project)]
        self.fields["run"].choices = choices  # type: ignore[attr-defined]
        self.fields["committee"].choices = choices  # type: ignore[attr-defined]


class LabelForm(forms.Form):
    """A round of their own, or one that is open."""

    round = forms.ChoiceField(required=False, label="Where to")
    name = forms.CharField(
        required=False, max_length=120, label="Name of a new round",
        help_text="Raters see it. Leave it empty for a neutral one.",
    )  # fmt: skip

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rounds = [(str(one.public_id), f"Top up {one.name}") for one in rounds_to_top_up(project)]
        self.fields["round"].choices = [("", "A new round"), *rounds]  # type: ignore[attr-defined]


class ReplayForm(forms.Form):
    """Which gold is replayed, and how."""

    on = forms.ChoiceField(label="Gold", help_text="The dev split of a release. Held-out items are never used.")
    mix = MixField(initial="least", label="Strategies", max_length=200, help_text=MIX_HELP)
    seeds = forms.IntegerField(min_value=2, max_value=50, initial=10)
    start = forms.IntegerField(min_value=2, initial=50, label="Items at the start", help_text="Drawn by lot.")
    batch = forms.IntegerField(min_value=1, initial=50, label="Items a batch")
    budget = forms.IntegerField(min_value=3, initial=500, label="Items in the end")
    random_share = forms.FloatField(
        min_value=0, max_value=1, initial=0.3, label="Random share", widget=forms.NumberInput(attrs={"step": "0.05"})
    )
    idempotency_key = KeyField()
    strategies = [kind for kind in KINDS.values() if kind.needs != "committee"]  # a replay has one model

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        releases = Release.objects.filter(golden_set__project=project).select_related("golden_set").order_by("-pk")
        self.fields["on"].choices = [(str(one), str(one)) for one in releases]  # type: ignore[attr-defined]
