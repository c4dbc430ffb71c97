"""What is sent to open a red-team round, and to try a text in it."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from evaluation.enums import AttackKind
from evaluation.models import PromptVersion
from evaluation.queries.red_team_rounds import INVITABLE
from labeling.enums import Role
from labeling.forms.keys import KeyField
from labeling.forms.labels import LabelsField
from labeling.models import Project

DAY = forms.DateInput(attrs={"type": "date"})


class RedTeamRoundForm(forms.Form):
    """Which version is to be broken, until when, for how much, and who else is asked."""

    name = forms.CharField(max_length=120, help_text="For example: Spring, orders and lures.")
    goal = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What people should try, and what would be worth finding.",
    )  # fmt: skip
    prompt = forms.ChoiceField(label="Prompt version", help_text="Every text is answered by it, at once.")
    first_day = forms.DateField(widget=DAY, label="From")
    last_day = forms.DateField(widget=DAY, label="Until", help_text="This day included.")
    budget = forms.FloatField(
        min_value=0, max_value=1e9, required=False, initial=5, label="Budget, dollars",
        help_text="For all texts together. Empty: only the limits of the project.",
    )  # fmt: skip
    invited = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Also invite",
        help_text="With texts of their own, and only while no blind work may be handed to them.",
        choices=[(str(role), f"{role.label}s") for role in INVITABLE],
    )  # fmt: skip
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, roles: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = PromptVersion.objects.filter(prompt__project=project).select_related("prompt")
        names = [str(one) for one in versions.order_by("prompt__name", "-number")]
        self.fields["prompt"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        today = timezone.localdate()
        self.fields["first_day"].initial, self.fields["last_day"].initial = today, today + timedelta(days=14)
        if Role.MANAGER not in roles:
            del self.fields["invited"]

    def window(self) -> tuple[datetime, datetime]:
        """From the beginning of the first day to the end of the last."""
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"] + timedelta(days=1)
        return tuple(timezone.make_aware(datetime.combine(day, time())) for day in (first, last))  # type: ignore[return-value]


class AttackForm(forms.Form):
    """A text to break the model with, and what would be right for it."""

    name = forms.CharField(
        required=False, max_length=200, label="Name", help_text="As of a company; the model reads it."
    )
    text = forms.CharField(max_length=200_000, widget=forms.Textarea(attrs={"rows": 12, "dir": "auto"}))
    labels = LabelsField(label="What would be right", help_text="None chosen says that none applies.")
    kind = forms.ChoiceField(choices=[("", "Choose one"), *AttackKind.choices], label="Kind")
    why = forms.CharField(
        max_length=2000, label="Why it should be hard", widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["labels"].take_from(project)  # type: ignore[attr-defined]
