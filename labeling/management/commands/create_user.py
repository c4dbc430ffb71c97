"""create_user EMAIL [--project SLUG --role R --group G]"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction

from labeling.actions.people import add_role, create_user
from labeling.enums import Role
from labeling.management.base import AssayCommand
from labeling.models import User
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Create a user, or give one who exists a role in a project."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--project", default="", metavar="SLUG")
        parser.add_argument("--role", choices=Role.values)
        parser.add_argument("--group", default="")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from stdin")
        parser.add_argument("--link", action="store_true", help="print a link that sets a password")

    @transaction.atomic
    def work(self, **options: Any) -> None:
        if bool(options["project"]) != bool(options["role"]):
            raise Refused("--project and --role go together.")
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else ""
            user = create_user(email=options["email"], name=options["name"], password=password, **acts)
            self.say(f"Created {user.email}.")
        elif not options["project"] and not options["link"]:
            raise Refused(f"There is already a user {user.email}.")
        if options["project"]:
            project = self.project(options["project"])
            add_role(project=project, user=user, role=options["role"], group=options["group"], **acts)
            self.say(f"{user.email} is {options['role']} in {project.slug}.")
        if options["link"]:
            self.say(f"They set their password at {_link(user)}")


def _link(user: User) -> str:
    from allauth.account.utils import user_pk_to_url_str  # noqa: PLC0415 -- only here
    from django.urls import reverse  # noqa: PLC0415 -- only here

    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    path = reverse("account_reset_password_from_key", args=key.split("-", 1))
    return f"{settings.BASE_URL}{path}"
