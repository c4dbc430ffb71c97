"""Splits of a release: seeded shares, stratified where asked, equal texts never torn apart."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from labeling.sampling import largest_remainder
from reviewapp.common.errors import Refused

SPLITS = ("dev", "test", "fewshot")
TEST = "test"
FREED = ""  # the former split of what was held out and may be dealt anywhere by now


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


def targets(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """How many entries each split should get, by largest remainder."""
    return largest_remainder({name: shares[name] for name in SPLITS if shares.get(name)}, total)


def assign(
    entries: Sequence[tuple[str, str, tuple[str, ...]]],
    *,
    shares: Mapping[str, float],
    seed: int = 0,
    never_test: Collection[str] = (),
    former: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The split of each (key, group, stratum): whole groups, the sizes by largest remainder, each stratum alike.

    Groups are shuffled by the seed and dealt one by one to the split that is furthest behind its share: first within
    the stratum, then overall, so that strata too small to be cut still add up. The stratum of a group is that of its
    first key. The order of `entries` does not matter. Groups in `never_test` are dealt first, to the other splits, so
    that the test split still gets its share from the rest.

    `former` is the split that a group had in an earlier release. What was held out stays in test, also where test gets
    larger than its share by it. What was read stays in its split as far as that has room, else it goes to another that
    was read, and into test only where what is new does not fill it. So does what is FREED: held out once, and retired.
    """
    check_shares(shares)
    groups: dict[str, list[str]] = defaultdict(list)
    stratum_of: dict[str, tuple[str, ...]] = {}
    for key, group, stratum in sorted(entries):
        groups[group].append(key)
        stratum_of.setdefault(group, stratum)
    names = [name for name in SPLITS if shares.get(name)]
    read = [name for name in names if name != TEST]
    if never_test and not read:
        raise Refused(
            f"{len(never_test)} of the items are examples in the guidelines, went out in a training file, or a model's "
            "answers picked them, so they cannot be held out. Give the dev or the fewshot split a share."
        )
    had = {group: split for group, split in (former or {}).items() if group in groups}
    held = [group for group, split in had.items() if split == TEST and group not in never_test]
    quota = _quota(shares, len(entries), sum(len(groups[group]) for group in held))
    dealer = _Dealer(groups, stratum_of, shares, seed, quota)
    for group in held:
        dealer.give(group, TEST)
    rest = set(groups) - set(held)
    if had:
        barred = rest & set(never_test)
        rest -= barred
        barred = dealer.keep(barred, had)
        dealer.deal(barred, read)
        freed = {group for group in rest if had.get(group) == FREED}
        known = {group for group in rest if group in had} - freed
        fresh = rest - known - freed
        known = dealer.keep(known, had)
        known = dealer.fill(known, read)
        freed = dealer.fill(freed, read)
        dealer.deal(fresh, names)
        rest = known | freed
    dealer.deal(rest, names, barred=never_test, read=read)
    return dealer.assigned


def _quota(shares: Mapping[str, float], total: int, held: int) -> dict[str, int]:
    """The sizes of the splits; where more is held out already than the share of test, the others share the rest."""
    quota = targets(shares, total)
    others = {name: shares[name] for name in quota if name != TEST}
    if held <= quota.get(TEST, 0) or not others:
        return quota
    return largest_remainder(others, total - held) | {TEST: held}


class _Dealer:
    """Deals groups to splits, and knows how much each has, overall and in each stratum."""

    def __init__(
        self,
        groups: Mapping[str, list[str]],
        stratum_of: Mapping[str, tuple[str, ...]],
        shares: Mapping[str, float],
        seed: int,
        quota: Mapping[str, int],
    ) -> None:
        self.groups, self.stratum_of, self.shares, self.seed, self.quota = groups, stratum_of, shares, seed, quota
        self.assigned: dict[str, str] = {}
        self.given: Counter[str] = Counter()
        self.here: Counter[tuple[tuple[str, ...], str]] = Counter()
        self.total: Counter[tuple[str, ...]] = Counter()
        for group, keys in groups.items():
            self.total[stratum_of[group]] += len(keys)

    def give(self, group: str, split: str) -> None:
        number = len(self.groups[group])
        self.given[split] += number
        self.here[self.stratum_of[group], split] += number
        self.assigned.update(dict.fromkeys(self.groups[group], split))

    def deal(
        self, groups: Collection[str], names: list[str], *, barred: Collection[str] = (), read: Sequence[str] = ()
    ) -> None:
        """Those in `barred` to the splits in `read`, the others to those in `names`.

        Each to the one that is furthest behind, or, where none has room, furthest behind all the same.
        """
        for group in self._in_order(groups, barred):
            allowed = read if group in barred else names
            room = [name for name in allowed if self._has_room(group, name)] or allowed
            self.give(group, self._furthest_behind(group, room))

    def keep(self, groups: Collection[str], had: Mapping[str, str]) -> set[str]:
        """Each in the split it had while that has room: first as many as each stratum has places for. The others."""
        return self._fill(groups, lambda group: [had[group]] if had.get(group, TEST) != TEST else [])

    def fill(self, groups: Collection[str], names: list[str]) -> set[str]:
        """Each into one of these splits while any has room. The others."""
        return self._fill(groups, lambda group: names)

    def _fill(self, groups: Collection[str], allowed: Callable[[str], list[str]]) -> set[str]:
        left = list(self._in_order(groups))
        for strict in (True, False):
            over = []
            for group in left:
                number = len(self.groups[group])
                room = [name for name in allowed(group) if self._has_room(group, name)]
                room = [name for name in room if not strict or self._behind(group, name) >= number]
                if room:
                    self.give(group, self._furthest_behind(group, room))
                else:
                    over.append(group)
            left = over
        return set(left)

    def _in_order(self, groups: Collection[str], first: Collection[str] = ()) -> Iterator[str]:
        """Stratum by stratum, by lot; those of `first`, then large groups, come while every split has room."""
        strata: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for group in sorted(groups, key=lambda name: self.groups[name][0]):
            strata[self.stratum_of[group]].append(group)
        for stratum in sorted(strata):
            order = strata[stratum]
            random.Random(f"{self.seed}\n{stratum!r}").shuffle(order)  # noqa: S311 -- a draw, not a secret
            order.sort(key=lambda group: (group not in first, -len(self.groups[group])))
            yield from order

    def _has_room(self, group: str, name: str) -> bool:
        return self.given[name] + len(self.groups[group]) <= self.quota.get(name, 0)

    def _behind(self, group: str, name: str) -> float:
        """How many entries the split still lacks in the group's stratum."""
        stratum = self.stratum_of[group]
        return round(self.shares.get(name, 0) * self.total[stratum] - self.here[stratum, name], 9)

    def _furthest_behind(self, group: str, names: Sequence[str]) -> str:
        return max(
            names,
            key=lambda name: (
                self._behind(group, name),
                round(self.quota.get(name, 0) - self.given[name], 9),
                -SPLITS.index(name),
            ),
        )
