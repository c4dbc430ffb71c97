"""The edge-case bank: items put in, their labels corrected by new rows, retired; run, and what came of it recorded."""

from collections.abc import Iterable

from django.db import transaction

from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.enums import CaseReason, LabelSource, RunOrigin
from evaluation.models import CaseLabels, CaseText, CaseVerdict, EdgeCase, PromptVersion, RedTeamAttempt, Run
from evaluation.queries import edge_cases as queries
from evaluation.queries.promotions import release_with
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import published_taxonomy
from labeling.enums import Role, Split
from labeling.models import Item, User
from labeling.queries.contents import contents_at
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

MAKERS = (Role.MANAGER, Role.ANALYST, Role.ADJUDICATOR, Role.ENGINEER)
NOT_DEV = "An engineer puts in items of a dev split, whose gold everybody here may see. Ask an analyst for this one."
STATE_THEM = "There is no gold for this item to take the labels from: state the labels that are right."
LONGEST = 2000


@transaction.atomic
def add_case(
    *,
    item: Item,
    reason: str,
    by: User | None,
    labels: Iterable[str] | None = None,
    note: str = "",
    attempt: RedTeamAttempt | None = None,
    operator: str = "",
) -> EdgeCase:
    """Put an item into the bank as it is now; the same item again gives the case there is.

    `labels` None takes them from the newest gold on dev. Gold that is held out is never read for it.
    `attempt`: the item is a text of a red-team round, and whoever puts it in may see that attempt.
    """
    project = item.project
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)
    if reason not in CaseReason.values:
        raise Refused(f"A reason is one of {', '.join(CaseReason.values)}, not “{reason[:40]}”.")
    item = Item.and_set_apart.select_for_update(of=("self",)).select_related("project").get(pk=item.pk)
    on_dev = queries.dev_gold(item)
    if by and queries.sees_open_only(by, project) and on_dev is None and attempt is None:
        raise Refused(NOT_DEV)
    if there := EdgeCase.objects.filter(project=project, item=item, retired_at__isnull=True).first():
        return there
    chosen = None if labels is None else _codes(item, labels)
    if chosen is None and (on_dev is None or (by and queries.is_kept_from_gold(by, project))):
        raise Refused(STATE_THEM)
    is_open = attempt.is_open if attempt else queries.may_be_open(item)
    case = EdgeCase.objects.create(
        project=project, item=item, reason=reason, note=_short(note), is_open=is_open,
        created_at=clock.now(), created_by=by, operator="" if by else operator,
    )  # fmt: skip
    now = contents_at([(item, item.revision)])[item.pk]
    CaseText.objects.create(case=case, content=now.as_dict(), text_digest=now.text_digest)
    if chosen is None:
        assert on_dev is not None
        _append(
            case, sorted(on_dev.labels), LabelSource.GOLD, by, operator, release=on_dev.release,
            taxonomy_version=on_dev.release.taxonomy_version,
        )  # fmt: skip
    else:
        _append(case, chosen, LabelSource.PERSON, by, operator, why=_short(note))
    _record("added", case, {"item": item.external_id, "reason": reason}, by, operator)
    return case


@transaction.atomic
def set_labels(*, case: EdgeCase, labels: Iterable[str], why: str, by: User | None, operator: str = "") -> CaseLabels:
    """Say anew what is right for a case. What runs made of the labels before stays on record beside those."""
    case = _locked(case, by, Role.MANAGER, Role.ANALYST, Role.ADJUDICATOR)
    if not why.strip():
        raise Refused("Say why other labels are right.")
    codes, now = _codes(case.item, labels), queries.expected(case)
    if now.labels == codes and not (by and queries.is_kept_from_gold(by, case.project)):
        return now  # to an adjudicator this would tell that the labels are the same
    made = _append(case, codes, LabelSource.PERSON, by, operator, why=_short(why))
    _record("relabelled", case, {"number": made.number, "labels": codes, "why": made.why}, by, operator)
    return made


@transaction.atomic
def retire_case(*, case: EdgeCase, why: str, by: User | None, operator: str = "") -> EdgeCase:
    """Take a case out of use; it stays on record with what runs made of it."""
    case = _locked(case, by, *MAKERS)
    if not why.strip():
        raise Refused("Say why the case is retired.")
    case.retired_at, case.retired_by, case.retired_why = clock.now(), by, _short(why)
    case.save(update_fields=["retired_at", "retired_by", "retired_why"])
    _record("retired", case, {"item": case.item.external_id, "why": case.retired_why}, by, operator)
    return case


@transaction.atomic
def start_bank_run(
    *, version: PromptVersion, by: User | None, budget_usd: float | None = None, operator: str = ""
) -> Run:
    """Have a version answer all cases in use, but for those it would be shown as examples."""
    project = version.prompt.project
    taught = release_with(project, Split.FEWSHOT)
    shown = queries.shown_as_examples(project, taught)
    cases = EdgeCase.objects.filter(project=project, retired_at__isnull=True).select_related("item").order_by("pk")
    items = [
        one.item_id for one in cases
        if not {one.item_id, one.item.text_digest, one.item.external_id} & shown
    ]  # fmt: skip
    if not items:
        raise Refused("There is no edge case in the bank to run on.")
    return start_run(
        version=version, scope=Scope(), name=f"edge cases, {version}".replace("@", " v"), budget_usd=budget_usd,
        fewshot_release=taught, setup=Setup(origin=RunOrigin.BANK, items=items), by=by, operator=operator,
    )  # fmt: skip


@transaction.atomic
def record_verdicts(*, run: Run) -> int:
    """Keep what a finished run made of each case it was asked; how many are new. Twice is once."""
    if run.overrides or run.perturbation or run.origin == RunOrigin.ATTACK:
        return 0  # not the version as it is
    cases = queries.board_of(run).cases
    rows = [
        CaseVerdict(run=run, case=one.case, expected=one.expected, outcome=one.outcome, created_at=clock.now())
        for one in cases
        if one.outcome
    ]
    known = set(CaseVerdict.objects.filter(run=run).values_list("expected_id", flat=True))
    made = [row for row in rows if row.expected_id not in known]
    CaseVerdict.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _locked(case: EdgeCase, by: User | None, *allowed: Role) -> EdgeCase:
    case = EdgeCase.objects.select_for_update(of=("self",)).select_related("project", "item__project").get(pk=case.pk)
    if by:
        rules.check_role(by, case.project, *allowed)
        if queries.sees_open_only(by, case.project) and not case.is_open:
            raise NotAllowed("Your role in this project does not include this.")
    rules.check_not_archived(case.project)
    if case.retired_at:
        raise NotAllowed("This case is retired. Put its item in again to use it.")
    return case


def _codes(item: Item, labels: Iterable[str]) -> list[str]:
    codes = sorted(set(labels))
    known = set(published_taxonomy(item.project).labels.values_list("code", flat=True))
    if unknown := [code for code in codes if code not in known]:
        raise Refused(f"“{unknown[0][:60]}” is no label of the published taxonomy.")
    return codes


def _append(
    case: EdgeCase, codes: list[str], source: str, by: User | None, operator: str, **more: object
) -> CaseLabels:
    more.setdefault("taxonomy_version", published_taxonomy(case.project))
    return CaseLabels.objects.create(
        case=case, number=case.revisions.count() + 1, labels=codes, source=source, created_at=clock.now(),
        created_by=by, operator="" if by else operator, **more,
    )  # fmt: skip


def _short(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST:
        raise Refused(f"A note has at most {LONGEST:,} characters.")
    return text


def _record(what: str, case: EdgeCase, after: dict[str, object], by: User | None, operator: str) -> None:
    record_event(
        kind=f"case.{what}", project=case.project, by=by, operator=operator, target=f"case:{case.public_id}",
        after=after,
    )  # fmt: skip
