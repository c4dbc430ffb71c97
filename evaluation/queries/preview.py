"""What a recipe would send for one item, and what that can cost, without asking anybody. Never for a held-out item."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from evaluation.actions.prompts import Recipe as Written
from evaluation.llm.calls import DECISIONS, EMBEDDINGS, Call, Reply
from evaluation.llm.cost import MILLION, Rate, cost_of, most_of
from evaluation.llm.pipeline import TOKENS_MAX, Pipeline, Recipe
from evaluation.llm.prompts import Told
from evaluation.llm.protocol import ItemText, ModelFailure
from evaluation.llm.recipe import Parameters, read_parameters
from evaluation.llm.routes import before
from evaluation.models import Run
from evaluation.queries.lessons import examples, item_texts, label_specs, texts_for
from evaluation.queries.prices import rate_at
from evaluation.queries.recipes import guidelines_of, provider_of
from evaluation.stress.signs import looks_injected
from labeling.enums import Split, VersionStatus
from labeling.models import GoldEntry, Item, Project, Release, TaxonomyVersion
from labeling.queries.held_out import held_out_entries
from reviewapp.common import clock
from reviewapp.common.errors import Refused

FOUND_MOST = 8
BYTES_A_TOKEN = 4  # of English; other languages have fewer
SUMMARY = "[the summary, which is not written before somebody asks]"
ITEMS = "items"  # of the project, else a release's dev split
_FENCE = re.compile(r"(DATA (\S+)\n.*?\nEND DATA \2(?!\S))", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """A piece of a message; `is_data` is fenced: an item's or example's text."""

    text: str
    is_data: bool


@dataclass(frozen=True)
class Shown:
    """One call as it would be sent."""

    stage: str
    messages: list[tuple[str, list[Part]]]
    texts: int  # to embed
    questions: int
    tokens_in: int  # about
    most_out: int
    micro_usd: int | None  # if the answer fills half of its room
    most_micro_usd: int | None


@dataclass(frozen=True)
class Preview:
    """What happens to one item."""

    item: ItemText
    found: list[tuple[str, str]]  # ids and names that fit what was searched for
    calls: list[Shown]
    notes: list[str]
    most_micro_usd: int | None  # with the repair and the repeated answers that may follow
    more: list[str]  # which those are


def searchable(project: Project, source: str) -> QuerySet[Item]:
    """The items a preview may show: of a release's dev split, or of the project without any that is held out."""
    mine = Item.objects.filter(project=project)
    held_out = held_out_entries(project)
    free = mine.exclude(pk__in=held_out.values("item")).exclude(text_digest__in=held_out.values("text_digest"))
    if source == ITEMS:
        return free
    release = release_called(project, source)
    return free.filter(pk__in=GoldEntry.objects.filter(release=release, split=Split.DEV).values("item"))


def release_called(project: Project, source: str) -> Release | None:
    """A project's release by its public id, as pages name it."""
    mine = Release.objects.filter(golden_set__project=project).select_related("taxonomy_version", "guideline")
    return next((one for one in mine if str(one.public_id) == source), None)


def preview(project: Project, written: Written, *, source: str, search: str, pick: str) -> Preview:
    """The item picked, else the first that fits the search; raises Refused where there is none."""
    items = searchable(project, source)
    said = search.strip()
    matching = items.filter(Q(external_id__icontains=said) | Q(name__icontains=said)) if said else items
    listed = list(matching.order_by("external_id")[:FOUND_MOST])
    item = items.filter(external_id=pick).first() if pick else None
    item = item or (listed[0] if listed else None)
    if item is None:
        raise Refused(f"No item there fits “{said[:60]}”. Held-out items are never shown." if said else "It is empty.")
    release = release_called(project, source)
    run = Run(project=project, release=release)  # never saved: it says where texts and guidelines are from
    texts = texts_for(run, [item.pk]) if release else item_texts([item])
    parameters = read_parameters(written.parameters)
    pipeline = _pipeline(project, written, parameters, run)
    text = texts[item.pk]
    notes = []
    if parameters.few_shot and not pipeline.examples:
        notes.append("There is no release with a fewshot split to take examples from, so none are shown.")
    calls: list[Shown] = []
    if route := before(text, pipeline.routes, looks_injected=looks_injected):
        notes.append(f"This item takes a fallback route before anything is asked. {route.said}")
    else:
        calls += _calls(project, pipeline, text, notes)
    most, more = _worst(calls, pipeline, project) if calls else (0, [])
    found = [(one.external_id, one.name) for one in listed]
    return Preview(text, found, calls, notes, most, more)


def _pipeline(project: Project, written: Written, parameters: Parameters, run: Run) -> Pipeline:
    fence = salted_hmac("evaluation.examples", written.digest()).hexdigest()[:16]
    taxonomy = run.release.taxonomy_version if run.release else _published(project)
    told = Told(label_specs(taxonomy), guidelines_of(run), fence)
    recipe = Recipe("preview", written.model, written.template, parameters, provider_of(parameters))
    taught = run.release or _teaching(project)
    return Pipeline(recipe, told=told, examples=examples(taught) or examples(_teaching(project)))


def _published(project: Project) -> TaxonomyVersion:
    versions = TaxonomyVersion.objects.filter(project=project, status=VersionStatus.PUBLISHED)
    if found := versions.order_by("-number").first():
        return found
    raise Refused("This project has no published taxonomy yet.")


def _teaching(project: Project) -> Release | None:
    releases = Release.objects.filter(golden_set__project=project, entries__split=Split.FEWSHOT)
    return releases.order_by("-frozen_at", "-pk").first()


def _nonces() -> Iterator[str]:
    while True:
        yield secrets.token_hex(8)


def _calls(project: Project, pipeline: Pipeline, item: ItemText, notes: list[str]) -> list[Shown]:
    """Every call that can be written down before the first answer is there."""
    shown: list[Shown] = []
    steps = pipeline.answer(item, _nonces())
    extra = 0
    try:
        call = next(steps)
        while True:
            shown.append(_shown(project, call, extra))
            if call.stage == "summarise":
                extra = call.max_tokens
                notes.append("The call that classifies is shown with a stand-in for the summary, at its largest size.")
                call = steps.send(Reply(raw=SUMMARY))
            elif call.api == EMBEDDINGS:
                notes.append("What comes after depends on the embeddings, which are not asked for here.")
                break
            else:
                break
    except ModelFailure as failure:
        notes.append(f"Nothing can be asked: {failure.message}.")
    finally:
        steps.close()
    return shown


def _shown(project: Project, call: Call, extra: int) -> Shown:
    """`extra` tokens stand for a text that is not there yet."""
    rate = _rate(project, call)
    about = -(-call.bytes_in // BYTES_A_TOKEN) + extra
    most = None
    if rate is not None:
        most = most_of(rate, call.bytes_in, call.most_tokens_out) + -(-extra * rate.micro_in // MILLION)
    return Shown(
        stage=call.stage,
        messages=[(role, _parts(text)) for role, text in call.messages],
        texts=len(call.texts),
        questions=len(call.questions),
        tokens_in=about,
        most_out=call.most_tokens_out,
        micro_usd=cost_of(rate, about, call.most_tokens_out // 2),
        most_micro_usd=most,
    )


def _rate(project: Project, call: Call) -> Rate | None:
    return rate_at(project, call.provider, call.model, clock.now().astimezone(UTC).date())


def _worst(calls: list[Shown], pipeline: Pipeline, project: Project) -> tuple[int | None, list[str]]:
    """What one item can cost if every call is as large as it may be; retries of failed calls are not in it."""
    asked, last = pipeline.recipe.parameters, calls[-1]
    if any(one.most_micro_usd is None for one in calls):
        return None, []
    total, more = sum(one.most_micro_usd or 0 for one in calls), []
    if last.stage == "classify" and pipeline.recipe.provider.api != DECISIONS:
        each = last.most_micro_usd or 0
        if asked.repair:
            today = clock.now().astimezone(UTC).date()
            rate = rate_at(project, pipeline.recipe.provider.name, pipeline.recipe.model, today)
            room = min(asked.max_tokens, TOKENS_MAX - asked.max_tokens)
            total += each + (cost_of(rate, 300, max(room, 0)) or 0)
            more.append("one repair, with twice the room")
        if asked.confidence == "share":
            total += each * asked.samples
            more.append(f"{asked.samples} repeated answers")
    return total, more


def _parts(text: str) -> list[Part]:
    """The pieces of a message, the fenced ones marked."""
    pieces = _FENCE.split(text)
    found = []
    for place in range(0, len(pieces), 3):
        if pieces[place]:
            found.append(Part(pieces[place], is_data=False))
        if place + 1 < len(pieces):
            found.append(Part(pieces[place + 1], is_data=True))
    return found
