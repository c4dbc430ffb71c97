"""Categories that a machine proposes: learned from what people said, or brought in from elsewhere.

One table for both. On the blind share of a triage's errors no proposal is ever shown, so what people say there tells
how often the proposals are right.
"""

from collections.abc import Iterable, Mapping

from django.db import transaction

from evaluation.actions.triage_categories import WORKERS
from evaluation.models import Triage, TriageProposal
from evaluation.queries.pairing import pair
from evaluation.queries.triage import Found, categories, described, standings, visible
from evaluation.stats.category_proposals import LEAST
from evaluation.stats.category_proposals import propose as learn
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Split
from labeling.models import User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

LEARNED = "learned from your categories"
BATCH = 1000


def propose_categories(*, triage: Triage, by: User | None, operator: str = "") -> int:
    """Propose a category for every error, learned from those that people judged in this triage."""
    project = triage.run.project
    if by:
        rules.check_role(by, project, *WORKERS)
    codes = {one.pk: one.code for one in categories(project)}
    errors = list(visible(triage).order_by("place"))
    said = {error: codes[one.category] for error, one in standings([one.pk for one in errors]).items()
            if one.category in codes}  # fmt: skip
    paired = pair(triage.run, triage.release, Split.DEV, with_texts=True)
    where = {entry.item_id: at for at, entry in enumerate(paired.gold)}
    texts = [described(Found(where[one.item_id], one.kind, one.gold, one.predicted), paired) for one in errors]
    judged = {place: said[one.pk] for place, one in enumerate(errors) if one.pk in said}
    try:
        found = learn(texts, [one.item_id for one in errors], judged, seed=triage.seed)
    except ValueError as error:
        raise Refused(
            f"Proposals are learned from at least {LEAST} judged errors in two categories; there are {len(judged)}."
        ) from error
    rows = [(one.pk, made.category, made.confidence) for one, made in zip(errors, found, strict=True) if made]
    return _write(triage, rows, LEARNED, by, operator)


def bring_proposals(
    *, triage: Triage, rows: Mapping[tuple[str, str, str], tuple[str, float | None]], proposer: str, by: User | None,
    operator: str = "",
) -> int:  # fmt: skip
    """Proposals made elsewhere, for example by a language model: (item, gold, predicted) -> (category, confidence)."""
    if by:
        rules.check_role(by, triage.run.project, *WORKERS)
    if not proposer.strip():
        raise Refused("Say who proposes these: a model's name, for example.")
    known = {one.code for one in categories(triage.run.project)}
    errors = {(one.item.external_id, one.gold, one.predicted): one.pk for one in visible(triage).select_related("item")}
    for key, (code, sure) in rows.items():
        if key not in errors or code not in known:
            raise Refused(f"Nothing was written: there is no error {key}, or no category “{code}”.")
        if sure is not None and not 0 <= sure <= 1:
            raise Refused(f"Nothing was written: the confidence {sure} is not between 0 and 1.")
    return _write(triage, [(errors[key], *one) for key, one in rows.items()], proposer.strip()[:120], by, operator)


@transaction.atomic
def _write(
    triage: Triage, rows: Iterable[tuple[int, str, float | None]], proposer: str, by: User | None, operator: str
) -> int:
    known = {one.code: one for one in categories(triage.run.project)}
    now = clock.now()
    made = TriageProposal.objects.bulk_create(
        (TriageProposal(error_id=error, category=known[code], confidence=sure, proposer=proposer, created_at=now)
         for error, code, sure in rows),
        batch_size=BATCH,
    )  # fmt: skip
    record_event(
        kind="triage.proposed", project=triage.run.project, by=by, operator=operator,
        target=f"triage:{triage.public_id}", after={"proposals": len(made), "proposer": proposer},
    )  # fmt: skip
    return len(made)
