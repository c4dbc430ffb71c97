"""What a run says of the items beyond those that gold is known of."""

from collections.abc import Collection

from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run
from evaluation.queries.pairing import Said
from labeling.enums import Split
from labeling.models import GoldEntry, Project
from reviewapp.common.errors import Refused


def runs_over_everything(project: Project, *, more_than: int) -> list[Run]:
    """The finished runs over the items of a project rather than over a split, newest first."""
    done = Run.objects.filter(project=project, state=RunState.DONE, release=None, total__gt=more_than)
    return list(done.order_by("-created_at", "-pk")[:50])


def run_called(run: Run, wanted: str) -> Run:
    """The finished run of the same project with this name, or the run itself without one."""
    if not wanted or wanted == run.name:
        return run
    found = Run.objects.filter(project=run.project_id, name=wanted, state=RunState.DONE).first()
    if found is None:
        raise Refused(f"There is no finished run “{wanted}” in this project.")
    return found


def predictions_of_rest(run: Run, labelled: Collection[int]) -> tuple[dict[int, Said], list[Said]]:
    """What the run says of the labelled items, and of all its other items in a fixed order.

    Items that it was shown as examples are left out: on them it is better than elsewhere.
    """
    rows = Prediction.objects.filter(run=run, state=PredictionState.DONE).order_by("item__external_id")
    if run.fewshot_release_id is not None:
        examples = GoldEntry.objects.filter(release=run.fewshot_release_id, split=Split.FEWSHOT)
        rows = rows.exclude(item__in=examples.values("item"))
    known, wanted = {}, set(labelled)
    rest = []
    for item, labels in rows.values_list("item_id", "labels").iterator(chunk_size=2000):
        said = Said(
            labels=frozenset(label["code"] for label in labels),
            confidences={label["code"]: label.get("confidence") for label in labels},
        )
        if item in wanted:
            known[item] = said
        else:
            rest.append(said)
    return known, rest
