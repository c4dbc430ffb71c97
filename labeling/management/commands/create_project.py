"""create_project SLUG --name N [--raters 2] [--manager EMAIL]"""

from argparse import ArgumentParser
from typing import Any

from labeling.actions.projects import create_project
from labeling.management.base import AssayCommand
from labeling.models import User
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Create a project, with its first manager."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--raters", type=int, default=2)
        parser.add_argument("--manager", default="", metavar="EMAIL")

    def work(self, **options: Any) -> None:
        manager = None
        if options["manager"]:
            manager = User.objects.filter(email__iexact=options["manager"], is_active=True).first()
            if manager is None:
                raise Refused(f"There is no active user {options['manager']}. Create them first: create_user.")
        project = create_project(
            slug=options["slug"],
            name=options["name"],
            raters=options["raters"],
            manager=manager,
            by=self.by,
            operator=self.operator,
        )
        self.say(f"Created the project {project.slug}.")
