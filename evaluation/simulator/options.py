"""The simulator's options, the same for manage.py and for python -m."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evaluation.simulator.config import Config, Rates, read_answers
from evaluation.simulator.faults import Fault, read_faults
from evaluation.simulator.service import Simulator

NUMBERS: dict[str, tuple[type, float | None, str]] = {
    "port": (int, 0, "0 takes a free one"),
    "seed": (int, 0, "what goes wrong where"),
    "omit": (float, 0.10, "share of the right labels that are left out"),
    "hallucinate": (float, 0.05, "share of the answers with a label nobody meant"),
    "wrong": (float, 0.05, "share of the right labels that another one replaces"),
    "misquote": (float, 0.03, "share of the quotes that are not in the text"),
    "overconfidence": (float, 2.0, "1 is honest"),
    "waver": (float, 0.2, "how much answers change at temperature 1"),
    "judge-bias": (float, 0.3, "points a judge scores above what it saw"),
    "judge-noise": (float, 0.4, "points a judge strays"),
    "judge-place": (float, 0.3, "points a judge gives to what stands first of two"),
    "triage-stray": (float, 0.25, "share of errors whose category is drawn by lot"),
    "latency-ms": (float, 0.0, "how long an answer takes"),
    "latency-spread": (float, 0.0, "and by what share it varies"),
    "rpm": (int, None, "requests a minute for each model"),
    "tpm": (int, None, "tokens a minute for each model"),
    "second-is": (float, 1.0, "how long a second of the limits lasts"),
    "burst": (float, 1.0, "how much of a minute may be used at once"),
    "batch-polls": (int, 2, "how often a batch is looked at before it is done"),
    "batch-seconds": (float, 0.0, "and how long it takes at least"),
    "batch-expired": (float, 0.0, "share of a batch's lines that expire"),
}
_RATES = ("omit", "hallucinate", "wrong", "misquote")


def add_options(parser: ArgumentParser) -> None:
    for name, (kind, default, text) in NUMBERS.items():
        parser.add_argument(f"--{name}", type=kind, default=default, metavar="N", help=text)
    parser.add_argument("--answers", metavar="FILE", help="JSON lines: text, name or external_id; labels; slice")
    parser.add_argument("--log", metavar="FILE", help="append every call as a JSON line")
    parser.add_argument("--faults", metavar="FILE|JSON", help="what goes wrong besides")
    parser.add_argument("--slice-rates", metavar="JSON", default="{}", help='{"small": {"omit": 0.4}}')
    parser.add_argument("--model-rates", metavar="JSON", default="{}", help='{"cheap": {"omit": 0.4}}')
    parser.add_argument("--obey-injections", action="store_true", help="do what an item's text tells the model to do")


def config_from(options: Mapping[str, Any]) -> Config:
    """The configuration that the options say; raises ValueError or OSError."""
    told = {name.replace("-", "_"): options[name.replace("-", "_")] for name in NUMBERS}
    rates = Rates(**{name: told.pop(name) for name in _RATES})
    return Config(
        rates=rates,
        answers=read_answers(Path(options["answers"])) if options["answers"] else (),
        log=Path(options["log"]) if options["log"] else None,
        faults=_faults(options["faults"]),
        slice_rates=_rates(options["slice_rates"], "slice-rates"),
        model_rates=_rates(options["model_rates"], "model-rates"),
        obey_injections=options["obey_injections"],
        **told,
    )


def greeting(simulator: Simulator) -> str:
    """The address, and what to set so that the app asks there."""
    origin = simulator.base_url.removesuffix("/v1")
    return (
        f"{simulator.base_url}\n"
        f"LLM_BASE_URL={simulator.base_url}\n"
        f"LLM_ALLOWED_HOSTS={urlsplit(origin).scheme}://{urlsplit(origin).netloc}\n"
        "LLM_API_KEY=simulated\n"
    )


def _faults(told: str | None) -> tuple[Fault, ...]:
    if not told:
        return ()
    try:
        return read_faults(told if told.lstrip()[:1] in "[{" else Path(told).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"--faults: {error}") from error


def _rates(told: str, option: str) -> dict[str, dict[str, float]]:
    try:
        content = json.loads(told)
    except ValueError as error:
        raise ValueError(f"--{option}: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(one, dict) for one in content.values()):
        raise ValueError(f"--{option} is an object of objects")
    return content
