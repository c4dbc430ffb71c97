"""Measures how far the raters of a round agree, and keeps the report, keyed by everything that went in."""

from typing import Any

from django.db import IntegrityError, transaction

from evaluation.analyses.asked import STANDARD, Resampling
from evaluation.models import AgreementReport
from evaluation.queries.rated import Rated, attributes_of_items, groups_of_raters, marks_in, moments, rated_in
from evaluation.stats.agreement import agreement
from evaluation.stats.agreement_parts import Asking, by_group, by_key, pairs_of_raters
from evaluation.stats.rater_profiles import profiles
from evaluation.stats.spans import span_agreement
from labeling.digest import digest_of
from labeling.models import Label, Round

AGREEMENT_FORMAT = 4
VALUES = 30  # of an attribute; the most common ones
TOP = 3  # labels that a sentence names
KEPT = 100  # pairs of raters whose evidence is compared


def measure_agreement(*, in_round: Round, resampling: Resampling = STANDARD) -> AgreementReport:
    """The agreement of a round's counted ratings, or the report stored for the same ratings."""
    rated = rated_in(in_round)
    parents = dict(
        Label.objects.filter(version=in_round.taxonomy_version).order_by("position").values_list("code", "parent__code")
    )
    total = in_round.tasks.count()
    groups, attributes = groups_of_raters(in_round), attributes_of_items(in_round)
    rows = [
        [one.item, one.rater, sorted(one.labels), one.submitted_at.date().isoformat(), dict(one.evidence)]
        for one in rated
    ]
    known = {rater: groups.get(rater, "") for rater in sorted({one.rater for one in rated})}
    how = [resampling.resamples, resampling.seed, AGREEMENT_FORMAT]
    digest = digest_of(["agreement", in_round.pk, rows, list(parents.items()), total, how, known, attributes])
    if stored := AgreementReport.objects.filter(input_digest=digest).first():
        return stored
    asking = Asking(list(parents), parents, resampling.resamples, resampling.seed)
    report = agreement(
        ratings=[one.rating for one in rated],
        codes=asking.codes,
        items_total=total,
        parents=parents,
        resamples=resampling.resamples,
        seed=resampling.seed,
    )
    content = {
        **report.as_dict(),
        **_parts(rated, asking, known, attributes),
        "evidence": _evidence(in_round, rated, resampling),
        "profiles": profiles([one.rating for one in rated], asking.codes),
        "round": in_round.name,
        "versions": {"taxonomy": in_round.taxonomy_version.number, "format": AGREEMENT_FORMAT},
        "inputs": {"digest": digest},
    }
    content["main_disputes"] = _main_disputes(content, rated, asking)
    try:
        with transaction.atomic():
            return AgreementReport.objects.create(round=in_round, input_digest=digest, report=content)
    except IntegrityError:  # somebody opened the same page at the same time
        return AgreementReport.objects.get(input_digest=digest)


def _parts(
    rated: list[Rated], asking: Asking, groups: dict[str, str], attributes: dict[str, dict[str, str]]
) -> dict[str, Any]:
    ratings = [one.rating for one in rated]
    pairs, left_out = pairs_of_raters(ratings, asking)
    unit, when = moments(rated)
    names = list(next(iter(attributes.values()), {}))
    return {
        "pairs_of_raters": pairs,
        "pairs_left_out": left_out,
        "slices": {name: by_key(ratings, _common(attributes, name), asking) for name in names},
        "over_time": {"unit": unit, "points": by_key(ratings, when, asking)},
        "groups": by_group(ratings, groups, asking),
    }


def _common(attributes: dict[str, dict[str, str]], name: str) -> dict[str, str]:
    """The value of each item, if it is among the most common ones."""
    values = {item: found[name] for item, found in attributes.items()}
    often: dict[str, int] = {}
    for value in values.values():
        often[value] = often.get(value, 0) + 1
    kept = set(sorted(often, key=lambda value: (-often[value], value))[:VALUES])
    return {item: value for item, value in values.items() if value in kept}


def _evidence(in_round: Round, rated: list[Rated], how: Resampling) -> dict[str, Any]:
    chosen = sum(len(one.labels) for one in rated)
    found: dict[str, Any] = {"labels_chosen": chosen, "with_evidence": sum(len(one.evidence) for one in rated)}
    for level, (marks, segments) in marks_in(in_round, rated).items():
        report = span_agreement(marks, segments, resamples=how.resamples, seed=how.seed).as_dict()
        found[level] = report | {"pairs": report["pairs"][:KEPT]}
    return found


def _main_disputes(content: dict[str, Any], rated: list[Rated], asking: Asking) -> dict[str, Any]:
    """The labels that most of the differences are about, their share of all, and alpha if nobody asked for them."""
    apart = {
        code: 1 - found["percent_agreement"]["value"]
        for code, found in content["labels"].items()
        if found["percent_agreement"]["value"] is not None
    }
    total = sum(apart.values())
    top = [code for code in sorted(apart, key=lambda code: -apart[code])[:TOP] if apart[code] > 0]
    if not top:
        return {"labels": [], "share": None, "alpha_without": None}
    kept = frozenset(asking.codes) - frozenset(top)
    rest = agreement(
        ratings=[(item, rater, labels & kept) for item, rater, labels in (one.rating for one in rated)],
        codes=asking.codes,
        items_total=0,
        resamples=0,
        by_label=False,
    )
    share = sum(apart[code] for code in top) / total
    return {"labels": top, "share": share, "alpha_without": rest.alpha["masi"].value}
