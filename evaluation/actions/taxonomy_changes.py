"""Applying a change of the taxonomy together with what the machine side holds: the bank's cases take the new codes."""

from django.db import transaction

from evaluation.models import CaseLabels
from evaluation.queries.taxonomy_effects import newest_case_labels
from labeling.actions import taxonomy_changes
from labeling.actions.audit import record_event
from labeling.models import TaxonomyChange, TaxonomyVersion, User
from labeling.queries.taxonomy_changes import whole_mapping
from reviewapp.common import clock


@transaction.atomic
def apply_change(*, change: TaxonomyChange, by: User | None, operator: str = "") -> TaxonomyVersion:
    """Publish the new version. Cases whose labels were renamed, merged or retired get them in the new codes.

    A case with a split label keeps what was right for it; a person says which part is meant, on its page.
    """
    made = taxonomy_changes.apply_change(change=change, by=by, operator=operator)
    codes = whole_mapping(change.base, made)
    rows = []
    for now in newest_case_labels(change.project):
        became = codes.translate(now.labels)
        labels = sorted(became.labels)
        if now.taxonomy_version_id != change.base_id or became.split or labels == now.labels:
            continue
        rows.append(
            CaseLabels(
                case=now.case,
                number=now.number + 1,
                taxonomy_version=made,
                labels=labels,
                source=now.source,
                release=now.release,
                why=f"Taxonomy v{change.base.number} became v{made.number}.",
                created_at=clock.now(),
                created_by=by,
                operator="" if by else operator,
            )
        )  # fmt: skip
    CaseLabels.objects.bulk_create(rows)
    if rows:
        record_event(
            kind="case.recoded", project=change.project, by=by, operator=operator,
            target=f"taxonomy_change:{change.public_id}", after={"cases": len(rows), "taxonomy": made.number},
        )  # fmt: skip
    return made
