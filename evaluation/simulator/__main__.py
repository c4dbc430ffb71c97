"""python -m evaluation.simulator: the simulator alone, without Django, ready in a fraction of a second."""

import sys
from argparse import ArgumentParser

from evaluation.simulator.options import add_options, config_from, greeting
from evaluation.simulator.server import serve
from evaluation.simulator.service import Simulator


def main() -> int:
    parser = ArgumentParser(prog="python -m evaluation.simulator", description=__doc__)
    add_options(parser)
    try:
        serve(config_from(vars(parser.parse_args())), _say)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _say(simulator: Simulator) -> None:
    sys.stdout.write(greeting(simulator))
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
