"""Addresses of two small views, for tests of what logs and traces tell of a request."""

import logging

from django.http import HttpResponse
from django.urls import path

from evaluation import tasks
from evaluation.models import Run
from labeling.tasks import nudge


def say(request, project, run_id):
    logging.getLogger("telling").info("said in %s", "passing", extra={"body": "a secret", "data": {"a": 1}})
    return HttpResponse("ok")


def send(request, project, run_id):
    nudge(tasks.work_on_run, Run.objects.get(public_id=run_id).pk)
    return HttpResponse("ok")


urlpatterns = [
    path("projects/<slug:project>/say/<uuid:run_id>/", say, name="say"),
    path("projects/<slug:project>/send/<uuid:run_id>/", send, name="send"),
]
