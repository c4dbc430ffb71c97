"""Reads settings from the environment, once, and refuses what is half configured."""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.FileAwareEnv()  # NAME or NAME_FILE, the second for secrets mounted as files

_KNOWN_SECRETS = {"changeme", "change-me", "secret", "secretkey", "secret-key", "insecure", "default", "password"}
_ADVICE = 'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(50))"'


def secret_key() -> str:
    """The SECRET_KEY, never a default: a short, well-known or missing one stops the start (SAFETY R2)."""
    key: str = env.str("SECRET_KEY", default="")
    if not key:
        raise ImproperlyConfigured(f"SECRET_KEY is not set. {_ADVICE}")
    plain = key.lower()
    if len(key) < 40 or plain in _KNOWN_SECRETS or plain.startswith("django-insecure") or len(set(key)) < 10:
        raise ImproperlyConfigured(f"SECRET_KEY is too short or too simple to be safe. {_ADVICE}")
    return key


def metrics_token() -> str:
    """METRICS_TOKEN, empty where metrics are off or read by network; one that could be guessed stops the start."""
    token: str = env.str("METRICS_TOKEN", default="").strip()
    if token and (len(token) < 16 or len(set(token)) < 6):
        raise ImproperlyConfigured(f"METRICS_TOKEN is too short or too simple to be safe. {_ADVICE}")
    return token


def folder(name: str, default: Path) -> Path:
    """A folder named by the environment, made on first use, readable by its owner only."""
    path = Path(env.str(name, default=str(default))).resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def named(prefix: str) -> dict[str, str]:
    """The variables whose names begin so; NAME_FILE names a file that holds the value."""
    names = {name.removesuffix("_FILE") for name, value in os.environ.items() if name.startswith(prefix) and value}
    return {name: env.str(name).strip() for name in sorted(names)}
