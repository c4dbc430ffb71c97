"""The sample taxonomy: 12 groups with 104 offerings, and how texts speak of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent / "taxonomy.txt"


@dataclass(frozen=True)
class Offering:
    """A label with the phrases that texts use for it, by language."""

    code: str
    name: str
    definition: str
    parent: str | None
    phrases: Mapping[str, tuple[str, ...]]

    def as_row(self) -> dict[str, Any]:
        """The row of the file that the importer reads."""
        return {
            "code": self.code,
            "name": self.name,
            "definition": self.definition,
            "parent": self.parent or "",
            "examples": list(self.phrases.get("en", ())[:2]),
        }


@cache
def offerings() -> tuple[Offering, ...]:
    """Groups before their offerings, in the order of the file."""
    found: list[Offering] = []
    group = None
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.removeprefix(">").split("|")]
        if line.startswith(">"):
            group = parts[0]
            found.append(Offering(*parts, parent=None, phrases={}))  # type: ignore[misc, arg-type]
            continue
        code, name, definition, english, spanish, german = parts
        phrases = {"en": tuple(text.strip() for text in english.split(";")), "es": (spanish,), "de": (german,)}
        found.append(Offering(code, name, definition, group, phrases))
    return tuple(found)


@cache
def leaves() -> dict[str, Offering]:
    return {one.code: one for one in offerings() if one.parent}


def siblings(code: str) -> tuple[str, ...]:
    """The other offerings of the same group."""
    parent = leaves()[code].parent
    return tuple(other for other, one in leaves().items() if one.parent == parent and other != code)
