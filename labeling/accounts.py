"""How django-allauth treats accounts here: nobody registers themselves (SAFETY R4)."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes registration; accounts come by invitation or from the operator."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False
