"""About 3,000 fictional companies with texts, attributes and a hidden truth. The same seed gives the same companies.

The truth is what the texts were made from. It is never imported: only the simulated raters see it.
"""

import random
from dataclasses import dataclass, field
from typing import Any

from evaluation.demo.content import sentences as say
from evaluation.demo.content.taxonomy import leaves, siblings

SEED = 20240101
COUNT = 3000
SECTORS: dict[str, tuple[float, tuple[str, ...]]] = {  # share, groups that its companies mostly sell from
    "Software": (18, ("it", "data", "ind", "mkt", "sup")),
    "Industrial goods": (13, ("man", "bld")),
    "Business services": (12, ("hr", "pro", "sup", "bld")),
    "Logistics": (10, ("log",)),
    "Financial services": (9, ("fin",)),
    "Marketing": (8, ("mkt", "data")),
    "Security": (7, ("sec",)),
    "Energy": (6, ("bld", "man")),
    "Construction": (6, ("bld", "pro")),
    "Health": (5, ("ind", "hr", "man")),
    "Retail supply": (4, ("log", "mkt", "ind")),
    "Public sector": (2, ("ind", "pro")),
}
REGIONS = {"Europe": 42, "North America": 27, "Asia Pacific": 15, "Latin America": 10, "Africa and Middle East": 6}
SIZES = {"1-10": 34, "11-50": 33, "51-250": 22, "251+": 11}


@dataclass(frozen=True)
class Company:
    """One company: what is imported, and beside it what only the simulation knows."""

    external_id: str
    name: str
    text: str
    attributes: dict[str, str]
    source_url: str
    truth: frozenset[str]
    hints: frozenset[str] = field(default_factory=frozenset)  # offerings of others that the text names
    is_vague: bool = False

    @property
    def language(self) -> str:
        return self.attributes["language"]

    def as_row(self) -> dict[str, Any]:
        """The row of the file that the importer reads."""
        document = {"kind": "website", "text": self.text, "source_url": self.source_url,
                    "fetched_at": "2025-09-01T08:00:00+00:00"}  # fmt: skip
        return {"id": self.external_id, "name": self.name, "documents": [document], **self.attributes}


def companies(*, seed: int = SEED, count: int = COUNT) -> list[Company]:
    """The companies, each from its own stream of chance, so that a longer list begins like a shorter one."""
    taken: set[str] = set()
    return [_company(number, random.Random(f"{seed}/{number}"), taken) for number in range(1, count + 1)]  # noqa: S311


def _pick(draw: random.Random, shares: dict[str, Any]) -> str:
    weights = [share[0] if isinstance(share, tuple) else share for share in shares.values()]
    return draw.choices(list(shares), weights)[0]


def _company(number: int, draw: random.Random, taken: set[str]) -> Company:
    sector, region, size = _pick(draw, SECTORS), _pick(draw, REGIONS), _pick(draw, SIZES)
    language = _language(draw, region)
    truth = _truth(draw, SECTORS[sector][1])
    name = _name(draw, taken)
    vague = bool(truth) and draw.random() < 0.12
    hints = _hints(draw, truth)
    town, founded = draw.choice(say.TOWNS[region]), draw.randint(1950, 2023)
    facts = {"name": name, "town": town, "founded": str(founded), "customers": draw.choice(say.CUSTOMERS[language])}
    text = _text(draw, language, truth, hints, vague=vague, facts=facts)
    slug = "".join(character for character in name.lower() if character.isascii() and character.isalnum())
    return Company(
        external_id=f"co-{number:05}",
        name=name,
        text=text,
        attributes={
            "sector": sector,
            "region": region,
            "size": size,
            "language": language,
            "founded": str(founded),
        },
        source_url=f"https://{slug}.example/",
        truth=frozenset(truth),
        hints=frozenset(hints),
        is_vague=vague,
    )


def _language(draw: random.Random, region: str) -> str:
    if region == "Latin America":
        return "es" if draw.random() < 0.4 else "en"
    if region == "Europe":
        return draw.choices(["en", "de", "es"], [81, 12, 7])[0]
    return "en"


def _truth(draw: random.Random, groups: tuple[str, ...]) -> list[str]:
    number = draw.choices([0, 1, 2, 3], [4, 53, 35, 8])[0]
    chosen: list[str] = []
    while len(chosen) < number:
        if chosen and draw.random() < 0.55:
            pool = list(siblings(chosen[0]))
        elif draw.random() < 0.8:
            group = draw.choice(groups)
            pool = [code for code, one in leaves().items() if one.parent == group]
        else:
            pool = list(leaves())
        pool.sort()
        # some offerings are sold by many, most by few
        code = draw.choices(pool, [1 / (1 + place) ** 0.35 for place in range(len(pool))])[0]
        if code not in chosen:
            chosen.append(code)
    return chosen


def _hints(draw: random.Random, truth: list[str]) -> list[str]:
    """Offerings of competitors or customers, or once sold: named in the text, and not part of the truth."""
    if not truth or draw.random() > 0.09:
        return []
    near = [code for code in siblings(truth[0]) if code not in truth]
    return [draw.choice(sorted(near))]


def _name(draw: random.Random, taken: set[str]) -> str:
    while True:
        stem = draw.choice(say.NAME_HEADS) + draw.choice(say.NAME_TAILS)
        family, word = draw.choice(say.FAMILIES), draw.choice(say.NAME_WORDS)
        name = draw.choice([stem, f"{stem} {word}", f"{family} & {draw.choice(say.FAMILIES)}", f"{family} {word}"])
        if name not in taken:
            taken.add(name)
            return name


def _text(
    draw: random.Random, language: str, truth: list[str], hints: list[str], *, vague: bool, facts: dict[str, str]
) -> str:
    bank = say.BANKS[language]
    parts = [draw.choice(bank["open"])]
    for place, code in enumerate(truth):
        if vague and place == 0:
            parts.append(draw.choice(bank["vague"]).replace("{group}", leaves()[code].name.split()[-1].lower()))
            continue
        phrase = draw.choice(leaves()[code].phrases[language])
        frames = bank["sell"] if place == 0 else bank["also"]
        parts.append(draw.choice(frames).replace("{offer}", phrase))
    if not truth:
        parts.append(draw.choice(bank["nothing"]))
    parts += [
        draw.choice(bank["others"]).replace("{offer}", draw.choice(leaves()[code].phrases[language])) for code in hints
    ]
    fillers = draw.sample(bank["fill"], k=draw.randint(3, 5))
    parts += fillers
    head, rest = parts[0], parts[1:]
    sold = len(rest) - len(fillers)
    if draw.random() < 0.5:  # the story first, the offering later
        at = draw.randint(1, len(fillers))
        rest = [*fillers[:at], *rest[:sold], *fillers[at:]]
    text = " ".join([head, *rest])
    while len(text.split()) < 40:
        text += " " + draw.choice(bank["fill"])
    for key, value in facts.items():
        text = text.replace("{" + key + "}", value)
    if draw.random() < 0.01:
        text += " <b>New:</b> ask for a quote &amp; samples."
    return text
