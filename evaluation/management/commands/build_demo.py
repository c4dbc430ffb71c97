"""build_demo: the sample project, once."""

import os
import secrets
from argparse import ArgumentParser
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.test.utils import override_settings

from evaluation.demo.builder import PEOPLE, build, is_built
from labeling.management.base import AssayCommand


class Command(AssayCommand):
    help = "Build the sample project. Does nothing if it is there."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare", action="store_true", help="first migrate and collect the static files")
        parser.add_argument("--items", type=int, default=3000)
        parser.add_argument("--sample", type=int, default=400)

    def work(self, **options: Any) -> None:
        if options["prepare"]:
            call_command("migrate", verbosity=0)
            call_command("collectstatic", interactive=False, verbosity=0)
        if is_built():
            return
        passwords = {key: os.environ.get(f"DEMO_PASSWORD_{key.upper()}") or secrets.token_urlsafe(9) for key in PEOPLE}
        mark = settings.VAR_DIR / "demo.building"  # while it is there, the sample is incomplete
        mark.touch()
        current_app.conf.task_always_eager = True  # no worker is running yet
        self.say("Building the sample project ...")
        with override_settings(
            EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"
        ):  # nobody has its addresses
            build(
                passwords=passwords,
                say=lambda text: self.say(f"  {text}"),
                count=options["items"],
                sample=options["sample"],
            )
        mark.unlink()
