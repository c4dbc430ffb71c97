"""token issue EMAIL|--service NAME --project SLUG --name N --scopes read,predict [--days 90] · list SLUG · revoke ID"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction

from labeling.actions.people import SERVICE_ROLES
from labeling.actions.tokens import issue_token, make_service, revoke_token
from labeling.enums import Scope
from labeling.management.base import AssayCommand
from labeling.models import ServiceAccount, Token, User
from labeling.queries.tokens import tokens_of_services
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Issue, list and revoke tokens of the API. The secret alone goes to stdout, once."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        issue = acts.add_parser("issue", help="a token for a person, or for a service, which is made if it is new")
        issue.add_argument("email", nargs="?", default="")
        issue.add_argument("--service", default="")
        issue.add_argument("--role", choices=[str(role) for role in SERVICE_ROLES], default="engineer")
        issue.add_argument("--project", default="", metavar="SLUG")
        issue.add_argument("--name", required=True)
        issue.add_argument("--scopes", default="read", help=f"of {', '.join(Scope.values)}")
        issue.add_argument("--days", type=int, default=90)
        listing = acts.add_parser("list", help="the tokens of a project's services")
        listing.add_argument("slug")
        ending = acts.add_parser("revoke", help="end a token now")
        ending.add_argument("id", type=UUID)

    def work(self, **options: Any) -> None:
        acts: dict[str, Callable[..., None]] = {"issue": self._issue, "list": self._list, "revoke": self._revoke}
        acts[options.pop("act")](**options)

    @transaction.atomic
    def _issue(self, *, email: str, service: str, role: str, project: str, name: str, scopes: str, days: int,
               **_: Any) -> None:  # fmt: skip
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if bool(email) == bool(service):
            raise Refused("Name a person by e-mail, or a service by --service.")
        where = self.project(project) if project else None
        if service:
            if where is None:
                raise Refused("A service belongs to a project: add --project.")
            known = ServiceAccount.objects.filter(project=where, user__name=service).first()
            user = (known or make_service(project=where, name=service, role=role, **acts)).user
        else:
            found = User.objects.filter(email__iexact=email, service__isnull=True).first()
            if found is None:
                raise Refused(f"There is no user {email}.")
            user = found
        chosen = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        issued = issue_token(user=user, name=name, scopes=chosen, days=days, project=where, **acts)
        until = f"{issued.token.expires_at:%Y-%m-%d}"
        self.stderr.write(f"“{name}” lasts until {until}. Its secret is shown only now:", style_func=str)
        self.stdout.write(issued.secret)

    def _list(self, *, slug: str, **_: Any) -> None:
        rows = [
            {"id": str(one.public_id), "service": one.user.name, "name": one.name, "scopes": one.scopes,
             "expires_at": one.expires_at.isoformat(), "revoked": one.revoked_at is not None,
             "last_used_at": one.last_used_at and one.last_used_at.isoformat()}
            for one in tokens_of_services(self.project(slug))
        ]  # fmt: skip
        self.report({"tokens": rows})
        for row in rows:
            ended = " revoked" if row["revoked"] else ""
            self.say(f"{row['id']}  {row['service']}: {row['name']} ({', '.join(row['scopes'])}){ended}")

    def _revoke(self, *, id: UUID, **_: Any) -> None:
        token = Token.objects.select_related("project").filter(public_id=id).first()
        if token is None:
            raise Refused(f"There is no token {id}.")
        revoke_token(token=token, by=self.by, operator=self.operator)
        self.say(f"“{token.name}” is revoked.")
