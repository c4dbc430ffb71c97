"""What goes into a training file, and what is said of a model that was trained."""

from typing import Any

from django import forms

from evaluation.enums import PanelState
from evaluation.models import Panel, Review
from evaluation.queries.training_files import TUNING_SPLITS
from labeling.models import Project, Release

CHOSEN = 200  # newest of each that can be chosen


class TrainingFileForm(forms.Form):
    """One source, chosen from all that a model may be trained with."""

    source = forms.ChoiceField(label="What")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found: dict[str, tuple[Panel | Review | Release, str]] = {}
        groups: dict[str, list[tuple[str, str]]] = {}
        releases = Release.objects.filter(golden_set__project=project).select_related("golden_set__project")
        for one in releases.order_by("-frozen_at", "-pk")[:CHOSEN]:
            for split in TUNING_SPLITS:
                if size := one.counts["splits"].get(split):
                    key = f"release:{one.public_id}:{split}"
                    self._add(groups, "Fine-tuning, of a release", key, f"{one}, {split}: {size:,} items", one, split)
        panels = Panel.objects.filter(project=project, state=PanelState.CLOSED, pairs__isnull=False).distinct()
        for panel in panels.select_related("project").order_by("-pk")[:CHOSEN]:
            self._add(groups, "Preferences, of a closed panel", f"panel:{panel.public_id}", panel.name, panel)
        reviews = Review.objects.filter(project=project).select_related("project", "run")
        for review in reviews.order_by("-pk")[:CHOSEN]:
            self._add(groups, "Corrections, of a review", f"review:{review.public_id}", str(review), review)
        self.fields["source"].choices = list(groups.items())  # type: ignore[attr-defined]

    def _add(
        self, groups: dict[str, list[tuple[str, str]]], group: str, key: str, name: str,
        source: Panel | Review | Release, split: str = "",
    ) -> None:  # fmt: skip
        self.found[key] = source, split
        groups.setdefault(group, []).append((key, name))

    def chosen(self) -> tuple[Panel | Review | Release, str]:
        return self.found[self.cleaned_data["source"]]


class ModelTrainingForm(forms.Form):
    """A model, and whether it was trained with the file."""

    model = forms.CharField(
        max_length=160,
        widget=forms.TextInput(attrs={"list": "models", "autocomplete": "off"}),
        help_text="As prompt versions name it. Of imported predictions, the name of the run.",
    )
    is_trained = forms.ChoiceField(
        label="Was it trained with this file?",
        choices=[("yes", "Yes: leave these items out of its figures"), ("no", "No: they count")],
        widget=forms.RadioSelect,
    )
