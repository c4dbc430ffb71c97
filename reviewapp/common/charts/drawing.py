"""What all charts share: a canvas that escapes text, and the finished chart with its table."""

from dataclasses import dataclass, field
from html import escape


@dataclass(frozen=True)
class Chart:
    """A drawn chart: its SVG, its rows as a table (the first names the columns), and the names of its series."""

    svg: str
    table: list[list[str]]
    legend: list[str] = field(default_factory=list)


class Canvas:
    """Collects SVG elements. Every attribute and text is escaped; sizes are in user units."""

    def __init__(self, width: int, height: int, *, title: str, description: str) -> None:
        self.width, self.height = width, height
        self.parts = [f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"]

    def add(self, name: str, text: str = "", **attributes: object) -> None:
        said = "".join(
            f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"' for key, value in attributes.items()
        )
        self.parts.append(f"<{name}{said}>{escape(text)}</{name}>")

    def open(self, name: str, **attributes: object) -> None:
        said = "".join(
            f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"' for key, value in attributes.items()
        )
        self.parts.append(f"<{name}{said}>")

    def close(self, name: str) -> None:
        self.parts.append(f"</{name}>")

    def svg(self) -> str:
        inner = "".join(self.parts)
        return f'<svg class="chart" viewBox="0 0 {self.width} {self.height}" role="group">{inner}</svg>'


def _number(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
