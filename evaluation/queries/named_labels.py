"""How many predictions name some labels. A million are read once for a set of labels: what is done is kept."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.core.cache import cache
from django.db import connection

from evaluation.models import Run
from evaluation.queries.kept import KEPT, is_kept, key_of
from labeling.digest import digest_of
from labeling.models import TaxonomyVersion

Named = Mapping[frozenset[str], int]  # which of the labels an answer names -> how many such answers
FEW = 20  # labels: to look whether one is in the text at all is much faster than to take each answer apart
READ = {
    "sqlite": ("json_each(p.labels) e", "json_extract(e.value, '$.code')", "instr(p.labels, %s) > 0"),
    "postgresql": ("jsonb_array_elements(p.labels) e", "e->>'code'", "p.labels @> %s::jsonb"),
}


def among(named: Named, codes: Collection[str]) -> int:
    """How many answers name one of these labels or more."""
    return sum(number for some, number in named.items() if not some.isdisjoint(codes))


def named_by_runs(version: TaxonomyVersion, codes: Collection[str]) -> Named:
    """The predictions of all runs on a taxonomy version that name one of the labels; two queries."""
    if not codes:
        return {}
    runs = list(Run.objects.filter(taxonomy_version=version).only("public_id", "state", "total"))
    name = f"named-{digest_of(sorted(codes))}"
    keys = {key_of(run, name): run.pk for run in runs if is_kept(run)}
    known: dict[str, Named] = cache.get_many(keys)
    done = {keys[key] for key in known}
    counted = _counted([run.pk for run in runs if run.pk not in done], codes)
    cache.set_many({key: counted.get(pk, {}) for key, pk in keys.items() if pk not in done}, KEPT)
    total: Counter[frozenset[str]] = Counter()
    for one in (*known.values(), *counted.values()):
        total.update(one)
    return total


def _counted(runs: Sequence[int], codes: Collection[str]) -> dict[int, Counter[frozenset[str]]]:
    found: dict[int, Counter[frozenset[str]]] = defaultdict(Counter)
    if not runs:
        return found
    table, code, has = READ[connection.vendor]
    wanted = sorted(codes)
    held = [json.dumps(one if connection.vendor == "sqlite" else [{"code": one}]) for one in wanted]
    held = held if len(held) <= FEW else []
    some = f"({' or '.join([has] * len(held))}) and" if held else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select p.run_id, p.id, {code} from evaluation_prediction p, {table} "  # noqa: S608 -- ours
            f"where p.run_id in ({_marks(runs)}) and {some} {code} in ({_marks(wanted)})",
            [*runs, *held, *wanted],
        )
        named: dict[tuple[int, int], set[str]] = defaultdict(set)
        for run, prediction, one in cursor.fetchall():
            named[run, prediction].add(one)
    for (run, _), names in named.items():
        found[run][frozenset(names)] += 1
    return found


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))
