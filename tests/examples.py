"""The published and independently computed numbers of docs/measures.yaml, which documents and tests share."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parents[1] / "docs" / "measures.yaml"


@cache
def examples() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def example(name: str) -> Any:
    """The example that dotted keys lead to: example("agreement.cohen")."""
    found: Any = examples()
    for key in name.split("."):
        found = found[key]
    return found
