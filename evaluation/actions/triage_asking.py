"""A language model is asked for the category of each error of a triage, and its answers become proposals.

They go through a run like all calls to a provider, so budget, limits, cache and resuming are those of runs. Nothing of
what people said is sent, and on the blind share no proposal is shown.
"""

from django.db import transaction

from evaluation.actions.budgets import resume_all
from evaluation.actions.runs import Scope, Setup, cancel_run, start_run
from evaluation.enums import PredictionState, RunOrigin
from evaluation.models import AskedProposal, Prediction, PromptVersion, Run, Triage, TriageAsking, TriageProposal
from evaluation.queries.asking import check_one_question
from evaluation.queries.triage import categories, visible
from evaluation.queries.triage_asking import offered
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role, Split
from labeling.models import User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MAKERS = (Role.ENGINEER, Role.MANAGER)
LEAST_CATEGORIES = 2
BATCH = 1000


@transaction.atomic
def ask_for_categories(
    *, triage: Triage, version: PromptVersion, budget_usd: float | None, by: User | None, operator: str = ""
) -> TriageAsking:
    """Ask about every error that may be seen. The same question again goes on where it stopped, and asks nothing twice.

    Other categories than before make it another question.
    """
    if by:
        rules.check_role(by, triage.run.project, *MAKERS)
    triage = Triage.objects.select_for_update(of=("self",)).select_related("run__project", "release").get(pk=triage.pk)
    check_can_ask(triage, version)
    told = offered(triage)
    asked = triage.askings.filter(run__prompt_version=version).select_related("run", "triage__run__project")
    if (known := asked.order_by("-pk").first()) and known.offered == told:
        collect_categories(known)
        resume_all(runs=[known.run], budget_usd=budget_usd, by=by, operator=operator)
        return known
    errors = list(visible(triage).order_by("place").values_list("item_id", flat=True))
    run = start_run(
        version=version, scope=Scope(triage.release, Split.DEV), budget_usd=budget_usd, by=by, operator=operator,
        name=f"{version} on errors of {triage.run.name}".replace("@", " v").replace(":", " ")[:110],
        setup=Setup(origin=RunOrigin.TRIAGE, items=list(dict.fromkeys(errors))),
    )  # fmt: skip
    asking = TriageAsking.objects.create(triage=triage, run=run, offered=told, errors=len(errors), created_by=by)
    record_event(
        kind="triage.asked", project=triage.run.project, by=by, operator=operator, target=f"triage:{triage.public_id}",
        after={"prompt": str(version), "errors": len(errors), "budget_usd": budget_usd},
    )  # fmt: skip
    return asking


def check_can_ask(triage: Triage, version: PromptVersion) -> None:
    """Raise Refused where this prompt cannot be asked about this triage."""
    if version.prompt.project_id != triage.run.project_id:
        raise Refused("The prompt belongs to another project.")
    check_one_question(version)
    if not triage.is_sorted:
        raise Refused("The errors are still being sorted.")
    if len(categories(triage.run.project)) < LEAST_CATEGORIES:
        raise Refused("There have to be two categories to choose between. Add some, or take over the usual ones.")
    if not visible(triage).exists():
        raise Refused("There is no error to ask about.")


def collect_asked(run: Run) -> int:
    """Write the proposals that a run has answers for; the number of new ones."""
    asking = TriageAsking.objects.filter(run=run).select_related("triage__run__project").first()
    return collect_categories(asking) if asking else 0


@transaction.atomic
def collect_categories(asking: TriageAsking) -> int:
    """Write a proposal for each error that was answered. What failed, or names a retired category, has none."""
    asking = TriageAsking.objects.select_for_update(of=("self",)).select_related(
        "run__prompt_version__prompt", "triage__run__project"
    ).get(pk=asking.pk)  # fmt: skip
    version = asking.run.prompt_version
    assert version is not None
    known = {one.code: one for one in categories(asking.triage.run.project)}
    there = set(AskedProposal.objects.filter(asking=asking).values_list("error_id", flat=True))
    done = Prediction.objects.filter(run=asking.run, state=PredictionState.DONE).order_by("pk")
    said = [
        one
        for stages in done.values_list("stages", flat=True)
        for one in (stages or {}).get("proposals", ())
        if one["error"] not in there and one["category"] in known
    ]
    proposer, now = f"{version} · {version.model}"[:120], clock.now()
    made = TriageProposal.objects.bulk_create(
        (
            TriageProposal(error_id=one["error"], category=known[one["category"]], proposer=proposer, created_at=now)
            for one in said
        ),
        batch_size=BATCH,
    )
    AskedProposal.objects.bulk_create(
        (
            AskedProposal(proposal=proposal, asking=asking, error_id=one["error"], reason=one["reason"])
            for proposal, one in zip(made, said, strict=True)
        ),
        batch_size=BATCH,
    )
    if made:
        record_event(
            kind="triage.proposed", project=asking.triage.run.project, by=None, operator="worker",
            target=f"triage:{asking.triage.public_id}", after={"proposals": len(made), "proposer": proposer},
        )  # fmt: skip
    return len(made)


@transaction.atomic
def stop_asking(*, asking: TriageAsking, by: User | None, operator: str = "") -> TriageAsking:
    """End it, and keep what was answered so far."""
    if by:
        rules.check_role(by, asking.triage.run.project, *MAKERS)
    collect_categories(asking)
    cancel_run(run=asking.run, by=by, operator=operator)
    return asking
