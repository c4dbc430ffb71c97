"""Splits of a release: seeded shares, stratified where asked, equal texts never torn apart."""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from labeling.sampling import largest_remainder
from reviewapp.common.errors import Refused

SPLITS = ("dev", "test", "fewshot")


def parse_shares(text: str) -> dict[str, float]:
    """ "dev=.5,test=.4,fewshot=.1" as shares; Refused unless they name known splits and sum to 1."""
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        if name not in SPLITS or name in shares:
            raise Refused(f"“{part.strip()}” is no split. Say for example dev=.5,test=.4,fewshot=.1.")
        try:
            shares[name] = float(number)
        except ValueError as error:
            raise Refused(f"“{part.strip()}” needs a share, for example {name}=.5.") from error
    check_shares(shares)
    return shares


def check_shares(shares: Mapping[str, float]) -> None:
    if any(not 0 <= share <= 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-6:
        raise Refused(f"The shares of the splits must sum to 1; these sum to {sum(shares.values()):g}.")


def assign(
    entries: Sequence[tuple[str, str, tuple[str, ...]]],
    *,
    shares: Mapping[str, float],
    seed: int = 0,
    never_test: Collection[str] = (),
) -> dict[str, str]:
    """The split of each (key, group, stratum): whole groups, the sizes by largest remainder, each stratum alike.

    Groups are shuffled by the seed and dealt one by one to the split that is furthest behind its share: first within
    the stratum, then overall, so that strata too small to be cut still add up. The stratum of a group is that of its
    first key. The order of `entries` does not matter. Groups in `never_test` are dealt first, to the other splits, so
    that the test split still gets its share from the rest.
    """
    check_shares(shares)
    groups: dict[str, list[str]] = defaultdict(list)
    stratum_of: dict[str, tuple[str, ...]] = {}
    for key, group, stratum in sorted(entries):
        groups[group].append(key)
        stratum_of.setdefault(group, stratum)
    names = [name for name in SPLITS if shares.get(name)]
    seen = [name for name in names if name != "test"]
    if never_test and not seen:
        raise Refused(
            f"{len(never_test)} of the items are examples in the guidelines, went out in a training file, or a model's "
            "answers picked them, so they cannot be held out. Give the dev or the fewshot split a share."
        )
    quota = largest_remainder({name: shares[name] for name in names}, len(entries))
    strata: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for group in sorted(groups, key=lambda name: groups[name][0]):
        strata[stratum_of[group]].append(group)

    given = dict.fromkeys(names, 0)
    assigned: dict[str, str] = {}
    for stratum in sorted(strata):
        order = strata[stratum]
        random.Random(f"{seed}\n{stratum!r}").shuffle(order)  # noqa: S311 -- a draw, not a secret
        # large groups first, while every split has room
        order.sort(key=lambda group: (group not in never_test, -len(groups[group])))
        here = dict.fromkeys(names, 0)
        total = sum(len(groups[group]) for group in order)
        for group in order:
            number = len(groups[group])
            allowed = seen if group in never_test else names
            room = [name for name in allowed if given[name] + number <= quota[name]] or allowed
            best = max(
                room,
                key=lambda name: (
                    round(shares[name] * total - here[name], 9),
                    round(quota[name] - given[name], 9),
                    -SPLITS.index(name),
                ),
            )
            here[best] += number
            given[best] += number
            assigned.update(dict.fromkeys(groups[group], best))
    return assigned
