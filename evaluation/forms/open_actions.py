"""What is said of an open action: who, by when, and how it ended."""

from typing import Any
from urllib.parse import urlsplit

from django import forms

from evaluation.actions.open_actions import Work
from evaluation.enums import ActionState
from evaluation.forms.schedules import owners
from labeling.forms.keys import KeyField
from labeling.models import Project, User


class PlanForm(forms.Form):
    """Who does it by when."""

    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="nobody yet", to_field_name="public_id"
    )
    due_on = forms.DateField(
        required=False, label="Due", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners(project)  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """What was done, or why it is dropped."""

    note = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), label="What was done, or why not")
    state = forms.ChoiceField(choices=[(one.value, one.label) for one in (ActionState.DONE, ActionState.DROPPED)])


class ActionForm(PlanForm):
    """Something that somebody puts on the list."""

    title = forms.CharField(max_length=160, label="What is to be done")
    why = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    url = forms.CharField(
        max_length=300, required=False, label="Page", help_text="Where it is done: an address of this server."
    )
    idempotency_key = KeyField()
    field_order = ("title", "why", "url", "owner", "due_on")

    def clean_url(self) -> str:
        """The path alone: a link on the list never leads to another server."""
        parts = urlsplit(self.cleaned_data["url"].strip())
        path: str = parts.path + (f"?{parts.query}" if parts.query else "")
        if path and (not path.startswith("/") or path.startswith("//")):
            raise forms.ValidationError("An address of this server begins with /.")
        return path

    def work(self, key: str) -> Work:
        told = self.cleaned_data
        return Work(key, told["title"], told["why"], told["url"], told["owner"], told["due_on"])
