"""What a rater's browser sends: an answer, a draft or a skip."""

from typing import Any
from uuid import UUID, uuid4

from django import forms

from labeling.actions.annotations import Answer
from labeling.enums import Certainty, SkipReason
from labeling.evidence import BadEvidence, checked, read, shaped
from labeling.models import Label, Seat
from labeling.queries.contents import content_of

SECONDS_MAX = 6 * 60 * 60
LABELS_MAX = 500
EVIDENCE_MAX = 200_000  # characters of JSON
BESIDE_MAX = 20


class AnswerForm(forms.Form):
    """An answer: labels, or the plain statement that none applies. Neither is no answer."""

    none_applies = forms.BooleanField(required=False)
    certainty = forms.ChoiceField(choices=Certainty.choices, required=False)
    comment = forms.CharField(max_length=5000, required=False, strip=True)
    is_flagged = forms.BooleanField(required=False)
    summary = forms.CharField(max_length=20_000, required=False, strip=True)
    evidence = forms.CharField(max_length=EVIDENCE_MAX, required=False)
    seconds = forms.IntegerField(min_value=0, max_value=SECONDS_MAX, required=False)
    receipt = forms.CharField(max_length=300, required=False)
    idempotency_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, seat: Seat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seat = seat
        self.chosen: list[Label] = []
        self.quotes: dict[str, list[dict[str, Any]]] = {}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        codes = _sent_labels(self.data)
        found = {
            label.code: label
            for label in Label.objects.filter(version=self.seat.round.taxonomy_version_id, code__in=codes)
        }
        if len(found) != len(codes):
            raise forms.ValidationError("One of the labels is not in this taxonomy.")
        self.chosen = [found[code] for code in codes]
        if codes and cleaned.get("none_applies"):
            raise forms.ValidationError("You chose labels and also that none applies. Take one of the two back.")
        if not codes and not cleaned.get("none_applies"):
            raise forms.ValidationError("Choose at least one label, or say that none applies.")
        if self.seat.round.asks_summary and "summary" not in self.errors and not cleaned.get("summary"):
            raise forms.ValidationError("This round also asks for a summary of the text. Write one, then submit.")
        self._clean_evidence(cleaned.get("evidence") or "", codes)
        return cleaned

    def _clean_evidence(self, sent: str, codes: list[str]) -> None:
        if sent in ("", "{}"):
            return
        try:
            content = content_of(self.seat.task)
            self.quotes = checked(read(sent), documents=content.documents, codes=codes)
        except BadEvidence as error:
            raise forms.ValidationError(str(error)) from error

    def answer(self) -> Answer:
        cleaned = self.cleaned_data
        return Answer(
            labels=self.chosen,
            certainty=cleaned["certainty"] or Certainty.SURE,
            comment=cleaned["comment"],
            seconds=cleaned["seconds"],
            evidence=self.quotes,
            is_flagged=cleaned["is_flagged"],
            summary=cleaned["summary"],
        )

    def payload(self) -> dict[str, Any]:
        """What makes two submissions the same one."""
        kept = ("none_applies", "certainty", "comment", "is_flagged", "summary")
        labels = [label.code for label in self.chosen]
        return {"labels": labels, "evidence": self.quotes, **{key: self.cleaned_data[key] for key in kept}}


class DraftForm(forms.Form):
    """A draft is whatever is on the page: it is checked for size, not for sense."""

    none_applies = forms.BooleanField(required=False)
    certainty = forms.ChoiceField(choices=Certainty.choices, required=False)
    comment = forms.CharField(max_length=5000, required=False, strip=False)
    is_flagged = forms.BooleanField(required=False)
    summary = forms.CharField(max_length=20_000, required=False, strip=False)
    evidence = forms.CharField(max_length=EVIDENCE_MAX, required=False)
    number = forms.IntegerField(min_value=0, required=False)  # of the draft this one was made from

    def clean_evidence(self) -> Any:
        try:
            return shaped(read(self.cleaned_data["evidence"] or "{}"))
        except BadEvidence as error:
            raise forms.ValidationError(str(error)) from error

    def content(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "labels": _sent_labels(self.data),
            "none_applies": cleaned["none_applies"],
            "certainty": cleaned["certainty"] or Certainty.SURE,
            "comment": cleaned["comment"],
            "is_flagged": cleaned["is_flagged"],
            "summary": cleaned["summary"],
            "evidence": cleaned["evidence"],
        }


class BesideForm(forms.Form):
    """Which seats the sender has on its page or on the way, so that another is handed out."""

    beside = forms.CharField(max_length=40 * BESIDE_MAX, required=False)

    def clean_beside(self) -> frozenset[UUID]:
        try:
            return frozenset(UUID(one) for one in self.cleaned_data["beside"].split(",") if one)
        except ValueError:
            raise forms.ValidationError("These are not seats.") from None


class SkipForm(forms.Form):
    """Why a rater passes on an item."""

    reason = forms.ChoiceField(choices=SkipReason.choices)


def new_key() -> str:
    """The idempotency key of a freshly rendered form."""
    return str(uuid4())


def _sent_labels(sent: Any) -> list[str]:
    """The codes sent, each once, cut to a sane number and length, without zero characters: PostgreSQL takes none."""
    labels = sent.getlist("labels") if hasattr(sent, "getlist") else []
    return list(dict.fromkeys(str(code).replace("\0", "?")[:100] for code in labels[:LABELS_MAX]))
