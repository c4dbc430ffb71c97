from typing import Any

from labeling.management.base import AssayCommand
from reviewapp.home.metrics import figures_text


class Command(AssayCommand):
    help = "What the database tells Prometheus, as text: to look at, or for node_exporter to read from a file."

    def work(self, **options: Any) -> None:
        self.stdout.write(figures_text().decode(), ending="")
