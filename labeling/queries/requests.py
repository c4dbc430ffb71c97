"""Guideline requests for their page."""

from django.db.models import QuerySet

from labeling.models import GuidelineRequest, Project, User


def requests_in(project: Project, *, raised_by: User | None = None) -> QuerySet[GuidelineRequest]:
    """All requests of a project, or one person's, newest first."""
    found = GuidelineRequest.objects.filter(project=project)
    if raised_by is not None:
        found = found.filter(raised_by=raised_by)
    return found.select_related("raised_by", "closed_by", "guideline", "task__item").order_by("-raised_at", "-pk")
