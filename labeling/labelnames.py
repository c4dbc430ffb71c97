"""Finds the label that a file means: by code, by full path, or by a name that is unique (DECISIONS 8)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

PATH = " > "


@dataclass(frozen=True)
class NamedLabel:
    """What resolving needs to know of a label."""

    code: str
    name: str
    parent: str | None


class UnknownLabel(Exception):
    """No label has this code, path or name."""

    def __init__(self, text: str) -> None:
        super().__init__(f"“{text[:100]}” is no label of this taxonomy")


class AmbiguousLabel(Exception):
    """Several labels have this name."""

    def __init__(self, text: str, codes: Iterable[str]) -> None:
        several = ", ".join(sorted(codes))
        super().__init__(f"“{text[:100]}” is the name of several labels ({several}): use a code or path")


class Resolver:
    """Resolves texts to codes. Nothing is folded or guessed: “crm” and “CRM” are two names."""

    def __init__(self, labels: Iterable[NamedLabel]) -> None:
        self._by_code = {label.code: label for label in labels}
        self._by_path: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for label in self._by_code.values():
            self._by_path.setdefault(self._path(label), label.code)
            self._by_name[label.name].append(label.code)

    def _path(self, label: NamedLabel) -> str:
        names = [label.name]
        while label.parent is not None:
            label = self._by_code[label.parent]
            names.append(label.name)
        return PATH.join(reversed(names))

    def resolve(self, text: str) -> str:
        """The code that `text` means; raises UnknownLabel or AmbiguousLabel."""
        if text in self._by_code:
            return text
        if text in self._by_path:
            return self._by_path[text]
        codes = self._by_name.get(text, [])
        if len(codes) > 1:
            raise AmbiguousLabel(text, codes)
        if not codes:
            raise UnknownLabel(text)
        return codes[0]

    def resolve_all(self, texts: Iterable[str]) -> list[str]:
        """Codes in the order given, each once."""
        return list(dict.fromkeys(self.resolve(text) for text in texts))
