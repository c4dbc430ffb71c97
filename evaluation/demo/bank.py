"""The sample's edge cases: a handful of dev items that a baseline got wrong or right, and both baselines on them."""

from evaluation.actions.edge_cases import add_case, start_bank_run
from evaluation.enums import CaseReason
from evaluation.models import Prediction, Run
from labeling.enums import Split
from labeling.models import GoldEntry, User


def fill_bank(zero: Run, few: Run, *, by: User, runs_by: User) -> None:
    """Two cases for each reason that the sample has, and the two versions on all of them."""
    entries = GoldEntry.objects.filter(release=few.release, split=Split.DEV).select_related("item__project")
    rows = Prediction.objects.filter(run=few).values_list("item_id", "labels")
    said = {item: sorted(label["code"] for label in labels) for item, labels in rows}
    found: dict[CaseReason, list[GoldEntry]] = {}
    for entry in entries.order_by("external_id"):
        reason: CaseReason
        language = str(entry.item.attributes.get("language", ""))
        if language and language.lower() not in ("english", "en"):
            reason = CaseReason.LANGUAGE
        elif len(entry.labels) > 1:
            reason = CaseReason.DUAL
        elif said.get(entry.item_id) != entry.labels:
            reason = CaseReason.AMBIGUOUS
        else:
            continue
        found.setdefault(reason, []).append(entry)
    for reason, mine in found.items():
        wrong_first = sorted(mine, key=lambda one: said.get(one.item_id) == one.labels)
        for entry in {one.pk: one for one in (wrong_first[0], wrong_first[-1])}.values():
            add_case(item=entry.item, reason=reason, note=NOTES[reason], by=by)
    if found:
        for run in (zero, few):
            assert run.prompt_version is not None
            start_bank_run(version=run.prompt_version, by=runs_by)


NOTES = {
    CaseReason.LANGUAGE: "The page is not in English, and the labels are.",
    CaseReason.DUAL: "It sells two things, and one of them is easily passed over.",
    CaseReason.AMBIGUOUS: "What the words promise is more than what is sold.",
}
