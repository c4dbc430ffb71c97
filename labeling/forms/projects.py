"""What managers send about a project itself."""

from typing import Any

from django import forms


class NewProjectForm(forms.Form):
    """A project's beginnings."""

    name = forms.CharField(max_length=120)
    slug = forms.SlugField(max_length=60, label="Short name", help_text="In addresses and commands: acme-offerings.")
    description = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    raters = forms.IntegerField(min_value=1, max_value=20, initial=2, label="Raters an item")


class ProjectForm(forms.Form):
    """What new rounds and reports of a project begin with."""

    name = forms.CharField(max_length=120)
    description = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    raters = forms.IntegerField(min_value=1, max_value=20, label="Raters an item")
    objective = forms.FloatField(
        min_value=-1,
        max_value=1,
        label="Agreement objective",
        help_text="The MASI alpha a round must reach before it is frozen without a written reason.",
    )
    slices = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Slice results by",
        help_text="F1 is shown for each value of these attributes.",
    )

    def __init__(self, *args: Any, attributes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slices"].choices = [(name, name) for name in attributes]  # type: ignore[attr-defined]
