"""roll_back SLUG NAME [--reason WHY]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.promotions import roll_back
from evaluation.models import Prompt
from labeling.management.base import AssayCommand
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Put the version of a prompt back into production that was there before."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("name")
        parser.add_argument("--reason", default="")

    def work(self, **options: Any) -> None:
        prompt = Prompt.objects.filter(project=self.project(options["slug"]), name=options["name"]).first()
        if prompt is None:
            raise Refused(f"There is no prompt called “{options['name']}”.")
        made = roll_back(prompt=prompt, reason=options["reason"], by=self.by, operator=self.operator)
        self.say(f"{made.version} is in production.")
