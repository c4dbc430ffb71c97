"""The Celery application: which broker and how often the sweeps run is in settings."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")

TRANSPORT_ALIASES["folder"] = "reviewapp.common.broker:Transport"

app = Celery("assay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
