"""Triage: a run's errors on dev are sorted into clusters once, and people say of each why it is one."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping
from functools import partial

from django.db import transaction

from evaluation import tasks
from evaluation.actions.triage_categories import WORKERS
from evaluation.models import ErrorCategory, ErrorCluster, Run, Triage, TriageError, TriageJudgement, TriageProposal
from evaluation.queries.pairing import Paired, pair
from evaluation.queries.triage import categories, described, errors_in, held_out_items, visible
from evaluation.stats.error_clusters import cluster, shares
from labeling import rules
from labeling.actions.audit import record_event
from labeling.digest import digest_of
from labeling.enums import Split
from labeling.models import Release, User
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

FORMAT, RESAMPLES, BATCH = 1, 1000, 1000
AT_ONCE = 1000  # items that are sorted while somebody waits; more are sorted by a worker
NOTE = 2000  # characters


def start_triage(
    *, run: Run, release: Release, seed: int = 0, blind_share: float = 0.3, by: User | None, operator: str = "",
    in_background: bool = True,
) -> Triage:  # fmt: skip
    """The triage of a run's errors on the dev split of a release: the stored one, or a new one."""
    if by:
        rules.check_role(by, run.project, *WORKERS)
    if not 0 <= blind_share <= 1:
        raise Refused("The blind share is between 0 and 1.")
    if run.project_id != release.golden_set.project_id:
        raise Refused("The run and the release belong to different projects.")
    items = release.entries.filter(split=Split.DEV).count()
    if not items:
        raise Refused(f"{release} has no dev split, and errors of a held-out split are not shown.")
    if run.finished_at is None:
        raise Refused(f"The run “{run.name}” is not finished, so its errors are not known yet.")
    digest = digest_of(
        ["triage", FORMAT, str(run.public_id), release.digest, str(release.public_id), seed, blind_share]
    )
    with transaction.atomic():
        found, is_new = Triage.objects.get_or_create(
            input_digest=digest,
            defaults={"run": run, "release": release, "seed": seed, "blind_share": blind_share, "created_by": by},
        )
        if is_new:
            record_event(
                kind="triage.started", project=run.project, by=by, operator=operator,
                target=f"triage:{found.public_id}", after={"run": run.name, "golden": str(release), "seed": seed},
            )  # fmt: skip
        if in_background and items > AT_ONCE and not found.is_sorted:
            transaction.on_commit(partial(nudge, tasks.sort_errors, found.pk))
            return found
    return sort_errors(triage_id=found.pk)


def sort_errors(*, triage_id: int) -> Triage:
    """Find the errors, put them into clusters and write both; safe to repeat."""
    triage = Triage.objects.select_related("run__project", "release__golden_set__project").get(pk=triage_id)
    if triage.is_sorted:
        return triage
    paired = pair(triage.run, triage.release, Split.DEV, with_texts=True)
    hidden = held_out_items(triage)
    found = errors_in(paired, without=hidden)
    groups = cluster([described(one, paired) for one in found], seed=triage.seed)
    share = shares([(one.at, number) for one, number in zip(found, groups.numbers, strict=True)],
                   resamples=RESAMPLES, seed=triage.seed)  # fmt: skip
    left_out = sum(1 for entry in paired.gold if entry.item_id in hidden)
    with transaction.atomic():
        triage = Triage.objects.select_for_update(of=("self",)).get(pk=triage.pk)
        if triage.is_sorted:
            return triage
        rows = ErrorCluster.objects.bulk_create(
            ErrorCluster(triage=triage, number=number + 1, words=words, size=groups.numbers.count(number),
                         share=share[number].as_dict())
            for number, words in enumerate(groups.words)
        )  # fmt: skip
        lots = [_lot(triage.seed, paired, one.at, one.gold, one.predicted) for one in found]
        hidden_ones = math.ceil(triage.blind_share * len(lots) - 1e-9)
        blind = set(sorted(lots, key=lambda lot: _share_of(lot, "blind"))[:hidden_ones])
        made = []
        for one, number, lot in zip(found, groups.numbers, lots, strict=True):
            row = TriageError(
                triage=triage, cluster=rows[number], item_id=paired.gold[one.at].item_id, kind=one.kind, gold=one.gold,
                predicted=one.predicted, is_blind=lot in blind,
            )  # fmt: skip
            made.append((number, _share_of(lot, "turn"), row))
        made.sort(key=lambda one: one[:2])  # within a cluster by lot, so that those judged first stand for the rest
        for place, (_, _, row) in enumerate(made, start=1):
            row.place = place
        TriageError.objects.bulk_create([row for _, _, row in made], batch_size=BATCH)
        triage.items, triage.left_out = len(paired.gold) - left_out, left_out
        triage.save(update_fields=["items", "left_out"])
    return triage


def sort_due() -> None:
    """What a lost message left."""
    for pk in Triage.objects.filter(items__isnull=True).values_list("pk", flat=True)[:10]:
        sort_errors(triage_id=pk)


def _lot(seed: int, paired: Paired, at: int, gold: str, predicted: str) -> str:
    return f"{seed} {paired.gold[at].external_id} {gold} {predicted}"


def _share_of(lot: str, what: str) -> float:
    return int.from_bytes(hashlib.sha256(f"{what} {lot}".encode()).digest()[:8]) / 2**64


@transaction.atomic
def judge(
    *, error: TriageError, category: ErrorCategory | None, note: str = "", shown: TriageProposal | None = None,
    by: User | None, operator: str = "",
) -> TriageJudgement:  # fmt: skip
    """Say why an error is one. Said again, the newest counts; the same twice is once. `shown` is the proposal seen."""
    project = error.triage.run.project
    if by:
        rules.check_role(by, project, *WORKERS)
    if not visible(error.triage).filter(pk=error.pk).exists():
        raise NotAllowed("This item is held out now, so its errors are not looked at.")
    if category and category.project_id != project.pk:
        raise Refused("This category belongs to another project.")
    if shown and (shown.error_id != error.pk or error.is_blind):
        raise Refused("This proposal was not shown for this error.")
    note = note.strip()
    if len(note) > NOTE:
        raise Refused(f"A note has at most {NOTE:,} characters.")
    mine = error.judgements.filter(by=by, operator="" if by else operator)
    last = mine.select_related("category").order_by("-pk").first()
    if category and category.is_retired and (last is None or last.category_id != category.pk):
        raise Refused(f"“{category}” is retired.")
    if last and (last.category, last.note) == (category, note):
        return last
    newest = shown or error.proposals.order_by("-pk").first()
    return TriageJudgement.objects.create(
        error=error, category=category, note=note, proposal=newest, was_shown=shown is not None, by=by,
        operator="" if by else operator, created_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def undo_last(*, triage: Triage, by: User) -> TriageError | None:
    """Take back the newest judgement of a person that still counts; the error it was about, None if there is none."""
    said = TriageJudgement.objects.filter(error__triage=triage, by=by)
    newest: dict[int, TriageJudgement] = {}
    for one in said.select_related("error__triage__run__project").order_by("pk"):
        newest[one.error_id] = one
    standing = [one for one in newest.values() if one.category_id]
    if not standing:
        return None
    error = max(standing, key=lambda one: one.pk).error
    judge(error=error, category=None, by=by)
    return error


@transaction.atomic
def judge_many(
    *, triage: Triage, rows: Mapping[tuple[str, str, str], tuple[str, str]], by: User | None, operator: str = ""
) -> int:
    """Categories from a file: (item, gold, predicted) -> (category code, note). One that fits nothing refuses all."""
    known = {one.code: one for one in categories(triage.run.project, with_retired=True)}
    there: dict[tuple[str, str, str], TriageError] = {
        (one.item.external_id, one.gold, one.predicted): one
        for one in visible(triage).select_related("item", "triage__run__project")
    }
    problems: dict[str, int] = defaultdict(int)
    for key, (code, _) in rows.items():
        if key not in there:
            problems[f"no error of {key[0]} with gold “{key[1]}” and predicted “{key[2]}”"] += 1
        elif code not in known:
            problems[f"no category “{code}”"] += 1
    if problems:
        raise Refused(f"Nothing was written: {'; '.join(list(problems)[:5])} ({len(problems)} in all).")
    for key, (code, note) in rows.items():
        judge(error=there[key], category=known[code], note=note, by=by, operator=operator)
    return len(rows)
