#!/usr/bin/env python3
"""The command line of Assay; see docs/cli.md."""

import gc
import os
import sys


def main() -> None:
    gc.set_threshold(200_000, 20, 100)  # a command's garbage is young; migrating collected it for half of its time
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- Django may be missing

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
