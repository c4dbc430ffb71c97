"""set_price SLUG|- MODEL --in USD --out USD [--cached USD] [--batch-share S] [--provider P] [--from DAY] [--note T]"""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from evaluation.actions.spending import Tariff, set_price
from labeling.management.base import AssayCommand
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Add the price of a model, in dollars for a million tokens, from a day on. A price is never changed."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="a project, or - for all projects")
        parser.add_argument("model")
        parser.add_argument("--in", dest="inward", type=float, required=True, metavar="USD")
        parser.add_argument("--out", dest="outward", type=float, required=True, metavar="USD")
        parser.add_argument(
            "--cached", type=float, metavar="USD", help="of input the provider had kept; as --in if left out"
        )
        parser.add_argument(
            "--batch-share", type=float, default=0.5, metavar="S", help="of the price, in the Batch API"
        )
        parser.add_argument("--provider", default="", help="one of LLM_PROVIDERS; whoever offers the model if left out")
        parser.add_argument("--from", dest="valid_from", default="", metavar="YYYY-MM-DD", help="today if left out")
        parser.add_argument("--note", default="", help="where the figure is from")

    def work(self, **options: Any) -> int | None:
        project = None if options["slug"] == "-" else self.project(options["slug"])
        try:
            since = date.fromisoformat(options["valid_from"]) if options["valid_from"] else None
        except ValueError:
            raise Refused(f"“{options['valid_from']}” is no day. Write it like 2026-03-31.") from None
        names = ("model", "inward", "outward", "cached", "batch_share", "provider", "note")
        tariff = Tariff(valid_from=since, **{name: options[name] for name in names})
        price = set_price(project=project, tariff=tariff, by=self.by, operator=self.operator)
        self.say(
            f"{price.model}{f' at {price.provider}' if price.provider else ''} from {price.valid_from}: "
            f"{price.micro_usd_in / 1e6:g} in, {price.micro_usd_out / 1e6:g} out, USD for a million tokens."
        )
        return None
