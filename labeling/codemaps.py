"""What the codes of one taxonomy version are called in a later one, and what of it cannot be said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Translated:
    """Labels in the later version's codes; `retired` are gone, `split` have no one meaning any more (old codes)."""

    labels: frozenset[str]
    retired: frozenset[str] = frozenset()
    split: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CodeMap:
    """`targets` says for every code of the earlier version what became of it: one code, none, or several (a split)."""

    targets: Mapping[str, frozenset[str]]
    new: frozenset[str] = field(default_factory=frozenset)  # every code of the later version

    @property
    def split(self) -> dict[str, frozenset[str]]:
        return {code: parts for code, parts in self.targets.items() if len(parts) > 1}

    @property
    def retired(self) -> frozenset[str]:
        return frozenset(code for code, parts in self.targets.items() if not parts)

    @property
    def added(self) -> frozenset[str]:
        """Codes of the later version that nothing in the earlier one became."""
        return self.new.difference(*self.targets.values())

    @property
    def apart(self) -> frozenset[str]:
        """Codes of the later version on which answers of both versions cannot be held against each other.

        The parts of a split, whatever else was merged into them, and what is new.

        >>> sorted(CodeMap({"a": frozenset("a"), "b": frozenset("cd")}, frozenset("acde")).apart)
        ['c', 'd', 'e']
        """
        return self.added.union(*self.split.values())

    def translate(self, labels: Iterable[str]) -> Translated:
        """A code that the earlier version does not have stays as it is.

        >>> codes = CodeMap({"a": frozenset("b"), "r": frozenset(), "s": frozenset("xy")})
        >>> found = codes.translate(["a", "r", "s", "?"])
        >>> sorted(found.labels), sorted(found.retired), sorted(found.split)
        (['?', 'b'], ['r'], ['s'])
        """
        became: set[str] = set()
        retired: set[str] = set()
        split: set[str] = set()
        for code in labels:
            parts = self.targets.get(code, frozenset((code,)))
            if len(parts) == 1:
                became |= parts
            else:
                (split if parts else retired).add(code)
        return Translated(frozenset(became), frozenset(retired), frozenset(split))

    def then(self, later: "CodeMap") -> "CodeMap":
        """This map followed by the one of the next version."""
        reached = {
            code: frozenset[str]().union(*(later.targets.get(part, frozenset((part,))) for part in parts))
            for code, parts in self.targets.items()
        }
        return CodeMap(reached, later.new)
