"""What makes and closes panels, and what raters and adjudicators send."""

from typing import Any
from uuid import UUID

from django import forms

from evaluation.actions.panel_ratings import COMMENT_MAX
from evaluation.actions.panel_settling import REASON_MAX
from evaluation.actions.panels import PanelSpec
from evaluation.enums import WITHOUT_LABELS, PanelKind, PanelSettling, RunOrigin, RunState
from evaluation.models import Criterion, RubricVersion, Run
from evaluation.queries.rubrics import versions_of
from labeling.enums import Role
from labeling.forms.keys import KeyField
from labeling.forms.rounds import ALLOCATIONS
from labeling.models import Project, User
from labeling.rules import SEES_ANSWERS

SECONDS_MAX = 6 * 60 * 60


def possible_raters(project: Project) -> list[User]:
    """Who rates blind: annotators and adjudicators who hold no role that can see runs."""
    held = User.objects.filter(is_active=True, memberships__project=project)
    able = held.filter(memberships__role__in=(Role.ANNOTATOR, Role.ADJUDICATOR)).distinct()
    seeing = User.objects.filter(memberships__project=project, memberships__role__in=SEES_ANSWERS)
    return list(able.exclude(pk__in=seeing.values("pk")).order_by("name", "email"))


class PanelForm(forms.Form):
    """A panel: which runs on how many items, by which rubric, by whom."""

    name = forms.CharField(max_length=120, help_text="Raters see it, so it should not tell which runs it is about.")
    kind = forms.ChoiceField(choices=PanelKind.choices, initial=PanelKind.SCORES, label="What raters do")
    runs = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    rubric = forms.ChoiceField()
    size = forms.IntegerField(
        min_value=1, max_value=5000, initial=20, label="Items", help_text="Each shows one output of each run."
    )
    by = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="Balance over")
    allocation = forms.ChoiceField(choices=ALLOCATIONS, initial="proportional")
    raters = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, help_text="Two or more; each rates every output."
    )
    reserves = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, help_text="Asked where the raters do not agree."
    )
    settling = forms.ChoiceField(choices=PanelSettling.choices, initial=PanelSettling.MEDIAN)
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=1)
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, attributes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        runs = Run.objects.filter(project=project, state=RunState.DONE, perturbation__isnull=True)
        runs = runs.exclude(origin__in=[*WITHOUT_LABELS, RunOrigin.ATTACK]).order_by("-pk")[:100]
        self.run_of = {str(run.public_id): run for run in runs}
        self.versions = {str(one.public_id): one for one in versions_of(project)}
        self.people = {str(user.public_id): user for user in possible_raters(project)}
        said = {
            "runs": [(key, run.name) for key, run in self.run_of.items()],
            "rubric": [(key, str(one)) for key, one in self.versions.items()],
            "by": [(name, name) for name in attributes],
            "raters": [(key, str(user)) for key, user in self.people.items()],
            "reserves": [(key, str(user)) for key, user in self.people.items()],
        }
        for name, choices in said.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def spec(self) -> PanelSpec:
        cleaned = self.cleaned_data
        version: RubricVersion = self.versions[cleaned["rubric"]]
        return PanelSpec(
            name=cleaned["name"], kind=cleaned["kind"], runs=[self.run_of[key] for key in cleaned["runs"]],
            rubric_version=version, size=cleaned["size"], by=cleaned["by"], allocation=cleaned["allocation"],
            seed=cleaned["seed"], settling=cleaned["settling"],
            raters=[self.people[key] for key in cleaned["raters"]],
            reserves=[self.people[key] for key in cleaned["reserves"]],
        )  # fmt: skip


class CloseForm(forms.Form):
    """Whether a panel may end with outputs that are not settled."""

    with_rest = forms.BooleanField(required=False)


class ScoresForm(forms.Form):
    """A score for each criterion, with a comment or a reason."""

    comment = forms.CharField(max_length=COMMENT_MAX, required=False)
    seconds = forms.FloatField(min_value=0, max_value=SECONDS_MAX, required=False)
    idempotency_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, criteria: list[Criterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [one.code for one in criteria]
        for one in criteria:
            self.fields[f"score-{one.code}"] = forms.TypedChoiceField(
                choices=[(n, n) for n in range(1, 6)], coerce=int, label=one.name,
                error_messages={"required": f"Score “{one.name}” too."},
            )  # fmt: skip

    def scores(self) -> dict[str, int]:
        return {code: self.cleaned_data[f"score-{code}"] for code in self.codes}

    def given(self) -> dict[str, int]:
        """What was chosen in a form that was refused."""
        found = {}
        for code in self.codes:
            sent = str(self.data.get(f"score-{code}", ""))
            if sent in ("1", "2", "3", "4", "5"):
                found[code] = int(sent)
        return found

    def problems(self) -> list[str]:
        return [str(error) for errors in self.errors.values() for error in errors]


class RulingForm(ScoresForm):
    """An adjudicator's scores need a reason."""

    reason = forms.CharField(max_length=REASON_MAX, error_messages={"required": "Say why."})


class RecalibrateForm(forms.Form):
    """Which settled outputs become anchors, and why."""

    note = forms.CharField(max_length=500, label="What changes, and why")
    idempotency_key = KeyField()

    def chosen(self) -> dict[UUID, str]:
        found = {}
        for sent in self.data.getlist("chosen") if hasattr(self.data, "getlist") else []:
            try:
                found[UUID(sent)] = str(self.data.get(f"why-{sent}", ""))[:2000]
            except ValueError:
                raise forms.ValidationError("These are not outputs.") from None
        return found
