"""Which hosts may be asked: only those the operator lists (SAFETY: requests forged by a setting)."""

from collections.abc import Collection
from urllib.parse import urlsplit

from reviewapp.common.errors import Refused


def check_base_url(url: str, allowed: Collection[str]) -> None:
    """Raise Refused unless the operator listed the host; plain http needs an entry like http://127.0.0.1:8080."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise Refused(f"“{url}” is not an address.") from error
    if parts.username or parts.password:
        raise Refused("The model's address may not hold a user or password.")
    if parts.scheme == "https" and (host in allowed or f"{host}{port}" in allowed):
        return
    if parts.scheme == "http" and f"http://{host}{port}" in allowed:
        return
    raise Refused(f"The host “{host}” is not allowed. The operator lists hosts in LLM_ALLOWED_HOSTS.")
