"""Addresses of the machine side under /api/v1/."""

from django.urls import path

from evaluation.api import freezing

PROJECT = "projects/<slug:project>"

urlpatterns = [
    path(f"{PROJECT}/rounds/<uuid:round_id>/freeze/", freezing.FreezeRound.as_view(), name="freeze-round"),
]
