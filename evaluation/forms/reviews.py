"""What opens a review, and what a reviewer sends."""

from typing import Any

from django import forms

from evaluation.actions.review_tasks import NOTE_MAX, SECONDS_MAX
from evaluation.actions.reviews import PRODUCTION, ReviewSpec
from evaluation.models import Review, Run
from evaluation.queries.review_desk import Screen, Stand
from labeling.forms.keys import KeyField
from labeling.models import Project

OFFERED = 100


class ReviewForm(forms.Form):
    """Which run, how much of it people look at besides what is doubtful, and what is aimed at."""

    run = forms.ChoiceField(help_text="A finished run over items that has no review yet.")
    other_run = forms.ChoiceField(
        required=False, label="Compare with", help_text="Where this run said otherwise, the answer goes to people too."
    )
    blind_share = forms.FloatField(
        min_value=0, max_value=1, initial=0.2, label="Shown without the prediction, share of the tasks",
        help_text="Drawn at random. It tells how far a prediction in view sways people, and how long labelling takes.",
    )  # fmt: skip
    audit_share = forms.FloatField(
        min_value=0, max_value=1, initial=0.05, label="Audited, share of what goes through",
        help_text="Drawn at random, not marked for the reviewer. It tells how often what nobody looks at is right.",
    )  # fmt: skip
    target_auto = forms.FloatField(
        min_value=0.01, max_value=1, initial=0.8, label="Target: answered without a person, share of all items asked"
    )
    target_time = forms.FloatField(
        min_value=0.01, max_value=1, initial=0.9, label="Target: less time than labelling everything, share"
    )
    target_cost = forms.FloatField(min_value=0.0001, initial=0.4, label="Target: cost of an item, dollars")
    hourly_usd = forms.FloatField(
        min_value=0, required=False, label="An hour of a reviewer costs, dollars",
        help_text="Left empty, the cost of an item is the model's alone, and says so.",
    )  # fmt: skip
    seed = forms.IntegerField(initial=0, help_text="Which items are drawn.")
    idempotency_key = KeyField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        before = Review.objects.filter(project=project).order_by("-number").first()
        if before:  # what the project aims at is what it aimed at last
            kept = ("blind_share", "audit_share", "target_auto", "target_time", "target_cost", "hourly_usd")
            kwargs["initial"] = {name: getattr(before, name) for name in kept} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        runs = Run.objects.filter(
            project=project, release=None, split="", perturbation__isnull=True, origin__in=PRODUCTION
        )
        found = list(runs.filter(finished_at__isnull=False).select_related("review").order_by("-pk")[:OFFERED])
        self.runs = {str(run.public_id): run for run in found}
        free = [(key, run.name) for key, run in self.runs.items() if not hasattr(run, "review")]
        self.fields["run"].choices = free  # type: ignore[attr-defined]
        others = [("", "no other run"), *((key, run.name) for key, run in self.runs.items())]
        self.fields["other_run"].choices = others  # type: ignore[attr-defined]

    def spec(self) -> ReviewSpec:
        names = ("blind_share", "audit_share", "seed", "target_auto", "target_time", "target_cost", "hourly_usd")
        return ReviewSpec(**{name: self.cleaned_data[name] for name in names})


class ReviewAnswerForm(forms.Form):
    """Each predicted label accepted or rejected, and labels added. Nothing said is no answer."""

    none_applies = forms.BooleanField(required=False)
    note = forms.CharField(max_length=NOTE_MAX, required=False, strip=True)
    seconds = forms.FloatField(min_value=0, max_value=SECONDS_MAX, required=False)
    after = forms.IntegerField(min_value=0)
    idempotency_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, screen: Screen, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.screen = screen

    def _sent(self) -> tuple[dict[str, str], frozenset[str]]:
        rules = {code: str(self.data.get(f"rule-{code}", "")) for code in self.screen.codes}
        sent = self.data.getlist("labels") if hasattr(self.data, "getlist") else []
        free = {choice.code for choice in self.screen.others}
        return {code: said for code, said in rules.items() if said in ("yes", "no")}, frozenset(sent) & free

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        rules, added = self._sent()
        given = {code for code, said in rules.items() if said == "yes"} | added
        if cleaned.get("none_applies"):
            if given:
                raise forms.ValidationError(
                    "You gave labels and also said that none applies. Take one of the two back."
                )
            return cleaned | {"labels": []}
        open_rows = [row.choice.name for row in self.screen.rows if row.choice.code not in rules]
        if open_rows:
            raise forms.ValidationError(f"Still open: {', '.join(open_rows)}. Accept or reject each label.")
        if not given and not rules:
            raise forms.ValidationError("Choose at least one label, or say that none applies.")
        return cleaned | {"labels": sorted(given)}

    def stand(self) -> Stand:
        """What was sent, to be shown again."""
        rules, added = self._sent()
        return Stand(rules, added, bool(self.data.get("none_applies")), str(self.data.get("note", ""))[:NOTE_MAX])

    def problems(self) -> list[str]:
        return [str(error) for errors in self.errors.values() for error in errors]
