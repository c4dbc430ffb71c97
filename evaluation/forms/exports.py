"""What is exported, and how."""

from typing import Any

from django import forms

from evaluation.enums import WITHOUT_LABELS, RunState
from evaluation.models import Run
from evaluation.queries.export_files import Wanted
from labeling.files.answer_writing import OUT_FORMATS
from labeling.forms.keys import KeyField
from labeling.models import Project, Release, Round

CHOSEN = 200  # newest of each that can be chosen


class ExportForm(forms.Form):
    """One thing to export, chosen from a list of all, and a format."""

    source = forms.ChoiceField(label="What")
    format = forms.ChoiceField(
        choices=[(key, one.name) for key, one in OUT_FORMATS.items()],
        initial="csv",
        help_text="Those of other tools, and one row an item, hold annotations only.",
    )
    with_test = forms.BooleanField(
        required=False, label="With the test split", help_text="Of a release. It goes into its ledger under your name."
    )
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, is_manager: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.rounds: dict[str, Round] = {}
        groups: list[Any] = []
        if is_manager:
            rounds = Round.objects.filter(project=project).order_by("-created_at")[:CHOSEN]
            self.rounds = {f"round:{one.public_id}": one for one in rounds}
            named = [(key, str(one)) for key, one in self.rounds.items()]
            groups.append(("Annotations of", [("annotations", "Annotations of all rounds"), *named]))
        else:
            del self.fields["with_test"]
        releases = Release.objects.filter(golden_set__project=project).select_related("golden_set")
        self.releases = {f"release:{one.public_id}": one for one in releases.order_by("-frozen_at")[:CHOSEN]}
        runs = Run.objects.filter(project=project, state=RunState.DONE).exclude(origin__in=WITHOUT_LABELS)
        self.runs = {f"run:{one.public_id}": one for one in runs.order_by("-created_at")[:CHOSEN]}
        for name, found in (("Gold of", self.releases), ("Predictions of", self.runs)):
            if found:
                groups.append((name, [(key, str(one)) for key, one in found.items()]))
        self.fields["source"].choices = groups  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        format, source = OUT_FORMATS.get(cleaned.get("format", "")), cleaned.get("source")
        if format and source and self._what(source) not in format.holds:
            self.add_error("format", f"{format.name} holds annotations only.")
        return cleaned

    def _what(self, source: str) -> str:
        return {"release": "golden", "run": "predictions"}.get(source.partition(":")[0], "annotations")

    def wanted(self) -> Wanted:
        source = self.cleaned_data["source"]
        return Wanted(
            project=self.project,
            what=self._what(source),
            format=self.cleaned_data["format"],
            release=self.releases.get(source),
            round=self.rounds.get(source),
            run=self.runs.get(source),
            with_test=self._what(source) == "golden" and bool(self.cleaned_data.get("with_test")),
        )
