"""Reads the codes of a run and of a release in one taxonomy version, where the changes between were recorded.

What was renamed or merged is read in the newer codes; retired labels fall away; what was split, and what is new, cannot
be held against each other: such labels are left out on both sides and counted, never guessed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.models import Run
from labeling.codemaps import CodeMap
from labeling.models import Label, Release, TaxonomyVersion
from labeling.queries.golden import Gold
from labeling.queries.taxonomy_changes import mapping_between


@dataclass(frozen=True)
class Bridge:
    """The version both sides are read in, and what becomes of the codes of each; None: it is on that version."""

    version: TaxonomyVersion
    gold: CodeMap | None
    said: CodeMap | None

    @property
    def apart(self) -> frozenset[str]:
        """Codes left out on both sides."""
        return frozenset().union(*(codes.apart for codes in (self.gold, self.said) if codes))

    def parents(self) -> dict[str, str | None]:
        """The codes that are held against each other, in reading order, with their parents."""
        rows = Label.objects.filter(version=self.version).order_by("position").values_list("code", "parent__code")
        apart = self.apart
        return {code: None if parent in apart else parent for code, parent in rows if code not in apart}

    def of_gold(self, entry: Gold) -> Gold:
        evidence = [
            {**quote, "code": code}
            for quote in entry.evidence
            for code in self._read(self.gold, [quote.get("code", "")])
        ]
        return replace(entry, labels=self._read(self.gold, entry.labels), evidence=evidence)

    def code_said(self, code: str) -> str | None:
        """What a predicted code is read as; None where it is left out."""
        return next(iter(self._read(self.said, [code])), None)

    def _read(self, codes: CodeMap | None, labels: Iterable[str]) -> frozenset[str]:
        found = codes.translate(labels).labels if codes else frozenset(labels)
        return found - self.apart

    def told(
        self, run: Run, release: Release, gold: Sequence[Gold], said: Sequence[frozenset[str] | None]
    ) -> dict[str, Any]:
        """What a report says of it: between which versions, and which labels were left out, with how often each is in
        gold and predicted. `gold` and `said` are as they were before translation."""
        in_gold = Counter(code for entry in gold for code in entry.labels)
        predicted = Counter(code for labels in said for code in labels or ())
        splits = {code: parts for codes in (self.gold, self.said) if codes for code, parts in codes.split.items()}
        added = frozenset().union(*(codes.added for codes in (self.gold, self.said) if codes))
        retired = frozenset().union(*(codes.retired for codes in (self.gold, self.said) if codes))

        def count(counter: Counter[str], codes: CodeMap | None, code: str, parts: Iterable[str]) -> int:
            return counter[code] if codes else sum(counter[part] for part in parts)

        rows = [
            {
                "kind": "split", "code": code, "parts": sorted(parts),
                "gold": count(in_gold, self.gold, code, parts), "predicted": count(predicted, self.said, code, parts),
            }
            for code, parts in sorted(splits.items())
        ]  # fmt: skip
        rows += [
            {"kind": kind, "code": code, "parts": [], "gold": in_gold[code], "predicted": predicted[code]}
            for kind, codes in (("new", added), ("retired", retired))
            for code in sorted(codes)
        ]
        return {
            "run": run.taxonomy_version.number,
            "release": release.taxonomy_version.number,
            "read_as": self.version.number,
            "left_out": rows,
        }


def bridge(run: Run, release: Release, to: TaxonomyVersion | None = None) -> Bridge | None:
    """How the codes of a run are held against those of a release, or None where they are of one version, or where
    nobody recorded what became of them; `to` asks for a newer version still, which another run was made with."""
    numbers = {run.taxonomy_version_id, release.taxonomy_version_id, *([to.pk] if to else [])}
    if len(numbers) == 1:
        return None
    versions = [run.taxonomy_version, release.taxonomy_version, *([to] if to else [])]
    newest = max(versions, key=lambda one: one.number)
    found: list[CodeMap | None] = []
    for version in (release.taxonomy_version, run.taxonomy_version):
        codes = None if version.pk == newest.pk else mapping_between(version, newest)
        if codes is None and version.pk != newest.pk:
            return None
        found.append(codes)
    return Bridge(newest, *found)
