"""Known answers for tests of trainings and hidden checks: a release, and raters who answer as told."""

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.models import Label
from tests.factories import make_items


def make_release(project, how_many=6, *, labels=("crm",), name="known", split="dev", items=None):
    """A release of new items that all have the same known answer, all in one split."""
    items = items or make_items(project, how_many, prefix=name)
    gold = {item.external_id: {"labels": list(labels)} for item in items}
    return import_golden(project=project, spec=FreezeSpec(name, {split: 1.0}), gold=gold, by=None)


def answer(seat, by, *codes):
    labels = list(Label.objects.filter(version=seat.round.taxonomy_version, code__in=codes))
    return submit_annotation(seat=seat, receipt=hand_out(seat, by), answer=Answer(labels=labels), by=by)
