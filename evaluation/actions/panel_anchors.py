"""After a panel, experts make anchors of its outputs: the scores that people agreed on teach the next raters."""

from collections.abc import Mapping
from math import floor
from uuid import UUID

from django.db import transaction

from evaluation.actions.rubrics import NewAnchor, anchors_of, criteria_of, write_rubric
from evaluation.enums import OutputState, PanelState
from evaluation.models import Panel, RubricVersion
from labeling.models import User
from reviewapp.common.errors import NotAllowed, Refused


@transaction.atomic
def recalibrate(
    *, panel: Panel, chosen: Mapping[UUID, str], note: str, by: User | None, operator: str = ""
) -> RubricVersion:
    """A new version of the panel's rubric with these settled outputs as anchors, each with why.

    A score between two points takes the lower one. An anchor of the same item is replaced. Trainings on the old version
    do not hold for the new one.
    """
    if panel.state != PanelState.CLOSED:
        raise NotAllowed("Anchors are made once the panel is closed.")
    version = panel.rubric_version
    newest = version.rubric.versions.order_by("-number").first() or version
    codes = {one.key for one in criteria_of(version)}
    if {one.key for one in criteria_of(newest)} != codes:
        raise Refused("The rubric has other criteria by now, so the scores of this panel do not fit it.")
    if not chosen:
        raise Refused("Choose at least one output.")
    outputs = panel.outputs.filter(public_id__in=chosen, state=OutputState.SETTLED).select_related("item")
    made = [
        NewAnchor(
            item=output.item.external_id,
            labels=output.labels,
            scores={one.criterion.code: floor(one.score) for one in output.settled.select_related("criterion")},
            why=chosen[output.public_id],
        )
        for output in outputs.order_by("pk")
    ]
    if len(made) != len(chosen):
        raise Refused("Only settled outputs of this panel can be anchors.")
    taken = [one.item for one in made]
    if len(set(taken)) != len(taken):
        raise Refused("Choose one output of an item: two anchors with the same text would explain each other.")
    kept = [one for one in anchors_of(newest) if one.item not in taken]
    return write_rubric(
        project=panel.project, name=version.rubric.name, criteria=criteria_of(newest), anchors=[*kept, *made],
        note=note, after=newest.number, by=by, operator=operator,
    )  # fmt: skip
