"""Edge cases out of a file: all of it, or nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from evaluation.actions.edge_cases import add_case
from evaluation.enums import CaseReason
from evaluation.models import EdgeCase
from labeling.actions.answers import read_answers
from labeling.files.values import BadValue, labels_of, names_of, text_of
from labeling.labelnames import Resolver
from labeling.models import Item, Project, User
from reviewapp.common.errors import Refused


@transaction.atomic
def import_cases(
    *, project: Project, path: str | Path, encoding: str = "utf-8", sep: str = ";", by: User | None, operator: str = ""
) -> list[EdgeCase]:
    """Put the items of a CSV or JSONL file in: item, reason [, labels, note]. Without labels the gold on dev counts."""

    def interpret(values: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
        reason = text_of(values.get("reason")) or CaseReason.OTHER
        if reason not in CaseReason.values:
            raise BadValue(f"“reason” is “{reason[:40]}”, not one of {', '.join(CaseReason.values)}")
        labels = None
        if "labels" in values or "label" in values:
            labels = resolver.resolve_all(names_of(labels_of(values, sep=sep)))
        return {"reason": reason, "labels": labels, "note": text_of(values.get("note"))}

    read = read_answers(
        Path(path), project=project, interpret=interpret, identity=lambda key, values: key, encoding=encoding
    )
    if read.problems:
        raise Refused(f"{len(read.problems):,} rows cannot be used, so nothing was written. {read.problems[0]}")
    items = {
        one.external_id: one
        for one in Item.objects.filter(project=project, external_id__in=[row.item for row in read.rows])
    }
    for item in items.values():
        item.project = project
    return [add_case(item=items[row.item], by=by, operator=operator, **row.values) for row in read.rows]
