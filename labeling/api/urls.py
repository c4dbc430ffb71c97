"""Addresses of the human side under /api/v1/."""

from django.urls import path

from labeling.api import projects

PROJECT = "projects/<slug:project>"

urlpatterns = [
    path("me/", projects.Me.as_view(), name="me"),
    path("projects/", projects.Projects.as_view(), name="projects"),
    path(f"{PROJECT}/", projects.OneProject.as_view(), name="project"),
]
