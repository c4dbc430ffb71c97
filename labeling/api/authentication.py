"""The API's one way in: `Authorization: Bearer assay_...`. Sessions do not count, so no other site can call it."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from labeling.actions.tokens import find_token
from labeling.models import Token, User

WRONG = "This token is not known, has ended or was revoked."


class TokenAuthentication(BaseAuthentication):
    """The user a token speaks for, and the token as `request.auth`."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        parts = get_authorization_header(request).split()
        if not parts:
            return None
        try:
            kind, secret = (part.decode("ascii") for part in parts)
        except (ValueError, UnicodeDecodeError) as error:
            raise AuthenticationFailed("Send “Authorization: Bearer” and the token.") from error
        if kind.lower() != "bearer":
            raise AuthenticationFailed("Send “Authorization: Bearer” and the token.")
        token = find_token(secret)
        if token is None:
            raise AuthenticationFailed(WRONG)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Assay"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "assay_…"}


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token, and for each address without one."""

    scope = "token"

    def get_cache_key(self, request: Request, view: Any) -> str:
        ident = f"token-{request.auth.pk}" if isinstance(request.auth, Token) else f"address-{self.get_ident(request)}"
        return self.cache_format % {"scope": self.scope, "ident": ident}
