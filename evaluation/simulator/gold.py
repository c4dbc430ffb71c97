"""Finds the right answer of an item among the rows that were given."""

import re
from collections.abc import Sequence
from functools import lru_cache

from evaluation.simulator.config import AnswerRow
from evaluation.simulator.reading import plain


class Gold:
    """The rows by what they are known by: an item's whole text, its first line, then anything it holds."""

    def __init__(self, rows: Sequence[AnswerRow]) -> None:
        self._by_text: dict[str, AnswerRow] = {}
        self._by_name: dict[str, list[AnswerRow]] = {}
        self._needles: list[tuple[str, re.Pattern[str] | None, AnswerRow]] = []
        for row in rows:
            text, name = plain(row.text), plain(row.name)
            if text:
                self._by_text.setdefault(text, row)
                self._needles.append((text, None, row))
            if name:
                self._by_name.setdefault(name, []).append(row)
            for known in (name, plain(row.external_id)):
                if known:
                    self._needles.append((known, re.compile(rf"(?<!\w){re.escape(known)}(?!\w)"), row))
        self._needles.sort(key=lambda needle: -len(needle[0]))
        self.find = lru_cache(maxsize=50_000)(self._find)

    def _find(self, text: str) -> AnswerRow | None:
        """The row of an item, or None."""
        if not self._needles:
            return None
        whole = plain(text)
        if whole in self._by_text:
            return self._by_text[whole]
        first, _, rest = text.partition("\n")
        after = plain(rest)
        if after in self._by_text:
            return self._by_text[after]
        named = self._by_name.get(plain(first), [])
        if named:
            return next((row for row in named if row.text and plain(row.text) in whole), named[0])
        for needle, bounded, row in self._needles:
            if needle in whole and (bounded is None or bounded.search(whole)):
                return row
        return None
