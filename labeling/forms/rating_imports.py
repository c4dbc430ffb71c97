"""What managers say about a file of ratings made elsewhere: how it reads, and what its names mean here."""

from typing import Any

from django import forms

from labeling.actions.importing_ratings import LEAVE_OUT
from labeling.actions.rating_imports import Reading
from labeling.files.answer_files import FORMATS
from labeling.forms.items import UploadForm
from labeling.models import ImportJob, Membership

OUT = "-"  # stands for “leave out” in a list; no code or address is called so
NEW = "+"  # stands for an inactive account


class RatingsUploadForm(UploadForm):
    """A file, and the round that it will become."""

    round = forms.CharField(
        max_length=120, label="Name of the round", help_text="The ratings become a round of their own."
    )
    field_order = ["file", "round", "encoding"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = (
            "Label Studio (JSON, JSON_MIN, CSV), doccano (JSON lines or zip), Argilla, Prodigy, Parquet, Excel, "
            "or CSV and JSON lines with item, rater and labels."
        )

    def clean_round(self) -> str:
        name: str = self.cleaned_data["round"].strip()
        if set(name) & set("@:/"):
            raise forms.ValidationError("A name may not contain @, : or /.")
        return name


class RatingsMappingForm(forms.Form):
    """How the file reads, and one choice for each name that is not known here."""

    format = forms.ChoiceField(required=False, choices=[("", "Guess"), *FORMATS.items()])
    item = forms.CharField(required=False, max_length=200, label="Field with the item's id")
    question = forms.CharField(required=False, max_length=200, label="Question or control with the labels")
    rater = forms.CharField(required=False, max_length=120, label="Who rated, where the file does not say")
    empties = forms.ChoiceField(
        required=False,
        label="Empty rows of doccano",
        choices=[("", "Not said yet"), ("answers", "Answers: none applies"), ("leave-out", "Leave out")],
    )
    skip_bad = forms.BooleanField(required=False, label="Import the other rows if some cannot be used")

    def __init__(self, *args: Any, job: ImportJob, codes: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": job.mapping["reading"], **kwargs})
        self.codes = codes
        report = job.mapping.get("report") or {}
        self.names: dict[str, list[tuple[str, str, int]]] = {"label": [], "rater": []}
        chosen = {"label": job.mapping["labels"], "rater": job.mapping["raters"]}
        members = Membership.objects.filter(project=job.project).select_related("user").order_by("user__email")
        emails = dict.fromkeys(one.user.email for one in members)
        choices = {
            "label": [("", "Choose …"), (OUT, "Leave out"), *codes.items()],
            "rater": [(NEW, "Inactive account of that name"), (OUT, "Leave out"), *((one, one) for one in emails)],
        }
        for kind in self.names:
            counted = job.mapping.get("counts", {}).get(kind, {})  # as the file was last read
            known = {**{name: counted.get(name, 0) for name in chosen[kind]}, **report.get(f"unknown_{kind}s", {})}
            for number, (name, count) in enumerate(known.items()):
                field = f"{kind}_{number}"
                to = chosen[kind].get(name)
                first = NEW if kind == "rater" else ""
                self.fields[field] = forms.ChoiceField(
                    required=False, label=name, choices=choices[kind], initial=first if to is None else to or OUT
                )
                self.names[kind].append((field, name, count))

    def rows(self, kind: str) -> list[tuple[forms.BoundField, int]]:
        return [(self[field], count) for field, _, count in self.names[kind]]

    def label_rows(self) -> list[tuple[forms.BoundField, int]]:
        return self.rows("label")

    def rater_rows(self) -> list[tuple[forms.BoundField, int]]:
        return self.rows("rater")

    def reading_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("format", "item", "question", "rater", "empties")]

    def reading(self) -> Reading:
        return Reading(**{name: self.cleaned_data[name] for name in ("format", "item", "question", "rater", "empties")})

    def chosen(self, kind: str) -> dict[str, str]:
        """What was decided: a name of ours, or nothing for what is left out."""
        found = {}
        for field, name, _ in self.names[kind]:
            to = self.cleaned_data[field]
            if to == NEW:
                found[name] = name
            elif to:
                found[name] = LEAVE_OUT if to == OUT else to
        return found
