"""The pictures of a judge beside the people: how far above them it scores, or how often it chooses as they do."""

from collections.abc import Mapping
from typing import Any

from evaluation.models import Panel
from evaluation.stats.multiplicity import beyond
from reviewapp.common.charts import Chart, Dot, Gap, dot_plot, forest

Figure = Mapping[str, Any]
SHARES = {
    "consistent": "The same both ways round",
    "position": "What stands first wins",
    "with_people": "Chooses as a person does",
    "among_people": "A person chooses as another",
    "with_majority": "Chooses as most people do",
}


def charts_of(panel: Panel, found: Figure) -> dict[str, Chart | None]:
    """Of scores the bias by criterion; of pairs win rates beside the people's, and shares."""
    if found.get("pairs"):
        return _of_pairs(found["pairs"])
    names = dict(panel.rubric_version.criteria.values_list("code", "name")) if found["criteria"] else {}
    known = [one for one in found["criteria"] if one["bias"]["value"] is not None]
    apart = beyond([(one["bias"]["value"], one["bias"]["low"], one["bias"]["high"]) for one in known])
    rows = [
        Gap(
            names[one["criterion"]], one["bias"]["value"], one["bias"]["low"], one["bias"]["high"],
            note=f"n {one['bias']['n']}", stands_out=is_out,
        )
        for one, is_out in zip(known, apart, strict=True)
    ]  # fmt: skip
    chart = (
        forest(rows, title="Judge less people", measure="points", worse="below people", better="above people")
        if rows
        else None
    )
    return {"chart": chart, "shares": None}


def _of_pairs(pairs: Figure) -> dict[str, Chart | None]:
    dots = []
    for one in pairs["win_rates"]:
        for who in ("judge", "people"):
            rate = one[who]
            name = f"{one['a']} against {one['b']}, {who}"
            dots.append(Dot(name, rate["value"], rate["low"], rate["high"], note=f"n {rate['n']}"))
    shares = [
        Dot(name, pairs[key]["value"], pairs[key]["low"], pairs[key]["high"], note=f"n {pairs[key]['n']}")
        for key, name in SHARES.items()
    ]
    return {
        "chart": dot_plot(dots, title="Win rates of judge and people", measure="win rate", target=0.5),
        "shares": dot_plot(shares, title="Place and agreement", measure="share", target=0.5),
    }
