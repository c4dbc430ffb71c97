"""Loaded before Django is: tests need a secret key of their own and no settings of the developer's."""

import os
import secrets
import tempfile

os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
os.environ.setdefault("ASSAY_VAR", tempfile.mkdtemp(prefix="assay-tests-"))
