"""The Celery application: which broker and how often the sweeps run is in settings."""

import os

from celery import Celery
from celery.signals import worker_init
from kombu.transport import TRANSPORT_ALIASES

from reviewapp.common import heartbeats, logs, tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")

TRANSPORT_ALIASES["folder"] = "reviewapp.common.broker:Transport"

app = Celery("assay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

heartbeats.connect()
logs.connect_tasks()
worker_init.connect(tracing.start_worker, weak=False)
