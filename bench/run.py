"""Runs the benchmarks, prints a table and appends one JSON line a measure to bench/results/."""

import argparse
import importlib
import json
import os
import secrets
import sys
import tempfile
from datetime import datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
BENCHES = {"import": "bench.imports", "queue": "bench.queue", "bootstrap": "bench.bootstrap", "submit": "bench.submit",
           "screen": "bench.screen", "paired": "bench.paired", "alpha": "bench.alpha",
           "calls": "bench.calls", "export": "bench.exports", "push": "bench.pushes", "review": "bench.reviews",
           "pages": "bench.pages"}  # fmt: skip
ANYWHERE = ("push", "review", "pages")  # on SQLite too, and at the size that --rows says


def prepare():
    """Django on a fresh, migrated database."""
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    os.environ["ASSAY_VAR"] = tempfile.mkdtemp(prefix="assay-bench-")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ["TASKS_EAGER"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "reviewapp.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=BENCHES)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--rows", type=int, default=0, help=f"how many, for {', '.join(ANYWHERE)}")
    options = parser.parse_args()
    if options.only not in ANYWHERE and not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        sys.exit("The benchmarks need PostgreSQL: make bench, or scripts/with-services python -m bench.run")
    prepare()
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now():%Y-%m-%d}.jsonl"
    print(f"{'measure':<26}{'ours':>14}{'peer':>14}{'ratio':>9}  {'unit':<12}{'n':>9}  peer is")
    for name, module in BENCHES.items():
        if options.only not in (None, name):
            continue
        more = {"rows": options.rows} if options.rows and name in ANYWHERE else {}
        for measure in importlib.import_module(module).run(quick=options.quick, **more):
            note = measure.pop("note", "")
            print(
                f"{measure['name']:<26}{measure['ours']:>14,.1f}{measure['peer']:>14,.1f}{measure['ratio']:>9.2f}  "
                f"{measure['unit']:<12}{measure['n']:>9,}  {note}",
                flush=True,
            )
            with path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(measure) + "\n")


if __name__ == "__main__":
    main()
