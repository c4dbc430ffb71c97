"""Choosing labels in a form by typing, as the labelling screen does; a list of boxes where there is no JavaScript."""

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from labeling.enums import VersionStatus
from labeling.models import Project
from labeling.queries.queue import Choice, choices


class LabelFinder(forms.CheckboxSelectMultiple):
    """Rows with what can be typed to find them; `finder.js` adds the search and what is chosen."""

    labels: list[Choice]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        ticked = {str(one) for one in value or ()}
        context = {"name": name, "labels": self.labels, "ticked": ticked, "id": (attrs or {}).get("id", "")}
        return render_to_string("components/label_finder.html", context)


class LabelsField(forms.MultipleChoiceField):
    """Labels of a project's published taxonomy; none chosen is an answer too."""

    widget = LabelFinder

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def take_from(self, project: Project) -> None:
        """Offer the labels that are published now."""
        published = project.taxonomy_versions.filter(status=VersionStatus.PUBLISHED).order_by("-number").first()
        labels = choices(published) if published else []
        self.choices = [(one.code, one.name) for one in labels]
        self.widget.labels = labels
