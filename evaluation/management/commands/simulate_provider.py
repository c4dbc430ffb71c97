"""simulate_provider: a provider on loopback that costs nothing and errs by a plan (docs/simulator.md)."""

from argparse import ArgumentParser
from typing import Any

from evaluation.simulator.options import add_options, config_from, greeting
from evaluation.simulator.server import serve
from evaluation.simulator.service import Simulator
from labeling.management.base import AssayCommand
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Speak a provider's API on loopback, with planted errors, limits and faults."
    requires_system_checks: list[str] = []

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def work(self, **options: Any) -> int | None:
        try:
            config = config_from(options)
        except ValueError as error:
            raise Refused(str(error)) from error
        serve(config, self._ready)
        return None

    def _ready(self, simulator: Simulator) -> None:
        self.stdout.write(greeting(simulator))
        self.stdout.flush()
