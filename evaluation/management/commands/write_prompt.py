"""write_prompt SLUG NAME --model M --template FILE [--set key=value ...] [--notes N]"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from evaluation.actions.prompts import Recipe, write_version
from evaluation.enums import Strategy
from labeling.management.base import AssayCommand
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Write the next version of a chat prompt. The same recipe again is the version there is."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("name")
        parser.add_argument("--model", required=True, help="the provider's id of the model")
        parser.add_argument("--template", required=True, metavar="FILE")
        parser.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", help="a parameter; few_shot=3, retrieve.k=5"
        )
        parser.add_argument("--notes", default="")

    def work(self, **options: Any) -> None:
        template = Path(options["template"]).read_text(encoding="utf-8")
        recipe = Recipe(Strategy.CHAT, options["model"], template, read_settings(options["set"]))
        version = write_version(
            project=self.project(options["slug"]),
            name=options["name"],
            recipe=recipe,
            notes=options["notes"],
            by=self.by,
            operator=self.operator,
        )
        self.say(f"{version}, {version.digest[:12]}")


def read_settings(said: list[str]) -> dict[str, Any]:
    """`few_shot=3` and `retrieve.method=bm25`: the value is JSON where it can be read as JSON, else text."""
    found: dict[str, Any] = {}
    for one in said:
        key, equals, text = one.partition("=")
        names = key.strip().split(".")
        if not equals or not all(names) or len(names) > 2:
            raise Refused(f"“{one[:60]}” is no parameter. Write its name, =, its value; such as few_shot=3.")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        place = found
        if len(names) > 1:
            place = found.setdefault(names[0], {})
            if not isinstance(place, dict):
                raise Refused(f"“{names[0]}” is set both whole and in parts.")
        place[names[-1]] = value
    return found
