"""Loaded before Django is: tests need a secret key of their own and no settings of the developer's."""

import gc
import os
import secrets
import tempfile

gc.set_threshold(200_000, 20, 100)  # as manage.py: tables are migrated here too
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # as reviewapp, which may be loaded after numpy here
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
os.environ.setdefault("ASSAY_VAR", tempfile.mkdtemp(prefix="assay-tests-"))
