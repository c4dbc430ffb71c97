"""The project: settings, addresses, the task application."""

import os

# Before numpy is loaded: its threads wait for each other by spinning, which made teaching a small model cost twenty
# times its work. Workers are what runs beside each other.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from reviewapp.celery import app as celery_app  # noqa: E402

__version__ = "0.1.0"
__all__ = ["__version__", "celery_app"]
