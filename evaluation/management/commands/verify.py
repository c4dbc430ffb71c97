"""verify [--json -]: recompute every hash."""

from typing import Any

from evaluation.queries.hashes import check_hashes
from labeling.management.base import GATE_FAILED, AssayCommand


class Command(AssayCommand):
    help = "Recompute every hash and say which do not match."
    reports = True

    def work(self, **options: Any) -> int | None:
        found = check_hashes()
        for kind, number in found.checked.items():
            self.say(f"{kind}: {number:,} checked")
        for wrong in found.mismatches:
            self.stderr.write(f"MISMATCH {wrong}")
        self.say("All hashes match." if not found.mismatches else f"{len(found.mismatches)} hashes do not match.")
        self.report({"checked": found.checked, "mismatches": found.mismatches, "ok": not found.mismatches})
        return GATE_FAILED if found.mismatches else None
