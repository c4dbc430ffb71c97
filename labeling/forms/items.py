"""What managers send about items and taxonomies."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from labeling.files.items import ROLES

ROLE_NAMES = {
    "id": "Id", "name": "Name", "text": "Text", "source_url": "Source address", "fetched_at": "Fetched at",
    "page": "Page", "attribute": "Attribute", "documents": "Documents (JSON)", "ignore": "Leave out",
}  # fmt: skip


class UploadForm(forms.Form):
    """A file, and its encoding if it is not UTF-8."""

    file = forms.FileField(
        help_text="CSV or JSONL, also gzipped, or the first sheet of an Excel workbook. Up to 250 MB unpacked "
        "(Excel: 20 MB packed) and 100,000 rows."
    )
    encoding = forms.ChoiceField(
        choices=[("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("latin-1", "Latin-1"), ("utf-16", "UTF-16")],
        required=False,
    )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size and file.size > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError("The file is larger than 250 MB. Split it.")
        return file

    def clean_encoding(self) -> str:
        return self.cleaned_data["encoding"] or "utf-8"


class MappingForm(forms.Form):
    """What each column of a file is."""

    skip_bad = forms.BooleanField(
        required=False,
        label="Import the other rows if some cannot be used",
        help_text="Otherwise one bad row stops the whole file, and nothing is written.",
    )

    def __init__(self, *args: Any, mapping: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = list(mapping)
        for number, column in enumerate(self.columns):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                choices=[(role, ROLE_NAMES[role]) for role in ROLES],
                initial=mapping[column],
                label=column,
            )

    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{number}"] for number in range(len(self.columns))]

    def mapping(self) -> dict[str, str]:
        return {column: self.cleaned_data[f"column_{number}"] for number, column in enumerate(self.columns)}
