"""panel_report SLUG PANEL [--resamples N] [--seed S] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.panelboard import OPEN, measure_panel
from evaluation.analyses.asked import Resampling
from evaluation.enums import PanelState
from evaluation.models import Panel
from evaluation.queries.judged import progress_of
from evaluation.queries.panelboard import for_reader, sentence
from labeling.management.base import CANNOT_TELL, AssayCommand
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "The figures of a closed panel: means or win rates, agreement, severity, halo, gaps. Raters by number."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("panel", help="its name")
        parser.add_argument("--resamples", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=0)

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        mine = Panel.objects.filter(project=project, name=options["panel"])
        panel = mine.select_related("project", "rubric_version__rubric").first()
        if panel is None:
            raise Refused(f"There is no panel “{options['panel']}”.")
        if panel.state != PanelState.CLOSED:
            progress = progress_of(panel)
            self.say(OPEN)
            self.report({"panel": panel.name, "state": panel.state, "seats": progress.seats, "done": progress.done})
            return CANNOT_TELL
        resampling = Resampling(options["resamples"], options["seed"])
        report = for_reader(measure_panel(panel=panel, resampling=resampling), names=False)
        criteria = dict(panel.rubric_version.criteria.values_list("code", "name"))
        self.say(sentence(report, criteria))
        self.report(report)
        return None
