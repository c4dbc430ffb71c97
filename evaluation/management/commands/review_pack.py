"""review_pack SLUG --month 2026-10 [-o FILE] [--format html|json] [--stored]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.review_packs import MAKERS, make_review_pack
from evaluation.models import ReviewPack
from evaluation.queries.review_packs import parse_month
from evaluation.views.review_packs import as_html, as_json
from labeling import rules
from labeling.management.base import AssayCommand
from labeling.rules import roles
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "The review of a month on one page, as HTML to print or as JSON; it is kept as it was when it was made."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--month", required=True, metavar="2026-10")
        parser.add_argument("-o", "--output", default="-", metavar="FILE")
        parser.add_argument("--format", default="html", choices=["html", "json"])
        parser.add_argument("--stored", action="store_true", help="the newest that was made, and make none")

    def work(self, **options: Any) -> int | None:
        project, month = self.project(options["slug"]), parse_month(options["month"])
        if options["stored"]:
            if self.by:
                rules.check_role(self.by, project, *MAKERS)
            found = ReviewPack.objects.filter(project=project, month=month).select_related("project").order_by("-pk")
            pack = found.first()
            if pack is None:
                raise Refused(f"No review of {month:%B %Y} was made yet. Leave out --stored to make it.")
        else:
            pack = make_review_pack(project=project, month=month, by=self.by, operator=self.operator)
        held = roles(self.by, project) if self.by else {str(role) for role in MAKERS}
        write = as_json if options["format"] == "json" else as_html
        with self.output(options["output"]) as stream:
            stream.write(write(pack, held))
        return None
