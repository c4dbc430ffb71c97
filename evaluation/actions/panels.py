"""Making and closing panels: who judges which outputs by what, drawn once."""

import random
import string
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from evaluation.actions.panel_pairs import seats_of_pairs
from evaluation.actions.panel_seats import seats_of_scores
from evaluation.actions.panel_settling import settle_output
from evaluation.actions.panel_standing import check_is_blind
from evaluation.actions.rubrics import pinned
from evaluation.enums import (
    WITHOUT_LABELS,
    OutputState,
    PanelKind,
    PanelRole,
    PanelSettling,
    PanelState,
    PredictionState,
    RunOrigin,
)
from evaluation.models import Panel, PanelOutput, PanelRater, PanelRun, PanelSeat, Prediction, RubricVersion, Run
from evaluation.queries.held_out import is_held_out
from labeling import rules, sampling
from labeling.actions.audit import record_event
from labeling.actions.rounds import check_name
from labeling.enums import Role
from labeling.models import Item, Project, User
from labeling.queries.sights import labelled_blind
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

RUNS_MAX = 26
# How each kind hands out its work.
SEATS: dict[str, Callable[[Panel], None]] = {PanelKind.SCORES: seats_of_scores, PanelKind.PAIRS: seats_of_pairs}


@dataclass(frozen=True)
class PanelSpec:
    """What a panel judges, by what, and who."""

    name: str
    runs: Sequence[Run]
    rubric_version: RubricVersion
    raters: Sequence[User]
    reserves: Sequence[User] = ()
    size: int = 20  # items; each has one output of each run
    by: Sequence[str] = ()  # attributes to balance over
    allocation: str = "proportional"
    seed: int = 0
    kind: str = PanelKind.SCORES
    settling: str = PanelSettling.MEDIAN


@transaction.atomic
def make_panel(*, project: Project, spec: PanelSpec, by: User | None, operator: str = "") -> Panel:
    """Draw a panel: its items, outputs, letters, raters and their seats."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    if spec.kind not in SEATS:
        raise Refused("A panel scores by a rubric, or chooses between pairs.")
    _check(project, spec)
    panel = draw_panel(project=project, spec=spec, by=by)
    SEATS[spec.kind](panel)
    record_event(
        kind="panel.made", project=project, by=by, operator=operator, target=f"panel:{panel.public_id}",
        after={"name": panel.name, "kind": spec.kind, "runs": [run.name for run in spec.runs], "size": spec.size,
               "seed": spec.seed, "raters": len(spec.raters), "reserves": len(spec.reserves),
               "rubric": str(spec.rubric_version)},
    )  # fmt: skip
    return panel


def draw_panel(*, project: Project, spec: PanelSpec, by: User | None) -> Panel:
    """What panels of all kinds have in common: all but the seats. Call inside a transaction."""
    sample = draw_items(project=project, spec=spec)
    chosen = {pk: (" · ".join(stratum)[:300], weight) for (_, pk), stratum, weight in sample.picked}
    panel = Panel.objects.create(
        project=project, name=check_name(spec.name, what="panel"), kind=spec.kind, seed=spec.seed, created_by=by,
        rubric_version=spec.rubric_version, settling=spec.settling,
        sampling={"size": spec.size, "by": list(spec.by), "allocation": spec.allocation,
                  "table": [asdict(row) for row in sample.table]},
    )  # fmt: skip
    letters = list(string.ascii_uppercase[: len(spec.runs)])
    random.Random(f"letters\n{spec.seed}\n{panel.name}").shuffle(letters)  # noqa: S311 -- a draw, no secret
    ordered = sorted(spec.runs, key=lambda run: run.pk)
    panel_runs = PanelRun.objects.bulk_create(
        PanelRun(panel=panel, run=run, letter=letter) for run, letter in zip(ordered, letters, strict=True)
    )
    PanelRater.objects.bulk_create(
        PanelRater(panel=panel, user=user, role=role)
        for role, users in ((PanelRole.RATER, spec.raters), (PanelRole.RESERVE, spec.reserves))
        for user in sorted(users, key=lambda user: user.pk)
    )
    revisions = dict(Item.objects.filter(pk__in=chosen).values_list("pk", "revision"))
    mine = {one.run_id: one for one in panel_runs}
    said = Prediction.objects.filter(run__in=spec.runs, item__in=chosen).values_list("run_id", "item_id", "labels")
    PanelOutput.objects.bulk_create(
        [
            PanelOutput(
                panel=panel, panel_run=mine[run], item_id=item, item_revision=revisions[item], labels=pinned(labels),
                stratum=chosen[item][0], weight=chosen[item][1],
            )
            for run, item, labels in said.order_by("item_id", "run_id")
        ],
        batch_size=1000,
    )  # fmt: skip
    return panel


def draw_items(*, project: Project, spec: PanelSpec) -> sampling.Sample:
    """Draw from the items that every run answered, that no release holds out and that nobody is labelling."""
    rows = answered_by_all(project, spec.runs)
    strata = [((key, pk), tuple(str(attributes.get(name, "")) for name in spec.by)) for pk, key, attributes in rows]
    if not 1 <= spec.size <= len(strata):
        raise Refused(
            f"All chosen runs answered {len(strata)} items that are neither held out nor in an open round: "
            f"the panel can have 1 to {len(strata)} of them, not {spec.size}."
            if strata
            else "The chosen runs have no answered item in common that is neither held out nor in an open round."
        )
    try:
        return sampling.stratified(strata, size=spec.size, allocation=spec.allocation, seed=spec.seed)
    except ValueError as error:
        raise Refused(f"This sample cannot be drawn: {error}.") from error


def answered_by_all(project: Project, runs: Sequence[Run]) -> list[tuple[int, str, dict[str, Any]]]:
    """Key, name and attributes of the items that may be judged; the texts are those that the runs read."""
    items = Item.objects.filter(project=project).exclude(is_held_out(project)).exclude(pk__in=labelled_blind(project))
    for run in runs:
        done = Prediction.objects.filter(run=run, state=PredictionState.DONE)
        items = items.filter(pk__in=done.values("item"))
    return list(items.order_by("external_id").values_list("pk", "external_id", "attributes"))


def _check(project: Project, spec: PanelSpec) -> None:
    name = check_name(spec.name, what="panel")
    if Panel.objects.filter(project=project, name=name).exists():
        raise Refused(f"There is already a panel called “{name}”.")
    if spec.rubric_version.rubric.project_id != project.pk:
        raise Refused("The rubric belongs to another project.")
    least = 2 if spec.kind == PanelKind.PAIRS else 1
    if not least <= len(spec.runs) <= RUNS_MAX or len({run.pk for run in spec.runs}) != len(spec.runs):
        raise Refused(f"A panel judges {least} to {RUNS_MAX} different runs.")
    for run in spec.runs:
        if run.project_id != project.pk:
            raise Refused(f"The run “{run.name}” belongs to another project.")
        if run.origin in WITHOUT_LABELS:
            raise Refused(f"The run “{run.name}” judged outputs: it has no labels to be judged.")
        if run.origin == RunOrigin.ATTACK:
            raise Refused(f"The run “{run.name}” answered a text of a red-team round, which is no item.")
        if run.perturbation:
            raise Refused(f"The run “{run.name}” read disturbed texts, which raters would not see.")
    if spec.kind == PanelKind.SCORES and len(spec.runs) > 1 and spec.size < 2:
        raise Refused("With one item the outputs of several runs would stand side by side. Take two items or more.")
    people = [*spec.raters, *spec.reserves]
    if len(spec.raters) < 2:
        raise Refused("A panel needs at least two raters.")
    if len({user.pk for user in people}) != len(people):
        raise Refused("Each rater and reserve is named once.")
    if spec.settling not in PanelSettling.values:
        raise Refused("This way of settling is not known.")
    for user in people:
        try:
            check_is_blind(user, project)
        except NotAllowed as refusal:
            raise Refused(f"{user} cannot rate: {refusal}") from refusal


@transaction.atomic
def close_panel(*, panel: Panel, with_rest: bool = False, by: User | None, operator: str = "") -> Panel:
    """End a panel, when all outputs are settled or, said so, with a remainder that then counts for nothing."""
    if by:
        rules.check_role(by, panel.project, Role.MANAGER)
    panel = Panel.objects.select_for_update(of=("self",)).select_related("project").get(pk=panel.pk)
    if panel.state != PanelState.OPEN:
        raise NotAllowed("This panel has been closed already.")
    rest = 0
    if panel.kind == PanelKind.SCORES:
        for output in panel.outputs.filter(state=OutputState.OPEN):
            settle_output(output=output, may_ask=False)  # what all have rated counts, if its item was not yet due
        rest = panel.outputs.exclude(state=OutputState.SETTLED).count()
    if rest and not with_rest:
        raise Refused(f"{rest} outputs are not settled. Wait for them, or say that the panel closes without them.")
    if panel.kind == PanelKind.PAIRS:
        rest = PanelSeat.objects.filter(rater__panel=panel, is_done=False).exclude(rater__role=PanelRole.JUDGE).count()
        if rest and not with_rest:
            raise Refused(f"{rest} choices are missing. Wait for them, or say that the panel closes without them.")
    panel.state, panel.closed_at = PanelState.CLOSED, clock.now()
    panel.save(update_fields=["state", "closed_at"])
    record_event(
        kind="panel.closed", project=panel.project, by=by, operator=operator, target=f"panel:{panel.public_id}",
        after={"remainder": rest},
    )  # fmt: skip
    return panel
