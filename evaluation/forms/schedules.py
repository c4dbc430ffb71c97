"""When a job is done, and by whom."""

from typing import Any

from django import forms

from evaluation.actions.open_actions import WORKERS
from evaluation.actions.schedule_jobs import JOBS
from evaluation.actions.schedules import Timing
from evaluation.models import Schedule
from evaluation.recurrence import WEEKDAYS, Kind, kind_of
from labeling.models import Project, User
from reviewapp.common.zones import zones

REPEATS = [
    ("daily", "Every day"), ("workdays", "Monday to Friday"), ("weekly", "Every week"), ("monthly", "Every month"),
    ("quarterly", "Every quarter"), ("custom", "By a crontab"),
]  # fmt: skip
PARAMETERS = {
    "size": ("Items", forms.IntegerField),
    "budget_usd": ("Budget of a run, dollars", forms.FloatField),
    "days": ("Days to do it in", forms.IntegerField),
}


def owners(project: Project) -> Any:
    """Who may own what waits for a person."""
    workers = [str(role) for role in WORKERS]
    found = User.objects.filter(memberships__project=project, memberships__role__in=workers, is_active=True)
    return found.distinct().order_by("name")


class TimingForm(forms.Form):
    """The fields that the job has; which of them count is shown by what is chosen in `repeats`."""

    repeats = forms.ChoiceField(choices=REPEATS)
    weekday = forms.TypedChoiceField(
        coerce=int, choices=[(str(place), name) for place, name in enumerate(WEEKDAYS)], initial=1, required=False,
        label="On",
    )  # fmt: skip
    day = forms.IntegerField(
        min_value=1, max_value=28, initial=1, required=False, label="Day of the month",
        help_text="1 to 28. A quarter begins in January, April, July and October.",
    )  # fmt: skip
    at = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    crontab = forms.CharField(
        max_length=80, required=False, help_text="Minute, hour, day of the month, month, day of the week: 0 2 * * 1-5"
    )
    zone = forms.ChoiceField(label="Time zone")
    owner = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        to_field_name="public_id",
        help_text="Answers for it, and gets what it cannot do by itself.",
    )

    def __init__(self, *args: Any, project: Project, job: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = JOBS[job]
        self.fields["owner"].queryset = owners(project)  # type: ignore[attr-defined]
        self.fields["zone"].choices = [(name, name) for name in zones()]  # type: ignore[attr-defined]
        if not self.job.recurrence:
            for name in ("repeats", "weekday", "day", "at", "crontab"):
                del self.fields[name]
        for name, usual in self.job.parameters.items():
            label, kind = PARAMETERS[name]
            self.fields[name] = kind(label=label, initial=usual, min_value=0)

    @classmethod
    def of(cls, schedule: Schedule, data: Any = None) -> "TimingForm":
        return cls(data, project=schedule.project, job=schedule.job, initial=_initial(schedule))

    @classmethod
    def new(cls, project: Project, job: str, user: User, data: Any = None) -> "TimingForm":
        """At the usual time, by the clock of whoever asks."""
        usual = Schedule(job=job, recurrence=JOBS[job].recurrence, zone=user.time_zone, parameters=JOBS[job].parameters)
        return cls(data, project=project, job=job, initial=_initial(usual))

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        repeats = told.get("repeats")
        wanted = {"custom": ("crontab",), "weekly": ("weekday", "at"), "monthly": ("day", "at"),
                  "quarterly": ("day", "at")}.get(str(repeats), ("at",))  # fmt: skip
        for name in wanted if repeats else ():
            if name not in self.errors and told.get(name) in (None, ""):
                self.add_error(name, "This is needed.")
        return told

    @property
    def timing(self) -> Timing:
        told = self.cleaned_data
        recurrence = ""
        if self.job.recurrence:
            kind = Kind(told["repeats"], told["at"], weekday=told["weekday"], day=told["day"])
            recurrence = told["crontab"] if kind.repeats == "custom" else kind.expression
        return Timing(recurrence, told["zone"], told["owner"], {name: told[name] for name in self.job.parameters})


def _initial(schedule: Schedule) -> dict[str, Any]:
    found = {"zone": schedule.zone, "owner": schedule.owner, **schedule.parameters}
    if schedule.recurrence:
        kind = kind_of(schedule.recurrence)
        found |= {"repeats": kind.repeats, "at": kind.at, "weekday": kind.weekday, "day": kind.day,
                  "crontab": schedule.recurrence if kind.repeats == "custom" else ""}  # fmt: skip
    return found
