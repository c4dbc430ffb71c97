"""Makes a repeated request harmless: double clicks, retries, second tabs (SAFETY C3)."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction

from labeling.models import IdempotencyKey, User
from reviewapp.common import clock
from reviewapp.common.errors import Conflict


@transaction.atomic
def once(*, user: User, key: UUID | None, action: str, payload: Any, do: Callable[[], str]) -> str:
    """Run `do` unless this key has succeeded before, and return its result either way.

    The key is stored in the transaction of `do`, so it exists exactly if `do` took effect. Two requests with one key
    at the same time meet at the unique constraint: the second fails, is tried again by its sender and finds the
    result. The same key with another payload is a Conflict.
    """
    if key is None:
        return do()
    fingerprint = hashlib.sha256(f"{action}\n{json.dumps(payload, sort_keys=True, default=str)}".encode()).hexdigest()
    stored, is_new = IdempotencyKey.objects.select_for_update().get_or_create(
        user=user, key=key, defaults={"fingerprint": fingerprint, "created_at": clock.now()}
    )
    if not is_new:
        if stored.fingerprint != fingerprint:
            raise Conflict("This form was sent before with other content. Open the page again and repeat your change.")
        return stored.result
    stored.result = do()
    stored.save(update_fields=["result"])
    return stored.result
