"""What is asked for to watch a stream, or to compare two windows once."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms

from evaluation.enums import WITHOUT_LABELS, RunOrigin, RunState
from evaluation.models import Prompt, Run
from evaluation.queries.streams import Window
from labeling.enums import Split
from labeling.forms.keys import KeyField
from labeling.models import Project
from labeling.queries.attributes import attribute_names

DAY = forms.DateInput(attrs={"type": "date"})


class MonitorForm(forms.Form):
    """Which predictions are watched, against which days."""

    name = forms.CharField(max_length=120)
    prompt = forms.ChoiceField(required=False, label="Predictions of")
    reference_from = forms.DateField(widget=DAY, label="Reference from")
    reference_until = forms.DateField(widget=DAY, label="Reference until", help_text="This day included.")
    days = forms.IntegerField(min_value=1, max_value=366, initial=1, label="Days in a window")
    cohort = forms.ChoiceField(
        required=False, label="Also within each", help_text="A change of one region hides in the whole."
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(Prompt.objects.filter(project=project).order_by("name").values_list("name", flat=True))
        self.fields["prompt"].choices = [("", "any prompt"), *((name, name) for name in names)]  # type: ignore[attr-defined]
        self.fields["cohort"].choices = _cohorts(project)  # type: ignore[attr-defined]

    def span(self) -> tuple[datetime, datetime]:
        return span(self.cleaned_data["reference_from"], self.cleaned_data["reference_until"])


class CompareForm(forms.Form):
    """Two runs, the earlier first."""

    reference = forms.ChoiceField(label="Before", help_text="A finished run; never one over held-out items.")
    current = forms.ChoiceField(label="Now")
    cohort = forms.ChoiceField(
        required=False, label="Also within each", help_text="A change of one region hides in the whole."
    )
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        runs = Run.objects.filter(project=project, state=RunState.DONE).exclude(split=Split.TEST)
        runs = runs.exclude(origin__in=[*WITHOUT_LABELS, RunOrigin.ATTACK])
        self.runs = {str(run.public_id): run for run in runs.order_by("-created_at")[:200]}
        choices = [(key, f"{run} · {run.total:,} items") for key, run in self.runs.items()]
        for name in ("reference", "current"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["cohort"].choices = _cohorts(project)  # type: ignore[attr-defined]

    def windows(self) -> tuple[Window, Window]:
        then, now = (Window(run=self.runs[self.cleaned_data[name]]) for name in ("reference", "current"))
        return then, now


def span(first: Any, last: Any) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last, in UTC."""
    return datetime.combine(first, time(), UTC), datetime.combine(last, time(), UTC) + timedelta(days=1)


def _cohorts(project: Project) -> list[tuple[str, str]]:
    return [("", "nothing, only the whole"), *((name, name) for name in attribute_names(project))]
