"""What a model that proposes categories is told: the project's categories, and errors with their quotes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.crypto import salted_hmac

from evaluation.enums import PredictionState
from evaluation.llm.categorising import CategoryPipeline, CategoryText, ErrorText, LabelText
from evaluation.llm.pipeline import Recipe
from evaluation.llm.prompts import Told
from evaluation.llm.protocol import LabelSpec
from evaluation.models import Prediction, Triage
from evaluation.queries.errorboard import NAMES
from evaluation.queries.lessons import label_specs
from evaluation.queries.triage import visible
from labeling.enums import Split
from labeling.models import GoldEntry, Guideline

QUOTE_MAX = 1000  # characters
Offered = Sequence[Mapping[str, str]]


def category_pipeline(triage: Triage, offered: Offered, recipe: Recipe) -> CategoryPipeline:
    """Proposes one of the offered categories for each error that may be seen now. A fixed number of queries."""
    rows = list(visible(triage).select_related("item").order_by("place"))
    items = {one.item_id for one in rows}
    gold = {
        one.item_id: one for one in GoldEntry.objects.filter(release=triage.release, split=Split.DEV, item__in=items)
    }
    done = Prediction.objects.filter(run=triage.run, item__in=items, state=PredictionState.DONE)
    said: dict[int, list[dict[str, Any]]] = dict(done.values_list("item_id", "labels"))
    labels = label_specs(triage.release.taxonomy_version)
    known = {one.code: one for one in labels}
    errors: dict[str, list[ErrorText]] = defaultdict(list)
    for one in rows:
        entry, answer = gold[one.item_id], said.get(one.item_id, [])
        errors[one.item.external_id].append(
            ErrorText(
                key=one.pk,
                kind=NAMES.get(one.kind, one.kind),
                gold=_label(one.gold, known, [(each.get("code"), each.get("text")) for each in entry.evidence]),
                predicted=_label(one.predicted, known, [(each.get("code"), each.get("evidence")) for each in answer]),
                all_gold=tuple(sorted(entry.labels)),
                all_predicted=tuple(sorted(str(each["code"]) for each in answer)),
            )
        )
    categories = [CategoryText(one["code"], one["name"], one["definition"]) for one in offered]
    return CategoryPipeline(recipe, told=_told(triage, labels, recipe), offered=categories, errors=dict(errors))


def _label(code: str, known: Mapping[str, LabelSpec], quoted: Sequence[tuple[Any, Any]]) -> LabelText | None:
    if not code:
        return None
    label = known.get(code)
    quotes = tuple(str(text)[:QUOTE_MAX] for about, text in quoted if about == code and text)
    return LabelText(code, label.name if label else "", label.definition if label else "", quotes)


def _told(triage: Triage, labels: tuple[LabelSpec, ...], recipe: Recipe) -> Told:
    newest = Guideline.objects.filter(project=triage.run.project_id).order_by("-number")
    guideline = triage.release.guideline or newest.first()
    fence = salted_hmac("evaluation.triage", recipe.name).hexdigest()[:16]
    return Told(labels, guideline.text if guideline else "", fence)
