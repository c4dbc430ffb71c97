"""Red-team rounds: opened and closed, an attempt made and asked at once, and what broke put into the edge-case bank."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from evaluation.actions.edge_cases import MAKERS as BANKERS
from evaluation.actions.edge_cases import add_case
from evaluation.actions.runs import MICRO, Scope, Setup, item_budget, micro_of, start_run
from evaluation.enums import AttackKind, CaseReason, RunOrigin
from evaluation.models import AttackCase, EdgeCase, PromptVersion, RedTeamAttempt, RedTeamRound
from evaluation.queries.edge_cases import dev_gold, may_be_open, sees_open_only
from evaluation.queries.promotions import release_with
from evaluation.queries.red_team_rounds import (
    BLIND,
    BROKE,
    INVITABLE,
    attempts_for,
    is_blind_now,
    is_guest,
    is_open,
    results_of,
    rounds_for,
    text_of,
)
from evaluation.queries.runs import FINISHED
from labeling import digest, rules
from labeling.actions.audit import record_event
from labeling.actions.items import write_set_apart
from labeling.actions.rounds import check_name, published_taxonomy
from labeling.actions.sights import note_sights
from labeling.enums import Role, Split
from labeling.models import Item, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

MAKERS = (Role.MANAGER, Role.ENGINEER)
ORIGIN = "red team"
FIRST = 10  # a person waits for it
MOST_TEXT = 200_000
NOT_ON_DEV = (
    "An engineer starts from items of a dev split, whose gold everybody here may see, or writes a new text. "
    "Ask an analyst for this one."
)
THEIRS = "This is the text of an item as it is. Write one of your own."


@dataclass(frozen=True)
class Plan:
    """A round to be opened."""

    name: str
    version: PromptVersion
    opens_at: datetime
    closes_at: datetime
    goal: str = ""
    budget_usd: float | None = None
    invited: Iterable[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Text:
    """What somebody wrote to break the model, and what would be right for it."""

    name: str
    text: str
    labels: Iterable[str]
    kind: str
    why: str
    altered_from: Item | None = None


@transaction.atomic
def open_round(*, plan: Plan, by: User | None, operator: str = "") -> RedTeamRound:
    """Open a round on a prompt version. Only a manager invites who may be handed blind work."""
    project = plan.version.prompt.project
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)
    invited = sorted(set(plan.invited))
    if wrong := set(invited) - {str(role) for role in INVITABLE}:
        raise Refused(f"Annotators and adjudicators are invited; “{sorted(wrong)[0][:40]}” is neither.")
    if invited and by and Role.MANAGER not in rules.roles(by, project):
        raise NotAllowed("Only a manager invites annotators and adjudicators.")
    name = check_name(plan.name, what="red-team round")
    if RedTeamRound.objects.filter(project=project, name=name).exists():
        raise Refused(f"There is a red-team round “{name}” already.")
    if plan.closes_at <= max(plan.opens_at, clock.now()):
        raise Refused("A round ends after it begins, and in the future.")
    budget = micro_of(plan.budget_usd)
    published_taxonomy(project)  # refuses where there is none
    made = RedTeamRound.objects.create(
        project=project, name=name, goal=_short(plan.goal), prompt_version=plan.version, opens_at=plan.opens_at,
        closes_at=plan.closes_at, invited=invited, created_at=clock.now(), created_by=by,
        budget_micro_usd=budget,
        operator="" if by else operator,
    )  # fmt: skip
    record_event(
        kind="red_team.opened", project=project, by=by, operator=operator, target=f"red_team:{made.public_id}",
        after={"name": name, "prompt": str(plan.version), "invited": invited, "budget_usd": plan.budget_usd,
               "opens_at": plan.opens_at.isoformat(), "closes_at": plan.closes_at.isoformat()},
    )  # fmt: skip
    return made


@transaction.atomic
def close_round(*, found: RedTeamRound, by: User | None, operator: str = "") -> RedTeamRound:
    """End a round now, before its time."""
    found = _locked(found)
    if by:
        rules.check_role(by, found.project, *MAKERS)
    if not is_open(found):
        raise NotAllowed("This round is not open.")
    before, found.closes_at = found.closes_at, clock.now()
    found.save(update_fields=["closes_at"])
    record_event(
        kind="red_team.closed", project=found.project, by=by, operator=operator,
        target=f"red_team:{found.public_id}", before={"closes_at": before.isoformat()},
        after={"closes_at": found.closes_at.isoformat()},
    )  # fmt: skip
    return found


@transaction.atomic
def make_attempt(*, found: RedTeamRound, text: Text, by: User | None, operator: str = "") -> RedTeamAttempt:
    """Keep a text set apart from the collection, and have the round's version answer it at once."""
    found = _locked(found)
    project = found.project
    if by:
        _check_takes_part(by, found)
    rules.check_not_archived(project)
    if not is_open(found):
        raise NotAllowed("This round is not open: texts are taken from its beginning to its end.")
    name, said, why = text.name.strip() or "A made-up text", text.text.strip(), _short(text.why)
    _check_words(name, said, why, text.kind)
    taxonomy = published_taxonomy(project)
    codes = sorted(set(text.labels))
    known = set(taxonomy.labels.values_list("code", flat=True))
    if unknown := [code for code in codes if code not in known]:
        raise Refused(f"“{unknown[0][:60]}” is no label of the published taxonomy.")
    mark = digest.text_digest([said])
    _check_text(found, text.altered_from, said, mark, by)
    item = write_set_apart(project=project, name=name[:500], text=said, origin=ORIGIN)
    number = found.attempts.count() + 1
    version = found.prompt_version
    run = start_run(
        version=version, scope=Scope(), name=f"{found.name[:60]}, attempt {number}",
        budget_usd=_money(found), fewshot_release=release_with(project, Split.FEWSHOT),
        setup=Setup(origin=RunOrigin.ATTACK, priority=FIRST, items=[item.pk]), by=None, operator=ORIGIN,
    )  # fmt: skip
    origin = text.altered_from
    made = RedTeamAttempt.objects.create(
        round=found, number=number, kind=text.kind, item=item, altered_from=origin,
        altered_revision=origin.revision if origin else None, is_open=_may_be_open(item, origin),
        taxonomy_version=taxonomy, labels=codes, why=why, run=run, created_at=clock.now(), created_by=by,
        operator="" if by else operator,
    )  # fmt: skip
    if by and origin:
        note_sights(user=by, items=[origin.pk])  # the answer to it altered tells of the item itself
    record_event(
        kind="red_team.attempted", project=project, by=by, operator=operator, target=f"red_team:{found.public_id}",
        after={"number": number, "kind": text.kind},
    )  # fmt: skip
    return made


@transaction.atomic
def bank_attempt(*, attempt: RedTeamAttempt, by: User | None, operator: str = "") -> EdgeCase:
    """Put what broke the model into the edge-case bank, with the labels its writer said are right. Twice is once."""
    attempt = RedTeamAttempt.objects.select_for_update(of=("self",)).select_related("round__project").get(pk=attempt.pk)
    project = attempt.round.project
    if by:
        rules.check_role(by, project, *BANKERS)
        if not attempts_for(by, project).filter(pk=attempt.pk).exists():
            raise NotAllowed("Your role in this project does not include this.")
    if there := AttackCase.objects.filter(attempt=attempt).select_related("case").first():
        return there.case
    (result,) = results_of([attempt])
    if result.state != BROKE:
        raise Refused("Only what broke the model goes into the bank.")
    item = Item.and_set_apart.select_related("project").get(pk=attempt.item_id)
    case = add_case(
        item=item, reason=CaseReason.ADVERSARIAL, labels=attempt.labels, note=attempt.why, attempt=attempt, by=by,
        operator=operator,
    )  # fmt: skip
    AttackCase.objects.create(attempt=attempt, case=case)
    return case


def _locked(found: RedTeamRound) -> RedTeamRound:
    rounds = RedTeamRound.objects.select_for_update(of=("self",)).select_related("project", "prompt_version__prompt")
    return rounds.get(pk=found.pk)


def _check_takes_part(by: User, found: RedTeamRound) -> None:
    if is_blind_now(by, found.project):
        raise NotAllowed(BLIND)
    if found not in rounds_for(by, found.project):
        raise NotAllowed("Your role in this project does not include this.")


def _check_words(name: str, said: str, why: str, kind: str) -> None:
    if not said:
        raise Refused("Write the text that the model is to read.")
    if len(said) > MOST_TEXT:
        raise Refused(f"A text has at most {MOST_TEXT:,} characters.")
    if not why:
        raise Refused("Say why it should be hard.")
    if kind not in AttackKind.values:
        raise Refused(f"A kind is one of {', '.join(AttackKind.values)}, not “{kind[:40]}”.")
    if "\x00" in name + said + why:
        raise Refused("A text has no null characters.")


def _check_text(found: RedTeamRound, origin: Item | None, said: str, mark: str, by: User | None) -> None:
    """Whether this person may have this text answered; what is refused does not tell what is held out."""
    if origin and origin.project_id != found.project_id:
        raise Refused("That item belongs to another project.")
    made_up = {one.item_id for one in found.attempts.all()} if origin else set()
    if by:
        mine = attempts_for(by, found.project).filter(round=found)
        if twice := mine.filter(item__text_digest=mark).first():
            raise Refused(f"This text was tried already: attempt {twice.number}.")
        if origin and origin.pk in made_up:
            if not mine.filter(item=origin).exists():
                raise Refused("There is no such text to start from.")
        elif origin and is_guest(by, found.project):
            raise NotAllowed("Who may be handed blind work writes texts of their own, and alters no item.")
        elif origin and sees_open_only(by, found.project) and dev_gold(origin) is None:
            raise Refused(NOT_ON_DEV)
        same = Item.objects.filter(project=found.project_id, text_digest=mark)
        if is_guest(by, found.project) and same.exists():
            raise Refused(THEIRS)
        if sees_open_only(by, found.project) and any(dev_gold(one) is None for one in same[:20]):
            raise Refused(NOT_ON_DEV)
    if origin and digest.text_digest([text_of(origin)[1]]) == mark:
        raise Refused("Nothing was altered: the text is the item's own.")


def _may_be_open(item: Item, origin: Item | None) -> bool:
    if origin is None:
        return may_be_open(item)
    before = RedTeamAttempt.objects.filter(item=origin).first()
    return may_be_open(item) and (before.is_open if before else may_be_open(origin))


def _money(found: RedTeamRound) -> float | None:
    """What one more attempt may cost: no more than an item may, nor than the round has left."""
    if found.budget_micro_usd is None:
        return None
    runs = found.attempts.filter(run__state__in=FINISHED).aggregate(total=Sum("run__spent_micro_usd"))
    going = found.attempts.exclude(run__state__in=FINISHED).aggregate(total=Sum("run__budget_micro_usd"))
    left = found.budget_micro_usd - (runs["total"] or 0) - (going["total"] or 0)
    if left <= 0 and found.budget_micro_usd > 0:
        raise Refused("The round's budget is used up. A manager can open another round.")
    return max(0, min(left, item_budget(found.project))) / MICRO


def _short(text: str) -> str:
    text = text.strip()
    if len(text) > 2000:
        raise Refused("A note has at most 2,000 characters.")
    return text
