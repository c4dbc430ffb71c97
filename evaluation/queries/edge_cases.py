"""The edge-case bank: which cases somebody may see, and what a run made of them.

Engineers see the cases that were open when they were put in: on a dev split, or held out by no release. Adjudicators,
who may also be handed blind work, see no labels but those they set themselves, and nothing that a model said.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from evaluation.enums import CaseOutcome, CaseReason, PredictionState, RunOrigin, Strategy
from evaluation.models import CaseLabels, CaseText, CaseVerdict, EdgeCase, Prediction, Promotion, PromptVersion, Run
from evaluation.queries.runs import FINISHED
from evaluation.stats.intervals import wilson
from labeling import rules
from labeling.enums import Role, Split
from labeling.models import GoldEntry, Item, Project, Release, SetApart, User
from labeling.queries.guidelines import shown_texts
from labeling.queries.held_out import held_out_entries
from reviewapp.common.errors import Refused

EXAMPLE = "shown to the run as an example"
NOT_ASKED = "not asked in this run"
OTHER_TEXT = "asked with another text than the case keeps"


def sees_open_only(user: User, project: Project) -> bool:
    """Engineers, unless they hold a role that may see more."""
    return not rules.roles(user, project) & {Role.MANAGER, Role.ANALYST, Role.ADJUDICATOR}


def is_kept_from_gold(user: User, project: Project) -> bool:
    """Adjudicators take blind seats too, so they see neither gold nor answers of a model here."""
    return not rules.roles(user, project) & {Role.MANAGER, Role.ANALYST, Role.ENGINEER}


def dev_gold(item: Item) -> GoldEntry | None:
    """The newest gold of an item on a dev split; gold that is held out is not looked at."""
    entries = GoldEntry.objects.filter(item=item, split=Split.DEV).select_related("release__taxonomy_version")
    return entries.order_by("-release__frozen_at", "-pk").first()


def may_be_open(item: Item) -> bool:
    """Whether engineers may see what runs say of it: it is on dev somewhere, or held out nowhere."""
    if GoldEntry.objects.filter(item=item, split=Split.DEV).exists():
        return True
    held_out = held_out_entries(item.project_id)
    return not held_out.filter(Q(item=item) | Q(text_digest=item.text_digest)).exists()


def cases_for(user: User, project: Project) -> QuerySet[EdgeCase]:
    """The cases a member may see."""
    found = EdgeCase.objects.filter(project=project).select_related("item", "created_by", "retired_by")
    return found.filter(is_open=True) if sees_open_only(user, project) else found


def expected(case: EdgeCase) -> CaseLabels:
    """What is right for a case now."""
    found = case.revisions.order_by("-number").first()
    assert found is not None
    return found


@dataclass(frozen=True)
class Listed:
    """A case as the bank lists it; labels None: they are not for this reader."""

    case: EdgeCase
    labels: list[str] | None
    source: str


def bank_of(user: User, project: Project, *, reason: str = "", retired: bool = False) -> list[Listed]:
    """The cases a member may see, newest first; a fixed number of queries."""
    cases = cases_for(user, project).filter(retired_at__isnull=not retired)
    if reason in CaseReason.values:
        cases = cases.filter(reason=reason)
    return with_labels(list(cases.order_by("-pk")[:500]), user, project)


def with_labels(cases: Sequence[EdgeCase], user: User, project: Project) -> list[Listed]:
    """Cases that a member may see with what is right for each, where that is for them; one query."""
    newest = CaseLabels.objects.filter(case__in=cases).order_by("case", "number")
    labels = {one.case_id: one for one in newest}
    blind = is_kept_from_gold(user, project)
    found = []
    for case in cases:
        now = labels[case.pk]
        hidden = blind and now.created_by_id != user.pk
        found.append(Listed(case, None if hidden else now.labels, now.source))
    return found


@dataclass(frozen=True)
class CaseResult:
    """One case in one run."""

    case: EdgeCase
    expected: CaseLabels
    outcome: str  # empty: it was not asked
    said: list[str] | None
    why: str = ""
    passed_in: str = ""  # the run that got it right before, where that makes this a regression

    @property
    def is_regression(self) -> bool:
        return bool(self.passed_in)


@dataclass(frozen=True)
class BankBoard:
    """A run on the bank."""

    run: Run
    cases: list[CaseResult]

    @property
    def asked(self) -> list[CaseResult]:
        return [one for one in self.cases if one.outcome]

    @property
    def left_out(self) -> list[CaseResult]:
        return [one for one in self.cases if not one.outcome]

    @property
    def regressions(self) -> list[CaseResult]:
        return [one for one in self.cases if one.is_regression]

    @property
    def is_whole(self) -> bool:
        """Every case was asked, but for those that were shown as examples."""
        return bool(self.asked) and not any(one.why in (NOT_ASKED, OTHER_TEXT) for one in self.cases)

    @property
    def share(self) -> dict[str, Any]:
        return _share(self.asked)

    @property
    def reasons(self) -> list[tuple[str, dict[str, Any], int]]:
        """(reason, share passed, regressions) for each reason there is, in the order of the list."""
        found = []
        for reason in CaseReason:
            mine = [one for one in self.asked if one.case.reason == reason]
            if mine:
                found.append((str(reason.label), _share(mine), sum(one.is_regression for one in mine)))
        return found

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.cases)

    @property
    def said(self) -> str:
        """How many cases that once passed fail, in words that name none; empty if none does."""
        lost = len(self.regressions)
        which = "1 edge case that once passed fails" if lost == 1 else f"{lost} edge cases that once passed fail"
        return f"{which} in “{self.run.name}”." if lost else ""

    @property
    def summary(self) -> dict[str, Any]:
        """Figures that name no case."""
        return {
            "run": self.run.name, "cases": len(self.asked), "share_passed": self.share,
            "regressions": len(self.regressions),
        }  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """The report of `evaluate_bank`."""
        return {
            "run": self.run.name,
            "is_simulated": self.run.is_simulated,
            "cases": len(self.cases),
            **{str(outcome): self.count(outcome) for outcome in CaseOutcome},
            "not_asked": len(self.left_out),
            "share_passed": self.share,
            "reasons": {name: {"share_passed": share, "regressions": lost} for name, share, lost in self.reasons},
            "regressions": [one.case.item.external_id for one in self.regressions],
            "results": [
                {
                    "item": one.case.item.external_id, "reason": one.case.reason, "outcome": one.outcome or "not_asked",
                    "expected": one.expected.labels, "said": one.said, "why": one.why, "passed_in": one.passed_in,
                }
                for one in self.cases
            ],
            "interval": {"method": "wilson", "level": 0.95},
        }  # fmt: skip


def _share(results: Collection[CaseResult]) -> dict[str, Any]:
    """The share passed of all that were asked: no answer is not passed."""
    return wilson(sum(one.outcome == CaseOutcome.PASSED for one in results), len(results)).as_dict()


def shown_as_examples(project: Project, taught: Release | None) -> set[int | str]:
    """What a run reads the answers of: the fewshot split it learns from, and what the guidelines show."""
    ids, digests = shown_texts(project)
    rows = taught.entries.filter(split=Split.FEWSHOT).values_list("item_id", "text_digest") if taught else ()
    return {key for row in rows for key in row} | set(ids) | set(digests)


def board_of(run: Run, *, viewer: User | None = None) -> BankBoard:
    """What a finished run made of the cases in use; `viewer` None is the product itself. A fixed number of queries.

    A set of labels passes if it is exactly the expected one.
    """
    if run.state not in FINISHED:
        raise Refused(f"The run “{run.name}” is not finished, so it cannot be held against the bank yet.")
    cases = cases_for(viewer, run.project) if viewer else EdgeCase.objects.filter(project=run.project_id)
    rows = list(cases.filter(retired_at__isnull=True).select_related("item").order_by("reason", "pk"))
    newest: dict[int, CaseLabels] = {}
    for one in CaseLabels.objects.filter(case__in=rows).order_by("number"):
        newest[one.case_id] = one
    answers = {
        item: (state, labels)
        for item, state, labels in Prediction.objects.filter(
            run=run, item__in=[one.item_id for one in rows]
        ).values_list("item_id", "state", "labels")
    }
    taught = run.fewshot_release
    shown = shown_as_examples(run.project, taught)
    before = _passed_before(run, newest.values())
    other = _asked_otherwise(run, rows)
    return BankBoard(run, [_result(case, newest[case.pk], answers, shown, other, before) for case in rows])


def _asked_otherwise(run: Run, cases: Sequence[EdgeCase]) -> set[int]:
    """The cases whose item a run read with another text than they keep.

    A run over items keeps no texts: it is taken to have read the case's if the item says the same today.
    """
    if run.origin == RunOrigin.BANK:
        return set()
    kept = dict(CaseText.objects.filter(case__in=cases).values_list("case_id", "text_digest"))
    read = {one.item_id: one.item.text_digest for one in cases}
    if run.release:
        read = dict(run.release.entries.filter(item__in=list(read)).values_list("item_id", "text_digest"))
    return {one.pk for one in cases if one.item_id in read and kept.get(one.pk) not in (None, read[one.item_id])}


def _result(
    case: EdgeCase,
    now: CaseLabels,
    answers: dict[int, tuple[str, list[dict[str, Any]]]],
    shown: set[int | str],
    other: set[int],
    before: dict[int, str],
) -> CaseResult:
    if {case.item_id, case.item.text_digest, case.item.external_id} & shown:
        return CaseResult(case, now, "", None, EXAMPLE)
    if case.item_id not in answers:
        return CaseResult(case, now, "", None, NOT_ASKED)
    if case.pk in other:
        return CaseResult(case, now, "", None, OTHER_TEXT)
    state, labels = answers[case.item_id]
    if state != PredictionState.DONE:
        return CaseResult(case, now, CaseOutcome.UNANSWERED, None, passed_in=before.get(now.pk, ""))
    said = sorted({label["code"] for label in labels})
    if said == now.labels:
        return CaseResult(case, now, CaseOutcome.PASSED, said)
    return CaseResult(case, now, CaseOutcome.FAILED, said, passed_in=before.get(now.pk, ""))


def _passed_before(run: Run, labels: Collection[CaseLabels]) -> dict[int, str]:
    """By expected labels, the newest earlier run on record that passed: of the same version, of one that was in
    production for this prompt, or of a built-in baseline. What was simulated proves nothing for a real run."""
    versions = PromptVersion.objects.filter(prompt__project=run.project_id)
    same = Q(strategy__in=[Strategy.BASELINE_ZERO, Strategy.BASELINE_FEW])
    if run.prompt_version:
        same |= Q(pk=run.prompt_version_id)
        produced = Promotion.objects.filter(prompt=run.prompt_version.prompt_id, status="production")
        same |= Q(pk__in=produced.values("version"))
    passed = CaseVerdict.objects.filter(
        expected__in=[one.pk for one in labels], outcome=CaseOutcome.PASSED, run_id__lt=run.pk,
        run__prompt_version__in=versions.filter(same),
    )  # fmt: skip
    if not run.is_simulated:
        passed = passed.filter(run__is_simulated=False)
    return dict(passed.order_by("run_id").values_list("expected_id", "run__name"))


def newest_bank_run(version: PromptVersion | None) -> Run | None:
    """The newest run of a version over the bank, finished or still going."""
    if version is None:
        return None
    runs = Run.objects.filter(prompt_version=version, origin="bank").exclude(state="cancelled")
    return runs.select_related("project", "prompt_version", "fewshot_release").order_by("-pk").first()


def has_cases(project: Project) -> bool:
    return EdgeCase.objects.filter(project=project, retired_at__isnull=True).exists()


def bank_of_version(version: PromptVersion | None) -> BankBoard | None:
    """The newest finished run of a version over the bank, for gates; None: there is none."""
    run = newest_bank_run(version)
    return board_of(run) if run and run.state in FINISHED else None


def bank_obstacle(version: PromptVersion) -> str:
    """Why the bank stands in the way of a version, as a sentence that names no case; empty if it does not."""
    if not has_cases(version.prompt.project):
        return ""
    board = bank_of_version(version)
    return board.said if board else "It has not answered the edge cases of the bank yet."


@dataclass(frozen=True)
class CaseHistory:
    """One case: what was held right when, and what runs made of it."""

    case: EdgeCase
    revisions: list[CaseLabels]
    verdicts: list[CaseVerdict]
    text: str  # what every run on the bank reads
    has_moved_on: bool  # the item says something else by now
    is_made_up: bool  # its text is of a red-team round, so it has no page as an item


def history_of(case: EdgeCase, viewer: User) -> CaseHistory:
    """Newest first. Adjudicators see what they set themselves, and no answer of a model."""
    revisions = case.revisions.select_related("created_by", "release__golden_set").order_by("-number")
    verdicts = case.verdicts.select_related("run", "expected").order_by("-run_id", "-pk")
    if is_kept_from_gold(viewer, case.project):
        revisions, verdicts = revisions.filter(created_by=viewer), verdicts.none()
    kept = CaseText.objects.filter(case=case).first()
    text = "\n\n".join(document["text"] for document in kept.content["documents"]) if kept else ""
    return CaseHistory(
        case, list(revisions), list(verdicts[:100]), text,
        kept is not None and kept.text_digest != case.item.text_digest,
        SetApart.objects.filter(item=case.item_id).exists(),
    )  # fmt: skip


def bank_runs(project: Project) -> list[Run]:
    """The newest finished runs of versions over the bank."""
    runs = Run.objects.filter(project=project, origin="bank", state__in=FINISHED)
    return list(runs.select_related("prompt_version__prompt", "project", "fewshot_release").order_by("-pk")[:5])


def find_case(project: Project, external_id: str) -> EdgeCase:
    """The case in use of an item, for commands."""
    found = EdgeCase.objects.filter(project=project, item__external_id=external_id, retired_at__isnull=True)
    if case := found.select_related("project", "item").first():
        return case
    raise Refused(f"There is no case of the item “{external_id}” in the bank.")
