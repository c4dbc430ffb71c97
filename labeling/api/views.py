"""What every view of the API has in common: a token, a scope and a role for each verb, pages, ETags, problems.

A view says for each verb who may (`access`); a verb that is not named there does not exist. Whoever may not see a
project gets the 404 of a project that does not exist, as on pages.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError as NotOfItsField
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.http import quote_etag
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from labeling import rules
from labeling.actions.idempotency import once
from labeling.api.authentication import TokenAuthentication, TokenThrottle
from labeling.enums import Role, Scope
from labeling.models import Project, Token, User
from reviewapp.common.policy import Policy, declare

ANYBODY = tuple(Role)


@dataclass(frozen=True)
class Access:
    """The scope a token needs for a verb, and the roles, one of which its user holds."""

    scope: str
    roles: frozenset[str]


def access(scope: Scope, *roles: Role) -> Access:
    return Access(str(scope), frozenset(str(role) for role in roles or ANYBODY))


class ChangedMeanwhile(APIException):
    """What was read under `If-Match` is not as it was."""

    status_code = 412
    default_detail = "It was changed since you read it. Read it again, then repeat your change."


class Pages(CursorPagination):
    """Keyset pages: `next` and `previous` are addresses, `limit` is at most 1,000.

    A cursor holds the key of a row, so a view whose readers may label names an `ordering` that they see anyway: row
    numbers would tell them how much others write.
    """

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "limit"
    ordering = "-pk"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        ordering = getattr(view, "ordering", self.ordering)
        return (ordering,) if isinstance(ordering, str) else tuple(ordering)

    def decode_cursor(self, request: Request) -> Any:
        cursor = super().decode_cursor(request)
        if cursor and "\0" in str(cursor.position):  # PostgreSQL takes no such text
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, NotOfItsField) as error:  # a cursor that somebody made up
            raise NotFound(self.invalid_cursor_message) from error


class ApiView(GenericAPIView[Any]):
    """A view that speaks for the user of a token. `access` names the verbs there are."""

    access: ClassVar[Mapping[str, Access]]
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)
    throttle_classes = (TokenThrottle,)
    pagination_class: type[Pages] | None = Pages  # type: ignore[assignment]
    queryset = Project.objects.none()  # for the schema; views read through queries
    policy_kind: ClassVar[str] = "token"
    moving: ClassVar[tuple[str, ...]] = ()  # fields that change by themselves: no change under If-Match fails by them

    @classmethod
    def as_view(cls, **options: Any) -> Callable[..., Any]:  # type: ignore[override]
        roles = frozenset(role for one in cls.access.values() for role in one.roles)
        return declare(Policy(cls.policy_kind, roles), super().as_view(**options))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = "GET" if request.method == "HEAD" else str(request.method)
        needed = self.access.get(method)
        if needed is None:
            self.http_method_not_allowed(request)
            return
        self.find(request, needed, **kwargs)
        if needed.scope not in self.token.scopes:
            raise PermissionDenied(f"This token lacks the scope “{needed.scope}”.")

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        """What the address names, or Http404."""

    @property
    def token(self) -> Token:
        token: Any = self.request.auth
        assert isinstance(token, Token)
        return token

    @property
    def me(self) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user

    def read(self, serializer: type[BaseSerializer[Any]], *, query: bool = False) -> dict[str, Any]:
        """The body, or the query, as the serializer cleans it."""
        sent = self.request.query_params if query else self.request.data
        found = serializer(data=sent, context={"view": self})
        found.is_valid(raise_exception=True)
        return dict(found.validated_data)

    def page(self, rows: QuerySet[Any], serializer: type[BaseSerializer[Any]], **context: Any) -> Response:
        """One page of rows."""
        found = self.paginate_queryset(rows)
        shown = serializer(found, many=True, context={"view": self, **context})
        return self.get_paginated_response(shown.data)

    def once(self, action: str, payload: Any, do: Callable[[], str]) -> str:
        """`do`, once for each `Idempotency-Key`; what it returned the first time comes back."""
        sent = self.request.headers.get("Idempotency-Key", "")
        try:
            key = UUID(sent) if sent else None
        except ValueError as error:
            raise ValidationError({"Idempotency-Key": ["A key is a UUID."]}) from error
        return once(user=self.me, key=key, action=f"api:{action}", payload=payload, do=do)

    def expect(self, shown: Any) -> None:
        """Refuse to change what is not as the client read it, if `If-Match` says how that was."""
        wanted = self.request.headers.get("If-Match", "").strip()
        if not wanted or wanted == "*":
            return
        if self.moving:
            read = {one.rstrip('"').rpartition("-")[2] for one in named_tags(wanted)}
            is_same = self.at_rest(shown) in read
        else:
            is_same = tag_of(JSONRenderer().render(shown)) in named_tags(wanted)
        if not is_same:
            raise ChangedMeanwhile

    def at_rest(self, shown: Any) -> str:
        """A hash of what only people change; the last part of the ETag where something moves by itself."""
        kept = {name: value for name, value in shown.items() if name not in self.moving}
        return hash_of(JSONRenderer().render(kept))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        made = super().finalize_response(request, response, *args, **kwargs)
        if made.status_code == 200 and request.method in ("GET", "HEAD") and isinstance(made, Response):
            rest = f"-{self.at_rest(made.data)}" if self.moving else ""
            made.add_post_render_callback(lambda rendered: tagged(request, rendered, rest))
        return made


def complaint(form: BaseForm, *, whole: str) -> ValidationError:
    """What a page's form says is wrong; `whole` is what to call the form itself."""
    said = {whole if name == "__all__" else name: [str(one) for one in errors] for name, errors in form.errors.items()}
    return ValidationError(said)


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def tag_of(content: bytes, rest: str = "") -> str:
    return quote_etag(hash_of(content) + rest)


def named_tags(header: str) -> list[str]:
    return [one.strip() for one in header.split(",")]


def tagged(request: Any, response: Any, rest: str = "") -> Any:
    """The answer with its ETag, or 304 where the client has it already."""
    response["ETag"] = tag = tag_of(response.content, rest)
    if tag in named_tags(request.headers.get("If-None-Match", "")):
        response.status_code = 304
        response.content = b""
    return response


class ProjectApi(ApiView):
    """A view under `<slug:project>`: the member, the project and the member's roles are known."""

    project: Project
    roles: frozenset[str]
    policy_kind = "token in project"

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        self.project = get_object_or_404(Project.objects.visible_to(self.me), slug=kwargs["project"])
        if self.token.project_id not in (None, self.project.pk):
            raise Http404
        self.roles = rules.roles(self.me, self.project)
        self.me.roles_in = {self.project.pk: self.roles}  # type: ignore[attr-defined]
        if not self.roles & needed.roles:
            raise Http404
