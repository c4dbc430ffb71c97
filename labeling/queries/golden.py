"""Releases and their gold. Gold is read for scoring through one door, which knows the purpose (SAFETY, held-out)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast, StrIndex

from labeling.enums import Split
from labeling.models import GoldEntry, Item, Label, Project, Release, Round
from reviewapp.common.errors import Refused

_REFERENCE = re.compile(r"(?P<name>[^@:/]+)(?:@(?P<number>\d+))?(?::(?P<split>\w+))?")


@dataclass(frozen=True)
class Gold:
    """One entry as scoring needs it."""

    item_id: int
    external_id: str
    labels: frozenset[str]
    attributes: dict[str, Any]
    text_digest: str
    weight: float
    stratum: str
    name: str = ""  # this and what follows only where texts were asked for
    documents: list[dict[str, Any]] = field(default_factory=list)  # position, kind, text
    evidence: list[dict[str, Any]] = field(default_factory=list)  # code, document, start, end, text
    reference_summary: str = ""


def releases_of(project: Project) -> list[Release]:
    """All releases, newest first."""
    releases = Release.objects.filter(golden_set__project=project).select_related(
        "golden_set", "round", "taxonomy_version", "guideline", "frozen_by"
    )
    return list(releases.order_by("-frozen_at", "-pk"))


def find_release(project: Project, reference: str) -> Release:
    """The release that "G@2" means; "G" means its newest."""
    match = _REFERENCE.fullmatch(reference.strip())
    releases = Release.objects.filter(golden_set__project=project).select_related(
        "golden_set__project", "taxonomy_version", "round"
    )
    if match:
        found = releases.filter(golden_set__name=match["name"])
        if match["number"]:
            found = found.filter(number=int(match["number"]))
        if release := found.order_by("-number").first():
            return release
    raise Refused(f"There is no release “{reference}” in this project. Name it like pilot@1.")


def find_scope(project: Project, reference: str) -> tuple[Release, str]:
    """The release and split that "G@1:dev" means."""
    name, colon, split = reference.partition(":")
    if not colon or split not in Split.values:
        raise Refused(f"“{reference}” names no split. Say for example pilot@1:dev (dev, test or fewshot).")
    return find_release(project, name), split


def gold_to_score(release: Release, split: str, *, with_texts: bool = False) -> list[Gold]:
    """The gold of one split, in a fixed order. The fewshot split is shown to prompts and never scored."""
    if split not in (Split.DEV, Split.TEST):
        raise Refused("Only dev and test are scored. The fewshot split may be shown to prompts, so it proves nothing.")
    entries = GoldEntry.objects.filter(release=release, split=split).order_by("external_id")
    names = ["item_id", "external_id", "labels", "content", "text_digest", "weight", "stratum"]
    rows = entries.values(*names, *(("evidence", "reference_summary") if with_texts else ()))
    return [_gold(row, with_texts=with_texts) for row in rows.iterator(chunk_size=2000)]


def with_label(entries: QuerySet[GoldEntry], label: str) -> QuerySet[GoldEntry]:
    """Those whose labels hold this one, found in their text: SQLite cannot look into JSON lists."""
    said = json.dumps(label, ensure_ascii=connection.vendor == "sqlite")
    return entries.annotate(said_at=StrIndex(Cast("labels", TextField()), Value(said))).filter(said_at__gt=0)


def _gold(row: dict[str, Any], *, with_texts: bool) -> Gold:
    content = row["content"]
    found = Gold(
        item_id=row["item_id"],
        external_id=row["external_id"],
        labels=frozenset(row["labels"]),
        attributes=content["attributes"],
        text_digest=row["text_digest"],
        weight=row["weight"],
        stratum=row["stratum"],
    )
    if not with_texts:
        return found
    return replace(
        found,
        name=content["name"],
        documents=content["documents"],
        evidence=row["evidence"],
        reference_summary=row["reference_summary"],
    )


def codes_and_parents(release: Release) -> dict[str, str | None]:
    """Every code of the release's taxonomy version in reading order, with its parent's code."""
    labels = Label.objects.filter(version=release.taxonomy_version).order_by("position")
    return dict(labels.values_list("code", "parent__code"))


def entries(release: Release, *, split: str, after: int = 0, limit: int = 50) -> list[GoldEntry]:
    """A page of a release's entries of one split, by key."""
    found = release.entries.filter(split=split, pk__gt=after)
    return list(found.order_by("pk")[:limit])


def export_golden(release: Release, *, with_test: bool) -> Iterator[dict[str, Any]]:
    """The entries as rows of a file; without the right to them, test rows hold ids and hashes only."""
    rows = release.entries.order_by("external_id")
    for entry in rows.iterator(chunk_size=1000):
        row: dict[str, Any] = {"item": entry.external_id, "split": entry.split, "item_digest": entry.item_digest}
        if entry.split != Split.TEST or with_test:
            row |= {
                "labels": entry.labels,
                "provenance": entry.provenance,
                "raters": entry.raters,
                "weight": entry.weight,
                "evidence": entry.evidence,
                "reference_summary": entry.reference_summary,
            }
        yield row


def freezable_rounds(project: Project) -> list[Round]:
    return list(Round.objects.filter(project=project).exclude(state="cancelled").order_by("-created_at"))


def items_by_key(project: Project) -> dict[str, int]:
    return dict(Item.objects.filter(project=project).values_list("external_id", "pk"))
