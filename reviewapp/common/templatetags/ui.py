"""How figures, charts and small marks are written on pages; the one place that marks text as safe HTML."""

import re
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from reviewapp.common.markdown import to_html

register = template.Library()
DASH = "–"


@register.filter
def percent(value: float | None) -> str:
    """0.8421 as 84.2%, with a real minus."""
    return DASH if value is None else f"{100 * value:.1f}%".replace("-", "−")


@register.filter
def change(value: float | None, scale: int = 1) -> str:
    """A difference with its sign, to one decimal; `scale` 100 makes points of shares."""
    return DASH if value is None else f"{scale * value:+.1f}".replace("-", "−")


@register.filter
def coefficient(value: float | None) -> str:
    """Three decimals, with a real minus."""
    return DASH if value is None else f"{value:.3f}".replace("-", "−")


@register.filter
def whole(value: float | None) -> str:
    """A count with thin spaces between thousands."""
    return DASH if value is None else f"{value:,.0f}".replace(",", "\u202f")


@register.filter
def dollars(micro: int | None) -> str:
    """Millionths of a dollar as dollars."""
    return DASH if micro is None else f"${micro / 1e6:,.4f}" if micro < 1e6 else f"${micro / 1e6:,.2f}"


@register.filter
def usd(micro: float | None) -> str:
    """Millionths of a dollar with as many decimals as say something: $0.50, $0.0125, $0.00138."""
    if micro is None:
        return DASH
    if micro >= 1e6 or micro % 10_000 == 0:
        return f"${micro / 1e6:,.2f}"
    if micro >= 10_000:
        return f"${micro / 1e6:.4f}"
    digits = 3 if micro < 100 else 2 if micro < 1000 else 1
    return f"${micro / 1e6:.{4 + digits}f}"


@register.filter
def seconds(value: float | None) -> str:
    """A stretch of time in its two largest parts: 3 h 20 min."""
    if value is None:
        return DASH
    if value < 10:
        return f"{value:.1f} s"
    whole_seconds = round(value)
    for unit, size, part, below in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole_seconds >= size:
            rest = whole_seconds % size // below
            return f"{whole_seconds // size} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{whole_seconds} s"


@register.filter
def entry(mapping: Any, key: Any) -> Any:
    """The value of a key that only the page's data knows."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def markdown(text: str, how: str = "") -> SafeString:
    """Markdown as HTML, cleaned by reviewapp.common.markdown; "preview" leaves the headings without ids."""
    return SafeString(mark_safe(to_html(text, ids=how != "preview")))  # noqa: S308 -- cleaned by a list of what is allowed


@register.simple_tag
def own_style(name: str) -> SafeString:
    """One of our own style sheets, for a page that has to be one file."""
    if not re.fullmatch(r"css/[a-z]+[.]css", name):
        raise ValueError(f"“{name}” is no style sheet of ours")
    found = finders.find(name)
    if not isinstance(found, str):
        raise ValueError(f"there is no style sheet “{name}”")
    return SafeString(mark_safe(Path(found).read_text(encoding="utf-8")))  # noqa: S308 -- a file of ours, by a fixed name


@register.simple_tag
def chart_svg(chart: Any) -> SafeString:
    """A chart of reviewapp.common.charts, which escapes all text it is given."""
    return SafeString(mark_safe(chart.svg))  # noqa: S308 -- charts escape what they are given


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """The page's own query string with some values changed; None takes one away."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"
